// Data sets from arrays in memory: a table of numbers, a curve, sequences, features.
#pragma once

#include "data/dataset.hpp"

#include <optional>
#include <string>
#include <vector>

namespace credence::data {

/// What the tensors of a data set do not say themselves.
struct ArrayOptions {
  std::string name = "arrays";  ///< in errors and reports
  /// The number of classes, for targets that are class labels; 0 for targets that are numbers.
  /// Without it, targets of type int64 [N] are labels, of as many classes as there are class names
  /// or, without names, as the largest label says; all other targets are numbers.
  std::optional<std::int64_t> classes{};
  std::vector<std::string> class_names{};
};

/// A data set of N samples that shares these tensors: inputs [N, …] and targets [N, …]. float32,
/// float64, int64 and uint8 are all allowed; uint8 inputs [N, C, H, W] are images, which a Loader
/// transforms. Throws as validate does.
///   data::arrays(Tensor::from<float>({3, 1}, {0, 1, 2}), Tensor::from<float>({3, 1}, {0, 1, 4}))
Dataset arrays(Tensor inputs, Tensor targets, ArrayOptions options = {});

}  // namespace credence::data
