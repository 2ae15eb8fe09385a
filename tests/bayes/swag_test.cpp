// Tests of SWAG: the moments of snapshots, the distribution of draws, batch normalisation, runs
// that are interrupted, and files.
#include "bayes/layers/layers.hpp"
#include "bayes/methods/stored_method.hpp"
#include "bayes/methods/swag_training.hpp"
#include "bayes/posterior/gaussian.hpp"
#include "framework/base/error.hpp"
#include "framework/nn/layers.hpp"
#include "framework/nn/normalization.hpp"
#include "framework/ops/arithmetic.hpp"
#include "framework/ops/reduce.hpp"
#include "tests/data/temporary_folder.hpp"
#include "tests/framework/training.hpp"

#include <cmath>
#include <vector>

#include <boost/test/unit_test.hpp>

namespace credence::bayes {

BOOST_AUTO_TEST_SUITE(swag)

namespace {

// Gives its weights [n] as outputs, or their sum times that of the inputs as a loss.
class Weights : public nn::Module {
 public:
  explicit Weights(std::int64_t n = 3) : weight(Tensor::zeros({n}), true) {}
  Variable forward(const Variable& x) override {
    return training() ? sum(x) * sum(weight) : Variable(weight.value().reshape({1, -1}));
  }
  void visit(nn::Visitor& visitor) override { visitor.parameter("weight", weight); }
  Variable weight;
};

void set_weight(Weights& model, const std::vector<float>& values) {
  model.weight.value().copy_from(Tensor::from({static_cast<std::int64_t>(values.size())}, values));
}

// Takes the snapshots of tests/reference/generate_swa.py.
SwagCollector five_snapshots(std::int64_t rank) {
  SwagCollector collector({.start = 0, .per_epoch = 5, .rank = rank});
  Weights model;
  for (std::int64_t t = 0; t < 5; ++t) {
    std::vector<float> values;
    for (int i = 0; i < 3; ++i) {
      values.push_back(static_cast<float>(std::cos(3 * static_cast<double>(t) + i)));
    }
    set_weight(model, values);
    collector.after_step(model, {.step = t, .steps = 5, .batches = 5});
  }
  return collector;
}

void check_close(const Tensor& actual, const std::vector<double>& expected, double tolerance) {
  const std::vector<double> values = actual.to_vector<double>();
  BOOST_REQUIRE(values.size() == expected.size());
  for (std::size_t i = 0; i < values.size(); ++i) {
    BOOST_TEST(std::abs(values[i] - expected[i]) < tolerance,
               values[i] << " instead of " << expected[i]);
  }
}

const SwagMoments kMoments{
    .variance = Tensor::from<float>({3}, {0.04F, 0, 1}),
    .deviations = Tensor::from<float>({3, 3}, {1, 2, 0, -1, 1, 0, 0.5F, 0, 0.1F})};

std::shared_ptr<Weights> weights_at(const std::vector<float>& values) {
  auto model = std::make_shared<Weights>(static_cast<std::int64_t>(values.size()));
  set_weight(*model, values);
  return model;
}

// The loss is Σx · Σw, so that each step of SGD moves each weight by −rate · x.
train::FitOptions descent(std::int64_t epochs) {
  return {.epochs = epochs,
          .optimizer = optim::Sgd{.learning_rate = 0.5},
          .objective = [](nn::Module& model, const train::Batch& batch,
                          const train::TrainingPosition&) -> train::Loss {
            return {model(Variable(batch.inputs))};
          },
          .progress = false};
}

FixedBatches inputs(const std::vector<float>& values) {
  std::vector<train::Batch> batches;
  for (const float value : values) batches.push_back({Tensor::full({1, 1}, value), Tensor()});
  return FixedBatches(batches);
}

// numpy by tests/reference/generate_swa.py.
BOOST_AUTO_TEST_CASE(moments_are_those_of_the_paper, *boost::unit_test::label("every_isa")) {
  const SwagCollector collector = five_snapshots(3);
  BOOST_TEST(collector.count() == 5);
  check_close(collector.mean(), {0.1805802974, 0.1417872383, -0.02736435374}, 1e-6);
  const SwagMoments moments = collector.moments();
  check_close(moments.variance, {0.8562427523, 0.5429055522, 0.05795705985}, 1e-6);
  // Snapshot i is in row i mod 3.
  const std::vector<std::vector<double>> rows{{-0.9258921439, -0.7894438816, 0.07281544471},
                                              {0.6632736614, 0.7656595431, 0.1641015719},
                                              {0.63677769, 0.5403819412, -0.05283847218}};
  BOOST_TEST(moments.deviations.shape() == (Shape{3, 3}));
  for (std::int64_t row = 0; row < 3; ++row) {
    check_close(moments.deviations.slice(row, row + 1), rows[static_cast<std::size_t>(row)], 1e-6);
  }
  BOOST_TEST(five_snapshots(8).moments().deviations.shape() == (Shape{5, 3}));
  BOOST_TEST(!five_snapshots(0).moments().deviations.defined());
}

// Weights far from 0 that move little: mean(w²) − mean(w)² of float32 numbers would be 0 or
// negative.
BOOST_AUTO_TEST_CASE(the_variance_keeps_its_digits) {
  SwagCollector collector({.start = 0, .per_epoch = 4});
  Weights model(1);
  for (std::int64_t t = 0; t < 4; ++t) {
    set_weight(model, {1 + static_cast<float>(t) * 0x1p-14F});
    collector.after_step(model, {.step = t, .steps = 4, .batches = 4});
  }
  BOOST_TEST(collector.moments().variance.item() == 1.25 * 0x1p-28,
             boost::test_tools::tolerance(1e-2));
}

// Covariance ½ scale² (diag(variance) + DᵀD / (K − 1)), K = 3; weight 1 has no diagonal part.
BOOST_AUTO_TEST_CASE(draws_have_the_covariance_of_the_paper,
                     *boost::unit_test::label("every_isa")) {
  constexpr std::int64_t kDraws = 4000;
  const std::vector<double> mean{1, -2, 3};
  for (const bool low_rank : {true, false}) {
    Swag method(weights_at({1, -2, 3}),
                low_rank ? kMoments : SwagMoments{.variance = kMoments.variance, .deviations = {}},
                {.scale = 0.5, .generator = Generator(5)});
    const std::vector<float> w =
        predictive(method, Tensor::zeros({1, 1}), kDraws).to_vector<float>();
    const std::vector<float> variance = kMoments.variance.to_vector<float>();
    const std::vector<float> d = kMoments.deviations.to_vector<float>();
    const auto covariance = [&](std::size_t i, std::size_t j) {
      double value = i == j ? static_cast<double>(variance[i]) : 0.0;
      for (std::size_t k = 0; low_rank && k < 3; ++k) {
        value += static_cast<double>(d[3 * k + i]) * static_cast<double>(d[3 * k + j]) / 2;
      }
      return 0.25 * value * (low_rank ? 0.5 : 1.0);
    };
    for (std::size_t i = 0; i < 3; ++i) {
      double sum = 0;
      for (std::size_t s = 0; s < kDraws; ++s) sum += static_cast<double>(w[3 * s + i]) - mean[i];
      BOOST_TEST(std::abs(sum / kDraws) <= 4 * std::sqrt(covariance(i, i) / kDraws));
      for (std::size_t j = 0; j <= i; ++j) {
        double products = 0;
        for (std::size_t s = 0; s < kDraws; ++s) {
          products += (static_cast<double>(w[3 * s + i]) - mean[i]) *
                      (static_cast<double>(w[3 * s + j]) - mean[j]);
        }
        const double error = std::sqrt(
            (covariance(i, i) * covariance(j, j) + std::pow(covariance(i, j), 2)) / kDraws);
        BOOST_TEST(std::abs(products / kDraws - covariance(i, j)) <= 4 * error);
      }
    }
  }
}

BOOST_AUTO_TEST_CASE(no_samples_and_no_scale_give_the_mean) {
  const auto model = weights_at({1, -2, 3});
  Swag method(model, kMoments);
  const std::vector<double> mean{1, -2, 3};
  check_close(predictive(method, Tensor::zeros({1, 1}), 0), mean, 1e-9);
  Swag still(model, kMoments, {.scale = 0});
  check_close(predictive(still, Tensor::zeros({1, 1}), 1), mean, 1e-9);
  const std::vector<float> first = predictive(method, Tensor::zeros({1, 1}), 2).to_vector<float>();
  BOOST_TEST(first == predictive(method, Tensor::zeros({1, 1}), 2).to_vector<float>(),
             boost::test_tools::per_element());
  check_close(model->weight.value(), mean, 1e-9);
}

// Steps of 1 until half of 16, then of 0.5; snapshots after steps 10, 12, 14 and 16.
BOOST_AUTO_TEST_CASE(snapshots_come_at_the_end_of_a_run_with_its_constant_rate) {
  const auto model = std::make_shared<Weights>(1);
  FixedBatches source = inputs({2, 2, 2, 2});
  SwagTraining training({.snapshots = {.start = 0.5, .per_epoch = 2}, .learning_rate_factor = 0.5});
  train::FitOptions options = descent(4);
  training.prepare(options);
  const std::vector<train::EpochReport> reports = train::fit(*model, source, options);
  BOOST_TEST(reports[1].learning_rate == 0.5);
  BOOST_TEST(reports[2].learning_rate == 0.25);
  BOOST_TEST(training.collector().count() == 4);
  BOOST_TEST(model->weight.value().item() == -12);
  const std::unique_ptr<Method> method = training.finish(model, source);
  BOOST_TEST(method->name() == "swag");
  BOOST_TEST(model->weight.value().item() == -10.5);
  BOOST_TEST(training.collector().moments().variance.item() == 1.25);
  BOOST_TEST(predictive(*method, Tensor::zeros({1, 1}), 0).item() == -10.5);
}

BOOST_AUTO_TEST_CASE(a_resumed_run_has_the_same_moments) {
  const auto moments_of = [](int stop) {
    std::optional<io::SafeTensors> saved;
    for (;;) {
      Weights model(2);
      FixedBatches source = inputs({0.1F, -0.7F, 0.4F});
      SwagTraining training({.snapshots = {.start = 0.2, .per_epoch = 3, .rank = 4}});
      train::FitOptions options = descent(3);
      training.prepare(options);
      options.resume = saved;
      options.save = [&](const io::SafeTensors& state) {
        saved = state;
        for (NamedTensor& named : saved->tensors) named.tensor = named.tensor.clone();
      };
      if (stop > 0) {
        options.stop = [asked = 0, stop]() mutable { return ++asked == stop; };
      }
      try {
        train::fit(model, source, options);
      } catch (const train::Interrupted&) {
        stop = 0;
        continue;
      }
      const SwagMoments moments = training.collector().moments();
      return std::vector<Tensor>{training.collector().mean(), moments.variance, moments.deviations};
    }
  };
  const std::vector<Tensor> expected = moments_of(0);
  BOOST_TEST(expected[1].to_vector<float>()[0] > 0);
  for (const int stop : {1, 2, 5, 8, 10}) BOOST_TEST(same_bits(moments_of(stop), expected));
}

BOOST_AUTO_TEST_CASE(a_state_of_other_settings_is_refused) {
  SwagCollector collector({.rank = 4});
  const io::SafeTensors state{.tensors = five_snapshots(3).state(), .metadata = {}};
  BOOST_CHECK_EXCEPTION(collector.restore(state), ValueError, says("the rank is 4"));
  BOOST_CHECK_EXCEPTION(collector.restore({}), ValueError, says("no fitting \"count\""));
  const io::SafeTensors negative{{{"count", Tensor::from<std::int64_t>({1}, {-1})}}, {}};
  BOOST_CHECK_EXCEPTION(collector.restore(negative), ValueError, says("no fitting \"count\""));
  BOOST_TEST(collector.count() == 0);
}

namespace {

std::unique_ptr<nn::Module> normalized_line() {
  return std::make_unique<nn::Sequential>(nn::Linear(1, 1, {}, Generator(1)), nn::BatchNorm1d(1));
}

}  // namespace

// The data have the means 2 and 8 and the variances 2 and 13 in their batches, on average 5 and
// 7.5. Whatever the drawn line w x + b, the statistics of that line give
// (w x − 5 w) / √(7.5 w² + ε).
BOOST_AUTO_TEST_CASE(draws_have_batch_normalisation_statistics_of_their_own) {
  FixedBatches source({{Tensor::from<float>({2, 1}, {1, 3}), Tensor()},
                       {Tensor::from<float>({3, 1}, {5, 7, 12}), Tensor()}});
  std::shared_ptr<nn::Module> model = normalized_line();
  const std::vector<nn::NamedParameter> parameters = nn::parameters(*model);
  parameters[0].parameter->value().fill(2);
  const SwagMoments moments{.variance = Tensor::from<float>({4}, {0.1F, 0.5F, 0, 0}),
                            .deviations = {}};
  Swag method(model, moments);
  method.update_batch_norm(source, 2);
  const auto check = [&](Method& swag) {
    const Tensor outputs = predictive(swag, Tensor::full({1, 1}, 8), 3);
    const double expected = 3 / std::sqrt(7.5);
    for (std::int64_t pass = 0; pass < 2; ++pass) {
      BOOST_TEST(outputs.slice(pass, pass + 1).item() == expected,
                 boost::test_tools::tolerance(1e-4));
    }
    BOOST_TEST(std::abs(outputs.slice(2, 3).item() - expected) > 1e-2);
    BOOST_TEST(predictive(swag, Tensor::full({1, 1}, 8), 0).item() == expected,
               boost::test_tools::tolerance(1e-4));
  };
  check(method);
  BOOST_TEST(parameters[0].parameter->value().item() == 2);

  const test::TemporaryFolder folder;
  const auto path = folder.path() / "swag.safetensors";
  save_method(path, method);
  const std::unique_ptr<Method> read = load_method(path, normalized_line);
  check(*read);
  BOOST_TEST(same_bits(predictive(*read, Tensor::full({2, 1}, 8), 5),
                       predictive(method, Tensor::full({2, 1}, 8), 5)));
}

BOOST_AUTO_TEST_CASE(a_file_gives_the_same_draws_and_a_wrong_one_is_named) {
  const test::TemporaryFolder folder;
  const auto path = folder.path() / "swag.safetensors";
  const auto make = [] { return std::make_unique<Weights>(); };
  Swag method(weights_at({1, -2, 3}), kMoments, {.scale = 0.7, .generator = Generator(~0ULL)});
  save_method(path, method);
  const std::unique_ptr<Method> read = load_method(path, make);
  BOOST_TEST(read->name() == "swag");
  BOOST_TEST(same_bits(predictive(*read, Tensor::zeros({1, 1}), 4),
                       predictive(method, Tensor::zeros({1, 1}), 4)));
  io::SafeTensors file = io::load_safetensors(path);
  for (NamedTensor& named : file.tensors) {
    if (named.name == "method.variance") named.tensor = Tensor::zeros({2});
  }
  io::save_safetensors(path, file.tensors, file.metadata);
  BOOST_CHECK_EXCEPTION(load_method(path, make), FileError, says("swag.safetensors"));
}

BOOST_AUTO_TEST_CASE(settings_out_of_range_and_too_few_snapshots_are_refused) {
  BOOST_CHECK_EXCEPTION(SwagCollector({.start = 1}), ValueError, says("[0, 1)"));
  BOOST_CHECK_THROW(SwagCollector({.start = std::nan("")}), ValueError);
  BOOST_CHECK_THROW(SwagCollector({.per_epoch = 0}), ValueError);
  BOOST_CHECK_THROW(SwagCollector({.rank = 1}), ValueError);
  BOOST_CHECK_THROW(SwagCollector({.rank = -1}), ValueError);
  BOOST_CHECK_THROW(SwagTraining({.learning_rate_factor = -1}), ValueError);
  BOOST_CHECK_THROW(SwagTraining({.batch_norm_draws = -1}), ValueError);
  BOOST_CHECK_EXCEPTION(SwagTraining({.draws = {.scale = -1}}), ValueError, says("scale"));
  const auto model = weights_at({1, -2, 3});
  BOOST_CHECK_EXCEPTION(Swag(model, kMoments, {.scale = -1}), ValueError, says("scale"));
  BOOST_CHECK_THROW(Swag(weights_at({1}), kMoments), ValueError);
  BOOST_CHECK_THROW(Swag(model, {.variance = Tensor::full({3}, -1), .deviations = {}}), ValueError);
  BOOST_CHECK_THROW(
      Swag(model, {.variance = kMoments.variance, .deviations = kMoments.deviations.slice(0, 1)}),
      ValueError);
  BayesianLinear bayesian(2, 1, nn::LinearOptions{}, Gaussian{}, Generator(1));
  BOOST_CHECK_EXCEPTION(SwagCollector().after_step(bayesian, {}), ValueError,
                        says("frequentist family"));
  FixedBatches source = inputs({1});
  BOOST_CHECK_EXCEPTION(SwagTraining().finish(model, source), ValueError,
                        says("at least two snapshots"));
  check_close(model->weight.value(), {1, -2, 3}, 1e-9);
  Swag infinite(
      model, {.variance = Tensor::full({3}, 1), .deviations = Tensor::full({2, 3}, std::nan(""))});
  BOOST_CHECK_EXCEPTION(infinite.require_finite("predict"), ValueError, says("\"deviations\""));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace credence::bayes
