// Passes with several settings of a model's weights.
#include "bayes/methods/weight_samples.hpp"

#include "framework/nn/finite.hpp"

#include <algorithm>
#include <exception>
#include <utility>
#include <vector>

namespace credence::bayes {
namespace {

// The values of all parameters and buffers, which the destructor writes back.
class SavedValues {
 public:
  explicit SavedValues(nn::Module& model) {
    for (const nn::NamedParameter& p : nn::parameters(model)) add(p.parameter->value());
    for (const nn::NamedBuffer& b : nn::buffers(model)) add(*b.buffer);
  }
  // A device that has failed cannot be written to.
  ~SavedValues() {
    try {
      for (const auto& [tensor, value] : values_) tensor.copy_from(value);
    } catch (const std::exception&) {
    }
  }
  SavedValues(const SavedValues&) = delete;
  SavedValues& operator=(const SavedValues&) = delete;

 private:
  void add(const Tensor& tensor) { values_.emplace_back(tensor, tensor.clone()); }
  std::vector<std::pair<Tensor, Tensor>> values_;
};

}  // namespace

std::int64_t WeightSamples::passes(std::int64_t samples) const {
  return std::max<std::int64_t>(samples, 1);
}

void WeightSamples::for_each_pass(train::BatchSource& source, std::int64_t samples,
                                  FunctionRef<void(const PassOutputs&)> receive) {
  for_some_passes({0, passes(samples)}, source, samples, receive);
}

void WeightSamples::for_some_passes(PartRange range, train::BatchSource& source,
                                    std::int64_t samples,
                                    FunctionRef<void(const PassOutputs&)> receive) {
  checked_samples(samples);
  const NoGrad no_grad;
  const nn::EvaluationMode mode(*model_);
  const SavedValues saved(*model_);
  const Device device = nn::device_of(*model_);
  const std::int64_t count = passes(samples);
  for (std::int64_t pass = range.begin; pass < range.end; ++pass) {
    if (samples > 0) set_weights(pass, count);
    std::int64_t number = 0;
    source.start_epoch(0);
    for (train::Batch batch; source.next(batch); ++number) {
      receive({pass, number, batch, (*model_)(Variable(batch.inputs.to(device)))});
    }
  }
}

void WeightSamples::require_finite(const char* operation) const {
  nn::require_finite(*model_, operation);
}

}  // namespace credence::bayes
