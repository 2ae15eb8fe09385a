// The choice of an estimator for a posterior.
#include "bayes/estimator/weight_estimator.hpp"

#include "bayes/estimator/local_reparametrization.hpp"
#include "bayes/estimator/weight_reparametrization.hpp"

namespace credence::bayes {

std::shared_ptr<const WeightEstimator> Estimator::for_posterior(
    const WeightPosterior& posterior) const {
  if (chosen_) {
    chosen_->check(posterior);
    return chosen_;
  }
  if (posterior.independent_normal()) return std::make_shared<const LocalReparametrization>();
  return std::make_shared<const WeightReparametrization>();
}

}  // namespace credence::bayes
