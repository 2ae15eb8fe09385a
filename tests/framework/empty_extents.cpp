// The ops of the framework, for the tests of empty extents.
#include "tests/framework/empty_extents.hpp"

#include "framework/ops/arithmetic.hpp"
#include "framework/ops/convolution.hpp"
#include "framework/ops/dropout.hpp"
#include "framework/ops/index_ops.hpp"
#include "framework/ops/losses.hpp"
#include "framework/ops/matmul.hpp"
#include "framework/ops/normalization.hpp"
#include "framework/ops/pointwise.hpp"
#include "framework/ops/pooling.hpp"
#include "framework/ops/shape_ops.hpp"
#include "framework/ops/softmax.hpp"
#include "framework/ops/transposed_convolution.hpp"

namespace credence {
namespace {

using Variables = std::vector<Variable>;

Shape shape_of(const Extents& extents) { return Shape(std::span<const std::int64_t>(extents)); }

// The extents are those of the single input.
EmptyCase unary(const std::string& name, Extents extents,
                std::function<Variable(const Variable&)> op) {
  return {name, std::move(extents),
          [](const Extents& e) { return std::vector<Shape>{shape_of(e)}; },
          [op = std::move(op)](const Variables& x) { return op(x[0]); }};
}

void add_all(std::vector<EmptyCase>& to, std::vector<EmptyCase> cases) {
  to.insert(to.end(), cases.begin(), cases.end());
}

void add_products(std::vector<EmptyCase>& cases) {
  add_all(cases, convolution_cases("convolution",
                                   [](const Variable& x, const Variable& weight,
                                      const Variable& bias, const ConvolutionOptions& options) {
                                     return convolution(x, weight, bias, options);
                                   }));
  add_all(cases,
          convolution_cases(
              "convolution without a bias", [](const Variable& x, const Variable& weight,
                                               const Variable&, const ConvolutionOptions& options) {
                return convolution(x, weight, {}, options,
                                   pointwise::Function{pointwise::kEntry<pointwise::Relu>, {}});
              }));
  cases.push_back({"matmul of batches",
                   {2, 3, 4, 5},
                   [](const Extents& e) {
                     return std::vector<Shape>{{e[0], 1, e[1], e[2]}, {2, e[2], e[3]}};
                   },
                   [](const Variables& x) { return matmul(x[0], x[1]); }});
  cases.push_back({"linear of batches",
                   {2, 3, 4, 5},
                   [](const Extents& e) {
                     return std::vector<Shape>{{e[0], e[1], e[2]}, {e[3], e[2]}};
                   },
                   [](const Variables& x) { return linear(x[0], x[1], {}); }});
  // The extents are images, inputs and outputs, or rows, inner terms and columns.
  for (const Extents& sizes : {Extents{3, 4, 5}, Extents{40, 300, 50}}) {
    cases.push_back({"linear", sizes,
                     [](const Extents& e) {
                       return std::vector<Shape>{{e[0], e[1]}, {e[2], e[1]}, {e[2]}};
                     },
                     [](const Variables& x) { return linear(x[0], x[1], x[2]); }});
    cases.push_back({"matmul", sizes,
                     [](const Extents& e) {
                       return std::vector<Shape>{{e[0], e[1]}, {e[1], e[2]}};
                     },
                     [](const Variables& x) { return matmul(x[0], x[1]); }});
  }
}

// The extents are images, input channels per group, output channels per group, then those of the
// image.
void add_transposed(std::vector<EmptyCase>& cases) {
  const auto add = [&](Extents extents, const Extents& kernel,
                       const TransposedConvolutionOptions& options) {
    cases.push_back(
        {"transposed_convolution", std::move(extents),
         [=](const Extents& e) {
           Extents x{e[0], options.groups * e[1]};
           x.insert(x.end(), e.begin() + 3, e.end());
           Extents weight{options.groups * e[1], e[2]};
           weight.insert(weight.end(), kernel.begin(), kernel.end());
           return std::vector<Shape>{shape_of(x), shape_of(weight), Shape{options.groups * e[2]}};
         },
         [=](const Variables& x) {
           return transposed_convolution(x[0], x[1], x[2], options, Activation::softplus());
         }});
  };
  add({3, 16, 6, 8, 8}, {5, 5}, {});
  add({3, 32, 32, 8, 8}, {3, 3}, {.padding = 1});
  add({3, 5, 4, 1, 1}, {1, 1}, {});
  add({3, 5, 4, 4, 4}, {4, 4}, {.stride = 2, .padding = 1, .output_padding = 1});
  add({3, 2, 3, 7, 7}, {3, 3}, {.padding = 2, .output_padding = 1, .dilation = 2, .groups = 2});
  add({3, 5, 4, 9}, {12}, {.padding = 1});
  add({3, 5, 4, 3, 4, 5}, {3, 3, 3}, {.padding = 1});
}

void add_pooling(std::vector<EmptyCase>& cases) {
  for (const Extents& extents : {Extents{2, 3, 6}, Extents{2, 3, 6, 6}, Extents{2, 3, 4, 4, 4}}) {
    for (const std::int64_t kernel : {2, 3}) {
      const PoolOptions options{.kernel = kernel, .stride = 2, .padding = kernel / 2};
      const std::size_t rank = extents.size();
      cases.push_back(unary("max_pool", extents, [=](const Variable& x) {
        return rank == 3   ? max_pool1d(x, options)
               : rank == 4 ? max_pool2d(x, options)
                           : max_pool3d(x, options);
      }));
      cases.push_back(unary("average_pool", extents, [=](const Variable& x) {
        return rank == 3   ? average_pool1d(x, options)
               : rank == 4 ? average_pool2d(x, options)
                           : average_pool3d(x, options);
      }));
    }
    cases.push_back(unary("global_average_pool", extents,
                          extents.size() == 3   ? &global_average_pool1d
                          : extents.size() == 4 ? &global_average_pool2d
                                                : &global_average_pool3d));
  }
}

void add_options_of_pooling(std::vector<EmptyCase>& cases) {
  const auto add = [&](const std::string& name,
                       const std::function<Variable(const Variable&)>& op) {
    cases.push_back(unary(name, {2, 3, 6, 5}, op));
    cases.push_back(unary(name + " of one image", {3, 6, 5}, op));
  };
  add("dilated max_pool",
      [](const Variable& x) { return max_pool2d(x, {.kernel = 2, .padding = 1, .dilation = 2}); });
  add("max_pool with ceil_mode", [](const Variable& x) {
    return max_pool2d(x, {.kernel = 2, .stride = 3, .padding = 1, .ceil_mode = true});
  });
  add("average_pool with ceil_mode", [](const Variable& x) {
    return average_pool2d(
        x, {.kernel = 3, .stride = 2, .padding = 1, .ceil_mode = true, .count_include_pad = false});
  });
  add("adaptive_average_pool", [](const Variable& x) { return adaptive_average_pool2d(x, 4); });
  add("adaptive_max_pool", [](const Variable& x) { return adaptive_max_pool2d(x, 4); });
}

void add_reductions(std::vector<EmptyCase>& cases) {
  cases.push_back(unary("sum", {2, 3, 4}, [](const Variable& x) { return sum(x); }));
  for (const std::vector<int>& dimensions : {std::vector<int>{0}, {1}, {2}, {0, 2}}) {
    cases.push_back(unary("sum", {2, 3, 4}, [=](const Variable& x) { return sum(x, dimensions); }));
    cases.push_back(
        unary("sum", {2, 3, 4}, [=](const Variable& x) { return sum(x, dimensions, true); }));
  }
  cases.push_back(unary("softmax", {20, 10}, [](const Variable& x) { return softmax(x); }));
  for (const Extents& extents : {Extents{20, 10}, Extents{2, 3000}}) {
    cases.push_back(
        unary("log_softmax", extents, [](const Variable& x) { return log_softmax(x); }));
  }
  for (const int dimension : {0, 1}) {
    cases.push_back(
        unary("softmax", {2, 3, 4}, [=](const Variable& x) { return softmax(x, dimension); }));
  }
  cases.push_back(unary("argmax", {3, 4}, [](const Variable& x) {
    return Variable(argmax(x.value()).to(x.dtype()));
  }));
}

void add_elementwise(std::vector<EmptyCase>& cases) {
  const auto shapes = [](const Extents& e) {
    return std::vector<Shape>{{e[0], e[1], e[2]}, {e[1], 1}};
  };
  const Extents extents{2, 3, 4};
  cases.push_back({"add", extents, shapes, [](const Variables& x) { return x[0] + x[1]; }});
  cases.push_back({"mul", extents, shapes, [](const Variables& x) { return x[0] * x[1]; }});
  cases.push_back({"div", extents, shapes, [](const Variables& x) { return x[0] / x[1]; }});
  cases.push_back({"sub", extents, shapes, [](const Variables& x) { return x[1] - x[0]; }});
  cases.push_back(unary("softplus", extents, [](const Variable& x) { return softplus(x); }));
  cases.push_back(unary("dropout", extents, [](const Variable& x) {
    return dropout(x, 0.5, RandomStream{1, 2});
  }));
  for (const bool training : {true, false}) {
    cases.push_back({"batch_norm",
                     {3, 4, 5},
                     [](const Extents& e) {
                       return std::vector<Shape>{{e[0], e[1], e[2]}, {e[1]}, {e[1]}};
                     },
                     [=](const Variables& x) {
                       const auto statistic = [&](double value) {
                         return Tensor::full(x[1].shape(), value, x[0].dtype(), x[0].device());
                       };
                       return batch_norm(x[0], x[1], x[2], statistic(0), statistic(1),
                                         {.training = training});
                     }});
  }
}

void add_layer_norms(std::vector<EmptyCase>& cases) {
  cases.push_back({"layer_norm",
                   {3, 4, 5},
                   [](const Extents& e) {
                     return std::vector<Shape>{{e[0], e[1], e[2]}, {e[1], e[2]}};
                   },
                   [](const Variables& x) { return layer_norm(x[0], x[1].shape(), x[1]); }});
  cases.push_back({"group_norm",
                   {3, 4, 5},
                   [](const Extents& e) {
                     return std::vector<Shape>{{e[0], e[1], e[2]}, {e[1]}};
                   },
                   [](const Variables& x) { return group_norm(x[0], 2, x[1]); }});
}

void add_losses(std::vector<EmptyCase>& cases) {
  for (const LossReduction reduction : {LossReduction::none, LossReduction::sum}) {
    cases.push_back(unary("cross_entropy", {2, 3, 4}, [=](const Variable& x) {
      const Tensor labels = Tensor::zeros({x.shape()[0], x.shape()[2]}, DType::int64, x.device());
      return cross_entropy(x, labels, {{.reduction = reduction}, 0.1});
    }));
    cases.push_back(unary("focal_loss", {2, 3, 4}, [=](const Variable& x) {
      const Tensor labels = Tensor::zeros({x.shape()[0], x.shape()[2]}, DType::int64, x.device());
      return focal_loss(x, labels, 2, {.reduction = reduction});
    }));
    cases.push_back(unary("huber_loss", {2, 3},
                          [=](const Variable& x) { return huber_loss(x, x * 2.0, 1, reduction); }));
  }
}

void add_filter_response_norm(std::vector<EmptyCase>& cases) {
  for (const std::optional<Activation>& activation :
       {std::optional<Activation>(), std::optional(Activation::silu())}) {
    cases.push_back({"filter_response_norm",
                     {3, 4, 5},
                     [](const Extents& e) {
                       return std::vector<Shape>{{e[0], e[1], e[2]}, {e[1]}, {e[1]}};
                     },
                     [=](const Variables& x) {
                       return filter_response_norm(x[0], x[1], x[2], {}, activation);
                     }});
  }
}

void add_shape_ops(std::vector<EmptyCase>& cases) {
  cases.push_back(unary("flatten", {2, 3, 4}, &flatten));
  cases.push_back(unary("reshape", {2, 3, 4}, [](const Variable& x) {
    return reshape(x, Shape{x.shape()[2], x.shape()[0], x.shape()[1]});
  }));
  cases.push_back(
      unary("slice", {2, 3}, [](const Variable& x) { return slice(x, 0, x.shape()[0]); }));
  const auto add = [&](const std::string& name, std::function<Variable(const Variable&)> op) {
    cases.push_back(unary(name, {2, 3, 4}, std::move(op)));
  };
  add("permute", [](const Variable& x) { return permute(x, {2, 0, 1}); });
  add("slice with a step", [](const Variable& x) { return slice(x, 1, 0, x.shape()[1], 2); });
  add("pad", [](const Variable& x) { return pad(x, 1, 2, 1); });
  add("circular pad",
      [](const Variable& x) { return pad(x, 1, x.shape()[1], 0, 0, PaddingMode::circular); });
  add("broadcast_to", [](const Variable& x) {
    return broadcast_to(x, {5, x.shape()[0], x.shape()[1], x.shape()[2]});
  });
  add("gather", [](const Variable& x) {
    return gather(x, 1, Tensor::zeros(x.shape(), DType::int64, x.device()));
  });
  cases.push_back(unary("embedding", {3, 4}, [](const Variable& x) {
    return embedding(x, Tensor::zeros({2}, DType::int64, x.device()));
  }));
  for (const int dimension : {0, 1, 2}) {
    cases.push_back({"concat",
                     {2, 3, 4},
                     [](const Extents& e) {
                       return std::vector<Shape>{{e[0], e[1], e[2]}, {e[0], e[1], e[2]}};
                     },
                     [=](const Variables& x) {
                       return concat({x[0], x[1]}, dimension);
                     }});
  }
}

}  // namespace

std::vector<EmptyCase> framework_cases() {
  std::vector<EmptyCase> cases;
  add_products(cases);
  add_transposed(cases);
  add_pooling(cases);
  add_options_of_pooling(cases);
  add_reductions(cases);
  add_elementwise(cases);
  add_filter_response_norm(cases);
  add_layer_norms(cases);
  add_losses(cases);
  add_shape_ops(cases);
  return cases;
}

}  // namespace credence
