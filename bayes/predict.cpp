#include "bayes/predict.hpp"

#include "bayes/walk.hpp"
#include "framework/core/error.hpp"
#include "framework/ops/arithmetic.hpp"
#include "framework/ops/pointwise.hpp"
#include "framework/ops/softmax.hpp"

#include <string>
#include <utility>
#include <vector>

namespace credence::bayes {
namespace {

// Training draws from epoch · 2³² on: the upper half of the numbers is free.
constexpr std::uint64_t kFirstDraw = std::uint64_t{1} << 63;

// Evaluation mode with its own noise while it is alive, and the layers' sampling modes as they were
// afterwards.
class Evaluation {
 public:
  Evaluation(nn::Module& model, const PredictOptions& options)
      : mode_(model), noise_(model, kFirstDraw) {
    if (options.samples < 0) {
      throw ValueError("[predict] the number of samples must not be negative, not " +
                       std::to_string(options.samples));
    }
    const Sampling sampling = options.samples == 0 ? Sampling::mean : Sampling::sample;
    for (const NamedLayer& named : bayesian_layers(model)) {
      before_.emplace_back(named.layer, named.layer->sampling());
      named.layer->set_sampling(sampling);
    }
  }
  ~Evaluation() {
    // Backwards: a layer that is listed twice gets its first mode.
    for (auto saved = before_.rbegin(); saved != before_.rend(); ++saved) {
      saved->first->set_sampling(saved->second);
    }
  }
  Evaluation(const Evaluation&) = delete;
  Evaluation& operator=(const Evaluation&) = delete;

 private:
  nn::EvaluationMode mode_;
  nn::DrawsFrom noise_;
  std::vector<std::pair<BayesianLayer*, Sampling>> before_;
};

Tensor average(nn::Module& model, const Tensor& images, std::int64_t samples) {
  const NoGrad no_grad;
  const Variable input(images);
  if (samples <= 1) return log_softmax(model(input)).value();
  Variable total = softmax(model(input));
  for (std::int64_t sample = 1; sample < samples; ++sample) {
    total = total + softmax(model(input));
  }
  // The smallest normal number keeps a class that no pass gave any probability finite.
  return log(clamp(total * (1 / static_cast<double>(samples)), 1.2e-38, 1)).value();
}

}  // namespace

Tensor predictive_log_probabilities(nn::Module& model, const Tensor& images,
                                    const PredictOptions& options) {
  const Evaluation evaluation(model, options);
  return average(model, images, options.samples);
}

train::Metrics evaluate(nn::Module& model, train::BatchSource& source,
                        const PredictOptions& options) {
  const Evaluation evaluation(model, options);
  return train::evaluate(
      source, [&](const Tensor& images) { return average(model, images, options.samples); });
}

}  // namespace credence::bayes
