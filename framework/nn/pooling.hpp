// Pooling and flattening as modules, for Sequential and for models put together at run time.
#pragma once

#include "framework/nn/module.hpp"
#include "framework/ops/pooling.hpp"
#include "framework/ops/shape_ops.hpp"

#include <utility>

namespace credence::nn {

class MaxPool : public Module {
 public:
  explicit MaxPool(PoolOptions options) : options_(std::move(options)) {}
  Variable forward(const Variable& x) override { return max_pool(x, options_); }
  std::string type_name() const override { return "MaxPool"; }

 private:
  PoolOptions options_;
};

class AveragePool : public Module {
 public:
  explicit AveragePool(PoolOptions options) : options_(std::move(options)) {}
  Variable forward(const Variable& x) override { return average_pool(x, options_); }
  std::string type_name() const override { return "AveragePool"; }

 private:
  PoolOptions options_;
};

/// [N, …] to [N, the product of the rest].
class Flatten : public Module {
 public:
  Variable forward(const Variable& x) override { return flatten(x); }
  std::string type_name() const override { return "Flatten"; }
};

}  // namespace credence::nn
