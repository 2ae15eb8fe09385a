// Tests of IVON: steps of its authors' code, Bayesian linear regression, what a run sees of the
// drawn weights, interruptions and files.
#include "bayes/layers/layers.hpp"
#include "bayes/methods/ivon_training.hpp"
#include "bayes/methods/stored_method.hpp"
#include "bayes/posterior/gaussian.hpp"
#include "framework/base/error.hpp"
#include "framework/nn/layers.hpp"
#include "framework/ops/arithmetic.hpp"
#include "framework/ops/pointwise.hpp"
#include "framework/ops/reduce.hpp"
#include "tests/data/temporary_folder.hpp"
#include "tests/framework/training.hpp"

#include <cmath>
#include <vector>

#include <boost/test/unit_test.hpp>

namespace credence::bayes {

BOOST_AUTO_TEST_SUITE(ivon)

namespace {

// ivon-opt 0.1.3 by tests/reference/generate_ivon.py.
const std::vector<double> kMean{0.8419360349,  0.4006707705,  -0.3750758878,
                                -0.8439647973, -0.5009516509, 0.2666764675};
const std::vector<double> kHessian{0.4671664026, 0.2719650826, 0.3952113686,
                                   0.4953063724, 0.297351923,  0.3623056826};
const std::vector<double> kClippedMean{0.937,         0.4773023059,  -0.3864252979,
                                       -0.9269924966, -0.5990436209, 0.2755968349};

// Four weights and two biases; element i of all begins at cos(i).
class SixNumbers : public nn::Module {
 public:
  SixNumbers() {
    for (std::int64_t i = 0; i < 6; ++i) {
      (i < 4 ? weight : bias).value().data<float>()[i % 4] =
          static_cast<float>(std::cos(static_cast<double>(i)));
    }
  }
  Variable forward(const Variable& x) override { return sum(x) * (sum(weight) + sum(bias)); }
  void visit(nn::Visitor& visitor) override {
    visitor.parameter("weight", weight, nn::Role::weight);
    visitor.parameter("bias", bias, nn::Role::bias);
  }
  Variable weight{Tensor::zeros({4}), true};
  Variable bias{Tensor::zeros({2}), true};
};

std::vector<double> numbers_of(nn::Module& model) {
  std::vector<double> numbers;
  for (const nn::NamedParameter& p : nn::parameters(model)) {
    for (const double value : p.parameter->value().to_vector<double>()) numbers.push_back(value);
  }
  return numbers;
}

void check_close(const std::vector<double>& actual, const std::vector<double>& expected,
                 double tolerance) {
  BOOST_REQUIRE(actual.size() == expected.size());
  for (std::size_t i = 0; i < actual.size(); ++i) {
    BOOST_TEST(std::abs(actual[i] - expected[i]) < tolerance,
               "element " << i << ": " << actual[i] << " instead of " << expected[i]);
  }
}

optim::Factory factory_of(const IvonTraining& training) {
  train::FitOptions options;
  training.prepare(options);
  return options.optimizer;
}

const IvonOptions kReference{.learning_rate = 0.05,
                             .beta2 = 0.9,
                             .hessian_start = 0.5,
                             .weight_decay = 0.1,
                             .effective_samples = 40,
                             .groups = {.bias = {.weight_decay = 0.2}}};

// The deviations σ after three steps with the gradients and the noise of generate_ivon.py.
std::vector<double> three_steps(SixNumbers& model, const IvonOptions& options) {
  const IvonTraining training(options);
  const auto optimizer = optim::make_optimizer(model, factory_of(training));
  for (int step = 0; step < 3; ++step) {
    const std::vector<double> mean = numbers_of(model);
    optimizer->perturb();
    for (int i = 0; i < 6; ++i) {
      const Variable& parameter = i < 4 ? model.weight : model.bias;
      const double offset = 0.05 * std::cos(2 + 5 * step + i);
      parameter.value().data<float>()[i % 4] =
          static_cast<float>(mean[static_cast<std::size_t>(i)] + offset);
      parameter.grad().data<float>()[i % 4] = static_cast<float>(std::sin(1 + 7 * step + i));
    }
    optimizer->step();
  }
  const std::shared_ptr<nn::Module> shared(std::shared_ptr<void>(), &model);
  return dynamic_cast<Ivon&>(*training.finish(shared)).deviation().to_vector<double>();
}

// A plane through 64 points, one batch. The inputs have variances of 0.25 and 4 and the correlation
// 0.5; the Hessian of the loss has these variances on its diagonal and is far from its start, 1.
class Plane {
 public:
  Plane() {
    Generator generator(3);
    const RandomStream noise = generator.next();
    std::vector<float> inputs;
    std::vector<float> targets;
    for (std::int64_t i = 0; i < kPoints; ++i) {
      const double first = noise.normal(3 * i);
      const double a = 0.5 * first;
      const double b = first + std::sqrt(3.0) * noise.normal(3 * i + 1);
      const double y = a - 2 * b + noise.normal(3 * i + 2);
      inputs.insert(inputs.end(), {static_cast<float>(a), static_cast<float>(b)});
      targets.push_back(static_cast<float>(y));
      products_[0] += a * a;
      products_[1] += a * b;
      products_[2] += b * b;
      products_[3] += a * y;
      products_[4] += b * y;
    }
    batch_ = {Tensor::from({kPoints, 2}, inputs), Tensor::from({kPoints, 1}, targets)};
  }

  static constexpr std::int64_t kPoints = 64;
  const train::Batch& batch() const { return batch_; }
  // Σ aa, ab, bb, ay, by.
  const std::array<double, 5>& products() const { return products_; }

 private:
  std::array<double, 5> products_{};
  train::Batch batch_;
};

// The negative log-likelihood with a noise variance of 1, up to a constant.
train::Loss half_squared_error(nn::Module& model, const train::Batch& batch,
                               const train::TrainingPosition&) {
  return {mean(square(model(Variable(batch.inputs)) - Variable(batch.targets))) * 0.5};
}

train::Loss product(nn::Module& model, const train::Batch& batch, const train::TrainingPosition&) {
  return {model(Variable(batch.inputs))};
}

FixedBatches inputs(const std::vector<float>& values) {
  std::vector<train::Batch> batches;
  for (const float value : values) batches.push_back({Tensor::full({1, 1}, value), Tensor()});
  return FixedBatches(batches);
}

BOOST_AUTO_TEST_CASE(steps_are_those_of_the_authors_code, *boost::unit_test::label("every_isa")) {
  SixNumbers model;
  const std::vector<double> deviation = three_steps(model, kReference);
  check_close(numbers_of(model), kMean, 1e-6);
  std::vector<double> expected;
  for (std::size_t i = 0; i < 6; ++i) {
    expected.push_back(1 / std::sqrt(40 * (kHessian[i] + (i < 4 ? 0.1 : 0.02))));
  }
  check_close(deviation, expected, 1e-6);

  SixNumbers clipped;
  IvonOptions options = kReference;
  options.clip_radius = 0.7;
  three_steps(clipped, options);
  check_close(numbers_of(clipped), kClippedMean, 1e-6);
}

// The best independent Gaussians for the posterior N(Λ⁻¹ Xᵀy, Λ⁻¹), Λ = XᵀX + N δ I, have its mean
// and the variances 1 / Λ_ii.
BOOST_AUTO_TEST_CASE(linear_regression_has_the_known_posterior,
                     *boost::unit_test::label("every_isa")) {
  const Plane plane;
  const auto model =
      std::make_shared<nn::Linear>(2, 1, nn::LinearOptions{.bias = false}, Generator(1));
  // The objective's mean is over the points of the only batch, whose rows count as samples.
  FixedBatches source({plane.batch()});
  constexpr double kDecay = 0.2;
  IvonTraining training(
      {.learning_rate = 0.1, .beta2 = 0.998, .weight_decay = kDecay, .generator = Generator(2)});
  train::FitOptions options{.epochs = 4000,
                            .schedule = optim::cosine(),
                            .objective = half_squared_error,
                            .progress = false};
  training.prepare(options);
  train::fit(*model, source, options);

  const auto& [aa, ab, bb, ay, by] = plane.products();
  const double prior = Plane::kPoints * kDecay;
  const double determinant = (aa + prior) * (bb + prior) - ab * ab;
  const std::vector<double> mean{((bb + prior) * ay - ab * by) / determinant,
                                 ((aa + prior) * by - ab * ay) / determinant};
  const std::vector<double> deviation{1 / std::sqrt(aa + prior), 1 / std::sqrt(bb + prior)};
  const std::vector<double> weights = numbers_of(*model);
  for (std::size_t i = 0; i < 2; ++i) {
    BOOST_TEST(std::abs(weights[i] - mean[i]) < 0.1 * deviation[i]);
  }
  const std::unique_ptr<Method> method = training.finish(model);
  const std::vector<double> learned = dynamic_cast<Ivon&>(*method).deviation().to_vector<double>();
  for (std::size_t i = 0; i < 2; ++i) {
    // The Hessian is an average over about 1 / (1 − β₂) estimates, each as uncertain as it is
    // large.
    BOOST_TEST(learned[i] == deviation[i], boost::test_tools::tolerance(0.1));
  }
}

// With a rate of 0 the mean stays where it is.
BOOST_AUTO_TEST_CASE(the_objective_sees_draws_and_everything_else_the_mean) {
  SixNumbers model;
  const std::vector<double> start = numbers_of(model);
  const std::vector<Tensor> before = parameter_values(model);
  FixedBatches source = inputs({1, 2, 3});
  IvonTraining training({.learning_rate = 0});
  int drawn = 0;
  train::FitOptions options{.epochs = 2, .objective = product, .progress = false};
  training.prepare(options);
  options.objective = [&](nn::Module& module, const train::Batch& batch,
                          const train::TrainingPosition& position) {
    const std::vector<double> now = numbers_of(module);
    for (std::size_t i = 0; i < now.size(); ++i) BOOST_TEST(now[i] != start[i]);
    ++drawn;
    return product(module, batch, position);
  };
  options.after_epoch = [&](train::EpochReport&) {
    BOOST_TEST(same_bits(parameter_values(model), before));
  };
  options.stop = [&] {
    BOOST_TEST(same_bits(parameter_values(model), before));
    return false;
  };
  train::fit(model, source, options);
  BOOST_TEST(drawn == 6);

  options.objective = [](nn::Module&, const train::Batch&,
                         const train::TrainingPosition&) -> train::Loss {
    throw Error("in the middle of a step");
  };
  BOOST_CHECK_EXCEPTION(train::fit(model, source, options), Error, says("in the middle"));
  BOOST_TEST(same_bits(parameter_values(model), before));
}

class Many : public nn::Module {
 public:
  Variable forward(const Variable& x) override {
    return training() ? sum(x) * sum(weight) : Variable(weight.value().reshape({1, -1}));
  }
  void visit(nn::Visitor& visitor) override {
    visitor.parameter("weight", weight);
    visitor.parameter("frozen", frozen);
  }
  Variable weight{Tensor::full({20000}, 3), true};
  Variable frozen{Tensor::full({2}, 1), false};
};

// σ = 1 / √(λ (h₀ + δ)), in training and afterwards; λ is the size of the training set.
BOOST_AUTO_TEST_CASE(draws_have_the_variance_of_the_precision) {
  const auto model = std::make_shared<Many>();
  FixedBatches source = inputs({0, 0, 0, 0});
  IvonTraining training({.learning_rate = 0, .hessian_start = 0.75, .weight_decay = 0.25});
  train::FitOptions options{.epochs = 1, .progress = false};
  training.prepare(options);
  const auto check = [](const Tensor& weights) {
    double sum = 0;
    double squares = 0;
    for (const double w : weights.to_vector<double>()) {
      sum += w - 3;
      squares += (w - 3) * (w - 3);
    }
    // σ is 1/2: a standard error of 0.0035 for the mean, and of 1 % for the variance.
    BOOST_TEST(std::abs(sum / 20000) < 0.015);
    BOOST_TEST(squares / 20000 == 0.25, boost::test_tools::tolerance(0.04));
  };
  options.objective = [&](nn::Module& module, const train::Batch& batch,
                          const train::TrainingPosition& position) {
    check(model->weight.value());
    return product(module, batch, position);
  };
  train::fit(*model, source, options);
  const std::unique_ptr<Method> method = training.finish(model);
  const Tensor outputs = predictive(*method, Tensor::zeros({1, 1}), 2);
  for (std::int64_t pass = 0; pass < 2; ++pass) check(outputs.slice(pass, pass + 1));
  BOOST_TEST(!same_bits(outputs.slice(0, 1), outputs.slice(1, 2)));
  const std::vector<float> deviation = dynamic_cast<Ivon&>(*method).deviation().to_vector<float>();
  BOOST_TEST(deviation.back() == 0);
  BOOST_TEST(model->frozen.value().to_vector<float>()[1] == 1);
}

// A Hessian estimate far below 0 leaves the precision positive.
BOOST_AUTO_TEST_CASE(the_precision_stays_positive) {
  SixNumbers model;
  const IvonTraining training({.beta2 = 0.5, .effective_samples = 1e4});
  const auto optimizer = optim::make_optimizer(model, factory_of(training));
  const std::shared_ptr<nn::Module> shared(std::shared_ptr<void>(), &model);
  for (int step = 0; step < 20; ++step) {
    const std::vector<double> mean = numbers_of(model);
    optimizer->perturb();
    const std::vector<double> drawn = numbers_of(model);
    for (std::size_t i = 0; i < 4; ++i) {
      // The offset times this gradient is −1e-4 or so for each.
      model.weight.grad().data<float>()[i] = static_cast<float>(-1e-4 / (drawn[i] - mean[i]));
    }
    optimizer->step();
    for (const float deviation :
         dynamic_cast<Ivon&>(*training.finish(shared)).deviation().to_vector<float>()) {
      BOOST_TEST((deviation > 0 && std::isfinite(deviation)));
    }
  }
}

BOOST_AUTO_TEST_CASE(a_resumed_run_equals_an_uninterrupted_one) {
  const auto outcome_of = [](int stop) {
    std::optional<io::SafeTensors> saved;
    for (;;) {
      const auto model = std::make_shared<SixNumbers>();
      FixedBatches source = inputs({0.1F, -0.7F, 0.4F});
      IvonTraining training({.beta2 = 0.9, .generator = Generator(4)});
      train::FitOptions options{.epochs = 3, .objective = product, .progress = false};
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
        train::fit(*model, source, options);
      } catch (const train::Interrupted&) {
        stop = 0;
        continue;
      }
      std::vector<Tensor> outcome = parameter_values(*model);
      outcome.push_back(dynamic_cast<Ivon&>(*training.finish(model)).deviation());
      return outcome;
    }
  };
  const std::vector<Tensor> expected = outcome_of(0);
  for (const int stop : {1, 3, 4, 8, 10}) BOOST_TEST(same_bits(outcome_of(stop), expected));
}

BOOST_AUTO_TEST_CASE(a_file_gives_the_same_draws_and_a_wrong_one_is_named) {
  const test::TemporaryFolder folder;
  const auto path = folder.path() / "ivon.safetensors";
  const auto make = [] {
    return std::make_unique<nn::Linear>(2, 1, nn::LinearOptions{}, Generator(9));
  };
  const auto model = std::make_shared<nn::Linear>(2, 1, nn::LinearOptions{}, Generator(1));
  Ivon method(model, Tensor::from<float>({3}, {0.1F, 0, 2}), Generator(~0ULL));
  save_method(path, method);
  const std::unique_ptr<Method> read = load_method(path, make);
  BOOST_TEST(read->name() == "ivon");
  const Tensor x = Tensor::from<float>({2, 2}, {1, 2, 3, 4});
  BOOST_TEST(same_bits(predictive(*read, x, 4), predictive(method, x, 4)));
  BOOST_TEST(same_bits(predictive(*read, x, 0), predictive(method, x, 0)));
  io::SafeTensors file = io::load_safetensors(path);
  for (NamedTensor& named : file.tensors) {
    if (named.name == "method.deviation") named.tensor = Tensor::zeros({2});
  }
  io::save_safetensors(path, file.tensors, file.metadata);
  BOOST_CHECK_EXCEPTION(load_method(path, make), FileError, says("ivon.safetensors"));
}

BOOST_AUTO_TEST_CASE(wrong_settings_and_models_are_refused) {
  BOOST_CHECK_EXCEPTION(IvonTraining({.beta1 = 1}), ValueError, says("[ivon] beta1"));
  BOOST_CHECK_THROW(IvonTraining({.beta2 = -0.1}), ValueError);
  BOOST_CHECK_THROW(IvonTraining({.hessian_start = 0}), ValueError);
  BOOST_CHECK_THROW(IvonTraining({.weight_decay = -1}), ValueError);
  BOOST_CHECK_THROW(IvonTraining({.effective_samples = -1}), ValueError);
  BOOST_CHECK_THROW(IvonTraining({.clip_radius = 0}), ValueError);
  BOOST_CHECK_THROW(IvonTraining({.hessian_start = std::nan("")}), ValueError);
  SixNumbers model;
  BOOST_CHECK_THROW(factory_of(IvonTraining({.learning_rate = -1}))(model, {}), ValueError);
  BayesianLinear bayesian(2, 1, nn::LinearOptions{}, Gaussian{}, Generator(1));
  BOOST_CHECK_EXCEPTION(factory_of(IvonTraining())(bayesian, {}), ValueError,
                        says("frequentist family"));
  const auto shared = std::make_shared<SixNumbers>();
  BOOST_CHECK_EXCEPTION(IvonTraining().finish(shared), ValueError, says("no run"));
  const auto optimizer = optim::make_optimizer(model, factory_of(IvonTraining()));
  BOOST_CHECK_EXCEPTION(optimizer->step(), Error, says("perturb()"));
  BOOST_CHECK_THROW(Ivon(shared, Tensor::zeros({5})), ValueError);
  BOOST_CHECK_THROW(Ivon(shared, Tensor::full({6}, -1)), ValueError);
  BOOST_CHECK_THROW(Ivon(shared, Tensor::full({6}, std::nan(""))), ValueError);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace credence::bayes
