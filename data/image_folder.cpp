#include "data/image_folder.hpp"

#include "data/image_file.hpp"
#include "framework/core/error.hpp"
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

namespace credence::data {
namespace {

namespace fs = std::filesystem;

bool is_hidden(const fs::path& path) { return path.filename().string().starts_with('.'); }

bool is_picture(const fs::path& path) {
  constexpr std::array<std::string_view, 4> kEndings{".png", ".jpg", ".jpeg", ".bmp"};
  std::string ending = path.extension().string();
  for (char& character : ending) {
    character = static_cast<char>(std::tolower(static_cast<unsigned char>(character)));
  }
  return std::find(kEndings.begin(), kEndings.end(), ending) != kEndings.end();
}

// The paths in a folder that `wanted` takes, in the order of their names.
template <class Predicate>
std::vector<fs::path> list(const fs::path& folder, Predicate wanted) {
  std::vector<fs::path> paths;
  std::error_code failure;
  for (fs::directory_iterator entry(folder, failure), end; !failure && entry != end;
       entry.increment(failure)) {
    if (!is_hidden(entry->path()) && wanted(*entry)) paths.push_back(entry->path());
  }
  if (failure) {
    throw FileError(folder.string(),
                    fmt::format("cannot be listed: {}, expected a folder", failure.message()));
  }
  std::sort(paths.begin(), paths.end());
  return paths;
}

std::string name_of(const fs::path& dir) {
  const fs::path path = fs::absolute(dir).lexically_normal();
  return (path.has_filename() ? path : path.parent_path()).filename().string();
}

// Remembers what was thrown for the lowest number, so that the same file is blamed each time.
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

Dataset image_folder(const fs::path& dir, const ImageFolderOptions& options) {
  const auto folders = list(dir, [](const fs::directory_entry& entry) {
    std::error_code unreadable;
    return entry.is_directory(unreadable);
  });
  if (folders.empty()) {
    throw FileError(dir.string(), "has no folders, expected one for each class");
  }
  Dataset dataset;
  dataset.name = name_of(dir);
  dataset.classes = std::ssize(folders);
  std::vector<fs::path> pictures;
  std::vector<std::int64_t> labels;
  for (const fs::path& folder : folders) {
    const auto found = list(folder, [](const fs::directory_entry& entry) {
      std::error_code unreadable;
      return entry.is_regular_file(unreadable) && is_picture(entry.path());
    });
    if (found.empty()) {
      throw FileError(folder.string(),
                      "has no pictures, expected some that end in .png, .jpg, "
                      ".jpeg or .bmp");
    }
    labels.insert(labels.end(), found.size(), std::ssize(dataset.class_names));
    dataset.class_names.push_back(folder.filename().string());
    pictures.insert(pictures.end(), found.begin(), found.end());
  }
  const auto [height, width, channels] = options;
  // The first one alone, so that options out of range are refused before memory is taken.
  const Tensor first = read_image(pictures[0], height, width, channels);
  const auto count = std::ssize(pictures);
  dataset.labels = Tensor::from({count}, labels);
  dataset.images = Tensor::empty({count, channels, height, width}, DType::uint8);
  FirstFailure failure;
  parallel_for(count, 1, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t i = begin; i < end; ++i) {
      if (failure.is_before(i)) continue;
      try {
        const fs::path& picture = pictures[static_cast<std::size_t>(i)];
        const Tensor image = i == 0 ? first : read_image(picture, height, width, channels);
        dataset.images.slice(i, i + 1).copy_from(image.reshape({1, channels, height, width}));
      } catch (...) {
        failure.keep(i, std::current_exception());
      }
    }
  });
  failure.rethrow();
  return dataset;
}

}  // namespace credence::data
