// The images of --ood-data: others than a model's own, or its test images corrupted.
#pragma once

#include "data/corruption.hpp"
#include "data/dataset.hpp"

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>

namespace credence::benchmarks {

/// What --ood-data names: another data set, or a corruption of the model's own test images.
struct OodData {
  std::string name;  ///< "fashion-mnist", "rotation"
  std::optional<data::Corruption> corruption{};
  data::Dataset dataset{};  ///< where it is no corruption

  /// The number of its sets of images: one, or the levels of the corruption.
  int count() const { return corruption ? data::kCorruptionLevels : 1; }
  /// Set number 0 ≤ i < count(), a corrupted one with the noise of the seed.
  data::Dataset set(int i, const data::Dataset& own, std::uint64_t seed) const;
};

/// Whether the text names a corruption, with - or _ between the words, and no data set.
bool is_corruption(const std::string& text);

/// "a data set (mnist, …), a corruption (gaussian-noise, …), …", for help and messages.
std::string ood_data_choices();

/// Throws ValueError unless `text` is the name of a data set or a corruption, or a path at which
/// there is something.
void require_ood_data(const std::string& text);

/// Reads what `text` names, in this order of precedence: a data set that the driver knows, whose
/// test part is looked for in a folder of its name in `data_dir` and then where data sets are
/// looked for without an explicit folder; a corruption; an idx file of images; a folder with the
/// idx file of test images under MNIST's name; a folder with pictures, or whose folder test has
/// them, in a folder for each class. All are stretched to the size of the own images; grey ones get
/// three channels and colours become grey where the own images are so (data::resize_images). Throws
/// as the loaders do, and ValueError where the images are the own ones.
OodData find_ood_data(const std::string& text, const data::Dataset& own,
                      const std::optional<std::filesystem::path>& data_dir, std::uint64_t seed);

}  // namespace credence::benchmarks
