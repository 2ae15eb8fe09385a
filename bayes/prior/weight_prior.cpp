// What a prior does where it defines neither a closed form nor a density.
#include "bayes/prior/weight_prior.hpp"

#include "framework/base/error.hpp"

namespace credence::bayes {

Variable WeightPrior::kl_divergence(const WeightPosterior&) const {
  throw Error("[prior] there is no closed form of the divergence from this prior");
}

Variable WeightPrior::log_density(const Variable&) const {
  throw ValueError(
      "[prior] this prior has a divergence for independent normal weights alone, and no density");
}

}  // namespace credence::bayes
