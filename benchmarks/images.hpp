#pragma once

#include "benchmarks/options.hpp"
#include "data/dataset.hpp"

#include <string>

namespace credence::benchmarks {

/// The training and the test part of the data set that a run uses.
struct Images {
  data::Dataset train;
  data::Dataset test;
  std::string where;  ///< the folder, or what drew them
};

/// Reads the data set of `options.dataset` from where it is found. Where it is nowhere, says so on
/// stderr and draws synthetic-digits instead, as many as MNIST has. Throws FileError for an
/// explicit folder without it and for damaged files.
Images find_images(const Options& options);

/// Images as uint8 [N, C, H, W] in the floats that models are evaluated on, pixel / 255.
Tensor to_float(const Tensor& images);

}  // namespace credence::benchmarks
