// The divergence from automatic relevance determination's prior, KL = ½ Σ log(1 + 1/α).
#include "bayes/prior/ard.hpp"

#include "framework/ops/arithmetic.hpp"
#include "framework/ops/pointwise.hpp"
#include "framework/ops/reduce.hpp"

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
};

}  // namespace

std::unique_ptr<WeightPrior> Ard::operator()(const WeightPosterior&) const {
  return std::make_unique<ArdPrior>();
}

}  // namespace credence::bayes
