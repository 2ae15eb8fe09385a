// Tests of the uncertainty decompositions, against numpy's values (generate.py) and closed forms.
#include "bayes/uncertainty.hpp"

#include "bayes/posterior/gaussian.hpp"
#include "bayes/predict.hpp"
#include "framework/base/error.hpp"
#include "tests/bayes/nested_model.hpp"
#include "tests/bayes/support.hpp"
#include "tests/reference/reference.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include <boost/test/unit_test.hpp>

namespace credence::bayes {

BOOST_AUTO_TEST_SUITE(uncertainties)

namespace {

// Gives prepared logits, the next at each call.
class Prepared : public nn::Module {
 public:
  explicit Prepared(Tensor logits) : logits_(std::move(logits)) {}
  Variable forward(const Variable&) override {
    const std::int64_t call = calls_++;
    const Shape& shape = logits_.shape();
    return Variable(logits_.slice(call, call + 1).reshape({shape[1], shape[2]}));
  }

 private:
  Tensor logits_;
  std::int64_t calls_ = 0;
};

Tensor images() { return float_normals({4, 6}, "x"); }

// The largest difference of any part from a case of reference.json.
double error_of(const Uncertainty& actual, const Reference& expected) {
  double error = 0;
  const auto compare = [&](const Tensor& part, const char* key) {
    error = std::max(error, largest_error(part, expected.at(key)));
  };
  compare(actual.epistemic, "epistemic");
  compare(actual.aleatoric, "aleatoric");
  compare(actual.probabilities, "probabilities");
  compare(actual.prediction, "prediction");
  compare(actual.epistemic_trace, "epistemic_trace");
  compare(actual.aleatoric_trace, "aleatoric_trace");
  compare(actual.entropy, "entropy");
  compare(actual.mutual_information, "mutual_information");
  return error;
}

void check_reference(const std::string& name, Normalization normalization) {
  const Reference& expected = reference("uncertainty_" + name);
  const Tensor& samples = expected.at("samples");
  BOOST_TEST(error_of(from_probabilities(samples), expected) < 1e-11);
  BOOST_TEST(error_of(from_probabilities(samples.to(DType::float32)), expected) < 1e-6);
  for (const DType dtype : {DType::float64, DType::float32}) {
    Prepared model(expected.at("logits").to(dtype));
    const Uncertainty u =
        uncertainty(model, Tensor::zeros({3, 1}), {.samples = 7, .normalization = normalization});
    BOOST_TEST((u.epistemic.dtype() == dtype));
    BOOST_TEST(error_of(u, expected) < (dtype == DType::float64 ? 1e-11 : 1e-6));
  }
}

// Entry [i, j] of image n.
double entry(const Tensor& matrices, std::int64_t n, std::int64_t i, std::int64_t j) {
  const std::int64_t classes = matrices.shape()[2];
  return matrices.data<double>()[(n * classes + i) * classes + j];
}

// Rows of probabilities that differ much between images and samples, float64.
Tensor random_probabilities(const Shape& shape) {
  const Tensor p = normals(shape, "p");
  const std::int64_t classes = shape[2];
  for (std::int64_t row = 0; row < p.numel() / classes; ++row) {
    double* const values = p.data<double>() + row * classes;
    double sum = 0;
    for (std::int64_t c = 0; c < classes; ++c) sum += values[c] = std::exp(2 * values[c]);
    for (std::int64_t c = 0; c < classes; ++c) values[c] /= sum;
  }
  return p;
}

// Whether a symmetric matrix has no eigenvalue below -tolerance: Cholesky's decomposition of
// A + tolerance · I exists.
bool is_positive_semidefinite(const Tensor& matrices, std::int64_t n, double tolerance) {
  const auto classes = static_cast<std::size_t>(matrices.shape()[2]);
  std::vector<std::vector<double>> l(classes, std::vector<double>(classes));
  for (std::size_t i = 0; i < classes; ++i) {
    for (std::size_t j = 0; j <= i; ++j) {
      double rest = entry(matrices, n, static_cast<std::int64_t>(i), static_cast<std::int64_t>(j));
      if (i == j) rest += tolerance;
      for (std::size_t k = 0; k < j; ++k) rest -= l[i][k] * l[j][k];
      if (i == j && rest <= 0) return false;
      l[i][j] = i == j ? std::sqrt(rest) : rest / l[j][j];
    }
  }
  return true;
}

}  // namespace

BOOST_AUTO_TEST_CASE(it_is_what_numpy_works_out_from_the_same_logits) {
  check_reference("softmax", Normalization::softmax);
  check_reference("softplus", Normalization::softplus);
}

BOOST_AUTO_TEST_CASE(both_parts_add_up_to_the_covariance_of_the_label) {
  const Uncertainty u = from_probabilities(random_probabilities({6, 40, 5}));
  for (std::int64_t n = 0; n < 40; ++n) {
    double squares = 0;
    for (std::int64_t i = 0; i < 5; ++i) {
      const double p = u.probabilities.data<double>()[n * 5 + i];
      squares += p * p;
      for (std::int64_t j = 0; j < 5; ++j) {
        const double q = u.probabilities.data<double>()[n * 5 + j];
        const double expected = (i == j ? p : 0) - p * q;
        BOOST_TEST(std::abs(entry(u.epistemic, n, i, j) + entry(u.aleatoric, n, i, j) - expected) <
                   1e-14);
      }
    }
    const double trace = u.epistemic_trace.data<double>()[n] + u.aleatoric_trace.data<double>()[n];
    BOOST_TEST(std::abs(trace - (1 - squares)) < 1e-14);
  }
}

BOOST_AUTO_TEST_CASE(the_matrices_are_covariances_whose_rows_add_up_to_nothing) {
  const Uncertainty u = from_probabilities(random_probabilities({6, 40, 5}));
  for (const Tensor& matrices : {u.epistemic, u.aleatoric}) {
    for (std::int64_t n = 0; n < 40; ++n) {
      BOOST_TEST(is_positive_semidefinite(matrices, n, 1e-12));
      for (std::int64_t i = 0; i < 5; ++i) {
        double sum = 0;
        for (std::int64_t j = 0; j < 5; ++j) {
          sum += entry(matrices, n, i, j);
          BOOST_TEST(entry(matrices, n, i, j) == entry(matrices, n, j, i));
        }
        BOOST_TEST(std::abs(sum) < 1e-14);
      }
    }
  }
}

BOOST_AUTO_TEST_CASE(certain_samples_that_disagree_are_uncertain_in_the_weights_alone) {
  const Uncertainty u =
      from_probabilities(Tensor::from<double>({2, 2, 2}, {1, 0, 0.5, 0.5, 0, 1, 0.5, 0.5}));
  const std::vector<double> half{0.25, -0.25, -0.25, 0.25};
  for (std::int64_t i = 0; i < 4; ++i) {
    const double expected = half[static_cast<std::size_t>(i)];
    BOOST_TEST(entry(u.epistemic, 0, i / 2, i % 2) == expected);
    BOOST_TEST(entry(u.aleatoric, 0, i / 2, i % 2) == 0);
    // Samples that agree on probabilities of 1/2 have aleatoric uncertainty only.
    BOOST_TEST(entry(u.epistemic, 1, i / 2, i % 2) == 0);
    BOOST_TEST(entry(u.aleatoric, 1, i / 2, i % 2) == expected);
  }
  for (std::int64_t n = 0; n < 2; ++n) {
    BOOST_TEST(std::abs(u.entropy.data<double>()[n] - std::log(2.0)) < 1e-15);
  }
  BOOST_TEST(std::abs(u.mutual_information.data<double>()[0] - std::log(2.0)) < 1e-15);
  BOOST_TEST(u.mutual_information.data<double>()[1] == 0);
}

BOOST_AUTO_TEST_CASE(a_model_without_noise_has_no_epistemic_uncertainty) {
  nn::Linear deterministic(6, 3, {}, Generator(1));
  NestedModel mean;
  for (const Normalization normalization : {Normalization::softmax, Normalization::softplus}) {
    for (const Uncertainty& u :
         {uncertainty(deterministic, images(), {.samples = 7, .normalization = normalization}),
          uncertainty(mean, images(), {.samples = 0, .normalization = normalization})}) {
      for (const Tensor& part : {u.epistemic, u.epistemic_trace, u.mutual_information}) {
        const std::vector<float> values = part.to_vector<float>();
        BOOST_TEST(std::all_of(values.begin(), values.end(),
                               [](float value) { return std::abs(value) < 1e-12F; }));
      }
      BOOST_TEST(u.aleatoric_trace.data<float>()[0] > 0.1F);
    }
  }
}

BOOST_AUTO_TEST_CASE(probabilities_are_those_of_the_predictions) {
  NestedModel model;
  const Uncertainty u = uncertainty(model, images(), {.samples = 5});
  const Tensor log_probabilities = predictive_log_probabilities(model, images(), {.samples = 5});
  BOOST_TEST((u.probabilities.shape() == Shape{4, 3}));
  BOOST_TEST((u.prediction.dtype() == DType::int64));
  BOOST_TEST(train::count_correct(log_probabilities, u.prediction) == 4);
  for (std::int64_t i = 0; i < 12; ++i) {
    const auto expected = std::exp(static_cast<double>(log_probabilities.data<float>()[i]));
    BOOST_TEST(std::abs(static_cast<double>(u.probabilities.data<float>()[i]) - expected) < 1e-6);
  }
  for (std::int64_t n = 0; n < 4; ++n) {
    BOOST_TEST(u.epistemic_trace.data<float>()[n] > 1e-5F);
    BOOST_TEST(u.mutual_information.data<float>()[n] > 1e-5F);
  }
}

BOOST_AUTO_TEST_CASE(it_is_the_same_at_each_call_and_leaves_training_as_it_was) {
  NestedModel model;
  const Variable x(images());
  const Uncertainty first = uncertainty(model, images());
  const Tensor trained = model(x).value();
  BOOST_TEST(same_bits(first.epistemic, uncertainty(model, images()).epistemic));
  BOOST_TEST(model.training());
  const Tensor next = model(x).value();
  NestedModel undisturbed;
  BOOST_TEST(same_bits(trained, undisturbed(x).value()));
  BOOST_TEST(same_bits(next, undisturbed(x).value()));
}

BOOST_AUTO_TEST_CASE(the_bits_do_not_depend_on_the_threads) {
  const Tensor samples = random_probabilities({6, 100, 5});
  BOOST_TEST(same_bits_with_threads([&] {
    const Uncertainty u = from_probabilities(samples);
    return std::vector<Tensor>{u.epistemic, u.aleatoric, u.entropy, u.mutual_information};
  }));
}

BOOST_AUTO_TEST_CASE(softplus_normalisation_holds_for_logits_of_any_size) {
  const Tensor logits = Tensor::from<float>({1, 3, 2}, {-2000, -2001, 3000, 1000, -31, -29.999F});
  Prepared model(logits);
  const Uncertainty u = uncertainty(model, Tensor::zeros({3, 1}),
                                    {.samples = 1, .normalization = Normalization::softplus});
  const std::vector<double> expected{1 / (1 + std::exp(-1.0)), 0.75, 1 / (1 + std::exp(1.001))};
  for (std::int64_t n = 0; n < 3; ++n) {
    BOOST_TEST(std::abs(static_cast<double>(u.probabilities.data<float>()[2 * n]) -
                        expected[static_cast<std::size_t>(n)]) < 1e-6);
  }
}

// p = e^-20 / (1 + e^-20). The other class's probability rounds to 1 in float32, where its −p log p
// would be 0.
BOOST_AUTO_TEST_CASE(the_entropy_of_a_sure_prediction_is_that_of_all_its_classes) {
  Prepared model(Tensor::from<float>({1, 1, 2}, {0, 20}));
  const double p = std::exp(-20.0) / (1 + std::exp(-20.0));
  const double expected = -p * std::log(p) - (1 - p) * std::log1p(-p);
  const double entropy = uncertainty(model, Tensor::zeros({1, 1}), {.samples = 1}).entropy.item();
  BOOST_TEST(std::abs(entropy - expected) < 1e-5 * expected);
  Prepared surer(Tensor::from<float>({1, 1, 2}, {0, 200}));
  BOOST_TEST(uncertainty(surer, Tensor::zeros({1, 1}), {.samples = 1}).entropy.item() == 0);
}

// log 2 minus the entropy of ½ ± δ: 2 δ² (1 + 2 δ²/3 + …)
BOOST_AUTO_TEST_CASE(the_mutual_information_of_samples_that_nearly_agree_does_not_cancel) {
  const double delta = 0x1p-28;
  const Uncertainty u = from_probabilities(
      Tensor::from<double>({2, 1, 2}, {0.5 + delta, 0.5 - delta, 0.5 - delta, 0.5 + delta}));
  BOOST_TEST(std::abs(u.mutual_information.item() - 2 * delta * delta) < 1e-6 * 2 * delta * delta);
  // One sample is sure of the first class, one of the second: all of log 2.
  const Uncertainty apart = from_probabilities(Tensor::from<double>({2, 1, 2}, {1, 0, 0, 1}));
  BOOST_TEST(std::abs(apart.mutual_information.item() - std::log(2.0)) < 1e-15);
  // A class with a tiny probability in one sample.
  const Uncertainty tiny =
      from_probabilities(Tensor::from<double>({2, 1, 2}, {1e-310, 1, 0.5, 0.5}));
  const double expected =
      0.5 * std::log(1 / 0.75) + 0.25 * std::log(0.5 / 0.75) + 0.25 * std::log(0.5 / 0.25);
  BOOST_TEST(std::abs(tiny.mutual_information.item() - expected) < 1e-15);
}

BOOST_AUTO_TEST_CASE(a_weight_that_is_no_number_is_named) {
  NestedModel model;
  parameter(model, "head.bias").value().data<float>()[1] = NAN;
  BOOST_CHECK_EXCEPTION(uncertainty(model, images(), {.samples = 2}), ValueError,
                        says("[uncertainty] the model's \"head.bias\" [4] has nan as element 1"));
  BOOST_TEST(model.training());
}

BOOST_AUTO_TEST_CASE(what_is_no_probability_is_refused) {
  const auto of = [](const Shape& shape, const std::vector<double>& values) {
    return from_probabilities(Tensor::from<double>(shape, values));
  };
  BOOST_CHECK_EXCEPTION(of({1, 2}, {0.5, 0.5}), ShapeError,
                        says("must be [samples, images, classes], not [1, 2]"));
  BOOST_CHECK_THROW(of({0, 1, 2}, {}), ShapeError);
  BOOST_CHECK_THROW(of({1, 1, 0}, {}), ShapeError);
  BOOST_TEST(of({1, 0, 2}, {}).epistemic.numel() == 0);
  BOOST_CHECK_EXCEPTION(of({1, 2, 2}, {0.5, 0.5, 0.5, 0.6}), ValueError,
                        says("image 1 in sample 0 must be at least 0 and add up to 1, not to 1.1"));
  BOOST_CHECK_THROW(of({1, 1, 2}, {1.5, -0.5}), ValueError);
  BOOST_CHECK_THROW(of({1, 1, 2}, {std::numeric_limits<double>::quiet_NaN(), 1}), ValueError);
  BOOST_CHECK_THROW(from_probabilities(Tensor::zeros({1, 1, 1}, DType::int64)), ValueError);
}

BOOST_AUTO_TEST_CASE(models_without_class_scores_and_wrong_numbers_of_samples_are_refused) {
  NestedModel model;
  BOOST_CHECK_EXCEPTION(uncertainty(model, images(), {.samples = -1}), ValueError,
                        says("the number of samples must not be negative, not -1"));
  BayesianConv1d conv(1, 1, {.kernel = 1}, Gaussian{}, Generator(1));
  BOOST_CHECK_EXCEPTION(uncertainty(conv, Tensor::zeros({2, 1, 4})), ShapeError,
                        says("must be [images, classes], not [2, 1, 4]"));
  Prepared broken(Tensor::full({1, 1, 2}, std::numeric_limits<double>::infinity()));
  BOOST_CHECK_THROW(uncertainty(broken, Tensor::zeros({1, 1}), {.samples = 1}), ValueError);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace credence::bayes
