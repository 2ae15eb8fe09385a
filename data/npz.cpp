// Arrays in ZIP archives.
#include "data/npz.hpp"

#include "data/zip.hpp"
#include "framework/base/error.hpp"

#include <algorithm>
#include <set>
#include <string_view>

#include <fmt/format.h>

namespace credence::data {
namespace {

constexpr std::string_view kEnding = ".npy";

std::vector<std::string> names_in(const ZipFile& archive) {
  std::vector<std::string> names;
  std::set<std::string> seen;
  for (const ZipEntry& entry : archive.entries()) {
    const std::string_view file = entry.name;
    if (!file.ends_with(kEnding)) {
      throw FileError(archive.path(),
                      fmt::format("has the entry \"{}\", expected arrays (.npy)", file));
    }
    names.emplace_back(file.substr(0, file.size() - kEnding.size()));
    if (!seen.insert(names.back()).second) {
      throw FileError(archive.path(), fmt::format("has the array \"{}\" twice", names.back()));
    }
  }
  return names;
}

}  // namespace

std::vector<std::string> npz_names(const std::filesystem::path& path) {
  return names_in(ZipFile(path));
}

std::vector<NamedTensor> read_npz(const std::filesystem::path& path,
                                  const std::vector<std::string>& names,
                                  const NpyOptions& options) {
  ZipFile archive(path);
  const std::vector<std::string> known = names_in(archive);
  std::vector<NamedTensor> arrays;
  for (const std::string& name : names.empty() ? known : names) {
    const auto found = std::find(known.begin(), known.end(), name);
    if (found == known.end()) {
      throw FileError(archive.path(),
                      fmt::format("has no array \"{}\"; it has {}", name, fmt::join(known, ", ")));
    }
    const ZipEntry& entry = archive.entries()[static_cast<std::size_t>(found - known.begin())];
    arrays.push_back({name, read_npy(archive.open(entry), options)});
  }
  return arrays;
}

}  // namespace credence::data
