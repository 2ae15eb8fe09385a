// Reading and writing of safetensors files.
#include "framework/io/safetensors.hpp"

#include "framework/base/error.hpp"
#include "framework/io/atomic_file.hpp"
#include "framework/io/file_kind.hpp"
#include "framework/io/half_precision.hpp"
#include "framework/io/input_file.hpp"
#include "framework/io/safetensors_header.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <utility>

#include <fmt/format.h>

namespace credence::io {
namespace {

namespace fs = std::filesystem;

static_assert(std::endian::native == std::endian::little, "the format is little-endian");

// Throws where the file has another known format. Otherwise its first bytes would be read as a
// meaningless header size.
void refuse_other_kinds(const fs::path& path) {
  const FileKind kind = kind_of(path);
  if (kind.name.empty() || kind.use == FileUse::safetensors) return;
  std::string advice;
  if (kind.use == FileUse::tensors) {
    advice =
        ": save the model's tensors as safetensors, in Python by "
        "safetensors.torch.save_file(model.state_dict(), \"model.safetensors\")";
  }
  if (kind.use == FileUse::packed) advice = ": unpack it first";
  throw FileError(path.string(),
                  fmt::format("is {}, expected a safetensors file{}", kind.name, advice));
}

std::string read_header_text(InputFile& file) {
  if (file.rest() < kSafeTensorsSizeBytes) {
    if (file.rest() == 0) {
      throw FileError(file.path(), 0, "the file ends: it is empty, expected a safetensors file");
    }
    throw FileError(file.path(), file.rest(),
                    "the file ends, expected a header size of 8 bytes at byte 0");
  }
  std::uint64_t header_bytes = 0;
  file.read(&header_bytes, sizeof header_bytes);
  if (header_bytes > kLargestSafeTensorsHeader) {
    throw FileError(file.path(), 0,
                    fmt::format("the header size is {}, expected at most {}", header_bytes,
                                kLargestSafeTensorsHeader));
  }
  if (header_bytes > file.rest()) {
    throw FileError(file.path(), kSafeTensorsSizeBytes + file.rest(),
                    fmt::format("the file ends in its header, expected {} bytes of it from byte {}",
                                header_bytes, kSafeTensorsSizeBytes));
  }
  std::string text(static_cast<std::size_t>(header_bytes), '\0');
  file.read(text.data(), text.size());
  return text;
}

// Reads elements of 16 bits into a float32 tensor, a part at a time.
void read_half(InputFile& file, Half half, const Tensor& tensor) {
  std::array<std::uint16_t, 4096> part;
  const std::span<float> elements(tensor.data<float>(), static_cast<std::size_t>(tensor.numel()));
  for (std::size_t begin = 0; begin < elements.size(); begin += part.size()) {
    const std::size_t count = std::min(part.size(), elements.size() - begin);
    file.read(part.data(), count * sizeof part[0]);
    std::transform(part.begin(), part.begin() + static_cast<std::ptrdiff_t>(count),
                   elements.begin() + static_cast<std::ptrdiff_t>(begin),
                   half == Half::float16 ? from_float16 : from_bfloat16);
  }
}

std::size_t type_order(DType dtype) {
  const auto* type =
      std::find_if(kSafeTensorsTypes.begin(), kSafeTensorsTypes.end(),
                   [dtype](const SafeTensorsType& candidate) { return candidate.dtype == dtype; });
  return static_cast<std::size_t>(type - kSafeTensorsTypes.begin());
}

// The tensors in the order that the file gets. Throws ValueError for a tensor that a file cannot
// hold.
std::vector<const NamedTensor*> ordered(std::span<const NamedTensor> tensors) {
  std::vector<const NamedTensor*> order;
  for (const NamedTensor& item : tensors) {
    const char* problem = nullptr;
    if (item.name == kSafeTensorsMetadata) problem = "is a name that the format keeps for itself";
    if (!item.tensor.defined()) problem = "is undefined";
    if (problem != nullptr) {
      throw ValueError(fmt::format("[save_safetensors] tensor \"{}\" {}", item.name, problem));
    }
    order.push_back(&item);
  }
  std::sort(order.begin(), order.end(),
            [](const auto* a, const auto* b) { return a->name < b->name; });
  const auto duplicate = std::adjacent_find(
      order.begin(), order.end(), [](const auto* a, const auto* b) { return a->name == b->name; });
  if (duplicate != order.end()) {
    throw ValueError(
        fmt::format("[save_safetensors] two tensors have the name \"{}\"", (*duplicate)->name));
  }
  std::stable_sort(order.begin(), order.end(), [](const auto* a, const auto* b) {
    return type_order(a->tensor.dtype()) < type_order(b->tensor.dtype());
  });
  return order;
}

}  // namespace

const Tensor* SafeTensors::find(std::string_view name) const {
  const auto found =
      std::find_if(tensors.begin(), tensors.end(),
                   [name](const NamedTensor& candidate) { return candidate.name == name; });
  return found == tensors.end() ? nullptr : &found->tensor;
}

void save_safetensors(const fs::path& path, std::span<const NamedTensor> tensors,
                      const std::map<std::string, std::string>& metadata) {
  SafeTensorsHeader header{{}, metadata};
  std::vector<std::span<const std::byte>> pieces(2);
  std::vector<Tensor> on_host;
  std::uint64_t end = 0;
  for (const NamedTensor* item : ordered(tensors)) {
    const Tensor tensor = on_host.emplace_back(item->tensor.to(Device::cpu));
    const std::uint64_t begin = std::exchange(end, end + tensor.bytes());
    header.entries.push_back({item->name, tensor.dtype(), tensor.shape(), begin, end});
    pieces.emplace_back(tensor.raw_data(), tensor.bytes());
  }
  const std::string text = format_safetensors_header(header);
  if (text.size() > kLargestSafeTensorsHeader) {
    throw ValueError(fmt::format(
        "[save_safetensors] names and metadata make a header of {} bytes, the format allows {}",
        text.size(), kLargestSafeTensorsHeader));
  }
  const std::uint64_t header_bytes = text.size();
  pieces[0] = std::as_bytes(std::span(&header_bytes, 1));
  pieces[1] = std::as_bytes(std::span(text));
  write_file_atomically(path, pieces);
}

SafeTensors load_safetensors(const fs::path& path) {
  InputFile file(path, "a safetensors file");
  refuse_other_kinds(path);
  const std::string text = read_header_text(file);
  SafeTensorsHeader header = parse_safetensors_header(file.path(), text, file.rest());
  SafeTensors result{{}, std::move(header.metadata)};
  for (SafeTensorsEntry& entry : header.entries) {
    const Tensor tensor = Tensor::empty(entry.shape, entry.dtype);
    if (entry.half == Half::none) {
      file.read(tensor.raw_data(), tensor.bytes());
    } else {
      read_half(file, entry.half, tensor);
    }
    result.tensors.push_back({std::move(entry.name), tensor});
  }
  return result;
}

}  // namespace credence::io
