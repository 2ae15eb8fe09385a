// The divergence from automatic relevance determination's prior, KL = ½ Σ log(1 + 1/α).
#include "bayes/prior/ard.hpp"

#include "framework/ops/arithmetic.hpp"
#include "framework/ops/pointwise.hpp"
#include "framework/ops/reduce.hpp"
#include "framework/ops/several_tensors.hpp"

namespace credence::bayes {
namespace {

class ArdPrior : public WeightPrior {
 public:
  bool has_closed_form(const WeightPosterior& posterior) const override {
    return posterior.independent_normal();
  }
  // log(1 + 1/α) = −log sigmoid(log α). This form neither overflows nor cancels.
  Variable kl_divergence(const WeightPosterior& posterior) const override {
    return -0.5 * sum(log_sigmoid(posterior.log_alpha()));
  }
  std::optional<Variable> sum_of_divergences(
      const std::vector<const WeightPosterior*>& posteriors) const override {
    std::vector<Variable> log_alphas;
    for (const WeightPosterior* const posterior : posteriors) {
      log_alphas.push_back(posterior->log_alpha());
    }
    return log_sigmoid_sum(log_alphas, -0.5);
  }
};

}  // namespace

std::unique_ptr<WeightPrior> Ard::operator()(const WeightPosterior&) const {
  return std::make_unique<ArdPrior>();
}

}  // namespace credence::bayes
