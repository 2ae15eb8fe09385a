// The mean negative log-likelihood as an objective.
#include "bayes/maximum_likelihood.hpp"

#include <utility>

namespace credence::bayes {

train::Loss MaximumLikelihood::operator()(nn::Module& model, const train::Batch& batch,
                                          const train::TrainingPosition&) const {
  const Variable outputs = train::output_of(model, batch);
  const Variable nll = likelihood->negative_log_likelihood(outputs, batch.targets);
  train::Loss loss{nll, {{"nll", nll.value()}}, true};
  for (train::Monitor& monitor : likelihood->monitors({outputs}, batch.targets)) {
    loss.monitors.push_back(std::move(monitor));
  }
  return loss;
}

}  // namespace credence::bayes
