#include "benchmarks/driver/initialisation.hpp"

#include "bayes/convert.hpp"
#include "benchmarks/driver/pretrained.hpp"

#include <utility>

namespace credence::benchmarks {

InitialisationResult run_initialisation(const Options& options, const Images& images) {
  const Parts parts = deal(options, images);
  InitialisationResult result{.dataset = images.train.name, .where = images.where};
  result.inputs = inputs_of(options, parts);
  TrainedModel pretrained = train_or_load(options, parts, Family::frequentist);
  const NamedModel& frequentist = pretrained.model;
  result.pretrained = std::move(pretrained.result);
  // BayeTorch runs weights that were trained with relu through softplus.
  const NamedModel bayesian =
      options.recipe == Recipe::bayetorch
          ? make_model(options, parts, Family::bayesian)
          : make_model(options, parts, Family::bayesian, frequentist.activation);
  bayes::copy_weights(*frequentist.module, *bayesian.module);
  result.start = test_metrics(parts, bayesian, Family::bayesian, 1);
  result.start_mean = test_metrics(parts, bayesian, Family::bayesian, 0);
  result.frozen = options.freeze;
  if (options.freeze) bayes::freeze_means(*bayesian.module);
  result.trained = run_trial(options, parts, bayesian, trial_of(options, Family::bayesian));
  save_model(options, "bayesian", bayesian, Family::bayesian, parts);
  return result;
}

}  // namespace credence::benchmarks
