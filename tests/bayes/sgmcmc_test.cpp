// Tests of stochastic gradient MCMC: stationary distributions in closed form, cycles, kept samples.
#include "bayes/methods/sgmcmc.hpp"

#include "bayes/layers/layers.hpp"
#include "bayes/methods/kept_samples.hpp"
#include "bayes/methods/stored_method.hpp"
#include "framework/base/error.hpp"
#include "framework/nn/normalization.hpp"
#include "framework/ops/arithmetic.hpp"
#include "framework/ops/matmul.hpp"
#include "framework/ops/reduce.hpp"
#include "tests/data/temporary_folder.hpp"
#include "tests/framework/training.hpp"

#include <array>
#include <cmath>

#include <boost/test/unit_test.hpp>

namespace credence::test {

BOOST_AUTO_TEST_SUITE(sgmcmc)

namespace {

using bayes::Method;
using bayes::SgMcmcOptions;

constexpr std::int64_t kChains = 20000;
constexpr std::int64_t kData = 16;

// L = ½ Σ (x − m) A (x − m)ᵀ over many chains x, [kChains, 2].
class Quadratic : public nn::Module {
 public:
  Quadratic(std::vector<float> mean, const std::vector<float>& precision)
      : mean_(Tensor::from<float>({1, 2}, mean)),
        precision_(Tensor::from<float>({2, 2}, precision)) {}
  Variable forward(const Variable& x) override {
    const Variable d = chains - Variable(mean_);
    return sum(matmul(d, Variable(precision_)) * d) * 0.5 + sum(x) * 0.0;
  }
  void visit(nn::Visitor& visitor) override { visitor.parameter("chains", chains); }
  Variable chains{Tensor::zeros({kChains, 2}), true};

 private:
  Tensor mean_;
  Tensor precision_;
};

FixedBatches one_sample_batches() {
  return FixedBatches(std::vector<train::Batch>(kData, {Tensor::full({1, 1}, 0), Tensor()}));
}

train::FitOptions options_of(std::int64_t epochs) {
  return {.epochs = epochs,
          .objective = [](nn::Module& model, const train::Batch& batch,
                          const train::TrainingPosition&) -> train::Loss {
            return {model(Variable(batch.inputs))};
          },
          .progress = false};
}

void run(nn::Module& model, const SgMcmcOptions& settings, std::int64_t epochs) {
  FixedBatches source = one_sample_batches();
  train::FitOptions options = options_of(epochs);
  options.optimizer = bayes::sgmcmc_optimizer(settings);
  options.schedule = optim::cyclical_cosine(settings.cycles, settings.floor);
  train::fit(model, source, options);
}

// Mean, variances and covariance of the chains along the directions (c, s) and (−s, c).
struct Moments {
  std::array<double, 2> mean{};
  std::array<double, 2> variance{};
  double covariance = 0;
};

Moments moments_along(const Tensor& chains, double c, double s) {
  Moments moments;
  const std::vector<double> x = chains.to_vector<double>();
  for (int pass = 0; pass < 2; ++pass) {
    for (std::size_t i = 0; i < x.size(); i += 2) {
      const std::array<double, 2> z{c * x[i] + s * x[i + 1], c * x[i + 1] - s * x[i]};
      for (std::size_t k = 0; k < 2; ++k) {
        const double d = z[k] - moments.mean[k];
        (pass == 0 ? moments.mean : moments.variance)[k] += (pass == 0 ? z[k] : d * d) / kChains;
      }
      if (pass == 1) {
        moments.covariance += (z[0] - moments.mean[0]) * (z[1] - moments.mean[1]) / kChains;
      }
    }
  }
  return moments;
}

// With curvature λ along a direction, a step is the autoregression
//   x_t+1 = (1 + ρ − h) x_t − ρ x_t−1 + noise,   ρ = 1 − α,   h = ℓ (λ + 1 / (N s²)),
// about its mean, with noise of variance 2 α ℓ T / N. Its stationary variance is the target's,
// T / (N λ + 1 / s²), times 2 (1 + ρ) / (2 (1 + ρ) − h).
void check_stationary(const SgMcmcOptions& settings) {
  const double c = std::cos(0.6);
  const double s = std::sin(0.6);
  const std::array<double, 2> curvature{2, 0.5};
  const std::array<double, 2> mean{0.7, -0.4};  // along the directions
  const double a = curvature[0] * c * c + curvature[1] * s * s;
  const double b = (curvature[0] - curvature[1]) * c * s;
  const double d = curvature[0] * s * s + curvature[1] * c * c;
  const auto number = [](double value) { return static_cast<float>(value); };
  Quadratic model({number(c * mean[0] - s * mean[1]), number(s * mean[0] + c * mean[1])},
                  {number(a), number(b), number(b), number(d)});
  run(model, settings, 10);
  const Moments found = moments_along(model.chains.value(), c, s);
  const double rho = 1 - settings.friction;
  std::array<double, 2> expected{};
  for (std::size_t k = 0; k < 2; ++k) {
    const double prior = 1 / (settings.prior_deviation * settings.prior_deviation);
    const double precision = kData * curvature[k] + prior;
    const double h = settings.learning_rate * precision / kData;
    expected[k] = settings.temperature / precision * 2 * (1 + rho) / (2 * (1 + rho) - h);
    const double centre = mean[k] * kData * curvature[k] / precision;
    BOOST_TEST(std::abs(found.mean[k] - centre) < 4 * std::sqrt(expected[k] / kChains));
    BOOST_TEST(std::abs(found.variance[k] / expected[k] - 1) < 4 * std::sqrt(2.0 / kChains));
  }
  BOOST_TEST(std::abs(found.covariance) < 4 * std::sqrt(expected[0] * expected[1] / kChains));
}

// A classifier with running statistics.
std::shared_ptr<nn::Module> small_classifier(std::uint64_t seed = 3) {
  const Generator generator(seed);
  return std::make_shared<nn::Sequential>(nn::Linear(4, 6, {}, generator.split("in")),
                                          nn::BatchNorm1d(6), nn::Activation::relu(),
                                          nn::Linear(6, 3, {}, generator.split("out")));
}

// Twelve batches of five samples.
FixedBatches some_data() {
  std::vector<train::Batch> batches;
  for (int i = 0; i < 12; ++i) {
    const std::string name = "batch" + std::to_string(i);
    batches.push_back({normals({5, 4}, name).to(DType::float32),
                       Tensor::from<std::int64_t>({5}, {0, 1, 2, i % 3, 1})});
  }
  return FixedBatches(batches);
}

Tensor some_inputs() { return normals({7, 4}, "inputs").to(DType::float32); }

SgMcmcOptions three_cycles() {
  SgMcmcOptions options = bayes::csghmc();
  options.cycles = 3;
  options.exploration = 0.5;
  options.samples_per_cycle = 2;
  options.generator = Generator(11);
  return options;
}

// Copies the weights after each step.
class Recorder : public train::Observer {
 public:
  std::string name() const override { return "recorder"; }
  void after_step(nn::Module& model, const train::TrainingPosition&) override {
    steps.push_back(parameter_values(model));
    for (const nn::NamedBuffer& b : nn::buffers(model)) steps.back().push_back(b.buffer->clone());
  }
  std::vector<NamedTensor> state() const override { return {}; }
  void restore(const io::SafeTensors&) override {}
  std::vector<std::vector<Tensor>> steps;
};

std::unique_ptr<Method> sampled(const std::shared_ptr<nn::Module>& model,
                                const SgMcmcOptions& settings, train::FitOptions options) {
  FixedBatches source = some_data();
  bayes::SgMcmc sampling(model, settings);
  sampling.prepare(options);
  train::fit(*model, source, options);
  return sampling.finish();
}

}  // namespace

BOOST_AUTO_TEST_CASE(langevin_dynamics_have_their_normal_target) {
  SgMcmcOptions settings = bayes::sgld();
  settings.learning_rate = 0.1;
  settings.prior_deviation = 0.5;
  check_stationary(settings);
  settings.temperature = 0.3;
  settings.generator = Generator(2);
  check_stationary(settings);
}

BOOST_AUTO_TEST_CASE(hamiltonian_dynamics_have_their_normal_target) {
  SgMcmcOptions settings = bayes::sghmc();
  settings.learning_rate = 0.05;
  settings.friction = 0.3;
  settings.prior_deviation = 0.5;
  check_stationary(settings);
  settings.friction = 0.7;
  settings.generator = Generator(2);
  check_stationary(settings);
}

BOOST_AUTO_TEST_CASE(without_noise_it_is_sgd_with_momentum_and_the_decay_of_the_prior) {
  SgMcmcOptions settings = bayes::sghmc();
  settings.temperature = 0;
  settings.learning_rate = 0.05;
  settings.prior_deviation = 0.5;
  for (const double friction : {0.25, 1.0}) {
    settings.friction = friction;
    const auto ours = small_classifier();
    const auto theirs = small_classifier();
    sampled(ours, settings, {.epochs = 3, .progress = false});
    FixedBatches source = some_data();
    train::fit(*theirs, source,
               {.epochs = 3,
                .optimizer = optim::Sgd{.learning_rate = 0.05,
                                        .momentum = 1 - friction,
                                        .weight_decay = 1 / (60 * 0.25),
                                        .groups = optim::ParameterGroups::uniform()},
                .progress = false});
    const std::vector<Tensor> a = parameter_values(*ours);
    const std::vector<Tensor> b = parameter_values(*theirs);
    for (std::size_t i = 0; i < a.size(); ++i) {
      const std::vector<double> x = a[i].to_vector<double>();
      const std::vector<double> y = b[i].to_vector<double>();
      for (std::size_t j = 0; j < x.size(); ++j) BOOST_TEST(std::abs(x[j] - y[j]) < 1e-5);
    }
  }
}

// Without a gradient, the variance after n noisy steps of constant size is n · 2 ℓ T / N.
BOOST_AUTO_TEST_CASE(noise_is_in_the_sampling_part_of_each_cycle_alone) {
  SgMcmcOptions settings = bayes::sgld();
  settings.learning_rate = 0.5;
  settings.prior_deviation = 1e6;
  settings.samples_per_cycle = 1;
  settings.cycles = 4;
  settings.exploration = 0.75;
  for (const bool everywhere : {false, true}) {
    settings.noisy_exploration = everywhere;
    Quadratic flat({0, 0}, {0, 0, 0, 0});
    run(flat, settings, 2);
    const Moments found = moments_along(flat.chains.value(), 1, 0);
    const double expected = (everywhere ? 32 : 4 * 2) * 2 * 0.5 / kData;
    for (const double variance : found.variance) {
      BOOST_TEST(std::abs(variance / expected - 1) < 4 * std::sqrt(2.0 / kChains));
    }
  }
}

BOOST_AUTO_TEST_CASE(a_role_has_its_own_step_and_prior) {
  SgMcmcOptions settings = bayes::sgld();
  settings.learning_rate = 0.25;
  settings.prior_deviation = 0.5;
  settings.groups.weight = {.learning_rate = 2, .weight_decay = 4};
  // A flat likelihood leaves the prior, whose deviation is 0.25: h = 0.25 · 2 · 16 / 16.
  Quadratic flat({0, 0}, {0, 0, 0, 0});
  run(flat, settings, 4);
  const Moments found = moments_along(flat.chains.value(), 1, 0);
  for (const double variance : found.variance) {
    BOOST_TEST(std::abs(variance / (0.0625 * 2 / (2 - 0.5)) - 1) < 4 * std::sqrt(2.0 / kChains));
  }
}

// 36 steps: cycles of 12, of which the last 6 sample, after the 9th and the 12th step.
BOOST_AUTO_TEST_CASE(samples_are_the_weights_at_equal_spans_of_the_sampling_parts) {
  const auto recorder = std::make_shared<Recorder>();
  const auto model = small_classifier();
  const auto method =
      sampled(model, three_cycles(), {.epochs = 3, .observers = {recorder}, .progress = false});
  BOOST_TEST(method->name() == "csghmc");
  BOOST_TEST(method->passes(100) == 6);
  BOOST_TEST(method->passes(0) == 1);
  BOOST_TEST(method->passes(2) == 2);
  const Tensor all = predictive(*method, some_inputs(), 6);
  const std::array<std::size_t, 6> steps{9, 12, 21, 24, 33, 36};
  const auto reference_model = small_classifier();
  std::vector<Tensor> own;
  for (const nn::NamedParameter& p : nn::parameters(*reference_model)) {
    own.push_back(p.parameter->value());
  }
  for (const nn::NamedBuffer& b : nn::buffers(*reference_model)) own.push_back(*b.buffer);
  for (std::size_t k = 0; k < steps.size(); ++k) {
    for (std::size_t i = 0; i < own.size(); ++i) {
      own[i].copy_from(recorder->steps[steps[k] - 1][i]);
    }
    const nn::EvaluationMode mode(*reference_model);
    const Tensor expected = (*reference_model)(Variable(some_inputs())).value();
    const auto row = static_cast<std::int64_t>(k);
    BOOST_TEST(same_bits(all.slice(row, row + 1).reshape({7, 3}), expected), k);
  }
  // Of fewer, every third; without a draw, the last, which the model holds.
  const Tensor two = predictive(*method, some_inputs(), 2);
  BOOST_TEST(same_bits(two.slice(0, 1), all.slice(2, 3)));
  BOOST_TEST(same_bits(two.slice(1, 2), all.slice(5, 6)));
  BOOST_TEST(same_bits(predictive(*method, some_inputs(), 0), all.slice(5, 6)));
}

BOOST_AUTO_TEST_CASE(a_file_gives_the_same_predictions) {
  const TemporaryFolder folder;
  const auto path = folder.path() / "samples.safetensors";
  const auto model = small_classifier();
  nn::parameters(*model).front().parameter->set_requires_grad(false);
  const auto method = sampled(model, three_cycles(), {.epochs = 3, .progress = false});
  save_method(path, *method);
  const auto make = [] {
    return std::make_unique<nn::Sequential>(nn::Linear(4, 6, {}, Generator(8)), nn::BatchNorm1d(6),
                                            nn::Activation::relu(),
                                            nn::Linear(6, 3, {}, Generator(9)));
  };
  const auto read = bayes::load_method(path, make);
  BOOST_TEST(read->name() == "csghmc");
  for (const std::int64_t samples : {0, 3, 6}) {
    BOOST_TEST(same_bits(predictive(*read, some_inputs(), samples),
                         predictive(*method, some_inputs(), samples)));
  }
  io::SafeTensors file = io::load_safetensors(path);
  // A frozen parameter is in the file once.
  BOOST_TEST(file.find("method.samples.0.weight") == nullptr);
  BOOST_REQUIRE(file.find("method.samples.3.weight") != nullptr);
  file.metadata["method.samples"] = "5";
  io::save_safetensors(path, file.tensors, file.metadata);
  BOOST_CHECK_THROW(bayes::load_method(path, make), FileError);
  file.metadata["method.samples"] = "6";
  std::erase_if(file.tensors, [](const NamedTensor& tensor) {
    return tensor.name.starts_with("method.samples.");
  });
  io::save_safetensors(path, file.tensors, file.metadata);
  BOOST_CHECK_THROW(bayes::load_method(path, make), FileError);
}

BOOST_AUTO_TEST_CASE(a_resumed_run_keeps_the_same_samples) {
  const auto uninterrupted =
      sampled(small_classifier(), three_cycles(), {.epochs = 3, .progress = false});
  const TemporaryFolder folder;
  const auto path = folder.path() / "state.safetensors";
  for (const int steps : {5, 10, 21, 23}) {
    train::FitOptions options{.epochs = 3, .progress = false};
    options.save = [&](const io::SafeTensors& state) {
      io::save_safetensors(path, state.tensors, state.metadata);
    };
    options.stop = [steps, asked = 0]() mutable { return ++asked == steps; };
    BOOST_CHECK_THROW(sampled(small_classifier(), three_cycles(), options), train::Interrupted);
    options.stop = {};
    options.resume = io::load_safetensors(path);
    const auto resumed = sampled(small_classifier(), three_cycles(), options);
    BOOST_TEST(same_bits(predictive(*resumed, some_inputs(), 6),
                         predictive(*uninterrupted, some_inputs(), 6)));
    std::erase_if(options.resume->tensors,
                  [](const NamedTensor& tensor) { return tensor.name.starts_with("observer."); });
    BOOST_CHECK_THROW(sampled(small_classifier(), three_cycles(), options), ValueError);
  }
}

BOOST_AUTO_TEST_CASE(samples_are_the_same_for_any_number_of_threads) {
  BOOST_TEST(same_bits_with_threads([] {
    const auto method =
        sampled(small_classifier(), three_cycles(), {.epochs = 3, .progress = false});
    return std::vector<Tensor>{predictive(*method, some_inputs(), 6)};
  }));
}

BOOST_AUTO_TEST_CASE(names_say_which_dynamics) {
  BOOST_TEST(bayes::sgld().name() == "sgld");
  BOOST_TEST(bayes::sghmc().name() == "sghmc");
  BOOST_TEST(bayes::csgld().name() == "csgld");
  BOOST_TEST(bayes::csghmc().name() == "csghmc");
}

BOOST_AUTO_TEST_CASE(wrong_settings_are_refused) {
  const auto model = small_classifier();
  const auto refused = [&](auto change) {
    SgMcmcOptions options;
    change(options);
    BOOST_CHECK_THROW(bayes::SgMcmc(model, options), ValueError);
    BOOST_CHECK_THROW(bayes::sgmcmc_optimizer(options), ValueError);
  };
  refused([](SgMcmcOptions& o) { o.friction = 0; });
  refused([](SgMcmcOptions& o) { o.friction = 1.1; });
  refused([](SgMcmcOptions& o) { o.prior_deviation = 0; });
  refused([](SgMcmcOptions& o) { o.temperature = -1; });
  refused([](SgMcmcOptions& o) { o.temperature = std::nan(""); });
  refused([](SgMcmcOptions& o) { o.exploration = 1; });
  refused([](SgMcmcOptions& o) { o.floor = 2; });
  refused([](SgMcmcOptions& o) { o.cycles = 0; });
  refused([](SgMcmcOptions& o) { o.samples_per_cycle = 0; });
  // 12 steps in 3 cycles of 4, of which 2 sample.
  SgMcmcOptions options = three_cycles();
  options.samples_per_cycle = 3;
  BOOST_CHECK_EXCEPTION(sampled(model, options, {.epochs = 1, .progress = false}), ValueError,
                        says("too short: a cycle has 2 steps that sample, for 3 samples"));
  bayes::SgMcmc sampling(model, {});
  BOOST_CHECK_THROW(sampling.finish(), Error);
  train::FitOptions fit_options;
  sampling.prepare(fit_options);
  BOOST_CHECK_EXCEPTION(sampling.finish(), Error, says("0 of 12 samples"));
  const auto bayesian = std::make_shared<bayes::BayesianLinear>(
      4, 3, nn::LinearOptions{}, bayes::VariationalDropout{}, Generator(1));
  BOOST_CHECK_EXCEPTION(bayes::SgMcmc(bayesian, {}), ValueError, says("Bayesian layers"));
}

BOOST_AUTO_TEST_CASE(kept_samples_must_fit_the_model) {
  const auto model = small_classifier();
  const auto make = [&](std::vector<NamedTensor> samples) {
    return bayes::KeptSamples(model, "own", std::move(samples));
  };
  BOOST_CHECK_THROW(make({}), ValueError);
  BOOST_CHECK_THROW(make({{"3.bias", Tensor::zeros({0, 3})}}), ValueError);
  BOOST_CHECK_THROW(make({{"3.bias", Tensor::zeros({2, 4})}}), ValueError);
  BOOST_CHECK_THROW(make({{"3.bias", Tensor::zeros({2, 3}, DType::float64)}}), ValueError);
  BOOST_CHECK_EXCEPTION(make({{"none", Tensor::zeros({2, 3})}}), ValueError, says("\"none\""));
  bayes::KeptSamples method = make({{"3.bias", Tensor::zeros({2, 3})}});
  BOOST_CHECK_NO_THROW(method.require_finite("predict"));
  const Tensor bad = Tensor::zeros({2, 3});
  bad.data<float>()[1] = NAN;
  BOOST_CHECK_EXCEPTION(make({{"3.bias", bad}}).require_finite("predict"), ValueError,
                        says("\"3.bias\""));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace credence::test
