// Predictions of any method for one batch.
#include "bayes/methods/method.hpp"

#include "framework/base/error.hpp"
#include "framework/ops/shape_ops.hpp"

#include <string>
#include <utility>
#include <vector>

namespace credence::bayes {
namespace {

class OneBatch : public train::BatchSource {
 public:
  explicit OneBatch(Tensor inputs) : batch_{std::move(inputs), Tensor()} {}
  std::int64_t samples() const override { return batch_.samples(); }
  std::int64_t batches() const override { return 1; }
  void start_epoch(std::int64_t /*epoch*/) override { given_ = false; }
  bool next(train::Batch& batch) override {
    if (std::exchange(given_, true)) return false;
    batch = batch_;
    return true;
  }

 private:
  train::Batch batch_;
  bool given_ = false;
};

}  // namespace

void for_each_pass(Method& method, const Tensor& inputs, std::int64_t samples,
                   FunctionRef<void(const PassOutputs&)> receive) {
  OneBatch source(inputs);
  method.for_each_pass(source, samples, receive);
}

Tensor predictive(Method& method, const Tensor& inputs, std::int64_t samples) {
  const NoGrad no_grad;
  std::vector<Variable> passes;
  for_each_pass(method, inputs, samples, [&](const PassOutputs& pass) {
    const Tensor outputs = pass.outputs.value().to(Device::cpu).clone();
    std::vector<std::int64_t> shape{1};
    shape.insert(shape.end(), outputs.shape().begin(), outputs.shape().end());
    passes.emplace_back(outputs.reshape(Shape(shape)));
  });
  return concat(passes, 0).value();
}

std::int64_t checked_samples(std::int64_t samples) {
  if (samples < 0) {
    throw ValueError("[predict] the number of samples must not be negative, not " +
                     std::to_string(samples));
  }
  return samples;
}

}  // namespace credence::bayes
