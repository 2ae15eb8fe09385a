// Tests of the kernels that draw the outputs of Bayesian layers, y = activation(mean + √(variance +
// ε) · noise), and of their gradients.
#include "framework/core/parallel.hpp"
#include "framework/core/random.hpp"
#include "framework/dispatch/kernels.hpp"
#include "tests/framework/activations.hpp"

#include <algorithm>
#include <cmath>
#include <vector>

#include <boost/test/unit_test.hpp>

namespace credence {

BOOST_AUTO_TEST_SUITE(add_noise)

namespace {

// The error of a float32 kernel, or of the double reference, relative to 1 + |expected|.
template <class T>
constexpr double kTolerance = sizeof(T) == sizeof(float) ? 4e-6 : 1e-14;

template <class T>
double error_of(T actual, double expected) {
  return std::abs(static_cast<double>(actual) - expected) / (1 + std::abs(expected));
}

double mean_at(std::int64_t i) { return 0.01 * static_cast<double>(i % 100) - 0.4; }
double variance_at(std::int64_t i) { return 0.05 * static_cast<double>(i % 17); }
double gradient_at(std::int64_t i) { return 0.1 * static_cast<double>(i % 13) - 0.5; }

template <class T>
struct Noisy {
  std::vector<T> y;
  std::vector<T> slope;
};

// The elements after the n-th, which the kernel must not change.
constexpr std::size_t kGuards = 32;
constexpr double kGuard = -77;

template <class T>
Noisy<T> noisy_values(const RandomStream& stream, double epsilon, std::int64_t n) {
  Noisy<T> result;
  for (std::int64_t i = 0; i < n; ++i) {
    result.y.push_back(static_cast<T>(mean_at(i)));
    result.slope.push_back(static_cast<T>(variance_at(i)));
  }
  result.y.resize(result.y.size() + kGuards, static_cast<T>(kGuard));
  result.slope.resize(result.y.size(), static_cast<T>(kGuard));
  kernels<T>(Device::cpu)
      .add_noise_forward({stream, epsilon}, n, result.y.data(), result.slope.data());
  return result;
}

template <class T>
void check_forward(std::int64_t n) {
  const RandomStream stream = Generator(7).split("noise").next();
  constexpr double kEpsilon = 1e-8;
  const Noisy<T> noisy = noisy_values<T>(stream, kEpsilon, n);
  double worst = 0;
  for (std::int64_t i = 0; i < n; ++i) {
    const auto index = static_cast<std::size_t>(i);
    const double deviation = std::sqrt(variance_at(i) + kEpsilon);
    worst = std::max(worst, error_of(noisy.slope[index], stream.normal(i) / (2 * deviation)));
    worst = std::max(worst, error_of(noisy.y[index], mean_at(i) + deviation * stream.normal(i)));
  }
  BOOST_TEST(worst <= kTolerance<T>, n << " elements: off by " << worst);
  for (std::size_t i = static_cast<std::size_t>(n); i < noisy.y.size(); ++i) {
    BOOST_REQUIRE(static_cast<double>(noisy.y[i]) == kGuard);
    BOOST_REQUIRE(static_cast<double>(noisy.slope[i]) == kGuard);
  }
}

template <class T>
void check_backward(std::int64_t n) {
  std::vector<T> gradient;
  std::vector<T> slope;
  for (std::int64_t i = 0; i < n; ++i) {
    gradient.push_back(static_cast<T>(gradient_at(i)));
    slope.push_back(static_cast<T>(mean_at(i)));
  }
  std::vector<T> grad_variance(static_cast<std::size_t>(n) + kGuards, static_cast<T>(kGuard));
  kernels<T>(Device::cpu)
      .add_noise_backward({}, n, nullptr, gradient.data(), slope.data(), nullptr,
                          grad_variance.data());
  double worst = 0;
  for (std::int64_t i = 0; i < n; ++i) {
    worst = std::max(
        worst, error_of(grad_variance[static_cast<std::size_t>(i)], gradient_at(i) * mean_at(i)));
  }
  BOOST_TEST(worst <= kTolerance<T>, n << " elements: off by " << worst);
  for (std::size_t i = static_cast<std::size_t>(n); i < grad_variance.size(); ++i) {
    BOOST_REQUIRE(static_cast<double>(grad_variance[i]) == kGuard);
  }
}

// Compares the passes with an activation to passes with the activation applied afterwards, or its
// derivative applied before.
template <class T>
void check_activation(const pointwise::Function& function, std::int64_t n) {
  const Kernels<T>& k = kernels<T>(Device::cpu);
  const pointwise::FusedActivation activation(function);
  const RandomStream stream = Generator(7).split("noise").next();
  const OutputNoise noise{stream, 1e-8, &activation};
  std::vector<T> mean;
  std::vector<T> variance;
  std::vector<T> grad;
  for (std::int64_t i = 0; i < n; ++i) {
    mean.push_back(static_cast<T>(mean_at(i)));
    variance.push_back(static_cast<T>(variance_at(i)));
    grad.push_back(static_cast<T>(gradient_at(i)));
  }
  std::vector<T> expected(mean.size());
  k.draw_normal({stream, 1e-8}, n, mean.data(), variance.data(), expected.data());
  k.pointwise_forward[function.entry.index](function.parameters, n, expected.data(),
                                            expected.data());
  std::vector<T> out_of_place(mean.size());
  k.draw_normal(noise, n, mean.data(), variance.data(), out_of_place.data());
  BOOST_TEST((out_of_place == expected));
  std::vector<T> y = mean;
  std::vector<T> slope = variance;
  k.add_noise_forward(noise, n, y.data(), slope.data());
  BOOST_TEST((y == expected));

  std::vector<T> expected_mean(mean.size());
  std::vector<T> expected_variance(mean.size());
  k.pointwise_backward[function.entry.index](function.parameters, n, y.data(), grad.data(),
                                             expected_mean.data());
  k.add_noise_backward({stream, 1e-8}, n, nullptr, expected_mean.data(), slope.data(), nullptr,
                       expected_variance.data());
  std::vector<T> grad_mean(mean.size());
  std::vector<T> grad_variance(mean.size());
  k.add_noise_backward(noise, n, y.data(), grad.data(), slope.data(), grad_mean.data(),
                       grad_variance.data());
  BOOST_TEST((grad_mean == expected_mean));
  BOOST_TEST((grad_variance == expected_variance));
}

template <class T>
void check_out_of_place(const RandomStream& stream, std::int64_t n) {
  const Noisy<T> expected = noisy_values<T>(stream, 1e-8, n);
  std::vector<T> mean;
  std::vector<T> variance;
  for (std::int64_t i = 0; i < n; ++i) {
    mean.push_back(static_cast<T>(mean_at(i)));
    variance.push_back(static_cast<T>(variance_at(i)));
  }
  std::vector<T> y(expected.y.size(), static_cast<T>(kGuard));
  kernels<T>(Device::cpu).draw_normal({stream, 1e-8}, n, mean.data(), variance.data(), y.data());
  double worst = 0;
  for (std::size_t i = 0; i < y.size(); ++i) {
    worst = std::max(worst, error_of(y[i], static_cast<double>(expected.y[i])));
  }
  BOOST_TEST(worst < kTolerance<T>, n << " elements: " << worst);
}

BOOST_AUTO_TEST_CASE(the_forward_pass_adds_the_streams_normal_numbers) {
  for (const std::int64_t n : {0, 1, 15, 16, 63, 64, 65, 4096, 5003}) {
    check_forward<float>(n);
    check_forward<double>(n);
  }
}

BOOST_AUTO_TEST_CASE(the_backward_pass_scales_by_the_slope) {
  for (const std::int64_t n : {0, 1, 15, 16, 63, 64, 65, 4096, 5003}) {
    check_backward<float>(n);
    check_backward<double>(n);
  }
}

BOOST_AUTO_TEST_CASE(outputs_have_the_mean_and_variance_that_were_asked_for) {
  constexpr std::int64_t kNumel = 200'000;
  const RandomStream stream = Generator(11).split("moments").next();
  std::vector<float> y(kNumel, 3.0F);
  std::vector<float> slope(kNumel, 4.0F);
  kernels<float>(Device::cpu).add_noise_forward({stream}, kNumel, y.data(), slope.data());
  double sum = 0;
  double squares = 0;
  double fourth = 0;
  for (const float value : y) {
    const double centred = (static_cast<double>(value) - 3) / 2;
    sum += centred;
    squares += centred * centred;
    fourth += centred * centred * centred * centred;
  }
  // Four standard errors of the sample moments of a standard normal: 1, sqrt(2) and sqrt(96).
  const double root = std::sqrt(static_cast<double>(kNumel));
  BOOST_TEST(std::abs(sum / kNumel) < 4 / root);
  BOOST_TEST(std::abs(squares / kNumel - 1) < 4 * std::sqrt(2.0) / root);
  BOOST_TEST(std::abs(fourth / kNumel - 3) < 4 * std::sqrt(96.0) / root);
}

BOOST_AUTO_TEST_CASE(out_of_place_the_values_are_the_same) {
  const RandomStream stream = Generator(7).split("noise").next();
  for (const std::int64_t n : {0, 1, 63, 64, 1000, 20'011}) {
    check_out_of_place<float>(stream, n);
    check_out_of_place<double>(stream, n);
  }
}

BOOST_AUTO_TEST_CASE(an_activation_gives_the_bits_of_one_of_its_own) {
  for (const pointwise::Function& function : fused_activations()) {
    for (const std::int64_t n : {1, 63, 1000}) {
      check_activation<float>(function, n);
      check_activation<double>(function, n);
    }
  }
}

BOOST_AUTO_TEST_CASE(a_variance_below_0_by_rounding_counts_as_0) {
  std::vector<float> y{1.25F};
  std::vector<float> slope{-1e-9F};
  kernels<float>(Device::cpu).add_noise_forward({{1, 2}}, 1, y.data(), slope.data());
  BOOST_TEST(y[0] == 1.25F);
}

BOOST_AUTO_TEST_CASE(without_variance_the_mean_comes_out_unchanged) {
  std::vector<float> y{1.25F, -0.5F, 1e6F};
  std::vector<float> slope(3, 0.0F);
  kernels<float>(Device::cpu).add_noise_forward({{1, 2}}, 3, y.data(), slope.data());
  const std::vector<float> expected{1.25F, -0.5F, 1e6F};
  BOOST_TEST(y == expected, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(the_bits_depend_on_the_stream_alone) {
  constexpr std::int64_t kNumel = 20'011;
  Generator generator(5);
  const RandomStream stream = generator.next();
  const int threads = num_threads();
  set_num_threads(1);
  const Noisy<float> one = noisy_values<float>(stream, 1e-8, kNumel);
  set_num_threads(3);
  const Noisy<float> three = noisy_values<float>(stream, 1e-8, kNumel);
  set_num_threads(threads);
  BOOST_TEST((one.y == three.y));
  BOOST_TEST((one.y != noisy_values<float>(generator.next(), 1e-8, kNumel).y));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace credence
