// Finds and reads the images of --ood-data.
#include "benchmarks/driver/ood_data.hpp"

#include "benchmarks/driver/image_folders.hpp"
#include "benchmarks/driver/images.hpp"
#include "benchmarks/driver/is_folder.hpp"
#include "benchmarks/driver/option_groups.hpp"
#include "data/idx.hpp"
#include "data/location.hpp"
#include "data/resize.hpp"
#include "framework/base/error.hpp"

#include <algorithm>
#include <cstring>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace credence::benchmarks {
namespace {

namespace fs = std::filesystem;

// Those that a name alone finds.
std::vector<std::string> named_sets() {
  std::vector<std::string> names = dataset_names();
  std::erase(names, kImageFolder);
  return names;
}

bool is_set(const std::string& text) {
  const std::vector<std::string> names = named_sets();
  return std::find(names.begin(), names.end(), text) != names.end();
}

std::optional<data::Corruption> corruption_named(std::string text) {
  if (is_set(text)) return {};
  std::replace(text.begin(), text.end(), '_', '-');
  for (const data::Corruption corruption : data::kCorruptions) {
    if (text == to_string(corruption)) return corruption;
  }
  return {};
}

bool is_there(const fs::path& path) {
  std::error_code error;
  return fs::exists(path, error);
}

// A folder that was named for one set may have the files of another under the same names.
data::Dataset named_set(const std::string& name, const std::optional<fs::path>& data_dir,
                        std::uint64_t seed) {
  const bool beside = data_dir && is_folder(*data_dir / name);
  return find_test_set(name, beside ? std::optional(*data_dir / name) : std::nullopt, seed);
}

// The idx file of images that a path names; nothing where it is a folder without one.
std::optional<fs::path> idx_file(const fs::path& path) {
  if (!is_folder(path)) return path;
  const std::string name = data::idx_file_names(data::Split::test).images.string();
  for (const std::string& file : {name, name + ".gz"}) {
    if (is_there(path / file)) return path / file;
  }
  return {};
}

std::string name_of(const fs::path& path) {
  const fs::path normal = fs::absolute(path).lexically_normal();
  return (normal.has_filename() ? normal : normal.parent_path()).filename().string();
}

// Nobody asks for the labels of images that are none of the model's classes.
data::Dataset read_idx_images(const fs::path& file, const std::string& name) {
  const Tensor pixels = data::read_idx(file);
  if (pixels.shape().rank() != 3) throw FileError(file.string(), "holds labels, expected images");
  const Shape& shape = pixels.shape();
  return {.name = name,
          .inputs = pixels.reshape({shape[0], 1, shape[1], shape[2]}),
          .targets = Tensor::zeros({shape[0]}, DType::int64),
          .classes = 1};
}

data::Dataset set_at(const fs::path& path, const Shape& image) {
  if (const auto file = idx_file(path)) return read_idx_images(*file, name_of(path));
  const fs::path test = path / to_string(data::Split::test);
  data::Dataset dataset = read_pictures(is_folder(test) ? test : path, image, {});
  dataset.name = name_of(path);
  return dataset;
}

void require_other_images(const data::Dataset& other, const data::Dataset& own) {
  const Tensor& found = other.inputs;
  const Tensor& known = own.inputs;
  if (found.shape() != known.shape() ||
      std::memcmp(found.raw_data(), known.raw_data(), known.bytes()) != 0) {
    return;
  }
  throw ValueError(
      fmt::format("[ood-data] the images of {} are those of {} itself", other.name, own.name));
}

}  // namespace

data::Dataset OodData::set(int i, const data::Dataset& own, std::uint64_t seed) const {
  return corruption ? data::corrupt(own, *corruption, i + 1, Generator(seed)) : dataset;
}

bool is_corruption(const std::string& text) { return corruption_named(text).has_value(); }

std::string ood_data_choices() {
  std::vector<std::string> corruptions;
  for (const data::Corruption corruption : data::kCorruptions) {
    corruptions.emplace_back(to_string(corruption));
  }
  return fmt::format(
      "a data set ({}), a corruption of the test images ({}), an idx file of images, a folder with "
      "one, or a folder with pictures in a folder for each class",
      fmt::join(named_sets(), ", "), fmt::join(corruptions, ", "));
}

void require_ood_data(const std::string& text) {
  if (is_set(text) || corruption_named(text) || is_there(text)) return;
  throw ValueError(
      fmt::format("--ood-data: \"{}\" is nothing known, expected {}", text, ood_data_choices()));
}

OodData find_ood_data(const std::string& text, const data::Dataset& own,
                      const std::optional<fs::path>& data_dir, std::uint64_t seed) {
  if (const auto corruption = corruption_named(text)) {
    return {.name = to_string(*corruption), .corruption = corruption};
  }
  const Shape& shape = own.inputs.shape();
  const Shape image{shape[1], shape[2], shape[3]};
  data::Dataset dataset = is_set(text) ? named_set(text, data_dir, seed) : set_at(text, image);
  dataset.inputs = data::resize_images(dataset.inputs, image);
  require_other_images(dataset, own);
  return {.name = dataset.name, .dataset = std::move(dataset)};
}

}  // namespace credence::benchmarks
