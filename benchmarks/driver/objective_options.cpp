// The options of what a Bayesian model learns: its distributions, the terms of the loss, the
// recipe.
#include "benchmarks/common/command_line.hpp"
#include "benchmarks/common/models.hpp"
#include "benchmarks/driver/option_groups.hpp"
#include "benchmarks/driver/task.hpp"

#include <fmt/core.h>

namespace credence::benchmarks {
namespace {

// What the recipe gives the Bayesian form of single models: ", BayesianLeNet5 10".
template <class ValueOf>
std::string recipe_help(ValueOf value_of) {
  std::string text;
  for (const ModelEntry& entry : models()) {
    const std::string value = value_of(entry.credence);
    if (!value.empty()) text += ", " + full_name(Family::bayesian, entry.name) + " " + value;
  }
  return text;
}

std::string number_text(const std::optional<double>& number) {
  return number ? fmt::format("{:g}", *number) : std::string();
}

// ", with recipe credence in init -8, BayesianLeNet5 -8"
std::string log_alpha_help() {
  std::string text;
  for (const Task& task : tasks()) {
    if (task.log_alpha) {
      text += fmt::format(", with recipe credence in {} {:g}", task.name, *task.log_alpha);
    }
  }
  return text + recipe_help([](const RecipeDefaults& recipe) {
           return number_text(recipe.bayesian.variational.log_alpha);
         });
}

// ", in regress gaussian"
std::string posterior_help() {
  std::string text;
  for (const Task& task : tasks()) {
    if (task.own_data) text += fmt::format(", in {} {}", task.name, task.own_data->posterior);
  }
  return text;
}

void add_variational(CLI::App& app, VariationalChoice& choice, GivenValues& given) {
  app.add_option("--posterior", given.posterior,
                 "Distribution of the Bayesian weights, see docs/variational.md (default: " +
                     VariationalChoice{}.posterior + posterior_help() + ")")
      ->check(CLI::IsMember(posterior_names()))
      ->type_name("NAME");
  add_number(app, "--log-alpha", choice.log_alpha, Bounds<double>{-30, 3},
             "For the dropout posteriors: logarithm of the weights' variance over their square, at "
             "first (default: -5" +
                 log_alpha_help() + ")")
      ->type_name("A");
  add_number(app, "--largest-log-alpha", choice.largest_log_alpha, Bounds<double>{-30, 30},
             "For posterior variational-dropout: cap of that logarithm (default: none" +
                 recipe_help([](const RecipeDefaults& recipe) {
                   return number_text(recipe.bayesian.variational.largest_log_alpha);
                 }) +
                 " unless --log-alpha is given)")
      ->type_name("A");
  add_number(app, "--log-variance", choice.log_variance, Bounds<double>{-60, 3},
             "For the posteriors gaussian and radial: logarithm of the weights' variance, at first "
             "(default: -10)")
      ->type_name("V");
  add_number(app, "--largest-deviation", choice.largest_deviation, Bounds<double>{1e-12, 1e6},
             "For gaussian and radial: cap of the weights' deviation (default: none)")
      ->type_name("D");
  app.add_option("--prior", choice.prior,
                 "Distribution from which the KL divergence is measured (default: ard for "
                 "variational-dropout, log-uniform for additive-dropout, else normal)")
      ->check(CLI::IsMember(prior_names()))
      ->type_name("NAME");
  add_number(app, "--prior-deviation", choice.prior_deviation, Bounds<double>{1e-12, 1e6},
             "For normal priors: their deviation, of a learned one at first (default: 1)")
      ->type_name("S");
  app.add_option("--estimator", choice.estimator,
                 "How outputs are drawn: local or weight reparametrisation, or flipout (default: "
                 "local, for the posterior radial weight)")
      ->check(CLI::IsMember(estimator_names()))
      ->type_name("NAME");
}

}  // namespace

void add_objective(CLI::App& app, Options& options, GivenValues& given) {
  add_number(app, "--samples", options.samples, Bounds<std::int64_t>{1, 10'000},
             "Posterior samples averaged for reported scores")
      ->capture_default_str();
  add_variational(app, options.variational, given);
  add_number(app, "--temperature", options.temperature, Bounds<double>{0, 1e15},
             "Weight of the KL divergence in the loss")
      ->type_name("T")
      ->capture_default_str();
  add_number(app, "--kl-warm-up", options.kl_warm_up, Bounds<double>{0, 1},
             "Share of the steps over which that weight rises from 0")
      ->type_name("SHARE")
      ->capture_default_str();
  add_number(app, "--kl-delay", options.kl_delay, Bounds<double>{0, 1},
             "Share of the steps before that, in which the weight is 0")
      ->type_name("SHARE")
      ->capture_default_str();
  add_number(app, "--samples-per-step", options.samples_per_step, Bounds<std::int64_t>{1, 10'000},
             "Posterior samples that the loss of a training step averages")
      ->type_name("S")
      ->capture_default_str();
  add_number(app, "--spread-lr", given.spread_learning_rate, Bounds<double>{0, 1e6},
             "Learning rate of the Bayesian weights' variances, in units of that of their means "
             "(default: 1" +
                 recipe_help([](const RecipeDefaults& recipe) {
                   const double factor = recipe.bayesian.spread_learning_rate;
                   return factor == 1 ? std::string() : number_text(factor);
                 }) +
                 ")")
      ->type_name("FACTOR");
  add_number(
      app, "--average", given.average, Bounds<double>{0, 0.99},
      "Share of the steps, the last ones, over whose weights the trained model is the average; "
      "0 for the last step's weights (default: 0, LeNet5 with recipe credence 0.4)")
      ->type_name("SHARE");
  add_named(
      app, "--recipe", options.recipe, {"bayetorch", "credence"}, recipe_named,
      "credence: digits shifted by up to 1 pixel, VGG with batch normalisation, a learning rate "
      "that rises for a fifth of the steps and falls along a cosine; bayetorch: none of these, "
      "and in init the Bayesian model's own activation with the other's weights "
      "(default: credence)");
}

}  // namespace credence::benchmarks
