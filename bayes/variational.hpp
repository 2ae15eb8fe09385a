// The choice of a posterior, a prior and an estimator for a layer.
#pragma once

#include "bayes/estimator/weight_estimator.hpp"
#include "bayes/posterior/variational_dropout.hpp"
#include "bayes/prior/weight_prior.hpp"

#include <concepts>
#include <utility>

namespace credence::bayes {

/// How a layer's weights are distributed and how its outputs are drawn, any posterior with any
/// prior and any estimator: `Gaussian{}` alone, or `{Gaussian{}, ScaleMixture{}, Flipout{}}`.
/// Without a prior the posterior's default is taken, without an estimator that of Estimator.
struct Variational {
  Variational() = default;
  template <class P>
  requires std::convertible_to<P, Posterior> Variational(
      P posterior_, Prior prior_ = {}, Estimator estimator_ = {})  // NOLINT: implicit
      : posterior(std::move(posterior_)),
        prior(std::move(prior_)),
        estimator(std::move(estimator_)) {}

  Posterior posterior = VariationalDropout{};
  Prior prior{};
  Estimator estimator{};
};

}  // namespace credence::bayes
