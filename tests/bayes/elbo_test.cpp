// Tests of the evidence lower bound and the KL divergence of models, against closed forms and
// PyTorch's values.
#include "bayes/elbo.hpp"

#include "framework/base/error.hpp"
#include "framework/ops/arithmetic.hpp"
#include "framework/ops/softmax.hpp"
#include "framework/train/fit.hpp"
#include "tests/bayes/nested_model.hpp"
#include "tests/bayes/support.hpp"
#include "tests/reference/reference.hpp"

#include <cmath>
#include <limits>

#include <boost/test/unit_test.hpp>

namespace credence::bayes {

BOOST_AUTO_TEST_SUITE(elbo)

namespace {

constexpr std::int64_t kTrainingSamples = 1000;
constexpr train::TrainingPosition kPosition{.training_samples = kTrainingSamples};

train::Batch batch_of_four() {
  return {float_normals({4, 6}, "x"), Tensor::from<std::int64_t>({4}, {0, 2, 1, 2})};
}

double term(const train::Loss& loss, const std::string& name) {
  for (const train::Monitor& monitor : loss.monitors) {
    if (monitor.name == name) return monitor.value.item();
  }
  throw std::out_of_range(name);
}

bool close(double actual, double expected) {
  return std::abs(actual - expected) <= 2e-6 * (1 + std::abs(expected));
}

train::Loss loss_from_draw(NestedModel& model, const Elbo& elbo, std::uint64_t draw) {
  const nn::DrawsFrom noise(model, draw);
  return elbo(model, batch_of_four(), kPosition);
}

// The negative log-likelihoods of the passes with the numbers `draw`, draw + 1, …
std::vector<double> likelihoods(NestedModel& model, std::uint64_t draw, int count) {
  const nn::DrawsFrom noise(model, draw);
  const train::Batch batch = batch_of_four();
  std::vector<double> values;
  for (int i = 0; i < count; ++i) {
    values.push_back(item(cross_entropy(model(Variable(batch.inputs)), batch.targets)));
  }
  return values;
}

}  // namespace

BOOST_AUTO_TEST_CASE(the_divergence_of_a_model_is_the_sum_over_its_layers) {
  NestedModel model;
  const auto layers = kl_divergence_per_layer(model);
  BOOST_REQUIRE(layers.size() == 3U);
  BOOST_TEST(layers[0].first == "body.0");
  BOOST_TEST(layers[1].first == "body.2.0");
  BOOST_TEST(layers[2].first == "head");
  const double per_weight = 0.5 * std::log1p(std::exp(1.0));
  BOOST_TEST(close(layers[0].second, 30 * per_weight));
  BOOST_TEST(close(layers[1].second, 20 * per_weight));
  BOOST_TEST(close(layers[2].second, item(model.head.kl_divergence())));
  BOOST_TEST(
      close(item(kl_divergence(model)), layers[0].second + layers[1].second + layers[2].second));
}

BOOST_AUTO_TEST_CASE(the_divergence_reaches_every_spread) {
  NestedModel model;
  kl_divergence(model).backward();
  for (const char* name : {"body.0.log_alpha", "body.2.0.log_alpha"}) {
    for (const float gradient : parameter(model, name).grad().to_vector<float>()) {
      BOOST_TEST(close(static_cast<double>(gradient), -0.5 / (1 + std::exp(-1.0))));
    }
  }
  for (const float gradient : parameter(model, "head.log_variance").grad().to_vector<float>()) {
    BOOST_TEST(close(static_cast<double>(gradient), 0.5 * (std::exp(-4.0) - 1)));
  }
  const Tensor& weight = parameter(model, "head.weight").value();
  BOOST_TEST(largest_error(parameter(model, "head.weight").grad(), weight) < 1e-6);
  BOOST_TEST(!parameter(model, "body.0.weight").grad().defined());
}

BOOST_AUTO_TEST_CASE(a_frequentist_model_has_no_divergence) {
  nn::Linear model(6, 3, {}, Generator(1));
  BOOST_TEST(item(kl_divergence(model)) == 0);
  BOOST_TEST(kl_divergence_per_layer(model).empty());
  BOOST_CHECK_EXCEPTION(Elbo{}(model, batch_of_four(), kPosition), ValueError,
                        says("[Elbo] the model has no Bayesian layer"));
}

BOOST_AUTO_TEST_CASE(the_loss_is_n_times_the_likelihood_and_t_times_the_divergence) {
  NestedModel model;
  const double kl = item(kl_divergence(model));
  for (const double temperature : {1.0, 0.25, 0.0}) {
    const train::Loss loss = loss_from_draw(model, {.temperature = temperature}, 7);
    BOOST_TEST(loss.monitors.size() == 4U);
    BOOST_TEST(loss.monitors.back().name == "kl/nll");
    BOOST_TEST(close(term(loss, "nll"), likelihoods(model, 7, 1).front()));
    BOOST_TEST(close(term(loss, "kl"), kl));
    BOOST_TEST(close(item(loss.total), kTrainingSamples * term(loss, "nll") + temperature * kl));
  }
}

BOOST_AUTO_TEST_CASE(the_weight_of_the_divergence_rises_to_the_temperature) {
  const Elbo elbo{.temperature = 0.5, .warm_up = 0.25};
  const auto weight = [](const Elbo& e, std::int64_t step) {
    return e.kl_weight({.training_samples = 1, .step = step, .steps = 40});
  };
  BOOST_TEST(weight(elbo, 0) == 0.0);
  BOOST_TEST(weight(elbo, 1) == 0.05);
  BOOST_TEST(weight(elbo, 5) == 0.25);
  BOOST_TEST(weight(elbo, 9) == 0.45);
  BOOST_TEST(weight(elbo, 10) == 0.5);
  BOOST_TEST(weight(elbo, 39) == 0.5);
  BOOST_TEST(weight({.temperature = 0.5}, 0) == 0.5);
  BOOST_TEST(weight({.warm_up = 1}, 39) == 39.0 / 40);

  NestedModel model;
  const double kl = item(kl_divergence(model));
  const nn::DrawsFrom noise(model, 7);
  const train::Loss loss =
      elbo(model, batch_of_four(), {.training_samples = kTrainingSamples, .step = 5, .steps = 40});
  // What is reported is not weighted.
  BOOST_TEST(close(term(loss, "kl"), kl));
  BOOST_TEST(close(item(loss.total), kTrainingSamples * term(loss, "nll") + 0.25 * kl));
}

BOOST_AUTO_TEST_CASE(training_warms_up_by_its_steps) {
  NestedModel model;
  FixedBatches source({batch_of_four(), batch_of_four()});
  const auto reports = train::fit(
      model, source, {.epochs = 4, .objective = Elbo{.warm_up = 0.75}, .progress = false});
  // Each epoch has two of the eight steps; the weight rises in the first six.
  for (std::size_t epoch = 0; epoch < reports.size(); ++epoch) {
    const double weight = epoch < 3 ? (2.0 * static_cast<double>(epoch) + 0.5) / 6 : 1;
    // The divergence itself hardly changes within an epoch.
    const double difference =
        reports[epoch].loss - 8 * reports[epoch].at("nll") - weight * reports[epoch].at("kl");
    BOOST_TEST(std::abs(difference) < 1e-3 * reports[epoch].at("kl"));
  }
}

BOOST_AUTO_TEST_CASE(samples_average_the_likelihood_and_count_the_divergence_once) {
  NestedModel model;
  const std::vector<double> passes = likelihoods(model, 7, 3);
  BOOST_TEST(passes[0] != passes[1]);
  const train::Loss loss = loss_from_draw(model, {.samples = 3}, 7);
  BOOST_TEST(close(term(loss, "nll"), (passes[0] + passes[1] + passes[2]) / 3));
  BOOST_TEST(close(term(loss, "kl"), item(kl_divergence(model))));
  BOOST_TEST(close(item(loss.total), kTrainingSamples * term(loss, "nll") + term(loss, "kl")));
}

BOOST_AUTO_TEST_CASE(samples_average_the_gradients_too) {
  NestedModel model;
  const auto gradient = [&](const Elbo& elbo, std::uint64_t draw) {
    parameter(model, "body.0.log_alpha").set_grad(Tensor::zeros({5, 6}));
    loss_from_draw(model, elbo, draw).total.backward();
    return parameter(model, "body.0.log_alpha").grad().to_vector<float>();
  };
  const std::vector<float> first = gradient({}, 7);
  const std::vector<float> second = gradient({}, 8);
  std::vector<float> mean;
  for (std::size_t i = 0; i < first.size(); ++i) mean.push_back((first[i] + second[i]) / 2);
  const Shape shape{5, 6};
  BOOST_TEST(largest_error(Tensor::from(shape, gradient({.samples = 2}, 7)),
                           Tensor::from(shape, mean)) < 1e-6);
}

// The class of the larger mean probability need not be that of the larger mean logit.
BOOST_AUTO_TEST_CASE(accuracy_is_that_of_the_averaged_probabilities) {
  NestedModel model;
  const train::Batch batch = batch_of_four();
  for (const std::uint64_t draw : {7U, 8U, 9U, 10U}) {
    const train::Loss loss = loss_from_draw(model, {.samples = 2}, draw);
    const nn::DrawsFrom noise(model, draw);
    const Variable first = softmax(model(Variable(batch.inputs)));
    const Variable second = softmax(model(Variable(batch.inputs)));
    const Tensor total = Tensor::zeros({}, DType::float64);
    loss.monitors.at(2).add_to(total.data<double>());
    BOOST_TEST(static_cast<std::int64_t>(total.item()) ==
               train::count_correct((first + second).value(), batch.targets));
  }
}

BOOST_AUTO_TEST_CASE(the_importance_weighted_bound_averages_likelihoods) {
  NestedModel model;
  const train::Batch batch = batch_of_four();
  const train::TrainingPosition position{.training_samples = kTrainingSamples};
  double expected = 0;
  double elbo_nll = 0;
  {
    const nn::DrawsFrom noise(model, 7);
    const std::vector<double> first =
        softmax(model(Variable(batch.inputs))).value().to_vector<double>();
    const std::vector<double> second =
        softmax(model(Variable(batch.inputs))).value().to_vector<double>();
    const std::vector<std::int64_t> labels = batch.targets.to_vector<std::int64_t>();
    for (std::size_t n = 0; n < 4; ++n) {
      const std::size_t at = n * 3 + static_cast<std::size_t>(labels[n]);
      expected -= std::log(0.5 * (first[at] + second[at])) / 4;
      elbo_nll -= 0.5 * (std::log(first[at]) + std::log(second[at])) / 4;
    }
  }
  const nn::DrawsFrom noise(model, 7);
  const train::Loss loss = ImportanceWeightedBound{.samples = 2}(model, batch, position);
  BOOST_TEST(close(term(loss, "nll"), expected));
  BOOST_TEST(expected < elbo_nll);
  BOOST_TEST(close(term(loss, "kl"), item(kl_divergence(model))));
  BOOST_TEST(close(item(loss.total), kTrainingSamples * expected + term(loss, "kl")));
}

BOOST_AUTO_TEST_CASE(bad_settings_are_refused) {
  NestedModel model;
  for (const Elbo& bad : {Elbo{.samples = 0}, Elbo{.samples = -1}, Elbo{.temperature = -0.5},
                          Elbo{.temperature = std::numeric_limits<double>::quiet_NaN()}}) {
    BOOST_CHECK_EXCEPTION(bad(model, batch_of_four(), kPosition), ValueError,
                          says("[Elbo] needs at least 1 sample and a temperature of at least 0"));
  }
}

BOOST_AUTO_TEST_CASE(a_warm_up_that_is_no_share_is_refused) {
  NestedModel model;
  for (const double bad : {-0.1, 1.1, std::numeric_limits<double>::quiet_NaN()}) {
    BOOST_CHECK_EXCEPTION(Elbo{.warm_up = bad}(model, batch_of_four(), kPosition), ValueError,
                          says("[Elbo] the warm-up is a share of the steps from 0 to 1"));
  }
}

BOOST_AUTO_TEST_CASE(training_reports_both_parts_of_the_objective) {
  NestedModel model;
  FixedBatches source({batch_of_four(), batch_of_four()});
  const auto reports =
      train::fit(model, source, {.epochs = 2, .objective = Elbo{}, .progress = false});
  BOOST_REQUIRE(reports.size() == 2U);
  for (const train::EpochReport& report : reports) {
    BOOST_REQUIRE(report.monitors.size() == 4U);
    BOOST_TEST(report.monitors[0].name == "nll");
    BOOST_TEST(report.monitors[1].name == "kl");
    BOOST_TEST(report.monitors[2].name == "accuracy");
    BOOST_TEST(close(report.at("kl/nll"), report.at("kl") / (8 * report.at("nll"))));
    // N is the size of the source: eight samples in two batches.
    BOOST_TEST(close(report.loss, 8 * report.at("nll") + report.at("kl")));
  }
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace credence::bayes
