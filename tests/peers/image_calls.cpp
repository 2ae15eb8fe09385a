// Requests for layers of images: products, pooling, normalisation.
#include "framework/ops/convolution.hpp"
#include "framework/ops/normalization.hpp"
#include "framework/ops/pooling.hpp"
#include "tests/peers/convolution_calls.hpp"
#include "tests/peers/operations.hpp"

namespace credence::peers {
namespace {

PoolOptions pool_options(Call& c) {
  PoolOptions options{.kernel = c.spatial("kernel_size")};
  if (c.has("stride")) options.stride = c.spatial("stride");
  options.padding = c.spatial("padding", 0);
  options.dilation = c.spatial("dilation", 1);
  options.ceil_mode = c.truth("ceil_mode", false);
  options.count_include_pad = c.truth("count_include_pad", true);
  if (c.has("divisor_override")) options.divisor = c.integer("divisor_override");
  c.only("return_indices", false);
  return options;
}

Operation pooling(Variable (*f)(const Variable&, const PoolOptions&)) {
  return [f](Call& c) { return f(c.variable("input"), pool_options(c)); };
}

Operation adaptive_pooling(Variable (*f)(const Variable&, const Spatial&)) {
  return [f](Call& c) {
    c.only("return_indices", false);
    return f(c.variable("input"), c.spatial("output_size"));
  };
}

Variable batch_normalized(Call& c) {
  return batch_norm(c.variable("input"), c.variable_or_none("weight"), c.variable_or_none("bias"),
                    c.tensor_or_none("running_mean"), c.tensor_or_none("running_var"),
                    {.training = c.truth("training", false),
                     .momentum = c.number("momentum", 0.1),
                     .epsilon = c.number("eps", 1e-5)});
}

}  // namespace

Operations image_operations() {
  return {
      {"linear",
       [](Call& c) {
         return linear(c.variable("input"), c.variable("weight"), c.variable_or_none("bias"));
       }},
      {"convolution", convolution_call},
      {"transposed_convolution", transposed_convolution_call},
      {"max_pool1d", pooling(max_pool1d)},
      {"max_pool2d", pooling(max_pool2d)},
      {"max_pool3d", pooling(max_pool3d)},
      {"avg_pool1d", pooling(average_pool1d)},
      {"avg_pool2d", pooling(average_pool2d)},
      {"avg_pool3d", pooling(average_pool3d)},
      {"adaptive_avg_pool1d", adaptive_pooling(adaptive_average_pool1d)},
      {"adaptive_avg_pool2d", adaptive_pooling(adaptive_average_pool2d)},
      {"adaptive_avg_pool3d", adaptive_pooling(adaptive_average_pool3d)},
      {"adaptive_max_pool1d", adaptive_pooling(adaptive_max_pool1d)},
      {"adaptive_max_pool2d", adaptive_pooling(adaptive_max_pool2d)},
      {"adaptive_max_pool3d", adaptive_pooling(adaptive_max_pool3d)},
      {"batch_norm", batch_normalized},
      {"layer_norm",
       [](Call& c) {
         return layer_norm(c.variable("input"), shape_of(c.integers("normalized_shape")),
                           c.variable_or_none("weight"), c.variable_or_none("bias"),
                           c.number("eps", 1e-5));
       }},
      {"group_norm",
       [](Call& c) {
         return group_norm(c.variable("input"), c.integer("num_groups"),
                           c.variable_or_none("weight"), c.variable_or_none("bias"),
                           c.number("eps", 1e-5));
       }},
  };
}

}  // namespace credence::peers
