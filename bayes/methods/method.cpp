// Predictions of any method for one batch.
#include "bayes/methods/method.hpp"

#include "framework/base/error.hpp"
#include "framework/group/packing.hpp"
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

void Method::for_some_passes(PartRange range, train::BatchSource& source, std::int64_t samples,
                             FunctionRef<void(const PassOutputs&)> receive) {
  for_each_pass(source, samples, [&](const PassOutputs& outputs) {
    if (outputs.pass >= range.begin && outputs.pass < range.end) receive(outputs);
  });
}

void for_each_pass(Method& method, const Tensor& inputs, std::int64_t samples,
                   FunctionRef<void(const PassOutputs&)> receive) {
  OneBatch source(inputs);
  method.for_each_pass(source, samples, receive);
}

void for_some_passes(Method& method, PartRange range, const Tensor& inputs, std::int64_t samples,
                     FunctionRef<void(const PassOutputs&)> receive) {
  OneBatch source(inputs);
  method.for_some_passes(range, source, samples, receive);
}

Tensor predictive(Method& method, const Tensor& inputs, std::int64_t samples) {
  return predictive(method, inputs, samples, single_process());
}

Tensor predictive(Method& method, const Tensor& inputs, std::int64_t samples, Group& group) {
  const NoGrad no_grad;
  const std::int64_t count = method.passes(checked_samples(samples));
  std::vector<Variable> passes;
  OneBatch source(inputs);
  method.for_some_passes(parts_of_rank(count, group.rank(), group.size()), source, samples,
                         [&](const PassOutputs& pass) {
                           const Tensor outputs = pass.outputs.value().to(Device::cpu).clone();
                           std::vector<std::int64_t> shape{1};
                           shape.insert(shape.end(), outputs.shape().begin(),
                                        outputs.shape().end());
                           passes.emplace_back(outputs.reshape(Shape(shape)));
                         });
  const Tensor own = passes.empty() ? Tensor() : concat(passes, 0).value();
  return group.alone() ? own : gather_rows(group, own);
}

Tensor gather_rows(Group& group, const Tensor& own) {
  Packer packer;
  if (own.defined()) packer.tensor(own);
  std::vector<Variable> parts;
  for (const std::string& bytes : group.all_gather(packer.bytes())) {
    Unpacker unpacker(bytes);
    if (!unpacker.done()) parts.emplace_back(unpacker.tensor());
  }
  return concat(parts, 0).value();
}

std::int64_t checked_samples(std::int64_t samples) {
  if (samples < 0) {
    throw ValueError("[predict] the number of samples must not be negative, not " +
                     std::to_string(samples));
  }
  return samples;
}

}  // namespace credence::bayes
