// Tests of the Laplace approximation: against the exact posterior of Bayesian linear regression,
// and against Gauss-Newton matrices from PyTorch's Jacobians (tests/reference/generate_laplace.py).
#include "bayes/methods/laplace.hpp"

#include "bayes/layers/layers.hpp"
#include "bayes/methods/laplace_evidence.hpp"
#include "bayes/methods/laplace_posterior.hpp"
#include "bayes/methods/stored_method.hpp"
#include "bayes/posterior/gaussian.hpp"
#include "bayes/predictions.hpp"
#include "framework/base/error.hpp"
#include "framework/nn/normalization.hpp"
#include "framework/nn/transposed_convolution.hpp"
#include "framework/ops/arithmetic.hpp"
#include "tests/data/temporary_folder.hpp"
#include "tests/framework/training.hpp"
#include "tests/reference/reference.hpp"

#include <cmath>
#include <limits>

#include <boost/test/unit_test.hpp>

namespace credence::test {

BOOST_AUTO_TEST_SUITE(laplace)

namespace {

using bayes::HessianStructure;
using bayes::LaplaceLayers;
using bayes::LaplaceOptions;
using bayes::LaplacePrediction;
using bayes::PriorTuning;
constexpr auto kRegression = bayes::LaplaceOutput::Kind::regression;
constexpr auto kClassification = bayes::LaplaceOutput::Kind::classification;

void set_double(nn::Module& model, const std::vector<Tensor>& values) {
  const std::vector<nn::NamedParameter> all = nn::parameters(model);
  for (std::size_t i = 0; i < all.size(); ++i) {
    *all[i].parameter = Variable(values[i].to(DType::float64).clone(), true);
  }
}

FixedBatches batches_of(const Tensor& x, const Tensor& y, std::int64_t size) {
  std::vector<train::Batch> batches;
  for (std::int64_t i = 0; i < x.shape()[0]; i += size) {
    const std::int64_t end = std::min(i + size, x.shape()[0]);
    batches.push_back({x.slice(i, end), y.slice(i, end)});
  }
  return FixedBatches(std::move(batches));
}

// y = wᵀ (x, 1) with the posterior's mean as weights.
std::shared_ptr<nn::Module> regression_model(const Reference& r) {
  const std::vector<double> mean = r.at("mean").to_vector<double>();
  auto model = std::make_shared<nn::Linear>(3, 1, nn::LinearOptions{}, Generator(1));
  set_double(*model, {Tensor::from<double>({1, 3}, {mean[0], mean[1], mean[2]}),
                      Tensor::from<double>({1}, {mean[3]})});
  return model;
}

std::unique_ptr<nn::Module> unnamed_small_network() {
  const Generator generator(1);
  return std::make_unique<nn::Sequential>(
      nn::Conv2d(2, 3, {.kernel = {3, 2}, .stride = {2, 1}, .padding = {1, 0}, .dilation = {1, 2}},
                 generator),
      nn::Activation::tanh(), nn::Flatten(), nn::Linear(36, 3, {}, generator));
}

// The reference's network in float64.
std::shared_ptr<nn::Module> small_network(const Reference& r) {
  std::shared_ptr<nn::Module> model = unnamed_small_network();
  set_double(*model, {r.at("conv_weight"), r.at("conv_bias"), r.at("fc_weight"), r.at("fc_bias")});
  return model;
}

FixedBatches training_data(const Reference& r) {
  return batches_of(r.at("x"), r.at("labels").to(DType::int64), 2);
}

std::vector<bayes::LayerCurvature> curvature_of(const Reference& r, HessianStructure structure,
                                                std::int64_t random_passes = 0,
                                                std::uint64_t seed = 1) {
  const std::shared_ptr<nn::Module> model = small_network(r);
  FixedBatches data = training_data(r);
  return bayes::gauss_newton(*model, bayes::covered_layers(*model), data,
                             bayes::LaplaceOutput(kClassification, 1),
                             {.structure = structure,
                              .last_layer = false,
                              .random_passes = random_passes,
                              .generator = Generator(seed)})
      .layers;
}

Tensor one_pass(bayes::Method& method, const Tensor& inputs) {
  const Tensor passes = predictive(method, inputs, 1);
  return passes.reshape({passes.shape()[1], passes.shape()[2]});
}

struct Setting {
  const char* name;
  LaplaceLayers layers;
  HessianStructure structure;
};
constexpr Setting kSettings[] = {
    {"last_full", LaplaceLayers::last, HessianStructure::full},
    {"last_diagonal", LaplaceLayers::last, HessianStructure::diagonal},
    {"last_kronecker", LaplaceLayers::last, HessianStructure::kronecker},
    {"diagonal", LaplaceLayers::all, HessianStructure::diagonal},
    {"kronecker", LaplaceLayers::all, HessianStructure::kronecker},
};

LaplaceOptions options_of(const Setting& setting) {
  return {.layers = setting.layers,
          .structure = setting.structure,
          .prior = PriorTuning::fixed,
          .prior_precision = 0.4};
}

class Scale : public nn::Module {
 public:
  Variable forward(const Variable& x) override { return x * scale_; }
  void visit(nn::Visitor& visitor) override { visitor.parameter("scale", scale_); }
  std::string type_name() const override { return "Scale"; }

 private:
  Variable scale_{Tensor::full({}, 2), true};
};

FixedBatches some_labels(std::int64_t features = 4) {
  return batches_of(normals({6, features}, "x").to(DType::float32),
                    Tensor::from<std::int64_t>({6}, {0, 1, 2, 0, 1, 2}), 4);
}

}  // namespace

BOOST_AUTO_TEST_CASE(linear_regression_has_the_exact_posterior,
                     *boost::unit_test::label("every_isa")) {
  const Reference& r = reference("laplace_linear_regression");
  FixedBatches data = batches_of(r.at("x"), r.at("y"), 4);
  const auto method = bayes::laplace(regression_model(r), data,
                                     {.likelihood = kRegression,
                                      .noise = 0.3,
                                      .prior = PriorTuning::fixed,
                                      .prior_precision = 0.7});
  BOOST_TEST(method->log_marginal_likelihood() == r.at("evidence").item(),
             boost::test_tools::tolerance(1e-10));
  BOOST_TEST(largest_error(one_pass(*method, r.at("test")), r.at("predictive")) < 1e-10);
  // The covariance of samples, with 4 standard errors of √((Σ_ij² + Σ_ii Σ_jj) / S).
  constexpr int kDraws = 4000;
  const std::vector<double> expected = r.at("covariance").to_vector<double>();
  std::vector<double> sums(16);
  Generator generator(3);
  for (int draw = 0; draw < kDraws; ++draw) {
    const std::vector<double> w =
        method->posterior(0).deviation(generator.next()).to_vector<double>();
    for (std::size_t i = 0; i < 16; ++i) sums[i] += w[i / 4] * w[i % 4];
  }
  for (std::size_t i = 0; i < 16; ++i) {
    const double variance = expected[i] * expected[i] + expected[i / 4 * 5] * expected[i % 4 * 5];
    BOOST_TEST(std::abs(sums[i] / kDraws - expected[i]) < 4 * std::sqrt(variance / kDraws));
  }
}

BOOST_AUTO_TEST_CASE(sampled_regression_gives_the_noise_beside_the_mean) {
  const Reference& r = reference("laplace_linear_regression");
  FixedBatches data = batches_of(r.at("x"), r.at("y"), 4);
  const auto method = bayes::laplace(regression_model(r), data,
                                     {.prediction = LaplacePrediction::sampled,
                                      .likelihood = kRegression,
                                      .noise = 0.3,
                                      .prior = PriorTuning::fixed,
                                      .prior_precision = 0.7});
  BOOST_TEST(method->passes(1000) == 1000);
  const std::vector<double> drawn = predictive(*method, r.at("test"), 1000).to_vector<double>();
  const std::vector<double> exact = r.at("predictive").to_vector<double>();
  for (std::size_t n = 0; n < 5; ++n) {
    double sum = 0;
    double squares = 0;
    for (std::size_t s = 0; s < 1000; ++s) {
      const double y = drawn[10 * s + 2 * n] - exact[2 * n];
      sum += y;
      squares += y * y;
      BOOST_TEST(drawn[10 * s + 2 * n + 1] == std::log(0.09), boost::test_tools::tolerance(1e-12));
    }
    const double variance = std::exp(exact[2 * n + 1]) - 0.09;
    BOOST_TEST(std::abs(sum / 1000) < 4 * std::sqrt(variance / 1000));
    BOOST_TEST(squares / 1000 == variance, boost::test_tools::tolerance(0.18));  // 4 √(2/1000)
  }
}

BOOST_AUTO_TEST_CASE(the_best_prior_precision_of_linear_regression) {
  const Reference& r = reference("laplace_linear_regression");
  FixedBatches data = batches_of(r.at("x"), r.at("y"), 9);
  const auto method =
      bayes::laplace(regression_model(r), data, {.likelihood = kRegression, .noise = 0.3});
  BOOST_TEST(method->posterior(0).prior_precision() == r.at("best_precision").item(),
             boost::test_tools::tolerance(1e-6));
}

BOOST_AUTO_TEST_CASE(softmax_regression_has_the_hessian_and_the_probit_of_the_reference,
                     *boost::unit_test::label("every_isa")) {
  const Reference& r = reference("laplace_softmax_regression");
  const auto make = [&](DType dtype) {
    auto model = std::make_shared<nn::Linear>(3, 3, nn::LinearOptions{}, Generator(1));
    set_double(*model, {r.at("weight"), r.at("bias")});
    for (const nn::NamedParameter& p : nn::parameters(*model)) {
      *p.parameter = Variable(p.parameter->value().to(dtype), true);
    }
    return model;
  };
  for (const auto& [dtype, tolerance] :
       {std::pair(DType::float64, 1e-11), std::pair(DType::float32, 2e-6)}) {
    FixedBatches data = batches_of(r.at("x").to(dtype), r.at("labels").to(DType::int64), 3);
    const std::shared_ptr<nn::Module> model = make(dtype);
    const bayes::Curvature curvature = bayes::gauss_newton(
        *model, bayes::covered_layers(*model), data, bayes::LaplaceOutput(kClassification, 1), {});
    BOOST_TEST(largest_error(curvature.layers[0].full.tensor(), r.at("hessian")) < tolerance);
    BOOST_TEST(std::abs(curvature.log_likelihood - r.at("log_likelihood").item()) < 10 * tolerance);
    const auto method =
        bayes::laplace(model, data, {.prior = PriorTuning::fixed, .prior_precision = 0.5});
    BOOST_TEST(std::abs(method->log_marginal_likelihood() - r.at("evidence").item()) <
               20 * tolerance);
    BOOST_TEST(largest_error(one_pass(*method, r.at("test").to(dtype)), r.at("probit")) <
               tolerance);
    const auto tuned = bayes::laplace(model, data);
    BOOST_TEST(tuned->posterior(0).prior_precision() == r.at("best_precision").item(),
               boost::test_tools::tolerance(1e-5));
  }
}

BOOST_AUTO_TEST_CASE(curvature_of_a_convolutional_network_is_that_of_pytorch,
                     *boost::unit_test::label("every_isa")) {
  const Reference& r = reference("laplace_small_network");
  const auto diagonal = curvature_of(r, HessianStructure::diagonal);
  const auto factors = curvature_of(r, HessianStructure::kronecker);
  for (std::size_t i = 0; i < 2; ++i) {
    const std::string layer = "_" + std::to_string(i + 1);
    BOOST_TEST(largest_error(diagonal[i].diagonal.tensor(), r.at("diagonal" + layer)) < 1e-12);
    BOOST_TEST(largest_error(factors[i].input_factor.tensor(), r.at("input_factor" + layer)) <
               1e-12);
    BOOST_TEST(largest_error(factors[i].output_factor.tensor(), r.at("output_factor" + layer)) <
               1e-12);
  }
}

BOOST_AUTO_TEST_CASE(random_combinations_of_outputs_have_the_curvature_as_mean) {
  const Reference& r = reference("laplace_small_network");
  const auto near = [&](std::int64_t passes, double tolerance) {
    const auto one = curvature_of(r, HessianStructure::diagonal, passes, 7);
    return largest_error(one[0].diagonal.tensor(), r.at("diagonal_1")) < tolerance &&
           largest_error(one[1].diagonal.tensor(), r.at("diagonal_2")) < tolerance;
  };
  BOOST_TEST(!near(1, 0.05));  // random
  BOOST_TEST(near(400, 0.05));
  BOOST_CHECK_EXCEPTION(near(-1, 0), ValueError, says("must not be negative"));
}

BOOST_AUTO_TEST_CASE(predictions_and_marginal_likelihood_of_each_structure_are_the_reference_s,
                     *boost::unit_test::label("every_isa")) {
  const Reference& r = reference("laplace_small_network");
  for (const Setting& setting : kSettings) {
    BOOST_TEST_CONTEXT(setting.name) {
      const std::string name = std::string("_") + setting.name;
      FixedBatches data = training_data(r);
      LaplaceOptions options = options_of(setting);
      const auto method = bayes::laplace(small_network(r), data, options);
      BOOST_TEST(method->passes(15) == 1);
      BOOST_TEST(largest_error(one_pass(*method, r.at("test")), r.at("probit" + name)) < 1e-11);
      BOOST_TEST(method->log_marginal_likelihood() == r.at("evidence" + name).item(),
                 boost::test_tools::tolerance(1e-11));
      options.prior = PriorTuning::marginal_likelihood;
      const auto tuned = bayes::laplace(small_network(r), data, options);
      BOOST_TEST(tuned->posterior(0).prior_precision() == r.at("best_precision" + name).item(),
                 boost::test_tools::tolerance(1e-6));
    }
  }
}

BOOST_AUTO_TEST_CASE(each_layer_may_have_its_own_prior_precision) {
  const Reference& r = reference("laplace_small_network");
  FixedBatches data = training_data(r);
  const auto method = bayes::laplace(small_network(r), data,
                                     {.layers = LaplaceLayers::all,
                                      .structure = HessianStructure::kronecker,
                                      .prior_per_layer = true});
  const std::vector<double> best = r.at("best_precisions").to_vector<double>();
  for (std::size_t i = 0; i < 2; ++i) {
    BOOST_TEST(method->posterior(i).prior_precision() == best[i],
               boost::test_tools::tolerance(1e-6));
  }
  const double at_best = method->log_marginal_likelihood();
  method->set_prior_precision({best[0] * 1.1, best[1]});
  BOOST_TEST(method->log_marginal_likelihood() < at_best);
  BOOST_CHECK_EXCEPTION(method->set_prior_precision({1, 2, 3}), ValueError, says("1 or 2"));
  BOOST_CHECK_EXCEPTION(method->set_prior_precision({0}), ValueError, says("positive and finite"));
}

// The last layer is linear, so that the outputs' variance over drawn weights is that of the
// reference.
BOOST_AUTO_TEST_CASE(drawn_weights_of_the_last_layer_have_the_variances_of_the_closed_form) {
  const Reference& r = reference("laplace_small_network");
  const std::vector<double> mean = [&] {
    const NoGrad no_grad;
    return (*small_network(r))(Variable(r.at("test"))).value().to_vector<double>();
  }();
  for (const Setting& setting : kSettings) {
    if (setting.layers == LaplaceLayers::all) continue;
    BOOST_TEST_CONTEXT(setting.name) {
      LaplaceOptions options = options_of(setting);
      options.prediction = LaplacePrediction::sampled;
      FixedBatches data = training_data(r);
      const auto method = bayes::laplace(small_network(r), data, options);
      const std::vector<double> drawn = predictive(*method, r.at("test"), 2000).to_vector<double>();
      const std::vector<double> variance =
          r.at(std::string("variance_") + setting.name).to_vector<double>();
      for (std::size_t i = 0; i < 6; ++i) {
        double squares = 0;
        for (std::size_t s = 0; s < 2000; ++s) squares += std::pow(drawn[6 * s + i] - mean[i], 2);
        BOOST_TEST(squares / 2000 == variance[i], boost::test_tools::tolerance(0.13));  // 4 σ
      }
    }
  }
}

// E[Σ (W − W*)²] is the sum of 1 / (h + δ) over the eigenvalues, for every structure.
BOOST_AUTO_TEST_CASE(drawn_weights_of_all_layers_have_the_posterior_s_spread) {
  const Reference& r = reference("laplace_small_network");
  for (const Setting& setting : kSettings) {
    BOOST_TEST_CONTEXT(setting.name) {
      FixedBatches data = training_data(r);
      const auto method = bayes::laplace(small_network(r), data, options_of(setting));
      const bayes::LayerPosterior& posterior = method->posterior(0);
      double expected = 0;
      double variance = 0;
      for (const double h : posterior.eigenvalues()) {
        expected += 1 / (h + 0.4);
        variance += 2 / std::pow(h + 0.4, 2);
      }
      double sum = 0;
      Generator generator(5);
      for (int draw = 0; draw < 500; ++draw) {
        for (const double w : posterior.deviation(generator.next()).to_vector<double>()) {
          sum += w * w;
        }
      }
      BOOST_TEST(std::abs(sum / 500 - expected) < 4 * std::sqrt(variance / 500));
    }
  }
}

BOOST_AUTO_TEST_CASE(a_file_gives_the_same_predictions_for_every_structure) {
  const TemporaryFolder folder;
  const auto path = folder.path() / "laplace.safetensors";
  const auto make = [] { return unnamed_small_network(); };
  const Tensor x = normals({6, 2, 5, 6}, "x").to(DType::float32);
  FixedBatches data = batches_of(x, Tensor::from<std::int64_t>({6}, {0, 1, 2, 0, 1, 2}), 4);
  for (const Setting& setting : kSettings) {
    for (const auto prediction : {LaplacePrediction::probit, LaplacePrediction::sampled}) {
      BOOST_TEST_CONTEXT(setting.name) {
        LaplaceOptions options = options_of(setting);
        options.prediction = prediction;
        options.generator = Generator(9).split("laplace");
        const auto method = bayes::laplace(make(), data, options);
        save_method(path, *method);
        const auto read = bayes::load_method(path, make);
        BOOST_TEST(read->name() == "laplace");
        BOOST_TEST(same_bits(predictive(*read, x, 3), predictive(*method, x, 3)));
        BOOST_TEST(same_bits(predictive(*read, x, 0), predictive(*method, x, 0)));
        BOOST_TEST(dynamic_cast<bayes::Laplace&>(*read).log_marginal_likelihood() ==
                   method->log_marginal_likelihood());
      }
    }
  }
  io::SafeTensors file = io::load_safetensors(path);
  file.metadata["method.structure"] = "low-rank";
  io::save_safetensors(path, file.tensors, file.metadata);
  BOOST_CHECK_EXCEPTION(bayes::load_method(path, make), FileError, says("low-rank"));
  file.metadata["method.structure"] = "diagonal";
  io::save_safetensors(path, file.tensors, file.metadata);
  BOOST_CHECK_EXCEPTION(bayes::load_method(path, make), FileError, says("layer1.diagonal"));
}

BOOST_AUTO_TEST_CASE(the_model_is_as_before_and_any_number_of_threads_gives_the_same_bits) {
  const Tensor x = normals({6, 2, 5, 6}, "x").to(DType::float32);
  FixedBatches data = batches_of(x, Tensor::from<std::int64_t>({6}, {0, 1, 2, 0, 1, 2}), 4);
  for (const Setting& setting : kSettings) {
    BOOST_TEST_CONTEXT(setting.name) {
      const std::shared_ptr<nn::Module> model = unnamed_small_network();
      const std::vector<Tensor> before = parameter_values(*model);
      BOOST_TEST(same_bits_with_threads([&] {
        const auto method = bayes::laplace(model, data, options_of(setting));
        return std::vector{predictive(*method, x, 1)};
      }));
      BOOST_TEST(same_bits(before, parameter_values(*model)));
      BOOST_TEST(model->training());
      for (const nn::NamedParameter& p : nn::parameters(*model)) {
        BOOST_TEST(p.parameter->requires_grad());
        BOOST_TEST(!p.parameter->grad().defined());
      }
    }
  }
}

// With fused activations and a batch norm, in evaluation mode, against finite differences of the
// outputs: the diagonal of J^T Λ J at one sample.
BOOST_AUTO_TEST_CASE(fused_activations_and_batch_norm_have_the_curvature_of_finite_differences) {
  class Net : public nn::Module {
   public:
    Variable forward(const Variable& x) override {
      return fc2(norm(fc1(x, nn::Activation::silu()), nn::Activation::tanh()));
    }
    void visit(nn::Visitor& visitor) override {
      visitor.module("fc1", fc1);
      visitor.module("norm", norm);
      visitor.module("fc2", fc2);
    }
    nn::Linear fc1{2, 3, {}, Generator(1)};
    nn::BatchNorm1d norm{3};
    nn::Linear fc2{3, 2, {}, Generator(2)};
  };
  const auto model = std::make_shared<Net>();
  for (const nn::NamedBuffer& b : nn::buffers(*model)) {
    *b.buffer = b.name == "norm.running_var" ? Tensor::full({3}, 0.3, DType::float64)
                                             : Tensor::full({3}, 0.1, DType::float64);
  }
  for (const nn::NamedParameter& p : nn::parameters(*model)) {
    *p.parameter = Variable(normals(p.parameter->shape(), p.name), true);
  }
  const Tensor x = normals({1, 2}, "input");
  FixedBatches data = batches_of(x, normals({1, 2}, "target"), 1);
  const auto layers = bayes::covered_layers(*model);
  BOOST_TEST(layers.size() == 2U);
  const auto curvature =
      bayes::gauss_newton(*model, layers, data, bayes::LaplaceOutput(kRegression, 0.5),
                          {.structure = HessianStructure::diagonal, .last_layer = false});
  const nn::EvaluationMode mode(*model);
  const NoGrad no_grad;
  const Tensor weight = nn::parameters(*model).front().parameter->value();
  for (std::int64_t i = 0; i < weight.numel(); ++i) {
    double& w = weight.data<double>()[i];
    const double old = w;
    w = old + 1e-5;
    const std::vector<double> above = (*model)(Variable(x)).value().to_vector<double>();
    w = old - 1e-5;
    const std::vector<double> below = (*model)(Variable(x)).value().to_vector<double>();
    w = old;
    double expected = 0;
    for (std::size_t c = 0; c < 2; ++c) {
      expected += std::pow((above[c] - below[c]) / 2e-5 / 0.5, 2);
    }
    // Rows of the curvature have the bias as third element.
    BOOST_TEST(curvature.layers[0].diagonal(i / 2, i % 2) == expected,
               boost::test_tools::tolerance(1e-6));
  }
}

BOOST_AUTO_TEST_CASE(kronecker_factors_are_exact_for_one_sample_and_a_linear_layer) {
  const auto model = std::make_shared<nn::Linear>(4, 3, nn::LinearOptions{}, Generator(1));
  const Tensor x = normals({1, 4}, "x").to(DType::float32);
  FixedBatches data = batches_of(x, Tensor::from<std::int64_t>({1}, {2}), 1);
  const auto of = [&](HessianStructure structure) {
    return bayes::gauss_newton(*model, bayes::covered_layers(*model), data,
                               bayes::LaplaceOutput(kClassification, 1), {.structure = structure})
        .layers[0];
  };
  const bayes::Matrix full = of(HessianStructure::full).full;
  const bayes::LayerCurvature factors = of(HessianStructure::kronecker);
  const bayes::Matrix diagonal = of(HessianStructure::diagonal).diagonal;
  for (std::int64_t i = 0; i < 15; ++i) {
    for (std::int64_t j = 0; j < 15; ++j) {
      BOOST_TEST(std::abs(full(i, j) - factors.output_factor(i / 5, j / 5) *
                                           factors.input_factor(i % 5, j % 5)) < 1e-6);
    }
    BOOST_TEST(std::abs(diagonal(i / 5, i % 5) - full(i, i)) < 1e-6);
  }
}

// The outputs are far too large, so that wide posteriors (small δ), which shrink them, are better
// on labels that the inputs say nothing about.
BOOST_AUTO_TEST_CASE(validation_chooses_the_precision_with_the_smallest_loss) {
  const auto model = std::make_shared<nn::Linear>(4, 3, nn::LinearOptions{}, Generator(1));
  for (const nn::NamedParameter& p : nn::parameters(*model)) {
    p.parameter->value().copy_from((Variable(p.parameter->value()) * 30).value());
  }
  FixedBatches training = some_labels();
  FixedBatches validation = some_labels();
  const auto method = bayes::laplace(model, training,
                                     {.prior = PriorTuning::validation, .validation = &validation});
  const double chosen = method->posterior(0).prior_precision();
  const auto loss_at = [&](double precision) {
    method->set_prior_precision({precision});
    return bayes::evaluate(bayes::class_predictions(*method, validation, {.samples = 1}),
                           validation)
        .nll();
  };
  const double least = loss_at(chosen);
  for (int k = -8; k <= 8; ++k) BOOST_TEST(loss_at(std::pow(10, k / 2.0)) >= least - 1e-6);
  BOOST_TEST(chosen < 1);
}

BOOST_AUTO_TEST_CASE(the_prior_precision_stays_inside_its_interval) {
  const bayes::PriorGroup no_weights{{1, 2}, 0};
  BOOST_TEST(bayes::best_prior_precision({&no_weights, 1}) == bayes::kMostPriorPrecision);
  const bayes::PriorGroup no_curvature{{0, 0}, 3};
  BOOST_TEST(bayes::best_prior_precision({&no_curvature, 1}) == bayes::kLeastPriorPrecision);
  // h / (h + δ) = δ w² with h = 2, w² = 1: δ² + 2 δ − 2 = 0.
  const bayes::PriorGroup one{{2}, 1};
  BOOST_TEST(bayes::best_prior_precision({&one, 1}) == std::sqrt(3.0) - 1,
             boost::test_tools::tolerance(1e-14));
}

BOOST_AUTO_TEST_CASE(layers_that_are_not_supported_are_named) {
  FixedBatches data = some_labels();
  const LaplaceOptions all{.layers = LaplaceLayers::all, .structure = HessianStructure::diagonal};
  const auto refuses = [&](std::shared_ptr<nn::Module> model, const LaplaceOptions& options,
                           const char* message) {
    BOOST_CHECK_EXCEPTION(bayes::laplace(std::move(model), data, options), ValueError,
                          says(message));
  };
  const auto linear = [] { return nn::Linear(4, 3, {}, Generator(1)); };
  refuses(std::make_shared<nn::Sequential>(linear(), Scale()), all, "layer \"1\" (Scale)");
  refuses(std::make_shared<nn::Sequential>(linear(), Scale()), {}, "not that of a Linear");
  refuses(std::make_shared<nn::Sequential>(linear(), nn::Activation::relu()), {},
          "not that of a Linear");
  refuses(std::make_shared<nn::Sequential>(
              nn::Conv2d(4, 4, {.kernel = 1, .groups = 2}, Generator(1)), linear()),
          all, "layer \"0\" (Conv2d) has 2 groups");
  refuses(std::make_shared<nn::Sequential>(nn::ConvTranspose2d(4, 4, {.kernel = 1}, Generator(1)),
                                           linear()),
          all, "layer \"0\" (ConvTranspose2d)");
  for (const LaplaceOptions& options : {LaplaceOptions{}, all}) {
    refuses(std::make_shared<nn::Sequential>(
                bayes::BayesianLinear(4, 4, {}, bayes::Gaussian{}, Generator(1)), linear()),
            options, "Bayesian layers");
  }
  refuses(std::make_shared<nn::Sequential>(nn::Flatten()), all, "no Linear or convolution");
  refuses(std::make_shared<nn::Linear>(4, 3, nn::LinearOptions{}, Generator(1)),
          {.layers = LaplaceLayers::all}, "full structure is for the last layer only");
  refuses(std::make_shared<nn::Linear>(4, 3, nn::LinearOptions{}, Generator(1)),
          {.prior = PriorTuning::validation}, "needs validation data");
  refuses(std::make_shared<nn::Linear>(4, 3, nn::LinearOptions{}, Generator(1)), {.noise = 0},
          "noise must be positive");
  class Twice : public nn::Module {
   public:
    Variable forward(const Variable& x) override { return head(body(body(x))); }
    void visit(nn::Visitor& visitor) override {
      visitor.module("body", body);
      visitor.module("head", head);
    }
    nn::Linear body{4, 4, {}, Generator(1)};
    nn::Linear head{4, 3, {}, Generator(1)};
  };
  refuses(std::make_shared<Twice>(), all, "layer \"body\" (Linear) is called more than once");
  const auto not_finite = std::make_shared<nn::Linear>(4, 3, nn::LinearOptions{}, Generator(1));
  nn::parameters(*not_finite)
      .back()
      .parameter->value()
      .fill(std::numeric_limits<double>::quiet_NaN());
  refuses(not_finite, {}, "nan");
}

BOOST_AUTO_TEST_CASE(frozen_layers_are_left_out) {
  const auto model = std::make_shared<nn::Sequential>(nn::Linear(4, 5, {}, Generator(1)), Scale(),
                                                      nn::Linear(5, 3, {}, Generator(2)));
  const std::vector<nn::NamedParameter> parameters = nn::parameters(*model);
  for (std::size_t i = 0; i < 3; ++i) parameters[i].parameter->set_requires_grad(false);
  parameters[4].parameter->set_requires_grad(false);  // the bias of the last layer
  FixedBatches data = some_labels();
  const auto method = bayes::laplace(
      model, data, {.layers = LaplaceLayers::all, .structure = HessianStructure::kronecker});
  BOOST_TEST(method->layers() == 1U);
  BOOST_TEST(method->posterior(0).layer().name == "2");
  BOOST_TEST(method->posterior(0).eigenvalues().size() == 15U);
  BOOST_TEST(!parameters[0].parameter->requires_grad());
  BOOST_TEST(parameters[3].parameter->requires_grad());
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace credence::test
