// Reading and writing NPY files.
#include "data/npy.hpp"

#include "data/byte_reader.hpp"
#include "data/npy_header.hpp"
#include "framework/base/counted.hpp"
#include "framework/base/error.hpp"
#include "framework/io/atomic_file.hpp"
#include "framework/io/half_precision.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <cstring>
#include <limits>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include <fmt/format.h>

namespace credence::data {
namespace {

static_assert(std::endian::native == std::endian::little);

DType dtype_of_elements(const NpyType& type) {
  if (type.kind == 'b' || (type.kind == 'u' && type.size == 1)) return DType::uint8;
  if (type.kind != 'f') return DType::int64;
  return type.size == 8 ? DType::float64 : DType::float32;
}

// The places of elements in a row-major array, in the order in which the file has them.
class Places {
 public:
  Places(const Shape& shape, bool fortran_order)
      : shape_(shape), at_(static_cast<std::size_t>(shape.rank())), reordered_(fortran_order) {}

  std::int64_t next() {
    const std::int64_t place = place_;
    if (!reordered_) {
      ++place_;
      return place;
    }
    for (int dimension = 0; dimension < shape_.rank(); ++dimension) {
      const std::int64_t stride = shape_.numel_from(dimension + 1);
      std::int64_t& at = at_[static_cast<std::size_t>(dimension)];
      place_ += stride;
      if (++at < shape_[dimension]) break;
      place_ -= stride * at;
      at = 0;
    }
    return place;
  }

 private:
  const Shape& shape_;
  std::vector<std::int64_t> at_;
  bool reordered_;
  std::int64_t place_ = 0;
};

template <class From>
From element_at(const std::byte* bytes, bool big_endian) {
  std::array<std::byte, sizeof(From)> own;
  std::memcpy(own.data(), bytes, sizeof(From));
  if (big_endian) std::reverse(own.begin(), own.end());
  return std::bit_cast<From>(own);
}

class ArrayReader {
 public:
  ArrayReader(const ByteSource& source, const NpyOptions& options)
      : source_(source), options_(options) {}

  Tensor read() {
    read_header();
    const Tensor tensor = Tensor::empty(header_.shape, dtype_of_elements(header_.type));
    const bool same = !header_.fortran_order && !header_.type.big_endian &&
                      header_.type.size == size_of(tensor.dtype()) && header_.type.kind != 'b' &&
                      (header_.type.kind != 'u' || header_.type.size == 1);
    if (same) {
      read_body(tensor.raw_data());
    } else {
      // Not a vector, which would fill the memory with zeros first.
      const auto bytes = std::make_unique_for_overwrite<std::byte[]>(body_bytes_);
      read_body(bytes.get());
      convert(bytes.get(), tensor);
    }
    return tensor;
  }

 private:
  [[noreturn]] void fail(std::uint64_t offset, const std::string& what) const {
    throw FileError(source_.name, offset, what);
  }

  std::string head(std::uint64_t count) {
    std::string bytes(count, '\0');
    const std::uint64_t got = source_.read(bytes.data(), count);
    bytes.resize(got);
    offset_ += got;
    return bytes;
  }

  void require_head(const std::string& bytes, std::uint64_t count) const {
    if (bytes.size() == count) return;
    fail(offset_,
         fmt::format("the file ends in its header, expected {} from byte {}",
                     counted(static_cast<std::int64_t>(count), "byte"), offset_ - bytes.size()));
  }

  void read_header() {
    const std::string magic = head(kNpyMagic.size());
    if (magic != kNpyMagic) {
      fail(0, "does not begin with \"\\x93NUMPY\", expected an NPY file" + source_.kind_note());
    }
    const std::string version = head(2);
    require_head(version, 2);
    const int major = static_cast<unsigned char>(version[0]);
    if (major < 1 || major > 3 || version[1] != 0) {
      fail(kNpyMagic.size(), fmt::format("version {}.{}, expected 1.0, 2.0 or 3.0", major,
                                         static_cast<int>(static_cast<unsigned char>(version[1]))));
    }
    const std::string length = head(major == 1 ? 2 : 4);
    require_head(length, major == 1 ? 2 : 4);
    const std::uint64_t count = little_endian(length);
    if (count > kLongestNpyHeader) {
      fail(kNpyMagic.size() + 2,
           fmt::format("a header of {} bytes, expected at most {}", count, kLongestNpyHeader));
    }
    const std::uint64_t begin = offset_;
    const std::string text = head(count);
    require_head(text, count);
    header_ = parse_npy_header(source_.name, text, begin);
    require_size();
  }

  // Throws where the elements are more bytes than the options or the file have.
  void require_size() {
    body_bytes_ = 0;
    const auto elements = static_cast<std::uint64_t>(header_.shape.numel());
    const std::string what =
        fmt::format("elements of {} ('{}')", header_.shape.to_string(), header_.type.text);
    if (elements > options_.most_bytes / header_.type.size) {
      fail(offset_, fmt::format("{} are more than the {} bytes that an array may have", what,
                                options_.most_bytes));
    }
    body_bytes_ = elements * header_.type.size;
    const std::uint64_t found = source_.available(body_bytes_);
    if (found < body_bytes_) {
      fail(offset_ + found,
           fmt::format("the file ends after {} of the {} bytes of {}", found, body_bytes_, what));
    }
  }

  void read_body(std::byte* bytes) {
    const std::uint64_t got = source_.read(bytes, body_bytes_);
    if (got < body_bytes_) {
      fail(offset_ + got,
           fmt::format("the file ends after {} of the {} bytes of the elements", got, body_bytes_));
    }
    // This read also makes zlib verify the checksum at the end of a compressed stream.
    std::byte extra{};
    if (source_.read(&extra, 1) != 0) {
      fail(offset_ + body_bytes_,
           fmt::format("the file goes on, expected its end after {} bytes of elements",
                       body_bytes_));
    }
  }

  // Each element by `convert`, which throws for one that the tensor's type does not have.
  template <class From, class To, class Convert>
  void convert_each(const std::byte* bytes, const Tensor& tensor, Convert convert) const {
    Places places(header_.shape, header_.fortran_order);
    To* const to = tensor.data<To>();
    for (std::int64_t i = 0; i < tensor.numel(); ++i) {
      const std::uint64_t at = static_cast<std::uint64_t>(i) * sizeof(From);
      to[places.next()] =
          convert(element_at<From>(bytes + at, header_.type.big_endian), offset_ + at);
    }
  }

  template <class From, class To>
  void convert_as(const std::byte* bytes, const Tensor& tensor) const {
    convert_each<From, To>(bytes, tensor,
                           [](From value, std::uint64_t) { return static_cast<To>(value); });
  }

  void convert_booleans(const std::byte* bytes, const Tensor& tensor) const {
    convert_each<std::uint8_t, std::uint8_t>(
        bytes, tensor, [this](std::uint8_t value, std::uint64_t at) {
          if (value > 1) fail(at, fmt::format("the boolean {}, expected 0 or 1", value));
          return value;
        });
  }

  void convert_unsigned(const std::byte* bytes, const Tensor& tensor) const {
    convert_each<std::uint64_t, std::int64_t>(
        bytes, tensor, [this](std::uint64_t value, std::uint64_t at) {
          if (value > static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max())) {
            fail(at, fmt::format("{}, which int64 does not have", value));
          }
          return static_cast<std::int64_t>(value);
        });
  }

  void convert(const std::byte* bytes, const Tensor& tensor) const {
    const std::size_t size = header_.type.size;
    switch (header_.type.kind) {
      case 'b':
        return convert_booleans(bytes, tensor);
      case 'i':
        if (size == 1) return convert_as<std::int8_t, std::int64_t>(bytes, tensor);
        if (size == 2) return convert_as<std::int16_t, std::int64_t>(bytes, tensor);
        if (size == 4) return convert_as<std::int32_t, std::int64_t>(bytes, tensor);
        return convert_as<std::int64_t, std::int64_t>(bytes, tensor);
      case 'u':
        if (size == 1) return convert_as<std::uint8_t, std::uint8_t>(bytes, tensor);
        if (size == 2) return convert_as<std::uint16_t, std::int64_t>(bytes, tensor);
        if (size == 4) return convert_as<std::uint32_t, std::int64_t>(bytes, tensor);
        return convert_unsigned(bytes, tensor);
      default:
        if (size == 4) return convert_as<float, float>(bytes, tensor);
        if (size == 8) return convert_as<double, double>(bytes, tensor);
        convert_each<std::uint16_t, float>(bytes, tensor, [](std::uint16_t bits, std::uint64_t) {
          return io::from_float16(bits);
        });
    }
  }

  const ByteSource& source_;
  const NpyOptions& options_;
  NpyHeader header_{};
  std::uint64_t offset_ = 0;      // of the next byte of the header, then of the elements
  std::uint64_t body_bytes_ = 0;  // of the elements
};

std::string_view descr_of(DType dtype) {
  switch (dtype) {
    case DType::float64:
      return "<f8";
    case DType::uint8:
      return "|u1";
    case DType::int32:
      return "<i4";
    case DType::int64:
      return "<i8";
    case DType::float32:
      break;
  }
  return "<f4";
}

}  // namespace

Tensor read_npy(const ByteSource& source, const NpyOptions& options) {
  return ArrayReader(source, options).read();
}

Tensor read_npy(const std::filesystem::path& path, const NpyOptions& options) {
  ByteReader reader(path, "an NPY file");
  return read_npy(
      ByteSource{
          .name = reader.path(),
          .read = [&](void* bytes, std::uint64_t count) { return reader.read(bytes, count); },
          .available = [&](std::uint64_t count) { return reader.available(count); },
          .kind_note = [&] { return reader.kind_note(); }},
      options);
}

void write_npy(const std::filesystem::path& path, const Tensor& tensor) {
  const Tensor on_host = tensor.to(Device::cpu);
  const std::string head = npy_head(descr_of(tensor.dtype()), tensor.shape());
  const std::array<std::span<const std::byte>, 2> pieces{
      std::as_bytes(std::span<const char>(head)),
      std::span<const std::byte>(on_host.raw_data(), on_host.bytes())};
  io::write_file_atomically(path, pieces);
}

}  // namespace credence::data
