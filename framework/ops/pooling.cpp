// Pooling over windows of each image.
//   max:      y = x[i] with i the index of the window's largest element; ∂x[i] += ∂y
//   average:  y = Σ x / |window|; ∂x[j] += ∂y / |window| for each j of the window
#include "framework/ops/pooling.hpp"

#include "framework/base/error.hpp"
#include "framework/dispatch/kernels.hpp"

#include <limits>
#include <string>

namespace credence {
namespace {

// Throws ShapeError unless x is a batch of images of `dimensions` spatial dimensions: one image
// without N, or one dimension more or less, would be read as other images. Images have elements.
void check_images(const std::string& op, int dimensions, const Shape& x) {
  if (x.rank() != dimensions + 2) {
    const char* const spatial[] = {"L", "H, W", "D, H, W"};
    throw ShapeError("[" + op + "] the input must be [N, C, " + spatial[dimensions - 1] +
                     "], not the shape " + x.to_string() +
                     (x.rank() == dimensions + 1 ? "; one image needs the shape [1, C, …]" : ""));
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
  shape.output =
      window_counts(op, shape.input, shape.kernel, shape.stride, shape.padding, {1, 1, 1});
  return shape;
}

Tensor empty_output(const PoolShape& shape, const Variable& x) {
  return Tensor::empty(image_shape(x.shape()[0], x.shape()[1], shape.output, x.shape().rank() - 2),
                       x.dtype(), x.device());
}

Variable average(const PoolShape& shape, const Variable& x) {
  const Tensor y = empty_output(shape, x);
  visit_kernels(y, [&](const auto& kernels) { kernels.average_pool_forward(shape, x.value(), y); });
  const Shape x_shape = x.shape();
  return make_result(y, {x}, [=](const Tensor& grad) -> Gradients {
    const Tensor grad_x = Tensor::empty(x_shape, grad.dtype(), grad.device());
    visit_kernels(grad,
                  [&](const auto& kernels) { kernels.average_pool_backward(shape, grad, grad_x); });
    return {grad_x};
  });
}

Variable max_pool(const char* op, int dimensions, const Variable& x, const PoolOptions& options) {
  check_images(op, dimensions, x.shape());
  const PoolShape shape = pool_shape(op, x.shape(), options);
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
  return make_result(y, {x}, [=](const Tensor& grad) -> Gradients {
    const Tensor grad_x = Tensor::empty(x_shape, grad.dtype(), grad.device());
    visit_kernels(
        grad, [&](const auto& kernels) { kernels.max_pool_backward(shape, grad, index, grad_x); });
    return {grad_x};
  });
}

Variable average_pool(const char* op, int dimensions, const Variable& x,
                      const PoolOptions& options) {
  check_images(op, dimensions, x.shape());
  return average(pool_shape(op, x.shape(), options), x);
}

Variable global_average_pool(const char* op, int dimensions, const Variable& x) {
  check_images(op, dimensions, x.shape());
  PoolShape shape = image_of(x.shape());
  shape.kernel = shape.input;
  shape.stride = shape.input;
  return average(shape, x);
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
