// What the tests of the Bayesian parts share.
#pragma once

#include "framework/nn/module.hpp"
#include "framework/train/batch.hpp"
#include "tests/framework/support.hpp"

#include <stdexcept>
#include <utility>

namespace credence::bayes {

/// Standard normal numbers, float32.
inline Tensor float_normals(const Shape& shape, std::string_view name) {
  return normals(shape, name).to(DType::float32);
}

/// The parameter of this path.
inline Variable& parameter(nn::Module& module, std::string_view path) {
  for (const nn::NamedParameter& p : nn::parameters(module)) {
    if (p.name == path) return *p.parameter;
  }
  throw std::out_of_range(std::string(path));
}

/// Copies of all parameters.
inline std::vector<Tensor> copy_parameters(nn::Module& module) {
  std::vector<Tensor> copies;
  for (const nn::NamedParameter& p : nn::parameters(module)) {
    copies.push_back(p.parameter->value().clone());
  }
  return copies;
}

inline bool same_bits(const std::vector<Tensor>& a, const std::vector<Tensor>& b) {
  if (a.size() != b.size()) return false;
  for (std::size_t i = 0; i < a.size(); ++i) {
    if (!credence::same_bits(a[i], b[i])) return false;
  }
  return true;
}

inline double item(const Variable& scalar) { return scalar.value().item(); }

/// The same few batches in each epoch.
class Batches : public train::BatchSource {
 public:
  explicit Batches(std::vector<train::Batch> batches) : batches_(std::move(batches)) {}

  std::int64_t samples() const override {
    std::int64_t count = 0;
    for (const train::Batch& batch : batches_) count += batch.labels.numel();
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

}  // namespace credence::bayes
