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
/// number. The gradient goes to the first of equal elements in scan order.
/// x [N, C, 1 to 3 spatial dimensions], none of these 0. Throws ShapeError or ValueError where the
/// options do not fit.
Variable max_pool(const Variable& x, const PoolOptions& options);

/// The mean over each window. Padding counts as zeros that belong to the window: the divisor is
/// always the kernel's size (PyTorch's count_include_pad).
Variable average_pool(const Variable& x, const PoolOptions& options);

/// The mean over each image: [N, C, spatial…] to [N, C, 1…].
Variable global_average_pool(const Variable& x);

}  // namespace credence
