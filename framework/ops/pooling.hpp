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
  Spatial dilation = 1;             ///< between the elements of a window, of max pooling alone
  /// Counts a last window that only partly fits, if it begins before the padding behind the image:
  /// ceil in the place of floor in window_counts.
  bool ceil_mode = false;
  /// Of average pooling alone: whether padding belongs to the window, as zeros. What is beyond the
  /// padding, with ceil_mode, never does.
  bool count_include_pad = true;
  /// Of average pooling alone: what the sum of a window is divided by instead of the number of its
  /// elements (PyTorch's divisor_override).
  std::optional<std::int64_t> divisor{};
};

/// The largest element of each window; padding counts as −infinity, and a NaN is larger than any
/// number. The gradient goes to the first of equal elements in scan order, and to the last NaN.
/// x [N, C, L], [N, C, H, W] or [N, C, D, H, W], as the name says, or one image without N, whose
/// result has no N either. Throws ShapeError for another rank or an image without elements;
/// ShapeError or ValueError where the options do not fit. Dilation and ceil_mode take slower ops.
Variable max_pool1d(const Variable& x, const PoolOptions& options);
Variable max_pool2d(const Variable& x, const PoolOptions& options);
Variable max_pool3d(const Variable& x, const PoolOptions& options);

/// The mean over each window, x likewise: by default, padding counts as zeros that belong to the
/// window, and the divisor is the kernel's size.
Variable average_pool1d(const Variable& x, const PoolOptions& options);
Variable average_pool2d(const Variable& x, const PoolOptions& options);
Variable average_pool3d(const Variable& x, const PoolOptions& options);

/// The mean, or the largest element, of each of `output` windows that cover the image: window i of
/// n windows over L elements is [⌊i L / n⌋, ⌈(i + 1) L / n⌉), as
/// torch.nn.functional.adaptive_avg_pool1d and its like. Windows of unequal sizes take slower ops.
/// x likewise. Throws as max_pool does.
Variable adaptive_average_pool1d(const Variable& x, const Spatial& output);
Variable adaptive_average_pool2d(const Variable& x, const Spatial& output);
Variable adaptive_average_pool3d(const Variable& x, const Spatial& output);
Variable adaptive_max_pool1d(const Variable& x, const Spatial& output);
Variable adaptive_max_pool2d(const Variable& x, const Spatial& output);
Variable adaptive_max_pool3d(const Variable& x, const Spatial& output);

/// The mean over each image, x likewise: [N, C, spatial…] to [N, C, 1…].
Variable global_average_pool1d(const Variable& x);
Variable global_average_pool2d(const Variable& x);
Variable global_average_pool3d(const Variable& x);

}  // namespace credence
