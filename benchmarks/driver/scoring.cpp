// The scores of classifiers and of regressions.
#include "benchmarks/driver/scoring.hpp"

#include "bayes/likelihood/regression.hpp"
#include "bayes/maximum_likelihood.hpp"
#include "bayes/predict.hpp"
#include "bayes/regression_report.hpp"
#include "benchmarks/driver/ranks.hpp"

#include <fmt/core.h>

namespace credence::benchmarks {
namespace {

using train::Metrics;

Scoring classification() {
  return {
      .likelihood = bayes::CategoricalLikelihood{},
      .frequentist = train::cross_entropy,
      .evaluate =
          [](nn::Module& model, Family family, train::BatchSource& source, std::int64_t samples) {
            Group& group = *job().group;
            return family == Family::bayesian
                       ? bayes::evaluate(model, source, {.samples = samples, .group = &group})
                       : train::evaluate(model, source, group);
          },
      .better = [](const Metrics& a, const Metrics& b) { return a.accuracy() > b.accuracy(); },
      .best_text =
          [](const Metrics& metrics) {
            return fmt::format("accuracy {:.2f} %", 100 * metrics.accuracy());
          },
      .text =
          [](const Metrics& metrics) {
            return fmt::format("accuracy {:.2f} %  nll {:.4g}", 100 * metrics.accuracy(),
                               metrics.nll());
          }};
}

Scoring regression() {
  const bayes::GaussianLikelihood gaussian;
  return {
      .likelihood = gaussian,
      .frequentist = bayes::MaximumLikelihood{gaussian},
      .evaluate = [gaussian](nn::Module& model, Family family, train::BatchSource& source,
                             std::int64_t samples) -> Metrics {
        const bayes::RegressionReport report = bayes::regression_report(
            model, source, gaussian, {.samples = family == Family::bayesian ? samples : 0}, {});
        return {report.samples,
                {{"rmse", report.rmse, train::Display::number},
                 {"nll", report.nll, train::Display::number}}};
      },
      .better = [](const Metrics& a, const Metrics& b) { return a.nll() < b.nll(); },
      .best_text = [](const Metrics& metrics) { return fmt::format("nll {:.4g}", metrics.nll()); },
      .text =
          [](const Metrics& metrics) {
            return fmt::format("rmse {:.4g}  nll {:.4g}", metrics.at("rmse"), metrics.nll());
          }};
}

}  // namespace

Scoring scoring_of(const data::Dataset& dataset) {
  return dataset.classes > 0 ? classification() : regression();
}

}  // namespace credence::benchmarks
