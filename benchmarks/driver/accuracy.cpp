#include "benchmarks/driver/accuracy.hpp"

#include "benchmarks/driver/pretrained.hpp"

namespace credence::benchmarks {

AccuracyResult run_accuracy(const Options& options, const Images& images) {
  const Parts parts = deal(options, images);
  AccuracyResult result{images.train.name,
                        images.where,
                        static_cast<std::int64_t>(parts.training.size()),
                        static_cast<std::int64_t>(parts.validation.size()),
                        images.test.size(),
                        {},
                        inputs_of(options, parts)};
  for (const Family family : {Family::frequentist, Family::bayesian}) {
    result.families.push_back(train_or_load(options, parts, family).result);
  }
  return result;
}

}  // namespace credence::benchmarks
