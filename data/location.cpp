#include "data/location.hpp"

#include "framework/core/error.hpp"

#include <cstdlib>
#include <string>
#include <system_error>

#include <fmt/format.h>

namespace credence::data {
namespace {

namespace fs = std::filesystem;

std::optional<fs::path> environment_folder(const char* variable) {
  const char* value = std::getenv(variable);
  if (value == nullptr || *value == '\0') return std::nullopt;
  return fs::path(value);
}

std::optional<fs::path> plain_or_packed(const fs::path& plain) {
  fs::path packed = plain;
  packed += ".gz";
  std::error_code unreadable;  // a folder that may not be searched counts as one without the file
  if (fs::is_regular_file(plain, unreadable)) return plain;
  if (fs::is_regular_file(packed, unreadable)) return packed;
  return std::nullopt;
}

bool holds(const fs::path& folder, std::string_view name, std::optional<Split> split) {
  if (split) return find_idx_files(folder, name, *split).has_value();
  return find_idx_files(folder, name, Split::train) || find_idx_files(folder, name, Split::test);
}

}  // namespace

IdxFiles idx_file_names(Split split) {
  const std::string prefix = split == Split::train ? "train" : "t10k";
  return {prefix + "-images-idx3-ubyte", prefix + "-labels-idx1-ubyte"};
}

std::optional<IdxFiles> find_idx_files(const fs::path& folder, std::string_view name, Split split) {
  const IdxFiles names = idx_file_names(split);
  // The data set's own folder first: MNIST and Fashion-MNIST use the same file names.
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

fs::path cache_folder() {
  // The base directory specification says to ignore a relative XDG_CACHE_HOME.
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
  if (name != "mnist" && name != "fashion-mnist") {
    throw ValueError(
        fmt::format("[data] no data set {} in files, expected mnist or fashion-mnist", name));
  }
  for (const fs::path& folder : search_folders(explicit_dir)) {
    if (holds(folder, name, split)) return folder;
  }
  // Throws, as holds() found nothing.
  if (explicit_dir) require_idx_files(*explicit_dir, name, split.value_or(Split::train));
  return std::nullopt;
}

}  // namespace credence::data
