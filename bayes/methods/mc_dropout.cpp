// Passes with dropout.
#include "bayes/methods/mc_dropout.hpp"

#include "bayes/evaluation.hpp"
#include "bayes/methods/stored_method.hpp"
#include "bayes/methods/trained_network.hpp"
#include "framework/base/error.hpp"
#include "framework/nn/dropout.hpp"
#include "framework/nn/finite.hpp"

#include <algorithm>
#include <utility>

namespace credence::bayes {
McDropout::McDropout(std::shared_ptr<nn::Module> model) : model_(std::move(model)) {
  if (nn::modules_of<nn::Dropout>(*model_).empty()) {
    throw ValueError("[mc-dropout] the model has no nn::Dropout, whose masks would be drawn");
  }
}

std::int64_t McDropout::passes(std::int64_t samples) const {
  return std::max<std::int64_t>(samples, 1);
}

void McDropout::for_each_pass(train::BatchSource& source, std::int64_t samples,
                              FunctionRef<void(const PassOutputs&)> receive) {
  if (checked_samples(samples) == 0) {
    TrainedNetwork(model_).for_each_pass(source, 0, receive);
    return;
  }
  const NoGrad no_grad;
  const nn::EvaluationMode mode(*model_);
  const nn::DrawsFrom noise(*model_, kFirstPredictionDraw);
  for (nn::Dropout* const layer : nn::modules_of<nn::Dropout>(*model_)) layer->train();
  const Device device = nn::device_of(*model_);
  std::int64_t number = 0;
  source.start_epoch(0);
  for (train::Batch batch; source.next(batch); ++number) {
    const Variable inputs(batch.inputs.to(device));
    for (std::int64_t pass = 0; pass < samples; ++pass) {
      receive({pass, number, batch, (*model_)(inputs)});
    }
  }
}

void McDropout::require_finite(const char* operation) const {
  nn::require_finite(*model_, operation);
}

void McDropout::save(MethodWriter& writer) const { writer.model(*model_); }

std::unique_ptr<Method> McDropout::read(const MethodReader& reader) {
  return std::make_unique<McDropout>(reader.model());
}

}  // namespace credence::bayes
