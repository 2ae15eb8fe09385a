// Pooling as modules, for Sequential and for models built at run time. framework/ops/pooling.hpp
// states the formulas and the errors.
#pragma once

#include "framework/nn/module.hpp"
#include "framework/ops/pooling.hpp"

#include <string>
#include <utility>

namespace credence::nn {

/// The operation for so many spatial dimensions.
template <int Dimensions, class Operation>
constexpr Operation* for_dimensions(Operation* one, Operation* two, Operation* three) {
  static_assert(Dimensions >= 1 && Dimensions <= 3);
  return Dimensions == 1 ? one : Dimensions == 2 ? two : three;
}

/// The largest element of each window of x [N, C, `Dimensions` spatial dimensions], as
/// torch.nn.MaxPool1d to MaxPool3d.
template <int Dimensions>
class MaxPool : public Module {
 public:
  explicit MaxPool(PoolOptions options) : options_(std::move(options)) {}
  Variable forward(const Variable& x) override {
    return for_dimensions<Dimensions>(&max_pool1d, &max_pool2d, &max_pool3d)(x, options_);
  }
  std::string type_name() const override { return "MaxPool" + std::to_string(Dimensions) + "d"; }

 private:
  PoolOptions options_;
};
using MaxPool1d = MaxPool<1>;
using MaxPool2d = MaxPool<2>;
using MaxPool3d = MaxPool<3>;

/// The mean of each window of x [N, C, `Dimensions` spatial dimensions], where padding counts as
/// zeros, as torch.nn.AvgPool1d to AvgPool3d.
template <int Dimensions>
class AveragePool : public Module {
 public:
  explicit AveragePool(PoolOptions options) : options_(std::move(options)) {}
  Variable forward(const Variable& x) override {
    return for_dimensions<Dimensions>(&average_pool1d, &average_pool2d, &average_pool3d)(x,
                                                                                         options_);
  }
  std::string type_name() const override {
    return "AveragePool" + std::to_string(Dimensions) + "d";
  }

 private:
  PoolOptions options_;
};
using AveragePool1d = AveragePool<1>;
using AveragePool2d = AveragePool<2>;
using AveragePool3d = AveragePool<3>;

/// The mean of each of `output` windows that cover x, as torch.nn.AdaptiveAvgPool1d to
/// AdaptiveAvgPool3d.
template <int Dimensions>
class AdaptiveAveragePool : public Module {
 public:
  explicit AdaptiveAveragePool(Spatial output) : output_(std::move(output)) {}
  Variable forward(const Variable& x) override {
    return for_dimensions<Dimensions>(&adaptive_average_pool1d, &adaptive_average_pool2d,
                                      &adaptive_average_pool3d)(x, output_);
  }
  std::string type_name() const override {
    return "AdaptiveAveragePool" + std::to_string(Dimensions) + "d";
  }

 private:
  Spatial output_;
};
using AdaptiveAveragePool1d = AdaptiveAveragePool<1>;
using AdaptiveAveragePool2d = AdaptiveAveragePool<2>;
using AdaptiveAveragePool3d = AdaptiveAveragePool<3>;

/// The largest element of each of these windows, as torch.nn.AdaptiveMaxPool1d to
/// AdaptiveMaxPool3d.
template <int Dimensions>
class AdaptiveMaxPool : public Module {
 public:
  explicit AdaptiveMaxPool(Spatial output) : output_(std::move(output)) {}
  Variable forward(const Variable& x) override {
    return for_dimensions<Dimensions>(&adaptive_max_pool1d, &adaptive_max_pool2d,
                                      &adaptive_max_pool3d)(x, output_);
  }
  std::string type_name() const override {
    return "AdaptiveMaxPool" + std::to_string(Dimensions) + "d";
  }

 private:
  Spatial output_;
};
using AdaptiveMaxPool1d = AdaptiveMaxPool<1>;
using AdaptiveMaxPool2d = AdaptiveMaxPool<2>;
using AdaptiveMaxPool3d = AdaptiveMaxPool<3>;

}  // namespace credence::nn
