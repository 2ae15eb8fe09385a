#include "benchmarks/accuracy.hpp"

namespace credence::benchmarks {

AccuracyResult run_accuracy(const Options& options, const Images& images) {
  const Parts parts = deal(options, images);
  AccuracyResult result{images.train.name,
                        images.where,
                        static_cast<std::int64_t>(parts.training.size()),
                        static_cast<std::int64_t>(parts.validation.size()),
                        images.test.size(),
                        {}};
  for (const Family family : {Family::frequentist, Family::bayesian}) {
    const bool bayesian = family == Family::bayesian;
    const NamedModel model = make_model(options, parts, family);
    result.families.push_back(
        run_trial(options, parts, model,
                  {.family = family,
                   .epochs = options.epochs,
                   .learning_rate = options.learning_rates[bayesian ? 1 : 0]}));
    save_model(options, file_name(family), model, family, parts);
  }
  return result;
}

}  // namespace credence::benchmarks
