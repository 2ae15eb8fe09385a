// Predictions of real targets: moments of the mixture over passes, and their metrics.
#include "bayes/regression_report.hpp"

#include "bayes/average.hpp"
#include "bayes/methods/trained_network.hpp"
#include "framework/base/error.hpp"
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

// The moments of the passes for one batch.
class Passes {
 public:
  void add(const TargetMoments& moments) {
    means_.push_back(on_cpu(moments.mean));
    variances_.push_back(on_cpu(moments.variance));
  }

  PredictiveMoments moments() const {
    const NoGrad no_grad;
    PredictiveMoments result;
    result.means = stacked(means_);
    result.variances = stacked(variances_);
    result.mean = mean_over_passes(result.means);
    const Variable distances = Variable(result.means) - Variable(result.mean);
    result.epistemic = mean_over_passes(square(distances).value());
    result.aleatoric = mean_over_passes(result.variances);
    return result;
  }

 private:
  std::vector<Variable> means_;
  std::vector<Variable> variances_;
};

// What a report needs of one batch.
struct BatchPasses {
  Passes passes;
  AverageOfPasses average;  // of densities
  Tensor targets;
};

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
  TrainedNetwork network(model, options.draw);
  return predictive_moments(network, inputs, likelihood, options);
}

PredictiveMoments predictive_moments(Method& method, const Tensor& inputs,
                                     const Likelihood& likelihood, const PredictOptions& options) {
  Passes passes;
  for_each_pass(method, inputs, options.samples, [&](const PassOutputs& outputs) {
    passes.add(likelihood->moments(outputs.outputs.value()));
  });
  return passes.moments();
}

RegressionReport regression_report(nn::Module& model, train::BatchSource& source,
                                   const Likelihood& likelihood, const PredictOptions& options,
                                   const std::vector<double>& levels) {
  TrainedNetwork network(model, options.draw);
  return regression_report(network, source, likelihood, options, levels);
}

RegressionReport regression_report(Method& method, train::BatchSource& source,
                                   const Likelihood& likelihood, const PredictOptions& options,
                                   const std::vector<double>& levels) {
  const NoGrad no_grad;
  method.require_finite("regression_report");
  std::vector<BatchPasses> batches(static_cast<std::size_t>(source.batches()));
  method.for_each_pass(source, options.samples, [&](const PassOutputs& outputs) {
    BatchPasses& batch = batches.at(static_cast<std::size_t>(outputs.batch_number));
    const Tensor targets = outputs.batch.targets.to(outputs.outputs.device());
    batch.passes.add(likelihood->moments(outputs.outputs.value()));
    batch.average.add(likelihood->log_density(outputs.outputs, targets));
    if (outputs.pass == 0) batch.targets = outputs.batch.targets.to(Device::cpu).clone();
  });
  Collected collected;
  for (const BatchPasses& batch : batches) {
    const PredictiveMoments moments = batch.passes.moments();
    collected.add(moments, on_cpu(batch.average.value().value()),
                  batch.targets.reshape(moments.mean.shape()));
  }
  return collected.report(levels);
}

}  // namespace credence::bayes
