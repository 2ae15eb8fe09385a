// States of runs in files: their numbers and their checksums.
#include "framework/train/state_files.hpp"

#include "framework/base/error.hpp"
#include "framework/io/crc32c.hpp"

#include <algorithm>
#include <string_view>
#include <system_error>
#include <utility>

#include <fmt/format.h>

namespace credence::train {
namespace {

namespace fs = std::filesystem;

// Metadata of a state's file. There are two, so that a file that lost one of them to a changed bit
// is not taken for one that was written without.
constexpr const char* kCheckName = "state.check";
constexpr const char* kChecksum = "state.checksum";
constexpr const char* kCrc32c = "crc32c";

// Of the names, types, shapes and elements in the order of the names, and of the metadata. The
// tensors are on the CPU.
std::string checksum_of(const io::SafeTensors& state) {
  std::vector<const io::NamedTensor*> tensors;
  for (const io::NamedTensor& tensor : state.tensors) tensors.push_back(&tensor);
  std::sort(tensors.begin(), tensors.end(),
            [](const auto* a, const auto* b) { return a->name < b->name; });
  std::uint32_t crc = 0;
  for (const io::NamedTensor* stored : tensors) {
    const Tensor& tensor = stored->tensor;
    crc = io::crc32c(fmt::format("{}\n{} {}\n", stored->name, to_string(tensor.dtype()),
                                 tensor.shape().to_string()),
                     crc);
    if (tensor.bytes() == 0) continue;
    crc = io::crc32c({reinterpret_cast<const char*>(tensor.raw_data()), tensor.bytes()}, crc);
  }
  for (const auto& [name, text] : state.metadata) {
    if (name == kCheckName || name == kChecksum) continue;
    crc = io::crc32c(fmt::format("{}\n{}\n", name, text), crc);
  }
  return fmt::format("{:08x}", crc);
}

// Throws FileError for a file that was changed after it was saved.
io::SafeTensors read(const fs::path& file) {
  io::SafeTensors state = io::load_safetensors(file);
  const auto check = state.metadata.find(kCheckName);
  const auto checksum = state.metadata.find(kChecksum);
  const auto end = state.metadata.end();
  if (check == end && checksum == end) return state;
  if (check == end || checksum == end || check->second != kCrc32c) {
    throw FileError(file.string(), "is damaged: what it says of its checksum is incomplete");
  }
  const std::string found = checksum_of(state);
  if (found != checksum->second) {
    throw FileError(file.string(),
                    fmt::format("is damaged: its checksum is {}, not the {} that was "
                                "saved with it",
                                found, checksum->second));
  }
  state.metadata.erase(kCheckName);
  state.metadata.erase(kChecksum);
  return state;
}

bool is_there(const fs::path& file) {
  std::error_code error;
  // Whatever cannot be looked at may be there.
  return fs::exists(fs::symlink_status(file, error));
}

// Gives the file, or that which a symbolic link leads to, this name too. Where the file system has
// no second names a copy gets it.
void link_or_copy(const fs::path& file, const fs::path& name) {
  std::error_code error;
  const fs::path target = fs::canonical(file, error);
  if (!error) fs::create_hard_link(target, name, error);
  if (error) fs::copy_file(file, name, error);
  if (error) throw FileError(file.string(), "cannot be kept: " + error.message());
}

void move(const fs::path& from, const fs::path& to) {
  std::error_code error;
  fs::rename(from, to, error);
  if (error) throw FileError(from.string(), "cannot be kept: " + error.message());
}

}  // namespace

StateFiles::StateFiles(fs::path newest, int keep) : newest_(std::move(newest)), keep_(keep) {
  if (keep < 1 || keep > kLargestKept) {
    throw ValueError(
        fmt::format("[states] from 1 to {} states of a run are kept, not {}", kLargestKept, keep));
  }
}

fs::path StateFiles::path(int age) const {
  if (age == 0) return newest_;
  return newest_.parent_path() /
         fmt::format("{}.{}{}", newest_.stem().string(), age, newest_.extension().string());
}

// Each state gets the number after its own, up to the first number that is free. The newest keeps
// its name too, until it is replaced.
void StateFiles::make_room() {
  if (whole_ > 0) {
    // What is newer is damaged, and replaced first.
    if (whole_ > 1) move(path(whole_), path(1));
    whole_ = 1;
    return;
  }
  std::error_code error;
  if (keep_ == 1 || !fs::exists(newest_, error)) return;
  if (fs::equivalent(newest_, path(1), error)) return;
  int free = 1;
  while (free < kLargestKept && is_there(path(free))) ++free;
  for (int age = free; age > 1; --age) move(path(age - 1), path(age));
  link_or_copy(newest_, path(1));
}

void StateFiles::save(const io::SafeTensors& state) {
  io::SafeTensors checked{.tensors = {}, .metadata = state.metadata};
  for (const io::NamedTensor& stored : state.tensors) {
    checked.tensors.push_back({stored.name, stored.tensor.to(Device::cpu)});
  }
  checked.metadata[kCheckName] = kCrc32c;
  checked.metadata[kChecksum] = checksum_of(checked);
  make_room();
  io::save_safetensors(newest_, checked.tensors, checked.metadata);
  whole_ = 0;
  std::error_code ignored;
  for (int age = kLargestKept; age >= keep_; --age) fs::remove(path(age), ignored);
}

std::optional<LoadedState> StateFiles::load() {
  LoadedState loaded;
  std::optional<FileError> newest;
  for (int age = 0; age <= kLargestKept; ++age) {
    loaded.file = path(age);
    if (!is_there(loaded.file)) continue;
    try {
      loaded.state = read(loaded.file);
      whole_ = age;
      return loaded;
    } catch (const FileError& error) {
      loaded.damaged.emplace_back(error.what());
      if (!newest) newest = error;
    }
  }
  if (newest) throw *newest;
  return {};
}

std::vector<fs::path> StateFiles::files() const {
  std::vector<fs::path> found;
  for (int age = 0; age <= kLargestKept; ++age) {
    if (is_there(path(age))) found.push_back(path(age));
  }
  return found;
}

void StateFiles::remove() const {
  std::vector<fs::path> found = files();
  std::reverse(found.begin(), found.end());
  std::error_code ignored;
  for (const fs::path& file : found) fs::remove(file, ignored);
}

}  // namespace credence::train
