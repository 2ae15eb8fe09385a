// Predictions of real targets: moments of the mixture over passes, and their metrics.
#include "bayes/regression_report.hpp"

#include "bayes/average.hpp"
#include "bayes/evaluation.hpp"
#include "framework/base/error.hpp"
#include "framework/nn/finite.hpp"
#include "framework/ops/arithmetic.hpp"
#include "framework/ops/pointwise.hpp"
#include "framework/ops/reduce.hpp"
#include "framework/ops/shape_ops.hpp"

#include <utility>

namespace credence::bayes {
namespace {

Variable on_cpu(const Tensor& tensor) { return Variable(tensor.to(Device::cpu).clone()); }

// Tensors [N, D], one below the other as [S, N, D].
Tensor stacked(const std::vector<Variable>& passes) {
  const Shape& shape = passes.front().shape();
  return concat(passes, 0).value().reshape(
      {static_cast<std::int64_t>(passes.size()), shape[0], shape[1]});
}

Tensor mean_over_passes(const Tensor& stack) {
  const Shape& shape = stack.shape();
  return mean(Variable(stack), {0}).value().reshape({shape[1], shape[2]});
}

PredictiveMoments moments_of(const std::vector<Variable>& means,
                             const std::vector<Variable>& variances) {
  const NoGrad no_grad;
  PredictiveMoments result;
  result.means = stacked(means);
  result.variances = stacked(variances);
  result.mean = mean_over_passes(result.means);
  const Variable distances = Variable(result.means) - Variable(result.mean);
  result.epistemic = mean_over_passes(square(distances).value());
  result.aleatoric = mean_over_passes(result.variances);
  return result;
}

// Predictions of a data set, batch by batch.
class Collected {
 public:
  void add(const PredictiveMoments& batch, const Variable& log_densities, const Tensor& targets) {
    means_.emplace_back(batch.means);
    variances_.emplace_back(batch.variances);
    predictions_.emplace_back(batch.mean);
    epistemic_.emplace_back(batch.epistemic);
    aleatoric_.emplace_back(batch.aleatoric);
    log_densities_.push_back(log_densities);
    targets_.emplace_back(targets);
  }

  RegressionReport report(const std::vector<double>& levels) const {
    const Tensor targets = concat(targets_, 0).value();
    const Tensor predictions = concat(predictions_, 0).value();
    const Tensor variances = concat(variances_, 1).value();
    const metrics::GaussianMixture mixture{concat(means_, 1).value(),
                                           sqrt(Variable(variances)).value()};
    RegressionReport report{.samples = targets.shape()[0],
                            .rmse = metrics::root_mean_squared_error(predictions, targets),
                            .mae = metrics::mean_absolute_error(predictions, targets),
                            .nll = -mean_of(log_densities_),
                            .crps = metrics::continuous_ranked_probability_score(mixture, targets),
                            .epistemic = mean_of(epistemic_),
                            .aleatoric = mean_of(aleatoric_),
                            .intervals = {}};
    for (const double level : levels) {
      const metrics::Intervals intervals = metrics::central_intervals(mixture, level);
      report.intervals.push_back({level, metrics::interval_coverage(intervals, targets),
                                  metrics::mean_interval_width(intervals)});
    }
    return report;
  }

 private:
  static double mean_of(const std::vector<Variable>& parts) {
    return mean(Variable(concat(parts, 0).value().to(DType::float64))).value().item();
  }

  std::vector<Variable> means_, variances_, predictions_, epistemic_, aleatoric_;
  std::vector<Variable> log_densities_, targets_;
};

}  // namespace

PredictiveMoments predictive_moments(nn::Module& model, const Tensor& inputs,
                                     const Likelihood& likelihood, const PredictOptions& options) {
  Evaluation evaluation(model, options.samples);
  std::vector<Variable> means;
  std::vector<Variable> variances;
  evaluation.for_each_pass(inputs, [&](const Variable& outputs) {
    const TargetMoments moments = likelihood->moments(outputs.value());
    means.push_back(on_cpu(moments.mean));
    variances.push_back(on_cpu(moments.variance));
  });
  return moments_of(means, variances);
}

RegressionReport regression_report(nn::Module& model, train::BatchSource& source,
                                   const Likelihood& likelihood, const PredictOptions& options,
                                   const std::vector<double>& levels) {
  const NoGrad no_grad;
  nn::require_finite(model, "regression_report");
  Evaluation evaluation(model, options.samples);
  Collected collected;
  source.start_epoch(0);
  for (train::Batch batch; source.next(batch);) {
    std::vector<Variable> means;
    std::vector<Variable> variances;
    AverageOfPasses average;
    evaluation.for_each_pass(batch.inputs, [&](const Variable& outputs) {
      const TargetMoments moments = likelihood->moments(outputs.value());
      means.push_back(on_cpu(moments.mean));
      variances.push_back(on_cpu(moments.variance));
      const Tensor targets = batch.targets.to(outputs.device());
      average.add(likelihood->log_density(outputs, targets));
    });
    const PredictiveMoments moments = moments_of(means, variances);
    collected.add(moments, on_cpu(average.value().value()),
                  batch.targets.to(Device::cpu).reshape(moments.mean.shape()).clone());
  }
  return collected.report(levels);
}

}  // namespace credence::bayes
