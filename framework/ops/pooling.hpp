// Max and average pooling in one, two and three dimensions.
#pragma once

#include "framework/autograd/variable.hpp"
#include "framework/ops/spatial.hpp"

#include <optional>

namespace credence {

struct PoolOptions {
  Spatial kernel;
  std::optional<Spatial> stride{};  ///< the kernel where not set
  Spatial padding = 0;              ///< on both sides, at most half of the kernel
};

/// The largest element of each window; padding counts as −infinity, and a NaN is larger than any
/// number. The gradient goes to the first of equal elements in scan order, and to the last NaN.
/// x [N, C, L], [N, C, H, W] or [N, C, D, H, W], as the name says: the options alone, one number
/// for all dimensions, do not tell a batch of lines from one picture. Throws ShapeError for another
/// rank or an image without elements; ShapeError or ValueError where the options do not fit.
Variable max_pool1d(const Variable& x, const PoolOptions& options);
Variable max_pool2d(const Variable& x, const PoolOptions& options);
Variable max_pool3d(const Variable& x, const PoolOptions& options);

/// The mean over each window, x likewise. Padding counts as zeros that belong to the window: the
/// divisor is always the kernel's size (PyTorch's count_include_pad).
Variable average_pool1d(const Variable& x, const PoolOptions& options);
Variable average_pool2d(const Variable& x, const PoolOptions& options);
Variable average_pool3d(const Variable& x, const PoolOptions& options);

/// The mean over each image, x likewise: [N, C, spatial…] to [N, C, 1…].
Variable global_average_pool1d(const Variable& x);
Variable global_average_pool2d(const Variable& x);
Variable global_average_pool3d(const Variable& x);

}  // namespace credence
