// Task init: a frequentist model is trained and its weights become the means of the Bayesian one,
// which is then trained on.
#pragma once

#include "benchmarks/driver/run_settings.hpp"

#include <string>

namespace credence::benchmarks {

struct InitialisationResult {
  std::string dataset;
  std::string where;
  bool frozen = false;          ///< whether the means stay as they were converted
  FamilyResult pretrained{};    ///< without epochs where it came from a file
  train::Metrics start{};       ///< after conversion, one sample
  train::Metrics start_mean{};  ///< after conversion, posterior mean: the frequentist model's own
  FamilyResult trained{};
  RunSettings inputs{};
};

/// The Bayesian model keeps the frequentist one's activation: with another one the converted
/// weights are worth little (with softplus in place of relu VGG11 falls from 66.6 to 13 % on
/// CIFAR-10).
InitialisationResult run_initialisation(const Options& options, const Images& images);

/// The results as a table in Markdown, and as JSON.
std::string initialisation_table(const Options& options, const InitialisationResult& result);
std::string initialisation_json(const Options& options, const InitialisationResult& result);

}  // namespace credence::benchmarks
