// Where the images of a run come from: files of the published data sets, pictures in folders, or
// drawn digits.
#include "benchmarks/driver/images.hpp"

#include "benchmarks/common/models.hpp"
#include "benchmarks/driver/complete.hpp"
#include "benchmarks/driver/image_folders.hpp"
#include "benchmarks/driver/picture_sets.hpp"
#include "benchmarks/driver/tables.hpp"
#include "data/cifar10.hpp"
#include "data/idx.hpp"
#include "data/location.hpp"
#include "data/synthetic_digits.hpp"
#include "framework/base/error.hpp"
#include "framework/base/standard_streams.hpp"

#include <utility>

#include <fmt/core.h>

namespace credence::benchmarks {
namespace {

// As many as MNIST has.
constexpr std::int64_t kTrainDigits = 60000;
constexpr std::int64_t kTestDigits = 10000;

data::Dataset synthetic(std::uint64_t seed, data::Split split) {
  return data::synthetic_digits(split == data::Split::train ? kTrainDigits : kTestDigits,
                                Generator(seed).split("synthetic-digits"), split);
}

Images synthetic(std::uint64_t seed) {
  return with_checksum(synthetic(seed, data::Split::train), synthetic(seed, data::Split::test),
                       "drawn by the program");
}

Images image_folders(const Options& options) {
  require_folder(options.dataset, options.data_dir);
  Images images = read_picture_sets(
      *options.data_dir,
      {.image = image_of(options), .classes = options.classes, .seed = options.seed});
  if (images.validation && options.validation != kTenth) {
    throw ValueError(
        fmt::format("--validation: the validation pictures are those in {}/val, whatever their "
                    "number",
                    images.where));
  }
  return images;
}

// The folders that were looked in, for a message.
std::string searched(const std::optional<std::filesystem::path>& data_dir) {
  std::string text;
  for (const auto& path : data::search_folders(data_dir)) {
    text += (text.empty() ? "" : " and ") + path.string();
  }
  return text.empty() ? "any known folder" : text;
}

// "no cifar10 in ~/.cache/credence" and what fetches it.
std::string nowhere(const std::string& dataset,
                    const std::optional<std::filesystem::path>& data_dir) {
  return fmt::format("no {0} in {1} (\"credence-bench download {0}\" fetches it)", dataset,
                     searched(data_dir));
}

data::Dataset read(const std::string& dataset, const std::filesystem::path& folder,
                   data::Split split) {
  if (dataset == "mnist") return data::mnist(folder, split);
  if (dataset == "cifar10") return data::cifar10(folder, split);
  return data::fashion_mnist(folder, split);
}

}  // namespace

Shape image_of(const Options& options) {
  return options.image.value_or(model_named(options.model).image);
}

Images find_images(const Options& options) {
  if (is_table(options.dataset)) return class_sets(options.dataset, options.seed, options.target);
  if (options.dataset == kImageFolder) return image_folders(options);
  if (options.dataset == "synthetic-digits") return synthetic(options.seed);
  const auto folder = data::find(options.dataset, options.data_dir);
  if (!folder && options.dataset == "cifar10") {
    throw Error(nowhere(options.dataset, options.data_dir));
  }
  if (!folder) {
    write_stderr(
        fmt::format("credence-bench: no {0} in {1}; using synthetic-digits, drawn by the program, "
                    "instead (\"credence-bench download {0}\" fetches {0})\n",
                    options.dataset, searched(options.data_dir)));
    return synthetic(options.seed);
  }
  return with_checksum(read(options.dataset, *folder, data::Split::train),
                       read(options.dataset, *folder, data::Split::test), folder->string());
}

data::Dataset find_test_set(const std::string& dataset,
                            const std::optional<std::filesystem::path>& data_dir,
                            std::uint64_t seed) {
  if (dataset == "synthetic-digits") return synthetic(seed, data::Split::test);
  const auto folder = data::find(dataset, data_dir, data::Split::test);
  if (!folder) throw Error(nowhere(dataset, data_dir));
  return read(dataset, *folder, data::Split::test);
}

std::optional<data::Dataset> find_training_set(const std::string& dataset,
                                               const std::optional<std::filesystem::path>& data_dir,
                                               std::uint64_t seed) {
  if (dataset == "synthetic-digits") return synthetic(seed, data::Split::train);
  const auto folder = data::find(dataset, data_dir, data::Split::train);
  if (!folder) return {};
  return read(dataset, *folder, data::Split::train);
}

}  // namespace credence::benchmarks
