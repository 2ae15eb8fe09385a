// Which pictures of a folder are for training, validation and test.
#include "benchmarks/driver/picture_sets.hpp"

#include "benchmarks/driver/image_folders.hpp"
#include "benchmarks/driver/is_folder.hpp"
#include "framework/base/error.hpp"

#include <algorithm>
#include <optional>
#include <system_error>
#include <utility>

#include <fmt/core.h>

namespace credence::benchmarks {
namespace {

namespace fs = std::filesystem;

constexpr const char* kTrainFolder = "train";
constexpr const char* kValidationFolder = "val";
constexpr const char* kTestFolder = "test";
// Of the pictures of a class, one in so many is for the test.
constexpr std::int64_t kTestShare = 5;

bool has_folders(const fs::path& path) {
  std::error_code error;
  for (fs::directory_iterator entry(path, error), end; !error && entry != end;
       entry.increment(error)) {
    if (is_folder(entry->path()) && !entry->path().filename().string().starts_with('.')) {
      return true;
    }
  }
  return false;
}

// A class may have the name of a part. Folders of both names are parts, and one that has folders.
bool has_part(const fs::path& dir, const char* part, const char* other) {
  return is_folder(dir / part) && (is_folder(dir / other) || has_folders(dir / part));
}

// The samples of `first`, then those of `second`, which has the same classes.
data::Dataset concatenated(const data::Dataset& first, const data::Dataset& second) {
  data::Dataset both = first;
  const auto join = [](const Tensor& a, const Tensor& b) {
    const std::int64_t size = a.shape()[0];
    const Tensor joined = Tensor::empty(a.shape().with(0, size + b.shape()[0]), a.dtype());
    joined.slice(0, size).copy_from(a);
    joined.slice(size, size + b.shape()[0]).copy_from(b);
    return joined;
  };
  both.inputs = join(first.inputs, second.inputs);
  both.targets = join(first.targets, second.targets);
  return both;
}

// Throws FileError for a class with fewer than two pictures, which are in `dir`/CLASS.
data::IndexSplit test_split(const fs::path& dir, const data::Dataset& all, std::uint64_t seed) {
  const std::vector<std::int64_t> labels = all.targets.to_vector<std::int64_t>();
  data::IndexSplit split;
  for (std::int64_t label = 0; label < all.classes; ++label) {
    const std::string& name = all.class_names[static_cast<std::size_t>(label)];
    std::vector<std::int64_t> own;
    for (std::int64_t i = 0; i < all.size(); ++i) {
      if (labels[static_cast<std::size_t>(i)] == label) own.push_back(i);
    }
    if (own.size() < 2) {
      throw FileError((dir / name).string(),
                      "has 1 picture, expected at least 2: one of them is for the test");
    }
    data::shuffle(own, Generator(seed).split("test").split(name).next());
    const auto border = own.begin() + std::max<std::int64_t>(1, std::ssize(own) / kTestShare);
    split.validation.insert(split.validation.end(), own.begin(), border);
    split.train.insert(split.train.end(), border, own.end());
  }
  std::sort(split.train.begin(), split.train.end());
  std::sort(split.validation.begin(), split.validation.end());
  return split;
}

}  // namespace

bool seed_chooses_test(const fs::path& dir) { return !has_part(dir, kTestFolder, kTrainFolder); }

RunSets read_picture_sets(const fs::path& dir, const PictureSetOptions& options) {
  const bool chosen = seed_chooses_test(dir);
  const bool has_train = !chosen || has_part(dir, kTrainFolder, kTestFolder);
  const fs::path pictures = has_train ? dir / kTrainFolder : dir;
  data::Dataset train = read_pictures(pictures, options.image, options.classes);
  std::optional<data::Dataset> test;
  if (chosen) {
    const data::IndexSplit split = test_split(pictures, train, options.seed);
    test = data::subset(train, split.validation);
    train = data::subset(train, split.train);
  } else {
    test = read_pictures(dir / kTestFolder, options.image, train.class_names);
  }
  std::optional<std::int64_t> validation;
  if (has_train && is_folder(dir / kValidationFolder)) {
    const data::Dataset held_back =
        read_pictures(dir / kValidationFolder, options.image, train.class_names);
    validation = held_back.size();
    train = concatenated(train, held_back);
  }
  RunSets sets = with_checksum(std::move(train), std::move(*test), dir.string());
  sets.validation = validation;
  sets.seed_chose_test = chosen;
  return sets;
}

data::Dataset read_test_pictures(const fs::path& dir, const PictureSetOptions& options) {
  return read_pictures(dir / kTestFolder, options.image, options.classes);
}

}  // namespace credence::benchmarks
