// Tests of what fit does with a watched figure: the early end, the best model, the plateau's rate.
#include "bayes/elbo.hpp"
#include "bayes/layers/layers.hpp"
#include "framework/base/error.hpp"
#include "framework/nn/normalization.hpp"
#include "framework/train/fit.hpp"
#include "tests/framework/training.hpp"

#include <cmath>
#include <string>
#include <utility>
#include <vector>

#include <boost/test/unit_test.hpp>

namespace credence::train {

BOOST_AUTO_TEST_SUITE(early_stopping)

namespace {

FixedBatches batches() {
  std::vector<float> pixels(8 * 6);
  for (std::size_t i = 0; i < pixels.size(); ++i) pixels[i] = static_cast<float>(i * 7 % 11) / 11;
  return FixedBatches({{Tensor::from<float>({4, 6}, {pixels.begin(), pixels.begin() + 24}),
                        Tensor::from<std::int64_t>({4}, {0, 1, 2, 0})},
                       {Tensor::from<float>({4, 6}, {pixels.begin() + 24, pixels.end()}),
                        Tensor::from<std::int64_t>({4}, {1, 1, 0, 2})}});
}

// Both have parameters and buffers.
nn::Sequential frequentist() {
  return nn::Sequential(nn::Linear(6, 5, {}, Generator(1)), nn::BatchNorm1d(5),
                        nn::Linear(5, 3, {}, Generator(2)));
}
nn::Sequential bayesian() {
  return nn::Sequential(bayes::BayesianLinear(6, 5, {}, bayes::VariationalDropout{}, Generator(1)),
                        nn::BatchNorm1d(5),
                        bayes::BayesianLinear(5, 3, {}, bayes::VariationalDropout{}, Generator(2)));
}

std::vector<Tensor> state_of(nn::Module& model) {
  std::vector<Tensor> state = parameter_values(model);
  for (const nn::NamedBuffer& b : nn::buffers(model)) state.push_back(b.buffer->clone());
  return state;
}

// A run whose validation score "accuracy" is that of the list after each epoch.
FitOptions scripted(const std::vector<double>& scores) {
  FitOptions options{.epochs = static_cast<std::int64_t>(scores.size()), .progress = false};
  options.optimizer = optim::Adam{.learning_rate = 0.01};
  options.after_epoch = [scores](EpochReport& report) {
    report.validation =
        classification_metrics(8, scores.at(static_cast<std::size_t>(report.epoch)), 1);
  };
  options.watch = {"validation accuracy", optim::Better::larger};
  return options;
}

std::size_t epochs_of(const std::vector<double>& scores, const EarlyStopping& stopping) {
  nn::Sequential model = frequentist();
  FixedBatches source = batches();
  FitOptions options = scripted(scores);
  options.early_stopping = stopping;
  return fit(model, source, options).size();
}

}  // namespace

BOOST_AUTO_TEST_CASE(a_run_ends_after_epochs_without_improvement) {
  const std::vector<double> scores{0.1, 0.4, 0.4, 0.3, 0.45, 0.2, 0.3, 0.3, 0.9};
  BOOST_TEST(epochs_of(scores, {.patience = 1}) == 3U);
  BOOST_TEST(epochs_of(scores, {.patience = 2}) == 4U);
  BOOST_TEST(epochs_of(scores, {.patience = 3}) == 8U);
  BOOST_TEST(epochs_of(scores, {.patience = 4}) == 9U);
  // 0.45 is no more than 0.05 above 0.4.
  BOOST_TEST(epochs_of(scores, {.patience = 3, .min_delta = 0.0625}) == 5U);
  // Small improvements add up: the best counts that the patience was last renewed by.
  BOOST_TEST(
      epochs_of({0.5, 0.53125, 0.5625, 0.59375, 0.625}, {.patience = 3, .min_delta = 0.05}) == 5U);
  BOOST_TEST(epochs_of({0.1, std::nan(""), std::nan(""), 0.5}, {.patience = 2}) == 3U);
}

BOOST_AUTO_TEST_CASE(the_reports_say_which_epoch_was_the_best) {
  nn::Sequential model = frequentist();
  FixedBatches source = batches();
  FitOptions options = scripted({0.1, 0.4, 0.4, 0.3, 0.2});
  options.early_stopping = EarlyStopping{.patience = 3};
  const std::vector<EpochReport> reports = fit(model, source, options);
  BOOST_REQUIRE(reports.size() == 5U);
  BOOST_TEST(best_epoch(reports, options.watch) == 1U);
  BOOST_TEST(best_epoch(reports, {"validation accuracy"}) == 0U);
  BOOST_TEST(figure_of(reports[3], "validation accuracy") == 0.3);
  BOOST_TEST(figure_of(reports[3], "loss") == reports[3].loss);
  BOOST_TEST(figure_of(reports[3], "nll") == reports[3].at("nll"));
  BOOST_CHECK_EXCEPTION(figure_of(reports[3], "rmse"), ValueError,
                        says("nothing is named \"rmse\"; there are: nll, accuracy"));
  BOOST_CHECK_EXCEPTION(figure_of(reports[3], "test nll"), ValueError,
                        says("[watch] the report has no scores for \"test nll\""));
  BOOST_CHECK_EXCEPTION(best_epoch({}, options.watch), ValueError, says("no epoch has a number"));
}

// The parameters and the buffers, for both families: those of a run that ends at the best epoch.
BOOST_AUTO_TEST_CASE(the_best_model_is_restored) {
  const std::vector<double> scores{0.1, 0.4, 0.4, 0.3, 0.2};
  for (const bool is_bayesian : {false, true}) {
    const auto trained = [&](std::int64_t epochs, bool keep_best, bool stop) {
      nn::Sequential model = is_bayesian ? bayesian() : frequentist();
      FixedBatches source = batches();
      FitOptions options = scripted(scores);
      options.epochs = epochs;
      options.keep_best = keep_best;
      if (stop) options.early_stopping = EarlyStopping{.patience = 2};
      if (is_bayesian) options.objective = bayes::Elbo{};
      fit(model, source, options);
      return state_of(model);
    };
    BOOST_TEST(same_bits(trained(5, true, false), trained(2, false, false)));
    BOOST_TEST(same_bits(trained(5, true, true), trained(2, false, false)));
    BOOST_TEST(same_bits(trained(5, false, true), trained(4, false, false)));
    BOOST_TEST(!same_bits(trained(4, false, false), trained(2, false, false)));
  }
}

BOOST_AUTO_TEST_CASE(a_model_stays_as_it_is_where_no_epoch_has_a_number) {
  const auto trained = [](bool keep_best) {
    nn::Sequential model = frequentist();
    FixedBatches source = batches();
    FitOptions options = scripted({std::nan(""), std::nan("")});
    options.keep_best = keep_best;
    fit(model, source, options);
    return state_of(model);
  };
  BOOST_TEST(same_bits(trained(true), trained(false)));
}

// The rates are those of PlateauRate, which has a test of its own, times the schedule's.
BOOST_AUTO_TEST_CASE(the_plateau_lowers_the_rate_of_the_next_epoch) {
  nn::Sequential model = frequentist();
  FixedBatches source = batches();
  FitOptions options = scripted({0.5, 0.4, 0.4, 0.6, 0.5, 0.5});
  options.plateau = optim::Plateau{.factor = 0.5, .patience = 1};
  options.schedule = optim::each_epoch(optim::exponential(0.5), source.batches());
  std::vector<double> rates;
  for (const EpochReport& report : fit(model, source, options)) {
    rates.push_back(report.learning_rate / 0.01);
  }
  const std::vector<double> expected{1, 0.5, 0.25, 0.0625, 0.03125, 0.015625};
  BOOST_TEST(rates == expected, boost::test_tools::tolerance(1e-12)
                                    << boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(settings_are_checked) {
  nn::Sequential model = frequentist();
  FixedBatches source = batches();
  FitOptions options = scripted({0.5});
  options.early_stopping = EarlyStopping{.patience = 0};
  BOOST_CHECK_EXCEPTION(fit(model, source, options), ValueError, says("a patience of at least"));
  options.early_stopping = EarlyStopping{.min_delta = -1};
  BOOST_CHECK_EXCEPTION(fit(model, source, options), ValueError, says("no negative min_delta"));
  options.early_stopping.reset();
  options.plateau = optim::Plateau{.factor = 2};
  BOOST_CHECK_EXCEPTION(fit(model, source, options), ValueError, says("[plateau] the factor"));
  options.plateau.reset();
  options.keep_best = true;
  options.watch.figure = "validation rmse";
  BOOST_CHECK_EXCEPTION(fit(model, source, options), ValueError, says("nothing is named \"rmse\""));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace credence::train
