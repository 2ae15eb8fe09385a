// Tests of the likelihoods of real targets. The expected densities are SciPy's.
#include "bayes/likelihood/regression.hpp"
#include "framework/autograd/gradcheck.hpp"
#include "framework/base/error.hpp"
#include "framework/ops/softmax.hpp"
#include "tests/bayes/support.hpp"
#include "tests/reference/reference.hpp"

#include <cmath>
#include <vector>

#include <boost/test/unit_test.hpp>

namespace credence::bayes {

BOOST_AUTO_TEST_SUITE(likelihoods)

namespace {

// Two samples of two targets: locations, then logarithms of the noise.
const std::vector<double> kOutputs{0.3, -1.2, -0.5, 0.8, 2, 0, 1, -3};
const std::vector<double> kTargets{0.1, 1, 2.5, 0.2};

Variable outputs(DType dtype = DType::float64) {
  return Variable(Tensor::from({2, 4}, kOutputs).to(dtype));
}
Tensor targets(DType dtype = DType::float64) { return Tensor::from({2, 2}, kTargets).to(dtype); }

void check(const Variable& found, const std::vector<double>& expected, double tolerance) {
  BOOST_TEST((found.shape() == Shape{2}));
  const std::vector<double> values = found.value().to_vector<double>();
  for (std::size_t i = 0; i < expected.size(); ++i) {
    BOOST_TEST(std::abs(values[i] - expected[i]) < tolerance * (1 + std::abs(expected[i])));
  }
}

}  // namespace

BOOST_AUTO_TEST_CASE(densities_are_those_of_scipy) {
  const std::vector<double> normal{-3.108227584987024, -1.2855727350195292};
  const std::vector<double> student{-2.837311200652523, -4.2822540723582705};
  for (const DType dtype : {DType::float32, DType::float64}) {
    const double tolerance = dtype == DType::float32 ? 1e-6 : 1e-13;
    check(GaussianLikelihood{}.log_density(outputs(dtype), targets(dtype)), normal, tolerance);
    check(StudentTLikelihood(5).log_density(outputs(dtype), targets(dtype)), student, tolerance);
  }
  BOOST_TEST(std::abs(item(GaussianLikelihood{}.negative_log_likelihood(outputs(), targets())) +
                      (normal[0] + normal[1]) / 2) < 1e-12);
}

BOOST_AUTO_TEST_CASE(moments_are_those_of_scipy) {
  const TargetMoments normal = GaussianLikelihood{}.moments(outputs().value());
  const TargetMoments student = StudentTLikelihood(5).moments(outputs().value());
  BOOST_TEST(largest_error(normal.mean,
                           Tensor::from({2, 2}, std::vector<double>{0.3, -1.2, 2, 0})) < 1e-12);
  BOOST_TEST(largest_error(normal.variance,
                           Tensor::from({2, 2}, std::vector<double>{std::exp(-0.5), std::exp(0.8),
                                                                    std::exp(1), std::exp(-3)})) <
             1e-12);
  BOOST_TEST(same_bits(student.mean, normal.mean));
  BOOST_TEST(
      largest_error(student.variance,
                    Tensor::from({2, 2}, std::vector<double>{0.6131324019524039, 8.255054040658527,
                                                             12.31509349821775,
                                                             0.004131253627777265})) < 1e-12);
}

BOOST_AUTO_TEST_CASE(gradients_are_those_of_central_differences) {
  for (const Likelihood& likelihood :
       {Likelihood(GaussianLikelihood{}), Likelihood(StudentTLikelihood(3))}) {
    const GradcheckResult result = gradcheck(
        [&](const std::vector<Variable>& v) {
          return likelihood->log_density(v[0], targets(v[0].dtype()));
        },
        {outputs().value()});
    BOOST_TEST(result.passed, result.message);
  }
}

BOOST_AUTO_TEST_CASE(one_target_may_have_no_dimension_of_its_own) {
  const Variable of_one(Tensor::from({2, 2}, std::vector<double>{0.3, -1, 2, 0.5}));
  const Tensor column = Tensor::from({2, 1}, std::vector<double>{0.1, 1});
  const Tensor flat = column.reshape({2});
  BOOST_TEST(same_bits(GaussianLikelihood{}.log_density(of_one, column).value(),
                       GaussianLikelihood{}.log_density(of_one, flat).value()));
}

BOOST_AUTO_TEST_CASE(a_large_residual_over_a_small_deviation_is_finite) {
  const Variable far(Tensor::from({1, 2}, std::vector<float>{1e15F, -10}));
  const Tensor zero = Tensor::zeros({1});
  BOOST_TEST(std::isfinite(item(GaussianLikelihood{}.log_density(far, zero))));
}

BOOST_AUTO_TEST_CASE(learned_noise_is_one_number_for_all_samples) {
  LearnedNoise noise(2, -1);
  const Variable y = noise(Variable(Tensor::from<float>({2, 2}, {1, 2, 3, 4})));
  BOOST_TEST(y.value().to_vector<float>() == (std::vector<float>{1, 2, -1, -1, 3, 4, -1, -1}),
             boost::test_tools::per_element());
  GaussianLikelihood{}.negative_log_likelihood(y, Tensor::zeros({2, 2})).backward();
  BOOST_TEST((nn::parameters(noise).front().role == nn::Role::spread));
  // ½ (1 − r² e^1), the mean over samples, for the residuals 1, 3 and 2, 4.
  const std::vector<double> gradient = parameter(noise, "log_noise").grad().to_vector<double>();
  BOOST_TEST(std::abs(gradient[0] - 0.5 * (1 - std::exp(1) * 5)) < 1e-5);
  BOOST_TEST(std::abs(gradient[1] - 0.5 * (1 - std::exp(1) * 10)) < 1e-5);
}

BOOST_AUTO_TEST_CASE(labels_have_the_density_of_the_softmax) {
  const Variable logits(normals({4, 3}, "logits"));
  const Tensor labels = Tensor::from({4}, std::vector<std::int64_t>{2, 0, 1, 1});
  const std::vector<double> all = log_softmax(logits).value().to_vector<double>();
  const std::vector<double> found =
      CategoricalLikelihood{}.log_density(logits, labels).value().to_vector<double>();
  for (std::size_t n = 0; n < 4; ++n) {
    const auto label = static_cast<std::size_t>(labels.data<std::int64_t>()[n]);
    BOOST_TEST(found[n] == all[3 * n + label]);
  }
  BOOST_TEST(std::abs(item(CategoricalLikelihood{}.negative_log_likelihood(logits, labels)) -
                      item(cross_entropy(logits, labels))) < 1e-12);
  BOOST_CHECK_THROW(CategoricalLikelihood{}.moments(logits.value()), Error);
  BOOST_CHECK_EXCEPTION(CategoricalLikelihood{}.log_density(
                            logits, Tensor::from({4}, std::vector<std::int64_t>{2, 0, 1, 3})),
                        ValueError, says("labels must be at least 0 and below 3: element 3 has 3"));
}

BOOST_AUTO_TEST_CASE(what_does_not_fit_is_refused) {
  BOOST_CHECK_EXCEPTION(
      GaussianLikelihood{}.log_density(Variable(Tensor::zeros({2, 3})), targets()), ShapeError,
      says("expected outputs [N, 2 D]"));
  BOOST_CHECK_EXCEPTION(
      GaussianLikelihood{}.log_density(outputs(), Tensor::zeros({2, 1}, DType::float64)),
      ShapeError, says("expected targets float64 [2, 2], not float64 [2, 1]"));
  BOOST_CHECK_EXCEPTION(
      CategoricalLikelihood{}.log_density(Variable(Tensor::zeros({2, 3})), Tensor::zeros({2})),
      ShapeError, says("expected int64 labels [2]"));
  BOOST_CHECK_THROW(StudentTLikelihood(2), ValueError);
  BOOST_CHECK_THROW(StudentTLikelihood(std::nan("")), ValueError);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace credence::bayes
