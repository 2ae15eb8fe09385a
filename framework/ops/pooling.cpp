// Pooling over windows of each image.
//   max:      y = x[i] with i the index of the window's largest element; ∂x[i] += ∂y
//   average:  y = Σ x / |window|; ∂x[j] += ∂y / |window| for each j of the window
#include "framework/ops/pooling.hpp"

#include "framework/base/error.hpp"
#include "framework/dispatch/kernels.hpp"
#include "framework/ops/arithmetic.hpp"
#include "framework/ops/op_attributes.hpp"
#include "framework/ops/reduce.hpp"
#include "framework/ops/shape_ops.hpp"

#include <algorithm>
#include <array>
#include <limits>
#include <string>
#include <vector>

namespace credence {
namespace {

// Throws ShapeError unless x is a batch of images of `dimensions` spatial dimensions, which have
// elements.
void check_images(const std::string& op, int dimensions, const Shape& x) {
  if (x.rank() != dimensions + 2) {
    const char* const spatial[] = {"L", "H, W", "D, H, W"};
    throw ShapeError("[" + op + "] the input must be [N, C, " + spatial[dimensions - 1] +
                     "] or one image of it, not the shape " + x.to_string());
  }
  if (ConvolutionShape::volume(spatial_extents(x)) == 0) {
    throw ShapeError("[" + op + "] an image without elements has no windows: input " +
                     x.to_string());
  }
}

PoolShape image_of(const Shape& x) {
  PoolShape shape;
  shape.planes = x[0] * x[1];
  shape.input = spatial_extents(x);
  return shape;
}

// The number of windows where the last may be partly outside.
Extents3 ceil_counts(const char* op, const PoolShape& shape, const Extents3& dilation) {
  Extents3 counts{};
  for (std::size_t i = 0; i < 3; ++i) {
    const std::int64_t reach = dilation[i] * (shape.kernel[i] - 1) + 1;
    const std::int64_t room = shape.input[i] + 2 * shape.padding[i] - reach;
    const std::int64_t stride = shape.stride[i];
    if (room + stride - 1 < 0) {
      throw ShapeError(std::string("[") + op + "] a window of " + std::to_string(reach) +
                       " does not fit into an extent of " + std::to_string(shape.input[i]) +
                       " with padding " + std::to_string(shape.padding[i]) + " on both sides");
    }
    counts[i] = (room + stride - 1) / stride + 1;
    if ((counts[i] - 1) * stride >= shape.input[i] + shape.padding[i]) --counts[i];
  }
  return counts;
}

PoolShape pool_shape(const char* op, const Shape& x, const PoolOptions& options) {
  PoolShape shape = image_of(x);
  const int dimensions = x.rank() - 2;
  shape.kernel = options.kernel.expand(op, "kernel", dimensions, 1, 1);
  shape.stride = options.stride.value_or(options.kernel).expand(op, "stride", dimensions, 1, 1);
  shape.padding = options.padding.expand(op, "padding", dimensions, 0, 0);
  for (std::size_t i = 0; i < 3; ++i) {
    if (shape.padding[i] > shape.kernel[i] / 2) {
      throw ValueError(
          std::string("[") + op + "] the padding must be at most half of the kernel: padding " +
          std::to_string(shape.padding[i]) + ", kernel " + std::to_string(shape.kernel[i]));
    }
    if (shape.input[i] > std::numeric_limits<std::int32_t>::max() - 2 * shape.padding[i] &&
        shape.padding[i] > 0) {
      throw ShapeError(std::string("[") + op +
                       "] a padded extent must be below 2^31: " + std::to_string(shape.input[i]) +
                       " with padding " + std::to_string(shape.padding[i]) + " on both sides");
    }
  }
  // Two extents of at most 2³¹ − 1 can be multiplied.
  if (shape.kernel[0] * shape.kernel[1] >
      std::numeric_limits<std::int64_t>::max() / shape.kernel[2]) {
    throw ShapeError(std::string("[") + op + "] the kernel has more elements than can be counted");
  }
  const Extents3 dilation = options.dilation.expand(op, "dilation", dimensions, 1, 1);
  shape.output = options.ceil_mode ? ceil_counts(op, shape, dilation)
                                   : window_counts(op, shape.input, shape.kernel, shape.stride,
                                                   shape.padding, dilation);
  return shape;
}

Tensor empty_output(const PoolShape& shape, const Variable& x) {
  return Tensor::empty(image_shape(x.shape()[0], x.shape()[1], shape.output, x.shape().rank() - 2),
                       x.dtype(), x.device());
}

OpCall pool_call(const char* op, const PoolShape& shape, const Variable& x) {
  return {op, {x}, window_attributes(shape, x.shape().rank() - 2)};
}

Variable average(const PoolShape& shape, const Variable& x) {
  const Tensor y = empty_output(shape, x);
  visit_kernels(y, [&](const auto& kernels) { kernels.average_pool_forward(shape, x.value(), y); });
  const Shape x_shape = x.shape();
  const Variable result = make_result(y, {x}, [=](const Tensor& grad) -> Gradients {
    const Tensor grad_x = Tensor::empty(x_shape, grad.dtype(), grad.device());
    visit_kernels(grad,
                  [&](const auto& kernels) { kernels.average_pool_backward(shape, grad, grad_x); });
    return {grad_x};
  });
  return described(result, [&] { return pool_call("average_pool", shape, x); });
}

// pool(x) of a batch, or of one image as a batch of one.
template <class Pool>
Variable of_batch(int dimensions, const Variable& x, Pool pool) {
  return x.shape().rank() == dimensions + 1 ? as_batch_of_one(x, pool) : pool(x);
}

// x with `value` around it, so that all windows lie inside.
Variable surrounded(const PoolShape& shape, const Extents3& dilation, Variable x, double value) {
  const int rank = x.shape().rank();
  for (int dimension = 2; dimension < rank; ++dimension) {
    const auto i = static_cast<std::size_t>(3 - rank + dimension);
    const std::int64_t end =
        (shape.output[i] - 1) * shape.stride[i] + dilation[i] * (shape.kernel[i] - 1) + 1;
    const std::int64_t behind = end - shape.input[i] - shape.padding[i];
    x = pad(x, dimension, shape.padding[i], std::max<std::int64_t>(behind, 0), value);
  }
  return x;
}

// The same windows in an image that needs no padding.
PoolShape without_padding(PoolShape shape, const Variable& x) {
  shape.input = spatial_extents(x.shape());
  shape.padding = {0, 0, 0};
  return shape;
}

// The elements of all windows that have this position in them, an image as large as the output.
Variable at_position(const PoolShape& shape, const Extents3& dilation, const Extents3& position,
                     Variable x) {
  const int rank = x.shape().rank();
  for (int dimension = 2; dimension < rank; ++dimension) {
    const auto i = static_cast<std::size_t>(3 - rank + dimension);
    const std::int64_t begin = position[i] * dilation[i];
    x = slice(x, dimension, begin, begin + (shape.output[i] - 1) * shape.stride[i] + 1,
              shape.stride[i]);
  }
  return x;
}

Variable dilated_max_pool(const PoolShape& shape, const Extents3& dilation, const Variable& x) {
  Variable y;
  for (std::int64_t d = 0; d < shape.kernel[0]; ++d) {
    for (std::int64_t h = 0; h < shape.kernel[1]; ++h) {
      for (std::int64_t w = 0; w < shape.kernel[2]; ++w) {
        const Variable next = at_position(shape, dilation, {d, h, w}, x);
        y = y.defined() ? larger(y, next) : next;
      }
    }
  }
  return y;
}

Variable max_of_windows(const char* op, const PoolShape& shape, const Variable& x);

Variable max_pool_of_batch(const char* op, int dimensions, const Variable& x,
                           const PoolOptions& options) {
  check_images(op, dimensions, x.shape());
  if (!options.count_include_pad || options.divisor) {
    throw ValueError(std::string("[") + op +
                     "] count_include_pad and divisor are options of average pooling");
  }
  const PoolShape shape = pool_shape(op, x.shape(), options);
  const Extents3 dilation = options.dilation.expand(op, "dilation", dimensions, 1, 1);
  const bool dilated = dilation != Extents3{1, 1, 1};
  if (!dilated && !options.ceil_mode) return max_of_windows(op, shape, x);
  const Variable whole = surrounded(shape, dilation, x, -std::numeric_limits<double>::infinity());
  if (dilated) return dilated_max_pool(shape, dilation, whole);
  return max_of_windows(op, without_padding(shape, whole), whole);
}

Variable max_pool(const char* op, int dimensions, const Variable& x, const PoolOptions& options) {
  return of_batch(dimensions, x, [&](const Variable& batch) {
    return max_pool_of_batch(op, dimensions, batch, options);
  });
}

Variable max_of_windows(const char* op, const PoolShape& shape, const Variable& x) {
  if (x.shape().numel_from(2) > std::numeric_limits<std::int32_t>::max()) {
    throw ShapeError(std::string("[") + op +
                     "] an image must have fewer than 2^31 elements: input " +
                     x.shape().to_string());
  }
  const Tensor y = empty_output(shape, x);
  const Tensor index = Tensor::empty(y.shape(), DType::int32, x.device());
  visit_kernels(y,
                [&](const auto& kernels) { kernels.max_pool_forward(shape, x.value(), y, index); });
  const Shape x_shape = x.shape();
  const Variable result = make_result(y, {x}, [=](const Tensor& grad) -> Gradients {
    const Tensor grad_x = Tensor::empty(x_shape, grad.dtype(), grad.device());
    visit_kernels(
        grad, [&](const auto& kernels) { kernels.max_pool_backward(shape, grad, index, grad_x); });
    return {grad_x};
  });
  return described(result, [&] { return pool_call("max_pool", shape, x); });
}

// How many elements of the image, and of the padding if it counts, are in each window of one
// dimension.
std::vector<std::int64_t> window_sizes(const PoolShape& shape, std::size_t i, bool include_pad) {
  std::vector<std::int64_t> sizes;
  const std::int64_t padding = include_pad ? shape.padding[i] : 0;
  for (std::int64_t window = 0; window < shape.output[i]; ++window) {
    const std::int64_t begin = window * shape.stride[i] - shape.padding[i];
    const std::int64_t end = std::min(begin + shape.kernel[i], shape.input[i] + padding);
    sizes.push_back(end - std::max(begin, -padding));
  }
  return sizes;
}

// |window| / divisor for each window, in a shape that broadcasts against the output.
Variable scales(const PoolShape& shape, const PoolOptions& options, const Variable& x) {
  const auto volume = static_cast<double>(ConvolutionShape::volume(shape.kernel));
  if (options.divisor) {
    return Variable(
        Tensor::full({}, volume / static_cast<double>(*options.divisor), x.dtype(), x.device()));
  }
  std::array<std::vector<std::int64_t>, 3> sizes;
  for (std::size_t i = 0; i < 3; ++i) {
    sizes[i] = window_sizes(shape, i, options.count_include_pad);
  }
  std::vector<double> values;
  for (const std::int64_t d : sizes[0]) {
    for (const std::int64_t h : sizes[1]) {
      for (const std::int64_t w : sizes[2])
        values.push_back(volume / static_cast<double>(d * h * w));
    }
  }
  const Shape images = image_shape(1, 1, shape.output, x.shape().rank() - 2);
  return Variable(Tensor::from(images, values).to(x.dtype()).to(x.device()));
}

Variable average_pool_of_batch(const char* op, int dimensions, const Variable& x,
                               const PoolOptions& options) {
  check_images(op, dimensions, x.shape());
  if (options.dilation.expand(op, "dilation", dimensions, 1, 1) != Extents3{1, 1, 1}) {
    throw ValueError(std::string("[") + op + "] dilation is an option of max pooling");
  }
  if (options.divisor && *options.divisor == 0) {
    throw ValueError(std::string("[") + op + "] the divisor must not be 0");
  }
  const PoolShape shape = pool_shape(op, x.shape(), options);
  if (!options.ceil_mode && options.count_include_pad && !options.divisor) return average(shape, x);
  const Variable whole = surrounded(shape, {1, 1, 1}, x, 0);
  return average(without_padding(shape, whole), whole) * scales(shape, options, x);
}

Variable average_pool(const char* op, int dimensions, const Variable& x,
                      const PoolOptions& options) {
  return of_batch(dimensions, x, [&](const Variable& batch) {
    return average_pool_of_batch(op, dimensions, batch, options);
  });
}

Variable global_average_pool(const char* op, int dimensions, const Variable& x) {
  return of_batch(dimensions, x, [&](const Variable& batch) {
    check_images(op, dimensions, batch.shape());
    PoolShape shape = image_of(batch.shape());
    shape.kernel = shape.input;
    shape.stride = shape.input;
    return average(shape, batch);
  });
}

Variable mean_along(const Variable& x, int dimension) { return mean(x, {dimension}, true); }

Variable largest_along(const Variable& x, int dimension) {
  Variable y = slice(x, dimension, 0, 1);
  for (std::int64_t i = 1; i < x.shape()[dimension]; ++i) {
    y = larger(y, slice(x, dimension, i, i + 1));
  }
  return y;
}

// reduce(window, dimension) of so many windows along one dimension.
template <class Reduce>
Variable adaptive_along(const Variable& x, int dimension, std::int64_t windows, Reduce reduce) {
  const std::int64_t extent = x.shape()[dimension];
  if (windows == extent) return x;
  std::vector<Variable> parts;
  for (std::int64_t i = 0; i < windows; ++i) {
    const std::int64_t begin = i * extent / windows;
    const std::int64_t end = ((i + 1) * extent + windows - 1) / windows;
    parts.push_back(reduce(slice(x, dimension, begin, end), dimension));
  }
  return concat(parts, dimension);
}

// The windows of equal size that an adaptive pooling amounts to; nothing where sizes differ.
std::optional<PoolShape> equal_windows(const Shape& x, const Extents3& output) {
  PoolShape shape = image_of(x);
  shape.output = output;
  for (std::size_t i = 0; i < 3; ++i) {
    if (shape.input[i] % output[i] != 0) return {};
    shape.kernel[i] = shape.input[i] / output[i];
  }
  shape.stride = shape.kernel;
  return shape;
}

template <class Equal, class Reduce>
Variable adaptive_pool(const char* op, int dimensions, const Variable& x, const Spatial& output,
                       Equal equal, Reduce reduce) {
  return of_batch(dimensions, x, [&](const Variable& batch) {
    check_images(op, dimensions, batch.shape());
    const Extents3 counts = output.expand(op, "output", dimensions, 1, 1);
    const std::optional<PoolShape> windows = equal_windows(batch.shape(), counts);
    if (windows) return equal(*windows, batch);
    Variable y = batch;
    // The last dimension first: the first of equal elements is then that of the scan.
    for (int dimension = dimensions + 1; dimension >= 2; --dimension) {
      y = adaptive_along(y, dimension, counts[static_cast<std::size_t>(1 - dimensions + dimension)],
                         reduce);
    }
    return y;
  });
}

Variable adaptive_average_pool(const char* op, int dimensions, const Variable& x,
                               const Spatial& output) {
  return adaptive_pool(op, dimensions, x, output, &average, &mean_along);
}

Variable adaptive_max_pool(const char* op, int dimensions, const Variable& x,
                           const Spatial& output) {
  const auto equal = [op](const PoolShape& shape, const Variable& batch) {
    return max_of_windows(op, shape, batch);
  };
  return adaptive_pool(op, dimensions, x, output, equal, &largest_along);
}

}  // namespace

Variable max_pool1d(const Variable& x, const PoolOptions& options) {
  return max_pool("max_pool1d", 1, x, options);
}
Variable max_pool2d(const Variable& x, const PoolOptions& options) {
  return max_pool("max_pool2d", 2, x, options);
}
Variable max_pool3d(const Variable& x, const PoolOptions& options) {
  return max_pool("max_pool3d", 3, x, options);
}

Variable average_pool1d(const Variable& x, const PoolOptions& options) {
  return average_pool("average_pool1d", 1, x, options);
}
Variable average_pool2d(const Variable& x, const PoolOptions& options) {
  return average_pool("average_pool2d", 2, x, options);
}
Variable average_pool3d(const Variable& x, const PoolOptions& options) {
  return average_pool("average_pool3d", 3, x, options);
}

Variable adaptive_average_pool1d(const Variable& x, const Spatial& output) {
  return adaptive_average_pool("adaptive_average_pool1d", 1, x, output);
}
Variable adaptive_average_pool2d(const Variable& x, const Spatial& output) {
  return adaptive_average_pool("adaptive_average_pool2d", 2, x, output);
}
Variable adaptive_average_pool3d(const Variable& x, const Spatial& output) {
  return adaptive_average_pool("adaptive_average_pool3d", 3, x, output);
}
Variable adaptive_max_pool1d(const Variable& x, const Spatial& output) {
  return adaptive_max_pool("adaptive_max_pool1d", 1, x, output);
}
Variable adaptive_max_pool2d(const Variable& x, const Spatial& output) {
  return adaptive_max_pool("adaptive_max_pool2d", 2, x, output);
}
Variable adaptive_max_pool3d(const Variable& x, const Spatial& output) {
  return adaptive_max_pool("adaptive_max_pool3d", 3, x, output);
}

Variable global_average_pool1d(const Variable& x) {
  return global_average_pool("global_average_pool1d", 1, x);
}
Variable global_average_pool2d(const Variable& x) {
  return global_average_pool("global_average_pool2d", 2, x);
}
Variable global_average_pool3d(const Variable& x) {
  return global_average_pool("global_average_pool3d", 3, x);
}

}  // namespace credence
