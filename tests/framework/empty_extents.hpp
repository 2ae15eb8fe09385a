// Checks of ops on shapes with one extent of 0: a batch without images, layers without channels,
// images without pixels.
#pragma once

#include "framework/autograd/variable.hpp"
#include "framework/base/error.hpp"
#include "framework/ops/convolution.hpp"
#include "framework/ops/reduce.hpp"

#include <cmath>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include <boost/test/unit_test.hpp>

namespace credence {

using Extents = std::vector<std::int64_t>;

/// An op whose inputs' shapes follow from a few numbers.
struct EmptyCase {
  std::string name;
  Extents extents;
  std::function<std::vector<Shape>(const Extents&)> shapes;
  std::function<Variable(const std::vector<Variable>&)> op;
};

inline bool all_finite(const Tensor& x) {
  for (const double value : x.to_vector<double>()) {
    if (!std::isfinite(value)) return false;
  }
  return true;
}

/// Runs the op and its backward pass with `extents`. Either they are refused, or the result and the
/// gradients are finite, and the gradients are 0 where the result has no element.
inline void check_empty(const EmptyCase& test, const Extents& extents, DType dtype, Device device) {
  std::vector<Variable> inputs;
  std::string text = test.name;
  for (const Shape& shape : test.shapes(extents)) {
    text += " " + shape.to_string();
    inputs.emplace_back(Tensor::full(shape, 0.5, dtype, device), true);
  }
  BOOST_TEST_CONTEXT(text << ", " << to_string(dtype)) {
    Variable y;
    try {
      y = test.op(inputs);
    } catch (const ShapeError&) {
      return;
    } catch (const ValueError&) {
      return;
    }
    BOOST_TEST(all_finite(y.value()));
    if (!y.requires_grad()) return;
    y.backward(Tensor::full(y.shape(), 1, dtype, device));
    for (const Variable& input : inputs) {
      if (!input.grad().defined()) continue;
      BOOST_TEST(all_finite(input.grad()));
      if (y.value().numel() > 0) continue;
      for (const double value : input.grad().to_vector<double>()) BOOST_TEST(value == 0);
    }
  }
}

/// The same with each extent set to 0, alone and together with each other one.
inline void check_empty(const std::vector<EmptyCase>& cases, Device device) {
  for (const EmptyCase& test : cases) {
    for (const DType dtype : {DType::float32, DType::float64}) {
      for (std::size_t i = 0; i < test.extents.size(); ++i) {
        for (std::size_t j = i; j < test.extents.size(); ++j) {
          Extents extents = test.extents;
          extents[i] = 0;
          extents[j] = 0;
          check_empty(test, extents, dtype, device);
        }
      }
    }
  }
}

/// The ops of the framework.
std::vector<EmptyCase> framework_cases();

/// Convolutions of each kind, by an op of x, weight and bias: 1 to 3 dimensions, strides, groups,
/// and the shapes with kernels of their own.
template <class Op>
std::vector<EmptyCase> convolution_cases(const std::string& name, Op op) {
  std::vector<EmptyCase> cases;
  // The extents are images, input channels per group, output channels per group, then those of the
  // image.
  const auto add = [&](Extents extents, Extents kernel, const ConvolutionOptions& options) {
    cases.push_back(
        {name, std::move(extents),
         [=](const Extents& e) {
           Extents x{e[0], options.groups * e[1]};
           x.insert(x.end(), e.begin() + 3, e.end());
           Extents weight{options.groups * e[2], e[1]};
           weight.insert(weight.end(), kernel.begin(), kernel.end());
           return std::vector<Shape>{Shape(std::span<const std::int64_t>(x)),
                                     Shape(std::span<const std::int64_t>(weight)),
                                     Shape{options.groups * e[2]}};
         },
         [=](const std::vector<Variable>& x) { return op(x[0], x[1], x[2], options); }});
  };
  add({3, 6, 16, 12, 12}, {5, 5}, {});
  add({32, 6, 16, 12, 12}, {5, 5}, {});
  add({3, 32, 32, 8, 8}, {3, 3}, {.padding = 1});
  add({3, 64, 64, 2, 2}, {3, 3}, {.padding = 1});
  add({3, 4, 5, 6, 6}, {1, 1}, {});
  add({3, 4, 5, 1, 1}, {1, 1}, {});
  add({3, 4, 5, 7, 7}, {3, 3}, {.stride = 2, .padding = 1});
  add({3, 2, 3, 7, 7}, {3, 3}, {.padding = 2, .dilation = 2, .groups = 2});
  add({3, 4, 5, 9}, {3}, {.padding = 1});
  add({3, 4, 5, 4, 5, 6}, {3, 3, 3}, {.padding = 1});
  return cases;
}

}  // namespace credence
