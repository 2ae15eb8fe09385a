// Tests of the diagnostics of Markov chains, against NumPy and SciPy (generate_metrics.py).
#include "bayes/metrics/chains.hpp"

#include "framework/ops/shape_ops.hpp"
#include "tests/bayes/metrics/support.hpp"

namespace credence::bayes::metrics {

BOOST_AUTO_TEST_SUITE(metrics_chains)

BOOST_AUTO_TEST_CASE(they_are_what_numpy_computes) {
  const Reference& expected = reference("metrics_chains");
  const Tensor draws = expected.at("draws");
  BOOST_TEST(largest_error(split_r_hat(draws), expected.at("split_r_hat")) < 1e-10);
  BOOST_TEST(largest_error(rank_normalized_r_hat(draws), expected.at("rank_r_hat")) < 1e-10);
  const Tensor even = slice(Variable(draws), 1, 0, 60).value();
  BOOST_TEST(largest_error(rank_normalized_r_hat(even), expected.at("rank_r_hat_of_60")) < 1e-10);
  BOOST_TEST(largest_error(rank_normalized(draws), expected.at("scores")) < 1e-10);
  BOOST_TEST(largest_error(effective_sample_size(draws), expected.at("ess")) < 1e-9);
  BOOST_TEST(largest_error(effective_sample_size(rank_normalized(draws)), expected.at("bulk_ess")) <
             1e-9);
}

BOOST_AUTO_TEST_CASE(results_have_the_shape_of_a_draw) {
  const Tensor draws = normals({2, 20, 3, 2}, "draws");
  const Tensor r_hat = split_r_hat(draws);
  BOOST_TEST(r_hat.shape() == (Shape{3, 2}));
  BOOST_TEST(same_bits(r_hat.reshape({6}), split_r_hat(draws.reshape({2, 20, 6}))));
  BOOST_TEST(effective_sample_size(normals({2, 20}, "one")).shape() == Shape{1});
  BOOST_TEST(same_bits_with_threads([&] {
    return std::vector<Tensor>{rank_normalized_r_hat(draws), effective_sample_size(draws)};
  }));
}

// The autocorrelation of x_t = ρ x_t−1 + noise at lag t is ρ^t, so that τ = (1 + ρ) / (1 − ρ).
BOOST_AUTO_TEST_CASE(the_effective_size_of_an_autoregressive_chain_is_in_closed_form) {
  for (const double rho : {0.0, 0.5, 0.8}) {
    const Tensor noise = normals({4, 2000}, "ar");
    double* const x = noise.data<double>();
    for (std::int64_t i = 0; i < 8000; ++i) {
      if (i % 2000 == 0) {
        x[i] /= std::sqrt(1 - rho * rho);
      } else {
        x[i] += rho * x[i - 1];
      }
    }
    const double size = effective_sample_size(noise).item();
    BOOST_TEST(std::abs(size / (8000 * (1 - rho) / (1 + rho)) - 1) < 0.15);
    BOOST_TEST(split_r_hat(noise).item() < 1.01);
  }
}

BOOST_AUTO_TEST_CASE(equal_draws_have_no_diagnostics) {
  const Tensor draws = Tensor::full({2, 9}, 0.1, DType::float64);
  BOOST_TEST(std::isnan(split_r_hat(draws).item()));
  BOOST_TEST(std::isnan(rank_normalized_r_hat(draws).item()));
  BOOST_TEST(std::isnan(effective_sample_size(draws).item()));
  draws.slice(1, 2).fill(0.2);
  BOOST_TEST(split_r_hat(draws).item() == kInfinity);
}

BOOST_AUTO_TEST_CASE(wrong_draws_are_refused) {
  for (const auto metric :
       {split_r_hat, rank_normalized_r_hat, rank_normalized, effective_sample_size}) {
    BOOST_CHECK_THROW(metric(Tensor()), ShapeError);
    BOOST_CHECK_THROW(metric(numbers({1, 2, 3, 4})), ShapeError);
    BOOST_CHECK_EXCEPTION(metric(Tensor::zeros({2, 3})), ShapeError, says("at least 4 draws"));
    BOOST_CHECK_THROW(metric(Tensor::zeros({0, 8})), ShapeError);
    BOOST_CHECK_THROW(metric(Tensor::zeros({2, 8}, DType::int64)), ShapeError);
    BOOST_CHECK_THROW(metric(Tensor::full({2, 8}, kNaN)), ValueError);
  }
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace credence::bayes::metrics
