// Posterior, prior and estimator of Bayesian models by name, as programs' options and checkpoints
// have them.
#pragma once

#include "bayes/variational.hpp"

#include <optional>
#include <string>
#include <vector>

namespace credence::zoo {

/// What options say of a Bayesian model's weights. docs/variational.md describes the parts.
struct VariationalChoice {
  std::string posterior = "variational-dropout";
  std::optional<double> log_alpha{};          ///< initial; of the two dropout posteriors
  std::optional<double> largest_log_alpha{};  ///< of variational-dropout
  std::optional<double> log_variance{};       ///< initial; of gaussian and radial
  std::optional<double> largest_deviation{};  ///< of gaussian and radial
  std::string prior{};                        ///< empty: the posterior's own
  std::optional<double> prior_deviation{};    ///< of normal priors
  std::string estimator{};                    ///< empty: the posterior's own

  bool operator==(const VariationalChoice&) const = default;
};

/// The names, for help texts and messages.
std::vector<std::string> posterior_names();
std::vector<std::string> prior_names();
std::vector<std::string> estimator_names();

/// "posterior gaussian, prior normal with deviation 0.1, estimator flipout": what differs from the
/// default; empty where nothing does. Numbers of the start are left out.
std::string to_string(const VariationalChoice& choice);

/// The parts of these names. Throws ValueError for an unknown name, and where a number is given
/// that the chosen part does not have.
bayes::Variational variational_of(const VariationalChoice& choice);

}  // namespace credence::zoo
