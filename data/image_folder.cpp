// Finding the pictures of a folder of classes, and reading them in parallel.
#include "data/image_folder.hpp"

#include "data/image_file.hpp"
#include "framework/base/error.hpp"
#include "framework/core/parallel.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <cstring>
#include <exception>
#include <mutex>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace credence::data {
namespace {

namespace fs = std::filesystem;

bool is_hidden(const fs::path& path) { return path.filename().string().starts_with('.'); }

std::string ending_of(const fs::path& path) {
  std::string ending = path.extension().string();
  for (char& character : ending) {
    character = static_cast<char>(std::tolower(static_cast<unsigned char>(character)));
  }
  return ending;
}

constexpr std::array<std::string_view, 4> kRead{".png", ".jpg", ".jpeg", ".bmp"};
// Picture formats that read_image does not read.
constexpr std::array<std::string_view, 22> kUnread{
    ".apng", ".avif", ".dib", ".exr", ".gif", ".heic", ".heif", ".ico", ".jfif", ".jp2", ".jpe",
    ".jxl",  ".pbm",  ".pgm", ".pnm", ".ppm", ".svg",  ".tga",  ".tif", ".tiff", ".qoi", ".webp"};

template <std::size_t N>
bool is_one_of(const std::array<std::string_view, N>& endings, const fs::path& path) {
  return std::find(endings.begin(), endings.end(), ending_of(path)) != endings.end();
}

// The type of an entry, with links followed. Throws where it is neither a file nor a folder, and
// where it cannot be examined.
fs::file_type type_of(const fs::directory_entry& entry) {
  std::error_code failure;
  const fs::file_type type = entry.status(failure).type();
  if (type == fs::file_type::regular || type == fs::file_type::directory) return type;
  std::string what = "is neither a file nor a folder";
  std::error_code unreadable;
  if (type == fs::file_type::not_found && entry.is_symlink(unreadable)) {
    what = fmt::format("is a symbolic link to {}, which is not there",
                       fs::read_symlink(entry.path(), unreadable).string());
  } else if (failure) {
    what = "cannot be looked at: " + failure.message();
  }
  throw FileError(entry.path().string(), what + ", expected a file or a folder");
}

// The content of a folder, with links followed, in the order of the names.
struct Listing {
  std::vector<fs::path> files;
  std::vector<fs::path> folders;
};

Listing list(const fs::path& folder) {
  std::vector<fs::directory_entry> entries;
  std::error_code failure;
  do {  // again where a signal has interrupted it
    entries.clear();
    for (fs::directory_iterator entry(folder, failure), end; !failure && entry != end;
         entry.increment(failure)) {
      if (!is_hidden(entry->path())) entries.push_back(*entry);
    }
  } while (failure == std::errc::interrupted);
  if (failure) {
    throw FileError(folder.string(),
                    fmt::format("cannot be listed: {}, expected a folder", failure.message()));
  }
  // The entries are sorted first, so that of several wrong entries the same one is reported each
  // time.
  std::sort(entries.begin(), entries.end());
  Listing listing;
  for (const fs::directory_entry& entry : entries) {
    const bool file = type_of(entry) == fs::file_type::regular;
    (file ? listing.files : listing.folders).push_back(entry.path());
  }
  return listing;
}

std::vector<fs::path> pictures_of(const fs::path& folder) {
  const Listing listing = list(folder);
  for (const fs::path& path : listing.folders) {
    if (is_one_of(kRead, path)) {
      throw FileError(path.string(), "is a folder, expected a picture by its name");
    }
  }
  std::vector<fs::path> pictures;
  for (const fs::path& path : listing.files) {
    if (is_one_of(kUnread, path)) {
      throw FileError(path.string(),
                      fmt::format("is named like a picture of another kind than those that are "
                                  "read, expected {}",
                                  fmt::join(kRead, ", ")));
    }
    if (is_one_of(kRead, path)) pictures.push_back(path);
  }
  if (pictures.empty()) {
    throw FileError(folder.string(), fmt::format("has no pictures, expected some that end in {}",
                                                 fmt::join(kRead, ", ")));
  }
  return pictures;
}

void add_pictures_below(const fs::path& folder, std::vector<fs::path>& pictures) {
  const Listing listing = list(folder);
  for (const fs::path& file : listing.files) {
    if (is_one_of(kRead, file) || is_one_of(kUnread, file)) pictures.push_back(file);
  }
  for (const fs::path& below : listing.folders) {
    if (!fs::is_symlink(below)) add_pictures_below(below, pictures);
  }
}

// The folders by label. Throws where `classes` are given and the folders differ from them.
std::vector<fs::path> folders_of(const fs::path& dir, const std::vector<std::string>& classes) {
  const std::vector<fs::path> found = list(dir).folders;
  if (classes.empty()) {
    if (found.empty()) {
      throw FileError(dir.string(), "has no folders, expected one for each class");
    }
    return found;
  }
  std::vector<fs::path> folders;
  for (const std::string& name : classes) {
    fs::path folder = dir / name;
    if (std::find(folders.begin(), folders.end(), folder) != folders.end()) {
      throw ValueError(fmt::format("[image_folder] the class {} is named twice", name));
    }
    if (std::find(found.begin(), found.end(), folder) == found.end()) {
      throw FileError(
          folder.string(),
          fmt::format("is no folder, expected one for each class of {}", fmt::join(classes, ", ")));
    }
    folders.push_back(std::move(folder));
  }
  for (const fs::path& folder : found) {
    if (std::find(folders.begin(), folders.end(), folder) == folders.end()) {
      throw FileError(folder.string(),
                      fmt::format("is none of the classes {}", fmt::join(classes, ", ")));
    }
  }
  return folders;
}

std::string name_of(const fs::path& dir) {
  const fs::path path = fs::absolute(dir).lexically_normal();
  return (path.has_filename() ? path : path.parent_path()).filename().string();
}

// Stores the exception of the lowest number, so that of several wrong files the same one is
// reported each time.
class FirstFailure {
 public:
  void keep(std::int64_t number, std::exception_ptr failure) {
    const std::lock_guard lock(mutex_);
    if (failure_ && number_ < number) return;
    number_ = number;
    failure_ = std::move(failure);
  }
  bool is_before(std::int64_t number) {
    const std::lock_guard lock(mutex_);
    return failure_ && number_ < number;
  }
  void rethrow() const {
    if (failure_) std::rethrow_exception(failure_);
  }

 private:
  std::mutex mutex_;
  std::int64_t number_ = 0;
  std::exception_ptr failure_;
};

}  // namespace

std::vector<fs::path> pictures_below(const fs::path& dir) {
  std::vector<fs::path> pictures;
  add_pictures_below(dir, pictures);
  if (pictures.empty()) {
    throw FileError(dir.string(), fmt::format("has no pictures in it or below, expected some that "
                                              "end in {}",
                                              fmt::join(kRead, ", ")));
  }
  std::sort(pictures.begin(), pictures.end());
  return pictures;
}

Dataset image_folder(const fs::path& dir, const ImageFolderOptions& options) {
  const std::vector<fs::path> folders = folders_of(dir, options.classes);
  Dataset dataset;
  dataset.name = name_of(dir);
  dataset.classes = std::ssize(folders);
  std::vector<fs::path> pictures;
  std::vector<std::int64_t> labels;
  for (const fs::path& folder : folders) {
    const std::vector<fs::path> found = pictures_of(folder);
    labels.insert(labels.end(), found.size(), std::ssize(dataset.class_names));
    dataset.class_names.push_back(folder.filename().string());
    pictures.insert(pictures.end(), found.begin(), found.end());
  }
  const auto read = [&options](const fs::path& picture) {
    return read_image(picture, options.height, options.width, options.channels, options.background);
  };
  // The first picture is read before the loop, so that options out of range are refused before
  // memory is allocated.
  const Tensor first = read(pictures[0]);
  const auto count = std::ssize(pictures);
  dataset.targets = Tensor::from({count}, labels);
  dataset.inputs =
      Tensor::empty({count, options.channels, options.height, options.width}, DType::uint8);
  FirstFailure failure;
  parallel_for(count, 1, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t i = begin; i < end; ++i) {
      if (failure.is_before(i)) continue;
      try {
        const fs::path& picture = pictures[static_cast<std::size_t>(i)];
        const Tensor image = i == 0 ? first : read(picture);
        dataset.inputs.slice(i, i + 1).copy_from(
            image.reshape({1, options.channels, options.height, options.width}));
      } catch (...) {
        failure.keep(i, std::current_exception());
      }
    }
  });
  failure.rethrow();
  return dataset;
}

}  // namespace credence::data
