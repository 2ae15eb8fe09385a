// Tests of posteriors, priors, estimators and layers that are written outside the library, those of
// examples/own: training, divergences, conversion, predictions and files find them.
#include "bayes/convert.hpp"
#include "bayes/elbo.hpp"
#include "bayes/posterior/gaussian.hpp"
#include "bayes/uncertainty.hpp"
#include "bayes/walk.hpp"
#include "examples/own/antithetic.hpp"
#include "examples/own/bayesian_scale.hpp"
#include "examples/own/laplace_prior.hpp"
#include "examples/own/scaled_residual.hpp"
#include "examples/own/shared_variance.hpp"
#include "framework/base/error.hpp"
#include "framework/io/checkpoint.hpp"
#include "framework/train/fit.hpp"
#include "tests/bayes/support.hpp"
#include "tests/framework/layer_contract.hpp"

#include <cmath>
#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include <boost/test/unit_test.hpp>

namespace credence::bayes {

BOOST_AUTO_TEST_SUITE(own_parts)

namespace {

// A layer whose divergence is its own formula, without WeightLayer.
class RandomOffset : public BayesianLayer {
 public:
  explicit RandomOffset(std::int64_t features) : mean_(Tensor::full({features}, 0.5), true) {}
  Variable forward(const Variable& x) override { return x + mean_; }
  void visit(nn::Visitor& visitor) override {
    visitor.parameter("mean", mean_);
    visitor.parameter("log_rate", log_rate_, nn::Role::spread);
  }
  Variable kl_divergence() override { return sum(square(mean_)) + sum(exp(log_rate_)); }

 private:
  Variable mean_;
  Variable log_rate_{Tensor::full({}, 1), true};
};

struct Model : nn::Module {
  explicit Model(const Variational& variational)
      : scale(4, variational, Generator(1)),
        linear(4, 3, {}, variational, Generator(2)),
        offset(3) {}
  Variable forward(const Variable& x) override { return offset(linear(scale(x))); }
  void visit(nn::Visitor& visitor) override {
    visitor.module("scale", scale);
    visitor.module("linear", linear);
    visitor.module("offset", offset);
  }
  example::BayesianScale scale;
  BayesianLinear linear;
  RandomOffset offset;
};

Variational parts_of_ones_own() {
  return {example::SharedVariance{}, example::LaplacePrior{.scale = 0.5}, example::Antithetic{}};
}

FixedBatches batches() {
  std::vector<std::int64_t> labels;
  for (std::int64_t i = 0; i < 12; ++i) labels.push_back(i % 3);
  return FixedBatches({{float_normals({12, 4}, "x"), Tensor::from({12}, labels)}});
}

}  // namespace

BOOST_AUTO_TEST_CASE(layers_keep_the_contract) {
  const Tensor x = float_normals({3, 6}, "x");
  test::check_layer([] { return example::ScaledResidual<zoo::Frequentist>(6, Generator(1)); }, x);
  test::check_layer([] { return example::ScaledResidual<zoo::Bayesian>(6, Generator(1)); }, x,
                    {.also = [](nn::Module& layer) { return kl_divergence(layer); }});
  for (const Variational& parts : {Variational(Gaussian{}), parts_of_ones_own()}) {
    test::check_layer([=] { return example::BayesianScale(6, parts, Generator(1)); }, x,
                      {.also = [](nn::Module& layer) { return kl_divergence(layer); }});
  }
}

BOOST_AUTO_TEST_CASE(every_layer_is_found_with_its_divergence) {
  Model model(parts_of_ones_own());
  const auto divergences = kl_divergence_per_layer(model);
  std::map<std::string, double> found(divergences.begin(), divergences.end());
  BOOST_TEST(found.size() == 3U);
  BOOST_TEST(found.at("scale") != 0);
  BOOST_TEST(found.at("linear") != 0);
  BOOST_TEST(std::abs(found.at("offset") - (3 * 0.25 + std::exp(1.0))) < 1e-5);
  double sum = 0;
  for (const auto& [name, divergence] : divergences) sum += divergence;
  const NoGrad no_grad;
  BOOST_TEST(std::abs(item(kl_divergence(model)) - sum) < 1e-3 * std::abs(sum));
}

BOOST_AUTO_TEST_CASE(they_train_and_their_files_load) {
  Model model(parts_of_ones_own());
  FixedBatches source = batches();
  const auto reports = train::fit(model, source,
                                  {.epochs = 30,
                                   .optimizer = optim::Adam{.learning_rate = 0.02},
                                   .objective = Elbo{},
                                   .progress = false});
  BOOST_TEST(reports.back().loss < reports.front().loss);
  const auto path = std::filesystem::temp_directory_path() / "credence_own_parts.safetensors";
  io::save_checkpoint(path, model);
  Model loaded(parts_of_ones_own());
  io::load_checkpoint(path, loaded);
  std::filesystem::remove(path);
  BOOST_TEST(same_bits(parameter_values(model), parameter_values(loaded)));
  const Tensor x = float_normals({12, 4}, "x");
  const Uncertainty u = uncertainty(model, x, {.samples = 8});
  BOOST_TEST(same_bits(u.probabilities, uncertainty(loaded, x, {.samples = 8}).probabilities));
  double epistemic = 0;
  for (const double trace : u.epistemic_trace.to_vector<double>()) epistemic += trace;
  BOOST_TEST(epistemic > 0);
}

BOOST_AUTO_TEST_CASE(conversion_leaves_their_spreads) {
  struct Frequentist : nn::Module {
    Variable forward(const Variable& x) override { return linear(x); }
    void visit(nn::Visitor& visitor) override { visitor.module("linear", linear); }
    nn::Linear linear{4, 3, {}, Generator(9)};
  };
  struct Bayesian : nn::Module {
    Variable forward(const Variable& x) override { return linear(x); }
    void visit(nn::Visitor& visitor) override { visitor.module("linear", linear); }
    BayesianLinear linear{4, 3, {}, parts_of_ones_own(), Generator(2)};
  };
  Frequentist from;
  Bayesian to;
  copy_weights(from, to);
  BOOST_TEST(
      same_bits(parameter(from, "linear.weight").value(), to.linear.weight().mean().value()));
  freeze_means(to);
  for (const nn::NamedParameter& p : nn::parameters(to)) {
    BOOST_TEST(p.parameter->requires_grad() == (p.role == nn::Role::spread), p.name);
  }
}

// The default estimator serves a product that has no fused kernel.
BOOST_AUTO_TEST_CASE(a_layer_of_ones_own_has_the_librarys_parts) {
  example::BayesianScale layer(3, Gaussian{.log_variance = -2}, Generator(4));
  const NoGrad no_grad;
  const Tensor x = Tensor::from<float>({1, 3}, {1, -2, 3});
  std::vector<double> squares(3);
  constexpr int kDraws = 4000;
  for (int i = 0; i < kDraws; ++i) {
    const std::vector<double> y = layer(Variable(x)).value().to_vector<double>();
    const std::vector<double> mean{1, -2, 3};
    for (std::size_t c = 0; c < 3; ++c) squares[c] += (y[c] - mean[c]) * (y[c] - mean[c]);
  }
  for (std::size_t c = 0; c < 3; ++c) {
    const double x_c = static_cast<double>(c + 1);
    const double variance = x_c * x_c * std::exp(-2.0);
    BOOST_TEST(std::abs(squares[c] / kDraws / variance - 1) < 4.5 * std::sqrt(2.0 / kDraws));
  }
}

BOOST_AUTO_TEST_CASE(an_objective_without_a_bayesian_layer_is_refused) {
  nn::Linear model(4, 3, {}, Generator(1));
  train::Batch batch;
  FixedBatches source = batches();
  source.next(batch);
  BOOST_CHECK_EXCEPTION(Elbo{}(model, batch, {}), ValueError, says("has no Bayesian layer"));
  BOOST_CHECK_EXCEPTION(ImportanceWeightedBound{}(model, batch, {}), ValueError,
                        says("has no Bayesian layer"));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace credence::bayes
