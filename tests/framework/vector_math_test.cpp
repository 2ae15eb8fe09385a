// Tests of the vector kernels' elementary functions: errors in units of the last place, and NaN.
#include "framework/dispatch/kernels.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>

#include <boost/test/unit_test.hpp>

namespace credence {

BOOST_AUTO_TEST_SUITE(vector_math)

namespace {

double ulp(double value) {
  const float rounded = std::abs(static_cast<float>(value));
  const float next = std::nextafter(rounded, INFINITY);
  return static_cast<double>(next) - static_cast<double>(rounded);
}

// The largest error, in units of the last place, of a function of the catalogue over [low, high].
template <class Functor, class Exact>
double largest_ulp_error(float low, float high, Exact exact) {
  constexpr std::int64_t kCount = 200003;
  const Tensor x = Tensor::empty({kCount});
  const Tensor y = Tensor::empty({kCount});
  for (std::int64_t i = 0; i < kCount; ++i) {
    const float fraction = static_cast<float>(i) / static_cast<float>(kCount - 1);
    x.data<float>()[i] = low + (high - low) * fraction;
  }
  kernels<float>(Device::cpu)
      .pointwise_forward[pointwise::Catalogue::index_of<Functor>()]({1, 0}, kCount, x.data<float>(),
                                                                    y.data<float>());
  double worst = 0;
  for (std::int64_t i = 0; i < kCount; ++i) {
    const double wanted = exact(static_cast<double>(x.data<float>()[i]));
    const double error = std::abs(static_cast<double>(y.data<float>()[i]) - wanted);
    worst = std::isfinite(error) ? std::max(worst, error / ulp(wanted)) : INFINITY;
  }
  return worst;
}

// Whether the results of a function of the catalogue are NaN for every NaN, whatever its other
// bits.
template <class Functor>
bool keeps_nan() {
  constexpr std::uint32_t kBits[] = {0x7FC00000, 0x7FC00001, 0xFFC00000, 0xFFFFFFFF,
                                     0x7FFFFFFF, 0x7F800001, 0xFF800001, 0x7FC000FF};
  constexpr std::int64_t kCount = 37;
  std::array<float, kCount> x{};
  std::array<float, kCount> y{};
  for (std::size_t i = 0; i < x.size(); ++i) x[i] = std::bit_cast<float>(kBits[i % 8]);
  kernels<float>(Device::cpu)
      .pointwise_forward[pointwise::Catalogue::index_of<Functor>()]({1, 0}, kCount, x.data(),
                                                                    y.data());
  return std::all_of(y.begin(), y.end(), [](float value) { return std::isnan(value); });
}

}  // namespace

BOOST_AUTO_TEST_CASE(errors_stay_within_the_stated_bounds) {
  const auto exp = [](double x) { return std::exp(x); };
  BOOST_TEST(largest_ulp_error<pointwise::Exp>(-103, 88.7F, exp) <= 2);
  BOOST_TEST(largest_ulp_error<pointwise::Exp>(-1, 1, exp) <= 2);
  const auto log = [](double x) { return std::log(x); };
  BOOST_TEST(largest_ulp_error<pointwise::Log>(1e-6F, 4, log) <= 2);
  BOOST_TEST(largest_ulp_error<pointwise::Log>(1e-44F, 1e-37F, log) <= 2);
  BOOST_TEST(largest_ulp_error<pointwise::Log>(1, 3e38F, log) <= 2);
  const auto log1p = [](double x) { return std::log1p(x); };
  BOOST_TEST(largest_ulp_error<pointwise::Log1p>(-0.99F, 4, log1p) <= 3);
  BOOST_TEST(largest_ulp_error<pointwise::Log1p>(-1e-5F, 1e-5F, log1p) <= 3);
  const auto tanh = [](double x) { return std::tanh(x); };
  BOOST_TEST(largest_ulp_error<pointwise::Tanh>(-10, 10, tanh) <= 3);
  const auto elu = [](double x) { return x > 0 ? x : std::expm1(x); };
  BOOST_TEST(largest_ulp_error<pointwise::Elu>(-20, 1, elu) <= 3);
  const auto gelu = [](double x) { return x / 2 * std::erfc(-x / std::sqrt(2.0)); };
  BOOST_TEST(largest_ulp_error<pointwise::Gelu>(-3, 8, gelu) <= 12);
  BOOST_TEST(largest_ulp_error<pointwise::Gelu>(-8, -3, gelu) <= 64);
  const auto softplus = [](double x) { return std::log1p(std::exp(x)); };
  BOOST_TEST(largest_ulp_error<pointwise::Softplus>(-60, 60, softplus) <= 4);
  const auto log_sigmoid = [](double x) { return -std::log1p(std::exp(-x)); };
  BOOST_TEST(largest_ulp_error<pointwise::LogSigmoid>(-60, 60, log_sigmoid) <= 4);
}

BOOST_AUTO_TEST_CASE(what_is_not_a_number_stays_so) {
  BOOST_TEST(keeps_nan<pointwise::Exp>());
  BOOST_TEST(keeps_nan<pointwise::Log>());
  BOOST_TEST(keeps_nan<pointwise::Log1p>());
  BOOST_TEST(keeps_nan<pointwise::Tanh>());
  BOOST_TEST(keeps_nan<pointwise::Sigmoid>());
  BOOST_TEST(keeps_nan<pointwise::Silu>());
  BOOST_TEST(keeps_nan<pointwise::Elu>());
  BOOST_TEST(keeps_nan<pointwise::Gelu>());
  BOOST_TEST(keeps_nan<pointwise::GeluTanh>());
  BOOST_TEST(keeps_nan<pointwise::Power>());
  BOOST_TEST(keeps_nan<pointwise::Softplus>());
  BOOST_TEST(keeps_nan<pointwise::LogSigmoid>());
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace credence
