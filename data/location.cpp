// Searching folders for the files of MNIST, Fashion-MNIST and CIFAR-10.
#include "data/location.hpp"

#include "framework/base/error.hpp"

#include <cstdlib>
#include <string>
#include <system_error>
#include <utility>

#include <fmt/format.h>

namespace credence::data {
namespace {

namespace fs = std::filesystem;

std::optional<fs::path> environment_folder(const char* variable) {
  const char* value = std::getenv(variable);
  if (value == nullptr || *value == '\0') return std::nullopt;
  return fs::path(value);
}

// The file, or the file with ".gz"; nothing where neither exists. Throws for a link that leads to
// no file: its owner wants the data behind it, not other data.
std::optional<fs::path> plain_or_packed(const fs::path& plain) {
  fs::path packed = plain;
  packed += ".gz";
  std::error_code unreadable;  // an unreadable folder counts as one without the file
  for (const fs::path& path : {plain, packed}) {
    if (fs::is_regular_file(path, unreadable)) return path;
    if (fs::is_symlink(path, unreadable)) {
      throw FileError(path.string(), fmt::format("is a symbolic link to {}, which is no file",
                                                 fs::read_symlink(path, unreadable).string()));
    }
  }
  return std::nullopt;
}

constexpr std::string_view kCifar10 = "cifar10";
constexpr std::string_view kCifar10Folder = "cifar-10-batches-bin";
constexpr std::string_view kCifar10Archive = "cifar-10-binary.tar";

// The folders that may hold CIFAR-10's files.
std::vector<fs::path> cifar10_places(const fs::path& folder) {
  return {folder / kCifar10, folder / "cifar-10", folder};
}

// The paths of those of the named files that are in a folder, plain or with ".gz".
std::vector<fs::path> present(const fs::path& folder, const std::vector<std::string>& names) {
  std::vector<fs::path> paths;
  for (const std::string& name : names) {
    if (auto path = plain_or_packed(folder / name)) paths.push_back(*std::move(path));
  }
  return paths;
}

bool holds(const fs::path& folder, std::string_view name, Split split) {
  if (name == kCifar10) return find_cifar10_files(folder, split).has_value();
  return find_idx_files(folder, name, split).has_value();
}

bool holds(const fs::path& folder, std::string_view name, std::optional<Split> split) {
  if (split) return holds(folder, name, *split);
  return holds(folder, name, Split::train) || holds(folder, name, Split::test);
}

// Throws where the folder does not hold the split.
void require(const fs::path& folder, std::string_view name, Split split) {
  if (name == kCifar10) {
    require_cifar10_files(folder, split);
  } else {
    require_idx_files(folder, name, split);
  }
}

}  // namespace

IdxFiles idx_file_names(Split split) {
  const std::string prefix = split == Split::train ? "train" : "t10k";
  return {prefix + "-images-idx3-ubyte", prefix + "-labels-idx1-ubyte"};
}

std::optional<IdxFiles> find_idx_files(const fs::path& folder, std::string_view name, Split split) {
  const IdxFiles names = idx_file_names(split);
  // The data set's own folder comes first, because MNIST and Fashion-MNIST use the same file names.
  for (const fs::path& place : {folder / name, folder}) {
    const auto images = plain_or_packed(place / names.images);
    const auto labels = plain_or_packed(place / names.labels);
    if (images && labels) return IdxFiles{*images, *labels};
  }
  return std::nullopt;
}

IdxFiles require_idx_files(const fs::path& folder, std::string_view name, Split split) {
  if (auto files = find_idx_files(folder, name, split)) return *files;
  const IdxFiles names = idx_file_names(split);
  throw FileError(
      folder.string(),
      fmt::format("no {} {} set: looked for {} and {}, each also with .gz, here and in {}", name,
                  to_string(split), names.images.string(), names.labels.string(),
                  (folder / name).string()));
}

std::vector<std::string> cifar10_batch_names(Split split) {
  if (split == Split::test) return {"test_batch.bin"};
  return {"data_batch_1.bin", "data_batch_2.bin", "data_batch_3.bin", "data_batch_4.bin",
          "data_batch_5.bin"};
}

std::optional<Cifar10Files> find_cifar10_files(const fs::path& folder, Split split) {
  std::error_code unreadable;
  if (fs::is_regular_file(folder, unreadable)) return Cifar10Files{{}, folder};
  const auto names = cifar10_batch_names(split);
  const auto places = cifar10_places(folder);
  for (const fs::path& place : places) {
    for (const fs::path& batches : {place / kCifar10Folder, place}) {
      auto paths = present(batches, names);
      if (paths.size() == names.size()) return Cifar10Files{std::move(paths), {}};
    }
  }
  for (const fs::path& place : places) {
    if (auto archive = plain_or_packed(place / kCifar10Archive)) return Cifar10Files{{}, *archive};
  }
  return std::nullopt;
}

Cifar10Files require_cifar10_files(const fs::path& folder, Split split) {
  if (auto files = find_cifar10_files(folder, split)) return *std::move(files);
  const auto names = cifar10_batch_names(split);
  for (const fs::path& place : cifar10_places(folder)) {
    for (const fs::path& batches : {place / kCifar10Folder, place}) {
      if (present(batches, names).empty()) continue;
      for (const std::string& name : names) {
        if (plain_or_packed(batches / name)) continue;
        throw FileError((batches / name).string(), "is missing, expected it beside the others");
      }
    }
  }
  throw FileError(
      folder.string(),
      fmt::format("no cifar10 {} set: looked for {} and for {}, each also with .gz, here, in "
                  "cifar10 and in cifar-10",
                  to_string(split), fmt::join(names, ", "), kCifar10Archive));
}

std::string_view canonical_name(std::string_view name) {
  if (name == "cifar-10") return kCifar10;
  for (const std::string_view known :
       {std::string_view("mnist"), std::string_view("fashion-mnist"), kCifar10}) {
    if (name == known) return known;
  }
  throw ValueError(fmt::format(
      "[data] no data set {} in files, expected mnist, fashion-mnist or cifar10", name));
}

fs::path cache_folder() {
  // The base directory specification says that a relative XDG_CACHE_HOME is to be ignored.
  const auto cache = environment_folder("XDG_CACHE_HOME");
  if (cache && cache->is_absolute()) return *cache / "credence";
  if (const auto home = environment_folder("HOME")) return *home / ".cache" / "credence";
  throw Error("[data] no cache folder: set CREDENCE_DATA, XDG_CACHE_HOME or HOME");
}

std::vector<fs::path> search_folders(const std::optional<fs::path>& explicit_dir) {
  if (explicit_dir) return {*explicit_dir};
  std::vector<fs::path> folders;
  if (auto folder = environment_folder("CREDENCE_DATA")) folders.push_back(*std::move(folder));
  if (environment_folder("XDG_CACHE_HOME") || environment_folder("HOME")) {
    folders.push_back(cache_folder());
  }
  return folders;
}

std::optional<fs::path> find(std::string_view name, const std::optional<fs::path>& explicit_dir,
                             std::optional<Split> split) {
  name = canonical_name(name);
  for (const fs::path& folder : search_folders(explicit_dir)) {
    if (holds(folder, name, split)) return folder;
  }
  // This throws, because holds() found nothing.
  if (explicit_dir) require(*explicit_dir, name, split.value_or(Split::train));
  return std::nullopt;
}

}  // namespace credence::data
