#include "benchmarks/initialisation.hpp"

#include "bayes/convert.hpp"
#include "benchmarks/pretrained.hpp"

namespace credence::benchmarks {
InitialisationResult run_initialisation(const Options& options, const Images& images) {
  const Parts parts = deal(options, images);
  InitialisationResult result{.dataset = images.train.name, .where = images.where};
  const NamedModel frequentist = options.pretrained
                                     ? load_pretrained(options, parts, Family::frequentist)
                                     : make_model(options, parts, Family::frequentist);
  if (options.pretrained) {
    result.pretrained = score_pretrained(options, parts, frequentist, Family::frequentist);
  } else {
    result.pretrained = run_trial(options, parts, frequentist,
                                  {.family = Family::frequentist,
                                   .epochs = options.epochs,
                                   .learning_rate = options.learning_rates.front()});
    save_model(options, "frequentist", frequentist, Family::frequentist, parts);
  }
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
  result.trained = run_trial(options, parts, bayesian,
                             {.family = Family::bayesian,
                              .epochs = options.second_epochs,
                              .learning_rate = options.learning_rates.back()});
  save_model(options, "bayesian", bayesian, Family::bayesian, parts);
  return result;
}

}  // namespace credence::benchmarks
