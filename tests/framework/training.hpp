// Helpers that the tests of modules, optimisers and training share.
#pragma once

#include "framework/nn/activation.hpp"
#include "framework/nn/flatten.hpp"
#include "framework/nn/layers.hpp"
#include "framework/nn/pooling.hpp"
#include "framework/nn/sequential.hpp"
#include "framework/train/batch.hpp"
#include "tests/framework/support.hpp"

#include <utility>

namespace credence {

/// A model like LeNet-5 with few channels, for images [N, 1, 28, 28] of ten classes.
inline nn::Sequential small_net(const Generator& generator) {
  return nn::Sequential(nn::Conv2d(1, 3, {.kernel = 5}, generator.split("conv1")),
                        nn::MaxPool2d({.kernel = 2}), nn::Activation::relu(),
                        nn::Conv2d(3, 6, {.kernel = 5}, generator.split("conv2")),
                        nn::MaxPool2d({.kernel = 2}), nn::Activation::relu(), nn::Flatten(),
                        nn::Linear(96, 24, {}, generator.split("fc1")), nn::Activation::relu(),
                        nn::Linear(24, 10, {}, generator.split("fc2")));
}

/// Copies of all parameters.
inline std::vector<Tensor> parameter_values(nn::Module& module) {
  std::vector<Tensor> values;
  for (const nn::NamedParameter& p : nn::parameters(module)) {
    values.push_back(p.parameter->value().clone());
  }
  return values;
}

inline bool same_bits(const std::vector<Tensor>& a, const std::vector<Tensor>& b) {
  bool same = a.size() == b.size();
  for (std::size_t i = 0; same && i < a.size(); ++i) same = same_bits(a[i], b[i]);
  return same;
}

/// The same batches in each epoch.
class FixedBatches : public train::BatchSource {
 public:
  explicit FixedBatches(std::vector<train::Batch> batches) : batches_(std::move(batches)) {}

  std::int64_t samples() const override {
    std::int64_t count = 0;
    for (const train::Batch& batch : batches_) count += batch.samples();
    return count;
  }
  std::int64_t batches() const override { return static_cast<std::int64_t>(batches_.size()); }
  void start_epoch(std::int64_t) override { next_ = 0; }
  bool next(train::Batch& batch) override {
    if (next_ == batches_.size()) return false;
    batch = batches_[next_++];
    return true;
  }

 private:
  std::vector<train::Batch> batches_;
  std::size_t next_ = 0;
};

}  // namespace credence
