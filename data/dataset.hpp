// Samples with their targets, in memory. Images are decoded once and stored as bytes, a quarter of
// the memory of float32.
#pragma once

#include "framework/core/random.hpp"
#include "framework/core/tensor.hpp"

#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace credence::data {

/// The two published parts of a data set.
enum class Split : std::uint8_t { train, test };

constexpr const char* to_string(Split split) { return split == Split::train ? "train" : "test"; }

/// A data set of N samples. A copy shares the tensors. They are on the host, except those that a
/// Loader stores on a device. data::arrays makes one from any tensors.
struct Dataset {
  std::string name;
  /// [N, …] of any element type. uint8 [N, C, H, W] are images, of which a Loader makes float32.
  Tensor inputs;
  /// [N, …] of any element type: with classes, int64 [N], each in 0…classes − 1; without, numbers.
  Tensor targets;
  std::int64_t classes = 0;                ///< 0 where the targets are no class labels
  std::vector<std::string> class_names{};  ///< by label; empty, or one for each class

  /// The number of samples, N.
  std::int64_t size() const { return inputs.defined() ? inputs.shape()[0] : 0; }
  /// [C, H, W] of the images.
  Shape image_shape() const { return {inputs.shape()[1], inputs.shape()[2], inputs.shape()[3]}; }
  /// Whether the inputs are images: uint8 [N, C, H, W].
  bool has_images() const {
    return inputs.defined() && inputs.dtype() == DType::uint8 && inputs.shape().rank() == 4;
  }
};

/// Throws ShapeError or ValueError that names the data set where the tensors are not as described
/// in Dataset, and where images have integers as targets but no classes.
void validate(const Dataset& dataset);

/// What a class is called: its number where there are no names.
std::string class_name(const std::vector<std::string>& class_names, std::int64_t label);

/// "0" to "9", the class names of data sets of digits.
std::vector<std::string> digit_names();

/// The number of samples of each class, by label; nothing where there are no classes.
std::vector<std::int64_t> class_histogram(const Dataset& dataset);

/// A data set of the samples at `indices`, copied to the host. (A Loader takes a list of indices
/// without a copy.) Throws ValueError for an index outside 0…N − 1.
Dataset subset(const Dataset& dataset, std::span<const std::int64_t> indices);

/// Throws ValueError where an index is outside 0…count − 1.
void require_indices(std::span<const std::int64_t> indices, std::int64_t count);

/// Shuffles by Fisher and Yates's algorithm. The order depends only on the stream and the length.
void shuffle(std::span<std::int64_t> values, const RandomStream& random);

/// The samples of a data set in two disjoint lists of indices, each in ascending order.
struct IndexSplit {
  std::vector<std::int64_t> train;
  std::vector<std::int64_t> validation;
};

/// Chooses `held_out_count` samples at random for validation and the rest for training. The choice
/// depends only on the generator's key, the size and the count. Throws ValueError unless 0 ≤
/// held_out_count ≤ N.
IndexSplit split(const Dataset& dataset, std::int64_t held_out_count, const Generator& generator);

}  // namespace credence::data
