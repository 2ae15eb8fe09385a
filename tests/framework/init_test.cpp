// Tests of initialisers: moments, bounds and determinism.
#include "framework/nn/init.hpp"

#include "tests/framework/training.hpp"

#include <algorithm>
#include <cmath>
#include <vector>

#include <boost/test/unit_test.hpp>

namespace credence::nn {

BOOST_AUTO_TEST_SUITE(init_functions)

namespace {

constexpr std::int64_t kNumel = 40'000;

struct Moments {
  double smallest = INFINITY;
  double largest = -INFINITY;
  double mean = 0;
  double variance = 0;
  double kurtosis = 0;
};

Moments moments(const std::vector<double>& values) {
  const auto count = static_cast<double>(values.size());
  Moments result;
  for (const double value : values) {
    result.smallest = std::min(result.smallest, value);
    result.largest = std::max(result.largest, value);
    result.mean += value / count;
  }
  double fourth = 0;
  for (const double value : values) {
    const double square = (value - result.mean) * (value - result.mean);
    result.variance += square / count;
    fourth += square * square / count;
  }
  result.kurtosis = fourth / (result.variance * result.variance);
  return result;
}

std::vector<double> drawn(const Initializer& initializer, std::int64_t fan_in,
                          DType dtype = DType::float32, std::uint64_t draw = 0) {
  const Tensor tensor = Tensor::empty({kNumel}, dtype);
  initializer(tensor, fan_in, RandomStream{Generator(1).split("init").key(), draw});
  return tensor.to_vector<double>();
}

// Checks moments of kNumel draws to within five standard errors.
void check_uniform(const std::vector<double>& values, double bound) {
  const Moments m = moments(values);
  BOOST_TEST(m.smallest >= -bound * (1 + 1e-6));
  BOOST_TEST(m.largest <= bound * (1 + 1e-6));
  BOOST_TEST(m.largest > bound * 0.999);
  BOOST_TEST(m.smallest < -bound * 0.999);
  BOOST_TEST(std::abs(m.mean) < 5 * bound / std::sqrt(3.0 * kNumel));
  BOOST_TEST(std::abs(m.variance / (bound * bound / 3) - 1) < 5 * std::sqrt(0.8 / kNumel));
  BOOST_TEST(std::abs(m.kurtosis - 1.8) < 0.05);
}

void check_normal(const std::vector<double>& values, double deviation) {
  const Moments m = moments(values);
  BOOST_TEST(std::abs(m.mean) < 5 * deviation / std::sqrt(kNumel));
  BOOST_TEST(std::abs(m.variance / (deviation * deviation) - 1) < 5 * std::sqrt(2.0 / kNumel));
  BOOST_TEST(std::abs(m.kurtosis - 3) < 5 * std::sqrt(24.0 / kNumel));
}

void check_bound(const Tensor& tensor, double bound) {
  const std::vector<double> values = tensor.to_vector<double>();
  const auto [smallest, largest] = std::minmax_element(values.begin(), values.end());
  BOOST_TEST(*smallest >= -bound * (1 + 1e-6));
  BOOST_TEST(*largest <= bound * (1 + 1e-6));
  BOOST_TEST(*largest - *smallest > bound);
}

}  // namespace

BOOST_AUTO_TEST_CASE(fan_in_is_the_inputs_of_one_output) {
  BOOST_TEST(init::fan_in({120, 256}) == 256);
  BOOST_TEST(init::fan_in({16, 6, 5, 5}) == 150);
  BOOST_TEST(init::fan_in({8, 1, 3}) == 3);
}

BOOST_AUTO_TEST_CASE(uniform_and_normal_have_their_moments) {
  check_uniform(drawn(init::uniform(0.25), 1), 0.25);
  check_uniform(drawn(init::uniform(2), 1, DType::float64), 2);
  check_normal(drawn(init::normal(0.1), 1), 0.1);
}

BOOST_AUTO_TEST_CASE(kaiming_depends_on_fan_in_and_slope) {
  check_uniform(drawn(init::kaiming_uniform(), 24), std::sqrt(6.0 / 24));
  check_uniform(drawn(init::kaiming_uniform(0.5), 24), std::sqrt(6.0 / (1.25 * 24)));
  check_normal(drawn(init::kaiming_normal(), 50), std::sqrt(2.0 / 50));
  check_normal(drawn(init::kaiming_normal(2), 50), std::sqrt(2.0 / (5 * 50)));
}

BOOST_AUTO_TEST_CASE(the_default_is_that_of_pytorch) {
  check_uniform(drawn(init::pytorch_default(), 150), 1 / std::sqrt(150.0));
  Conv2d conv(6, 64, {.kernel = 5}, Generator(3));
  const std::vector<Tensor> of_conv = parameter_values(conv);
  check_bound(of_conv[0], 1 / std::sqrt(150.0));
  check_bound(of_conv[1], 1 / std::sqrt(150.0));
  Conv2d grouped(6, 60, {.kernel = 5, .groups = 3}, Generator(3));
  check_bound(parameter_values(grouped)[1], 1 / std::sqrt(50.0));
  Linear linear(64, 40, {}, Generator(3));
  const std::vector<Tensor> of_linear = parameter_values(linear);
  check_bound(of_linear[0], 1 / 8.0);
  check_bound(of_linear[1], 1 / 8.0);
}

BOOST_AUTO_TEST_CASE(a_constant_is_everywhere) {
  const std::vector<double> values = drawn(init::constant(-1.5), 3);
  BOOST_TEST(std::all_of(values.begin(), values.end(), [](double v) { return v == -1.5; }));
  Linear linear(3, 2, {.bias_init = init::constant(7)}, Generator(1));
  BOOST_TEST(parameter_values(linear)[1].to_vector<float>() == (std::vector<float>{7, 7}),
             boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(values_depend_on_the_stream_alone) {
  const Initializer initializer = init::kaiming_normal();
  BOOST_TEST((drawn(initializer, 5) == drawn(initializer, 5)));
  BOOST_TEST((drawn(initializer, 5) != drawn(initializer, 5, DType::float32, 1)));
  Linear square(4, 4, {}, Generator(1));
  Linear other(4, 4, {}, Generator(2));
  BOOST_TEST(!same_bits(parameter_values(square), parameter_values(other)));
  const std::vector<Tensor> values = parameter_values(square);
  BOOST_TEST(values[0].data<float>()[0] != values[1].data<float>()[0]);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace credence::nn
