// Passes of a network's own posterior.
#include "bayes/methods/trained_network.hpp"

#include "bayes/evaluation.hpp"
#include "bayes/methods/stored_method.hpp"
#include "framework/nn/finite.hpp"

#include <algorithm>
#include <utility>

namespace credence::bayes {

TrainedNetwork::TrainedNetwork(std::shared_ptr<nn::Module> model, PassDraw draw)
    : model_(std::move(model)), draw_(draw), draws_(!nn::generators(*model_).empty()) {}

TrainedNetwork::TrainedNetwork(nn::Module& model, PassDraw draw)
    : model_(std::shared_ptr<nn::Module>(std::shared_ptr<void>(), &model)),
      draw_(draw),
      draws_(true) {}

std::string TrainedNetwork::name() const {
  return bayesian_layers(*model_).empty() ? "deterministic" : "variational";
}

std::int64_t TrainedNetwork::passes(std::int64_t samples) const {
  return draws_ ? std::max<std::int64_t>(samples, 1) : 1;
}

void TrainedNetwork::for_each_pass(train::BatchSource& source, std::int64_t samples,
                                   FunctionRef<void(const PassOutputs&)> receive) {
  for_some_passes({0, passes(samples)}, source, samples, receive);
}

void TrainedNetwork::for_some_passes(PartRange range, train::BatchSource& source,
                                     std::int64_t samples,
                                     FunctionRef<void(const PassOutputs&)> receive) {
  checked_samples(samples);
  Evaluation evaluation(*model_, samples == 0 ? 0 : passes(samples), range, draw_);
  std::int64_t number = 0;
  source.start_epoch(0);
  for (train::Batch batch; source.next(batch); ++number) {
    std::int64_t pass = range.begin;
    evaluation.for_each_pass(batch.inputs, [&](const Variable& outputs) {
      receive({pass++, number, batch, outputs});
    });
  }
}

void TrainedNetwork::require_finite(const char* operation) const {
  nn::require_finite(*model_, operation);
}

void TrainedNetwork::save(MethodWriter& writer) const { writer.model(*model_); }

}  // namespace credence::bayes
