// Tests of Hamiltonian Monte Carlo: the leapfrog integrator, and posteriors that are known.
#include "bayes/methods/hmc.hpp"

#include "bayes/layers/layers.hpp"
#include "bayes/likelihood/regression.hpp"
#include "bayes/methods/dual_averaging.hpp"
#include "bayes/methods/stored_method.hpp"
#include "bayes/metrics/chains.hpp"
#include "framework/base/error.hpp"
#include "framework/nn/dropout.hpp"
#include "framework/nn/normalization.hpp"
#include "framework/ops/arithmetic.hpp"
#include "framework/ops/softmax.hpp"
#include "tests/data/temporary_folder.hpp"
#include "tests/framework/training.hpp"

#include <array>
#include <cmath>

#include <boost/test/unit_test.hpp>

namespace credence::test {

BOOST_AUTO_TEST_SUITE(hmc)

namespace {

using bayes::EnergyPoint;
using bayes::Hmc;
using bayes::HmcOptions;
using bayes::PosteriorEnergy;

// Two batches of a problem of three classes.
FixedBatches classes() {
  std::vector<train::Batch> batches;
  for (const char* name : {"first", "second"}) {
    batches.push_back({normals({6, 4}, name).to(DType::float32),
                       Tensor::from<std::int64_t>({6}, {0, 1, 2, 1, 0, 2})});
  }
  return FixedBatches(batches);
}

std::shared_ptr<nn::Module> net() {
  const Generator generator(3);
  return std::make_shared<nn::Sequential>(nn::Linear(4, 5, {}, generator.split("in")),
                                          nn::Activation::tanh(),
                                          nn::Linear(5, 3, {}, generator.split("out")));
}

PosteriorEnergy energy_of(nn::Module& model, DType dtype, const bayes::PriorDeviations& prior = {},
                          double temperature = 1) {
  FixedBatches source = classes();
  return {model, bayes::batches_of(source, Device::cpu, dtype), {}, prior, temperature, dtype};
}

Tensor negated(const Tensor& x) { return (Variable(x) * -1.0).value(); }

double largest_difference(const Tensor& a, const Tensor& b) {
  const std::vector<double> x = a.to_vector<double>();
  const std::vector<double> y = b.to_vector<double>();
  double largest = 0;
  for (std::size_t i = 0; i < x.size(); ++i) largest = std::max(largest, std::abs(x[i] - y[i]));
  return largest;
}

double hamiltonian(const EnergyPoint& point, const Tensor& momentum) {
  return point.energy + bayes::square_sum(momentum) / 2;
}

// y = w · x + b + noise of deviation 0.5, for 30 inputs of two numbers.
constexpr double kNoise = 0.5;

std::shared_ptr<nn::Module> line() {
  const auto model = std::make_shared<nn::Sequential>(nn::Linear(2, 1, {}, Generator(1)),
                                                      bayes::LearnedNoise(1, 2 * std::log(kNoise)));
  nn::parameters(*model).back().parameter->set_requires_grad(false);
  return model;
}

struct Points {
  Tensor x = normals({30, 2}, "x").to(DType::float32);
  Tensor y = Tensor::empty({30, 1});
  Points() {
    const std::vector<double> noise = normals({30}, "noise").to_vector<double>();
    const std::vector<double> at = x.to_vector<double>();
    for (std::size_t i = 0; i < 30; ++i) {
      y.data<float>()[i] =
          static_cast<float>(1.5 * at[2 * i] - 0.5 * at[2 * i + 1] + 0.3 + kNoise * noise[i]);
    }
  }
  FixedBatches source() const { return FixedBatches({{x, y}}); }
};

using Matrix = std::array<std::array<double, 3>, 3>;

Matrix inverse(const Matrix& m) {
  Matrix result{};
  const auto minor = [&](std::size_t i, std::size_t j) {
    const std::size_t a = (i + 1) % 3;
    const std::size_t b = (i + 2) % 3;
    const std::size_t c = (j + 1) % 3;
    const std::size_t d = (j + 2) % 3;
    return m[a][c] * m[b][d] - m[a][d] * m[b][c];
  };
  double determinant = 0;
  for (std::size_t j = 0; j < 3; ++j) determinant += m[0][j] * minor(0, j);
  for (std::size_t i = 0; i < 3; ++i) {
    for (std::size_t j = 0; j < 3; ++j) result[j][i] = minor(i, j) / determinant;
  }
  return result;
}

// The posterior N(mean, covariance) of (w₁, w₂, b): covariance⁻¹ = XᵀX / noise² + diag(1 / s²),
// mean = covariance Xᵀy / noise².
struct Exact {
  Matrix covariance{};
  std::array<double, 3> mean{};
};

Exact exact_posterior(const Points& points, const std::array<double, 3>& deviations) {
  Matrix precision{};
  std::array<double, 3> moment{};
  const std::vector<double> x = points.x.to_vector<double>();
  const std::vector<double> y = points.y.to_vector<double>();
  for (std::size_t k = 0; k < 3; ++k) precision[k][k] = 1 / (deviations[k] * deviations[k]);
  for (std::size_t i = 0; i < 30; ++i) {
    const std::array<double, 3> row{x[2 * i], x[2 * i + 1], 1};
    for (std::size_t k = 0; k < 3; ++k) {
      moment[k] += row[k] * y[i] / (kNoise * kNoise);
      for (std::size_t l = 0; l < 3; ++l) precision[k][l] += row[k] * row[l] / (kNoise * kNoise);
    }
  }
  Exact exact{inverse(precision), {}};
  for (std::size_t k = 0; k < 3; ++k) {
    for (std::size_t l = 0; l < 3; ++l) exact.mean[k] += exact.covariance[k][l] * moment[l];
  }
  return exact;
}

// The draws' first and second moments against the exact ones, within four standard errors by the
// effective sample size.
void check_moments(const Tensor& draws, const Exact& exact, double temperature) {
  BOOST_TEST(draws.shape()[2] == 3);
  const std::vector<double> size = bayes::metrics::effective_sample_size(draws).to_vector<double>();
  for (const double r_hat : bayes::metrics::rank_normalized_r_hat(draws).to_vector<double>()) {
    // With some 100 effective draws of |w − median| in each half chain, R̂ − 1 is of this order.
    BOOST_TEST(r_hat < 1.03);
  }
  const std::vector<double> w = draws.to_vector<double>();
  const auto count = static_cast<double>(w.size() / 3);
  std::array<double, 3> mean{};
  Matrix covariance{};
  for (std::size_t i = 0; i < w.size(); ++i) mean[i % 3] += w[i] / count;
  for (std::size_t i = 0; i < w.size(); i += 3) {
    for (std::size_t k = 0; k < 3; ++k) {
      for (std::size_t l = 0; l < 3; ++l) {
        covariance[k][l] += (w[i + k] - mean[k]) * (w[i + l] - mean[l]) / count;
      }
    }
  }
  for (std::size_t k = 0; k < 3; ++k) {
    const double variance = temperature * exact.covariance[k][k];
    BOOST_TEST(std::abs(mean[k] - exact.mean[k]) < 4 * std::sqrt(variance / size[k]));
    for (std::size_t l = 0; l < 3; ++l) {
      // Squares are correlated longer than values: half the effective size.
      const double scale = temperature * std::sqrt(exact.covariance[k][k] * exact.covariance[l][l]);
      const double error = 4 * scale * std::sqrt(2 / (0.5 * std::min(size[k], size[l])));
      BOOST_TEST(std::abs(covariance[k][l] - temperature * exact.covariance[k][l]) < error);
    }
  }
}

}  // namespace

// U by its definition, from the outputs of the net itself.
BOOST_AUTO_TEST_CASE(the_energy_is_that_of_the_likelihood_and_the_prior) {
  const auto model = net();
  const bayes::PriorDeviations prior{.weight = 0.8, .bias = 2, .by_fan_in = true};
  double expected = 0;
  FixedBatches source = classes();
  for (train::Batch batch; source.next(batch);) {
    expected += 6 * cross_entropy((*model)(Variable(batch.inputs)), batch.targets).value().item();
  }
  for (const nn::NamedParameter& p : nn::parameters(*model)) {
    const bool weight = p.role == nn::Role::weight;
    const double fan_in = p.name.starts_with("0") ? 4 : 5;
    const double s = weight ? 0.8 / std::sqrt(fan_in) : 2;
    for (const double w : p.parameter->value().to_vector<double>()) {
      expected += w * w / (2 * s * s);
    }
  }
  for (const DType dtype : {DType::float32, DType::float64}) {
    const PosteriorEnergy energy = energy_of(*model, dtype, prior, 0.5);
    BOOST_TEST(energy.dimension() == 4 * 5 + 5 + 5 * 3 + 3);
    const EnergyPoint point = energy.at(energy.model_position());
    BOOST_TEST(std::abs(point.energy - expected / 0.5) < 2e-5 * expected);
  }
}

BOOST_AUTO_TEST_CASE(the_gradient_is_that_of_central_differences) {
  const auto model = net();
  const PosteriorEnergy energy = energy_of(*model, DType::float64, {.weight = 0.7, .bias = 3}, 0.5);
  const Tensor z = normals({energy.dimension()}, "z");
  const EnergyPoint point = energy.at(z);
  constexpr double kStep = 1e-5;
  for (std::int64_t i = 0; i < energy.dimension(); ++i) {
    const auto moved = [&](double by) {
      const Tensor other = z.clone();
      other.data<double>()[i] += by;
      return energy.at(other).energy;
    };
    const double expected = (moved(kStep) - moved(-kStep)) / (2 * kStep);
    BOOST_TEST(std::abs(point.gradient.data<double>()[i] - expected) <
               1e-7 * (1 + std::abs(expected)));
  }
}

BOOST_AUTO_TEST_CASE(leapfrog_steps_lead_back) {
  const auto model = net();
  for (const DType dtype : {DType::float32, DType::float64}) {
    const PosteriorEnergy energy = energy_of(*model, dtype);
    const EnergyPoint start = energy.at(normals({energy.dimension()}, "z").to(dtype));
    EnergyPoint point = start.clone();
    const Tensor first = normals({energy.dimension()}, "p").to(dtype);
    const Tensor momentum = first.clone();
    leapfrog(energy, point, momentum, 0.05, 40);
    BOOST_TEST(largest_difference(point.z, start.z) > 0.5);
    momentum.copy_from(negated(momentum));
    leapfrog(energy, point, momentum, 0.05, 40);
    const double tolerance = dtype == DType::float64 ? 1e-12 : 1e-4;
    BOOST_TEST(largest_difference(point.z, start.z) < tolerance);
    BOOST_TEST(largest_difference(negated(momentum), first) < tolerance);
  }
}

BOOST_AUTO_TEST_CASE(halving_the_step_quarters_the_error_of_the_energy) {
  const auto model = net();
  const PosteriorEnergy energy = energy_of(*model, DType::float64);
  const EnergyPoint start = energy.at(normals({energy.dimension()}, "z"));
  const Tensor first = normals({energy.dimension()}, "p");
  const auto error = [&](std::int64_t steps) {
    EnergyPoint point = start.clone();
    const Tensor momentum = first.clone();
    leapfrog(energy, point, momentum, 1.0 / static_cast<double>(steps), steps);
    return hamiltonian(point, momentum) - hamiltonian(start, first);
  };
  for (const std::int64_t steps : {40, 80, 160}) {
    BOOST_TEST(std::abs(error(steps) / error(2 * steps) - 4) < 0.1);
  }
}

BOOST_AUTO_TEST_CASE(the_model_has_its_own_members_back) {
  const auto model = net();
  const std::vector<Tensor> before = parameter_values(*model);
  const void* const identity = nn::parameters(*model).front().parameter->identity();
  FixedBatches source = classes();
  Hmc hmc(model, source, {.chains = 2, .burn_in = 2, .samples = 2, .dtype = DType::float64});
  hmc.run();
  BOOST_TEST(same_bits(parameter_values(*model), before));
  BOOST_TEST(nn::parameters(*model).front().parameter->identity() == identity);
  BOOST_TEST(model->training());
}

// The first step of the algorithm, and the step that settles where acceptance falls with the step.
BOOST_AUTO_TEST_CASE(dual_averaging_finds_the_step_of_the_wanted_acceptance) {
  bayes::DualAveraging averaging(0.1, 0.8);
  BOOST_TEST(averaging.average() == 0.1, boost::test_tools::tolerance(1e-12));
  averaging.update(0.5);
  const double expected = std::exp(std::log(1.0) - (0.8 - 0.5) / 11 / 0.05);
  BOOST_TEST(averaging.step_size() == expected, boost::test_tools::tolerance(1e-12));
  BOOST_TEST(averaging.average() == expected, boost::test_tools::tolerance(1e-12));
  for (int i = 0; i < 3000; ++i) averaging.update(std::exp(-averaging.step_size()));
  BOOST_TEST(std::abs(averaging.average() / -std::log(0.8) - 1) < 0.02);
}

BOOST_AUTO_TEST_CASE(draws_of_a_linear_regression_have_the_moments_of_its_posterior) {
  const Points points;
  for (const auto& [dtype, temperature] :
       {std::pair{DType::float64, 1.0}, std::pair{DType::float32, 0.4}}) {
    const auto model = line();
    FixedBatches source = points.source();
    Hmc hmc(model, source,
            {.likelihood = bayes::GaussianLikelihood{},
             .prior = {.weight = 2, .bias = 0.3},
             .temperature = temperature,
             .chains = 2,
             .burn_in = 100,
             .samples = 600,
             .path_length = 0.4,
             .dtype = dtype,
             .generator = Generator(5)});
    hmc.run();
    check_moments(hmc.draws(), exact_posterior(points, {2, 2, 0.3}), temperature);
    for (const bayes::HmcChainReport& report : hmc.report()) {
      BOOST_TEST(report.trajectories == 600);
      BOOST_TEST(report.acceptance > 0.65);
      BOOST_TEST(report.acceptance < 0.95);
      BOOST_TEST(report.divergences == 0);
    }
  }
}

// P(y = 1 | x) of the weights of two logits, by summation over a grid.
BOOST_AUTO_TEST_CASE(predictions_of_a_logistic_regression_are_those_of_numerical_integration) {
  const std::vector<double> at{-1.2, -0.4, 0.5, 0.9, 2};
  const std::vector<std::int64_t> labels{0, 1, 1, 1, 1};
  const std::vector<double> asked{-2, 0.3, 3};
  std::array<double, 3> expected{};
  double total = 0;
  // Class 1 has the probability 1 / (1 + e^−(w₁ − w₀) x), and w₁ − w₀ has the prior N(0, 2 s²).
  for (int i = -4000; i <= 4000; ++i) {
    const double d = i * 0.005;
    double log_weight = -d * d / (2 * 2 * 1.5 * 1.5);
    for (std::size_t n = 0; n < at.size(); ++n) {
      log_weight -= std::log1p(std::exp(labels[n] == 1 ? -d * at[n] : d * at[n]));
    }
    const double weight = std::exp(log_weight);
    total += weight;
    for (std::size_t k = 0; k < 3; ++k) expected[k] += weight / (1 + std::exp(-d * asked[k]));
  }
  const auto model =
      std::make_shared<nn::Linear>(1, 2, nn::LinearOptions{.bias = false}, Generator(1));
  FixedBatches source({{Tensor::from<double>({5, 1}, at).to(DType::float32),
                        Tensor::from<std::int64_t>({5}, labels)}});
  Hmc hmc(model, source,
          {.prior = {.weight = 1.5}, .chains = 2, .samples = 1500, .generator = Generator(2)});
  hmc.run();
  const auto method = hmc.finish();
  BOOST_TEST(method->passes(5000) == 3000);
  const Tensor inputs = Tensor::from<double>({3, 1}, asked).to(DType::float32);
  const Tensor outputs = predictive(*method, inputs, 3000);
  const std::vector<double> p =
      softmax(Variable(outputs.reshape({9000, 2}))).value().to_vector<double>();
  for (std::size_t k = 0; k < 3; ++k) {
    double mean = 0;
    for (std::size_t s = 0; s < 3000; ++s) mean += p[(s * 3 + k) * 2 + 1] / 3000;
    BOOST_TEST(std::abs(mean - expected[k] / total) < 0.01);
  }
}

BOOST_AUTO_TEST_CASE(a_resumed_run_has_the_same_draws) {
  const TemporaryFolder folder;
  const auto path = folder.path() / "state.safetensors";
  const HmcOptions options{.chains = 2,
                           .burn_in = 4,
                           .samples = 3,
                           .thinning = 2,
                           .max_leapfrog_steps = 20,
                           .generator = Generator(4)};
  FixedBatches source = classes();
  Hmc whole(net(), source, options);
  whole.run();
  for (const std::int64_t stop : {0, 3, 7}) {
    Hmc first(net(), source, options);
    BOOST_TEST(!first.advance(stop));
    BOOST_CHECK_THROW(first.finish(), Error);
    io::save_safetensors(path, first.state());
    Hmc second(net(), source, options);
    second.restore(io::load_safetensors(path));
    BOOST_TEST(second.trajectories() == stop);
    BOOST_TEST(second.advance(100));
    BOOST_TEST(same_bits(second.draws(), whole.draws()));
    for (std::size_t c = 0; c < 2; ++c) {
      BOOST_TEST(second.report()[c].acceptance == whole.report()[c].acceptance);
      BOOST_TEST(second.report()[c].step_size == whole.report()[c].step_size);
    }
  }
  HmcOptions other = options;
  other.generator = Generator(5);
  Hmc seed(net(), source, other);
  BOOST_CHECK_EXCEPTION(seed.restore(io::load_safetensors(path)), ValueError, says("another seed"));
  other.samples = 9;
  Hmc longer(net(), source, other);
  BOOST_CHECK_EXCEPTION(longer.restore(io::load_safetensors(path)), ValueError, says("\"draws\""));
}

BOOST_AUTO_TEST_CASE(a_state_with_an_impossible_count_is_refused) {
  const TemporaryFolder folder;
  const auto path = folder.path() / "state.safetensors";
  FixedBatches source = classes();
  const HmcOptions options{.burn_in = 4, .samples = 3, .thinning = 2};
  for (const std::int64_t count : {-1, 11}) {
    Hmc chain(net(), source, options);
    std::vector<NamedTensor> state = chain.state();
    for (NamedTensor& entry : state) {
      if (entry.name == "trajectories") entry.tensor = Tensor::from<std::int64_t>({1}, {count});
    }
    io::save_safetensors(path, state);
    const std::string expected = "has made " + std::to_string(count) + " of 10 trajectories";
    BOOST_CHECK_EXCEPTION(chain.restore(io::load_safetensors(path)), ValueError, says(expected));
  }
}

BOOST_AUTO_TEST_CASE(draws_are_the_same_for_any_number_of_threads) {
  BOOST_TEST(same_bits_with_threads([] {
    FixedBatches source = classes();
    Hmc hmc(net(), source, {.chains = 2, .burn_in = 3, .samples = 3, .max_leapfrog_steps = 20});
    hmc.run();
    return std::vector<Tensor>{hmc.draws()};
  }));
}

BOOST_AUTO_TEST_CASE(the_method_predicts_with_all_draws_and_has_a_file) {
  const TemporaryFolder folder;
  const auto path = folder.path() / "hmc.safetensors";
  const auto model = net();
  FixedBatches source = classes();
  Hmc hmc(model, source, {.chains = 2, .burn_in = 3, .samples = 3, .max_leapfrog_steps = 20});
  hmc.run();
  const auto method = hmc.finish();
  BOOST_TEST(method->name() == "hmc");
  BOOST_TEST(method->passes(100) == 6);
  const Tensor inputs = normals({4, 4}, "new").to(DType::float32);
  const Tensor outputs = predictive(*method, inputs, 6);
  // The second draw of the second chain by hand: the parameters lie one after the other.
  const auto by_hand = net();
  const Tensor draws = hmc.draws();
  std::int64_t offset = (3 + 1) * draws.shape()[2];
  for (const nn::NamedParameter& p : nn::parameters(*by_hand)) {
    const Tensor value = p.parameter->value();
    value.copy_from(draws.view_at(offset, value.shape()));
    offset += value.numel();
  }
  BOOST_TEST(same_bits(outputs.slice(4, 5).reshape({4, 3}), (*by_hand)(Variable(inputs)).value()));
  save_method(path, *method);
  const auto read = bayes::load_method(path, [] {
    const Generator generator(8);
    return std::make_unique<nn::Sequential>(nn::Linear(4, 5, {}, generator.split("in")),
                                            nn::Activation::tanh(),
                                            nn::Linear(5, 3, {}, generator.split("out")));
  });
  BOOST_TEST(read->name() == "hmc");
  BOOST_TEST(same_bits(predictive(*read, inputs, 6), outputs));
}

// Dropout is off, and running statistics stay as they are.
BOOST_AUTO_TEST_CASE(the_model_is_that_of_evaluation) {
  const auto model = std::make_shared<nn::Sequential>(
      nn::Linear(4, 5, {}, Generator(3)), nn::BatchNorm1d(5), nn::Dropout(0.5, Generator(4)),
      nn::Linear(5, 3, {}, Generator(5)));
  const auto buffers = [&] {
    std::vector<Tensor> values;
    for (const nn::NamedBuffer& b : nn::buffers(*model)) values.push_back(b.buffer->clone());
    return values;
  };
  const std::vector<Tensor> before = buffers();
  {
    const PosteriorEnergy energy = energy_of(*model, DType::float64);
    const Tensor z = normals({energy.dimension()}, "z");
    const std::vector<Tensor> inside = buffers();  // the energy's own copies
    BOOST_TEST(energy.at(z).energy == energy.at(z).energy);
    BOOST_TEST(same_bits(buffers(), inside));
  }
  BOOST_TEST(same_bits(buffers(), before));
}

BOOST_AUTO_TEST_CASE(wrong_settings_are_refused) {
  FixedBatches source = classes();
  const auto refused = [&](auto change) {
    HmcOptions options;
    change(options);
    BOOST_CHECK_EXCEPTION(Hmc(net(), source, options), ValueError, says("[hmc]"));
  };
  refused([](HmcOptions& o) { o.chains = 0; });
  refused([](HmcOptions& o) { o.burn_in = -1; });
  refused([](HmcOptions& o) { o.samples = 0; });
  refused([](HmcOptions& o) { o.thinning = 0; });
  refused([](HmcOptions& o) { o.path_length = 0; });
  refused([](HmcOptions& o) { o.path_length = std::nan(""); });
  refused([](HmcOptions& o) { o.leapfrog_steps = -1; });
  refused([](HmcOptions& o) { o.max_leapfrog_steps = 0; });
  refused([](HmcOptions& o) { o.target_acceptance = 1; });
  refused([](HmcOptions& o) { o.step_size = -1; });
  refused([](HmcOptions& o) { o.jitter = 1; });
  refused([](HmcOptions& o) { o.temperature = 0; });
  refused([](HmcOptions& o) { o.prior.bias = 0; });
  refused([](HmcOptions& o) { o.dtype = DType::int64; });
  const auto bayesian = std::make_shared<bayes::BayesianLinear>(
      4, 3, nn::LinearOptions{}, bayes::VariationalDropout{}, Generator(1));
  BOOST_CHECK_EXCEPTION(Hmc(bayesian, source, {}), ValueError, says("Bayesian layers"));
  const auto frozen = net();
  for (const nn::NamedParameter& p : nn::parameters(*frozen)) {
    p.parameter->set_requires_grad(false);
  }
  BOOST_CHECK_EXCEPTION(Hmc(frozen, source, {}), ValueError, says("no parameter"));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace credence::test
