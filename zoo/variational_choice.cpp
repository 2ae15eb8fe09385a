// The names of posteriors, priors and estimators.
#include "zoo/variational_choice.hpp"

#include "bayes/estimator/flipout.hpp"
#include "bayes/estimator/local_reparametrization.hpp"
#include "bayes/estimator/weight_reparametrization.hpp"
#include "bayes/posterior/gaussian.hpp"
#include "bayes/posterior/radial.hpp"
#include "bayes/posterior/variational_dropout.hpp"
#include "bayes/prior/ard.hpp"
#include "bayes/prior/group_ard.hpp"
#include "bayes/prior/log_uniform.hpp"
#include "bayes/prior/normal.hpp"
#include "bayes/prior/scale_mixture.hpp"
#include "framework/base/error.hpp"

#include <functional>
#include <utility>

#include <fmt/core.h>
#include <fmt/ranges.h>

namespace credence::zoo {
namespace {

template <class Part>
struct Named {
  std::string name;
  std::function<Part(const VariationalChoice&)> make;
  bool has_log_alpha = false;
  bool has_log_variance = false;       ///< and a largest deviation
  bool has_deviation = false;          ///< of the prior
  bool has_largest_log_alpha = false;  ///< that caps the noise of outputs
};

template <class Dropout>
bayes::Posterior dropout(const VariationalChoice& choice) {
  Dropout settings;
  if (choice.log_alpha) settings.log_alpha = *choice.log_alpha;
  if (choice.largest_log_alpha) settings.upper_bound = *choice.largest_log_alpha;
  return settings;
}

template <class Settings>
bayes::Posterior by_variance(const VariationalChoice& choice) {
  Settings settings;
  if (choice.log_variance) settings.log_variance = *choice.log_variance;
  if (choice.largest_deviation) settings.largest_deviation = *choice.largest_deviation;
  return settings;
}

const std::vector<Named<bayes::Posterior>>& posteriors() {
  static const std::vector<Named<bayes::Posterior>> list{
      {"variational-dropout", dropout<bayes::VariationalDropout>, true, false, false, true},
      {"additive-dropout", dropout<bayes::AdditiveDropout>, true},
      {"gaussian", by_variance<bayes::Gaussian>, false, true},
      {"radial", by_variance<bayes::Radial>, false, true}};
  return list;
}

Named<bayes::Prior> normal(std::string name, bayes::Normal settings) {
  return {std::move(name),
          [settings](const VariationalChoice& choice) -> bayes::Prior {
            bayes::Normal chosen = settings;
            if (choice.prior_deviation) chosen.deviation = *choice.prior_deviation;
            return chosen;
          },
          false, false, true};
}

template <class Part, class Settings>
Named<Part> fixed(std::string name, Settings settings) {
  return {std::move(name), [settings](const VariationalChoice&) -> Part { return settings; }};
}

const std::vector<Named<bayes::Prior>>& priors() {
  using bayes::Centre;
  using bayes::LogUniform;
  using bayes::LogUniformForm;
  static const std::vector<Named<bayes::Prior>> list{
      normal("normal", {}),
      normal("learned-normal", {.learned = true}),
      normal("moped", {.centre = Centre::weights}),
      normal("tied", {.centre = Centre::posterior}),
      fixed<bayes::Prior>("ard", bayes::Ard{}),
      fixed<bayes::Prior>("group-ard", bayes::GroupArd{}),
      fixed<bayes::Prior>("log-uniform", LogUniform{.form = LogUniformForm::molchanov}),
      fixed<bayes::Prior>("log-uniform-exact", LogUniform{.form = LogUniformForm::exact}),
      fixed<bayes::Prior>("log-uniform-kingma", LogUniform{.form = LogUniformForm::kingma}),
      fixed<bayes::Prior>("scale-mixture", bayes::ScaleMixture{})};
  return list;
}

const std::vector<Named<bayes::Estimator>>& estimators() {
  static const std::vector<Named<bayes::Estimator>> list{
      fixed<bayes::Estimator>("local", bayes::LocalReparametrization{}),
      fixed<bayes::Estimator>("weight", bayes::WeightReparametrization{}),
      fixed<bayes::Estimator>("flipout", bayes::Flipout{})};
  return list;
}

template <class Part>
std::vector<std::string> names_of(const std::vector<Named<Part>>& list) {
  std::vector<std::string> names;
  for (const Named<Part>& named : list) names.push_back(named.name);
  return names;
}

template <class Part>
const Named<Part>& find(const char* what, const std::vector<Named<Part>>& list,
                        const std::string& name) {
  std::string all;
  for (const Named<Part>& named : list) {
    if (named.name == name) return named;
    all += all.empty() ? named.name : ", " + named.name;
  }
  throw ValueError(std::string("[") + what + "] \"" + name + "\" is not known, expected one of " +
                   all);
}

void require(bool has, bool given, const char* number, const std::string& name) {
  if (!given || has) return;
  throw ValueError(std::string(number) + ": " + name + " has none");
}

}  // namespace

std::vector<std::string> posterior_names() { return names_of(posteriors()); }
std::vector<std::string> prior_names() { return names_of(priors()); }
std::vector<std::string> estimator_names() { return names_of(estimators()); }

std::string to_string(const VariationalChoice& choice) {
  std::vector<std::string> parts;
  if (choice.posterior != VariationalChoice{}.posterior) {
    parts.push_back("posterior " + choice.posterior);
  }
  if (choice.largest_deviation) {
    parts.push_back(fmt::format("deviations of at most {:g}", *choice.largest_deviation));
  }
  if (choice.largest_log_alpha) {
    parts.push_back(fmt::format("log alpha of at most {:g}", *choice.largest_log_alpha));
  }
  if (!choice.prior.empty()) parts.push_back("prior " + choice.prior);
  if (choice.prior_deviation) {
    parts.back() += fmt::format(" with deviation {:g}", *choice.prior_deviation);
  }
  if (!choice.estimator.empty()) parts.push_back("estimator " + choice.estimator);
  return fmt::format("{}", fmt::join(parts, ", "));
}

bayes::Variational variational_of(const VariationalChoice& choice) {
  const auto& posterior = find("posterior", posteriors(), choice.posterior);
  require(posterior.has_log_alpha, choice.log_alpha.has_value(), "--log-alpha", posterior.name);
  require(posterior.has_largest_log_alpha, choice.largest_log_alpha.has_value(),
          "--largest-log-alpha", posterior.name);
  require(posterior.has_log_variance, choice.log_variance.has_value(), "--log-variance",
          posterior.name);
  require(posterior.has_log_variance, choice.largest_deviation.has_value(), "--largest-deviation",
          posterior.name);
  bayes::Variational result(posterior.make(choice));
  if (!choice.prior.empty()) {
    const auto& prior = find("prior", priors(), choice.prior);
    require(prior.has_deviation, choice.prior_deviation.has_value(), "--prior-deviation",
            prior.name);
    result.prior = prior.make(choice);
  } else {
    require(false, choice.prior_deviation.has_value(), "--prior-deviation",
            "the posterior's own prior, without --prior,");
  }
  if (!choice.estimator.empty()) {
    result.estimator = find("estimator", estimators(), choice.estimator).make(choice);
  }
  return result;
}

}  // namespace credence::zoo
