// Tests of the op of Bayesian layers: gradients, two convolutions in PyTorch, and the distribution
// of outputs of layers with random weights.
#include "framework/ops/random_convolution.hpp"

#include "framework/autograd/gradcheck.hpp"
#include "framework/ops/convolution.hpp"
#include "framework/ops/pointwise.hpp"
#include "framework/ops/reduce.hpp"
#include "tests/framework/activations.hpp"
#include "tests/framework/support.hpp"
#include "tests/reference/reference.hpp"

#include <cmath>

#include <boost/test/unit_test.hpp>

namespace credence::bayes {

BOOST_AUTO_TEST_SUITE(local_reparameterization_op)

namespace {

using Variables = std::vector<Variable>;
using Op = std::function<Variable(const Variables&)>;

const char* const kOp = "op";

Variable draw(const ConvolutionShape& shape, const Variables& v, const RandomStream& stream) {
  return random_convolution(kOp, shape, v[0], v[1], v[2], v.size() > 3 ? v[3] : Variable(), stream);
}

// The op of x, the weight's mean and variance and, where there is one, the bias.
Op convolution_with(const RandomStream& stream, const ConvolutionOptions& options = {}) {
  return [=](const Variables& v) {
    return draw(convolution_shape(kOp, v[0].shape(), v[1].shape(), options), v, stream);
  };
}

Op linear_with(const RandomStream& stream) {
  return [=](const Variables& v) {
    return draw(linear_shape(kOp, v[0].shape(), v[1].shape()), v, stream);
  };
}

const RandomStream kStream{77, 3};

// A convolution with the activation, and one that the activation follows.
std::vector<Variable> with_activation(const Variables& v, const pointwise::Function& function) {
  const ConvolutionShape shape = convolution_shape(kOp, v[0].shape(), v[1].shape(), {});
  return {
      random_convolution(kOp, shape, v[0], v[1], v[2], v[3], kStream, function),
      pointwise::apply(function, random_convolution(kOp, shape, v[0], v[1], v[2], v[3], kStream))};
}

// Between 0.1 and about 10, as variances are positive and gradients of roots at 0 are not finite.
Tensor variances(const Shape& shape) {
  const Variable logarithms(normals(shape, "variance"));
  return clamp(exp(logarithms), 0.1, 10).value();
}

void check_gradient(const Shape& x, const Shape& weight, const Op& op) {
  for (const bool bias : {false, true}) {
    std::vector<Tensor> inputs{normals(x, "x"), normals(weight, "mean"), variances(weight)};
    if (bias) inputs.push_back(normals({weight[0]}, "bias"));
    const GradcheckResult result = gradcheck(op, inputs);
    BOOST_TEST(result.passed, x.to_string() << " with " << weight.to_string() << ", bias " << bias
                                            << ": " << result.message);
  }
}

void check_reference(const std::string& name, const std::function<Op(const RandomStream&)>& op,
                     bool bias = true) {
  std::vector<std::string> inputs{"x", "weight_mean", "weight_variance"};
  if (bias) inputs.emplace_back("bias");
  // The stream of generate.py.
  const RandomStream stream{0x123456789ABCDEF0, 0xFEDCBA987654321};
  BOOST_TEST(compare_with_reference("local_reparameterization_" + name, inputs, op(stream)) == "");
}

std::function<Op(const RandomStream&)> with(const ConvolutionOptions& options = {}) {
  return [=](const RandomStream& stream) { return convolution_with(stream, options); };
}

// Mean and variance of each column of [draws, outputs].
struct Moments {
  std::vector<double> mean;
  std::vector<double> variance;
};

Moments moments(const Tensor& draws) {
  const std::int64_t count = draws.shape()[0];
  const std::int64_t outputs = draws.numel() / count;
  Moments result;
  const double* values = draws.data<double>();
  for (std::int64_t o = 0; o < outputs; ++o) {
    double sum = 0;
    for (std::int64_t i = 0; i < count; ++i) sum += values[i * outputs + o];
    const double mean = sum / static_cast<double>(count);
    double squares = 0;
    for (std::int64_t i = 0; i < count; ++i) {
      squares += (values[i * outputs + o] - mean) * (values[i * outputs + o] - mean);
    }
    result.mean.push_back(mean);
    result.variance.push_back(squares / static_cast<double>(count - 1));
  }
  return result;
}

// Whether the sample moments of normal variables are within four standard errors of the true ones.
void check_moments(const std::string& what, const Moments& sampled, const Moments& expected,
                   std::int64_t draws) {
  const double root = std::sqrt(static_cast<double>(draws));
  for (std::size_t i = 0; i < expected.mean.size(); ++i) {
    const double variance = expected.variance[i];
    BOOST_TEST(
        std::abs(sampled.mean[i] - expected.mean[i]) < 4 * std::sqrt(variance) / root,
        what << " " << i << ": mean " << sampled.mean[i] << ", expected " << expected.mean[i]);
    BOOST_TEST(
        std::abs(sampled.variance[i] - variance) < 4 * std::sqrt(2.0) * variance / root,
        what << " " << i << ": variance " << sampled.variance[i] << ", expected " << variance);
  }
}

constexpr std::int64_t kDraws = 100'000;

// A layer y = conv(x, W) + b with independent normal weights. The closed-form moments of its
// outputs, the sample moments for drawn weights, and those of the op's outputs must agree.
struct Definition {
  Tensor x;  ///< [1, …]
  Tensor mean;
  Tensor variance;
  Tensor bias;
  std::function<Variable(const Variable& x, const Variable& weight, const Variable& bias)> layer;

  // E[Σ w x + b] and Var[Σ w x + b] = Σ Var[w] x².
  Moments exact() const {
    const Variable squared = square(Variable(x));
    return {layer(Variable(x), Variable(mean), Variable(bias)).value().to_vector<double>(),
            layer(squared, Variable(variance), Variable()).value().to_vector<double>()};
  }

  Moments of_drawn_weights() const {
    const std::vector<double> means = mean.to_vector<double>();
    const std::vector<double> spread = variance.to_vector<double>();
    const RandomStream stream = Generator(5).split("weights").next();
    const Tensor weight = Tensor::empty_like(mean);
    std::vector<double> outputs;
    std::int64_t element = 0;
    for (std::int64_t draw = 0; draw < kDraws; ++draw) {
      for (std::size_t i = 0; i < means.size(); ++i) {
        weight.data<double>()[i] = means[i] + std::sqrt(spread[i]) * stream.normal(element++);
      }
      const Tensor y = layer(Variable(x), Variable(weight), Variable(bias)).value();
      outputs.insert(outputs.end(), y.data<double>(), y.data<double>() + y.numel());
    }
    const auto count = static_cast<std::int64_t>(outputs.size());
    return moments(Tensor::from(Shape{kDraws, count / kDraws}, outputs));
  }

  // The op draws new noise for each sample of a batch.
  Tensor op_outputs(const Op& op) const {
    const Tensor batch = Tensor::empty(x.shape().with(0, kDraws), DType::float64);
    for (std::int64_t draw = 0; draw < kDraws; ++draw) {
      batch.slice(draw, draw + 1).copy_from(x);
    }
    return op({Variable(batch), Variable(mean), Variable(variance), Variable(bias)}).value();
  }

  void check(const Op& op) const {
    const NoGrad no_grad;
    const Moments expected = exact();
    check_moments("weights drawn, output", of_drawn_weights(), expected, kDraws);
    check_moments("outputs drawn, output", moments(op_outputs(op)), expected, kDraws);
  }
};

Definition linear_definition() {
  return {normals({1, 6}, "x"), normals({3, 6}, "mean"), variances({3, 6}), normals({3}, "bias"),
          [](const Variable& x, const Variable& weight, const Variable& bias) {
            return linear(x, weight, bias);
          }};
}

Definition convolution_definition() {
  return {normals({1, 1, 4, 4}, "x"), normals({2, 1, 2, 2}, "mean"), variances({2, 1, 2, 2}),
          normals({2}, "bias"),
          [](const Variable& x, const Variable& weight, const Variable& bias) {
            return convolution(x, weight, bias);
          }};
}

}  // namespace

BOOST_AUTO_TEST_CASE(it_has_the_right_derivatives) {
  check_gradient({3, 7}, {5, 7}, linear_with(kStream));
  check_gradient({1, 1}, {2, 1}, linear_with(kStream));
  check_gradient({2, 3, 7}, {4, 3, 3}, convolution_with(kStream));
  check_gradient({2, 2, 5, 4}, {3, 2, 3, 2}, convolution_with(kStream));
  check_gradient({1, 4, 5, 6}, {4, 2, 2, 3},
                 convolution_with(kStream, {.stride = {2, 1}, .padding = {1, 0}, .groups = 2}));
  check_gradient({1, 3, 4, 4}, {3, 1, 3, 3},
                 convolution_with(kStream, {.padding = 1, .groups = 3}));
  check_gradient({1, 2, 3, 4, 3}, {2, 2, 2, 3, 2},
                 convolution_with(kStream, {.stride = {1, 2, 1}}));
}

BOOST_AUTO_TEST_CASE(it_agrees_with_two_convolutions_in_pytorch) {
  check_reference("linear", linear_with);
  check_reference("linear_without_bias", linear_with, false);
  check_reference("conv1d", with({.dilation = 2}));
  check_reference("conv2d", with());
  check_reference("conv2d_strided", with({.stride = {2, 1}, .padding = {1, 0}, .groups = 2}));
  check_reference("conv3d", with());
}

BOOST_AUTO_TEST_CASE(outputs_of_a_linear_layer_are_distributed_as_its_weights_make_them) {
  linear_definition().check(linear_with(Generator(6).next()));
}

BOOST_AUTO_TEST_CASE(outputs_of_a_convolution_are_distributed_as_its_weights_make_them) {
  convolution_definition().check(convolution_with(Generator(7).next()));
}

BOOST_AUTO_TEST_CASE(outputs_of_a_convolution_are_drawn_independently_of_each_other) {
  const NoGrad no_grad;
  const Tensor y = convolution_definition().op_outputs(convolution_with(Generator(7).next()));
  const std::int64_t outputs = y.numel() / kDraws;
  const Moments sampled = moments(y);
  for (std::int64_t o = 1; o < outputs; ++o) {
    const auto other = static_cast<std::size_t>(o);
    double products = 0;
    for (std::int64_t draw = 0; draw < kDraws; ++draw) {
      const double* row = y.data<double>() + draw * outputs;
      products += (row[0] - sampled.mean[0]) * (row[o] - sampled.mean[other]);
    }
    const double scale = kDraws * std::sqrt(sampled.variance[0] * sampled.variance[other]);
    BOOST_TEST(std::abs(products / scale) < 4 / std::sqrt(static_cast<double>(kDraws)));
  }
}

BOOST_AUTO_TEST_CASE(the_noise_depends_on_the_stream_alone) {
  const Variables inputs{Variable(normals({3, 7}, "x")), Variable(normals({5, 7}, "mean")),
                         Variable(variances({5, 7}))};
  const Tensor y = linear_with(kStream)(inputs).value();
  BOOST_TEST(same_bits(y, linear_with(kStream)(inputs).value()));
  BOOST_TEST(!same_bits(y, linear_with({kStream.key, kStream.draw + 1})(inputs).value()));
  BOOST_TEST(!same_bits(y, linear_with({kStream.key + 1, kStream.draw})(inputs).value()));
}

BOOST_AUTO_TEST_CASE(without_variance_only_the_epsilon_is_left_of_the_noise) {
  const Tensor x = normals({3, 7}, "x");
  const Tensor weight = normals({5, 7}, "mean");
  const Tensor none = Tensor::zeros_like(weight);
  const Tensor y = linear_with(kStream)({Variable(x), Variable(weight), Variable(none)}).value();
  const Tensor mean = linear(Variable(x), Variable(weight), {}).value();
  for (std::int64_t i = 0; i < y.numel(); ++i) {
    const double noise = (y.data<double>()[i] - mean.data<double>()[i]) / 1e-4;
    BOOST_TEST(std::abs(noise - kStream.normal(i)) < 1e-9);
  }
}

BOOST_AUTO_TEST_CASE(gradients_are_finite_where_the_input_is_zero) {
  const Variables inputs{Variable(Tensor::zeros({4, 7}), true),
                         Variable(normals({5, 7}, "mean").to(DType::float32), true),
                         Variable(variances({5, 7}).to(DType::float32), true)};
  sum(linear_with(kStream)(inputs)).backward();
  for (const Variable& input : inputs) {
    for (const float gradient : input.grad().to_vector<float>()) {
      BOOST_REQUIRE(std::isfinite(gradient));
    }
  }
  // A zero input moves no output, whatever the weight's moments are.
  BOOST_TEST(largest_error(inputs[1].grad(), Tensor::zeros({5, 7})) == 0);
  BOOST_TEST(largest_error(inputs[2].grad(), Tensor::zeros({5, 7})) == 0);
}

BOOST_AUTO_TEST_CASE(only_wanted_gradients_are_computed) {
  const Variables inputs{Variable(Tensor::full({2, 3}, 1)), Variable(Tensor::full({4, 3}, 1)),
                         Variable(Tensor::full({4, 3}, 1), true), Variable(Tensor::full({4}, 1))};
  sum(linear_with(kStream)(inputs)).backward();
  for (std::size_t i = 0; i < 4; ++i) BOOST_TEST(inputs[i].grad().defined() == (i == 2));
}

BOOST_AUTO_TEST_CASE(the_bits_do_not_depend_on_the_number_of_threads) {
  const Tensor x = normals({37, 3, 12, 12}, "x").to(DType::float32);
  const Tensor mean = normals({10, 3, 3, 3}, "mean").to(DType::float32);
  const Tensor variance = variances({10, 3, 3, 3}).to(DType::float32);
  const auto step = [&] {
    const Variables inputs{Variable(x, true), Variable(mean, true), Variable(variance, true),
                           Variable(Tensor::full({10}, 0.5), true)};
    const Variable y = convolution_with(kStream)(inputs);
    sum(square(y)).backward();
    std::vector<Tensor> results{y.value()};
    for (const Variable& input : inputs) results.push_back(input.grad());
    return results;
  };
  BOOST_TEST(same_bits_with_threads(step));
}

BOOST_AUTO_TEST_CASE(operands_that_do_not_fit_are_refused) {
  const Variable x(Tensor::zeros({2, 3}));
  const Variable mean(Tensor::zeros({4, 3}));
  BOOST_CHECK_EXCEPTION(
      linear_with(kStream)({x, mean, Variable(Tensor::zeros({4, 3}, DType::float64))}), ShapeError,
      says("[op] operands must share element type and device: float32 on cpu and float64"));
  BOOST_CHECK_EXCEPTION(linear_with(kStream)({x, mean, mean, Variable(Tensor::zeros({3}))}),
                        ShapeError, says("[op]"));
}

BOOST_AUTO_TEST_CASE(an_activation_gives_the_bits_of_one_afterwards) {
  for (const pointwise::Function& function : all_activations()) {
    std::vector<std::vector<Tensor>> results;
    for (const std::size_t way : {0U, 1U}) {
      const auto leaf = [](const Tensor& value) {
        return Variable(value.to(DType::float32), true);
      };
      const Variables inputs{leaf(normals({2, 2, 7, 5}, "x")), leaf(normals({3, 2, 3, 2}, "mean")),
                             leaf(variances({3, 2, 3, 2})), leaf(normals({3}, "bias"))};
      const Variable y = with_activation(inputs, function)[way];
      y.backward(normals(y.shape(), "grad").to(DType::float32));
      results.push_back({y.value()});
      for (const Variable& input : inputs) results.back().push_back(input.grad());
    }
    for (std::size_t i = 0; i < results[0].size(); ++i) {
      BOOST_TEST(same_bits(results[0][i], results[1][i]), function.entry.name << ", " << i);
    }
  }
}

BOOST_AUTO_TEST_CASE(an_activation_has_the_right_derivatives) {
  for (const pointwise::Function& function : all_activations()) {
    check_gradient({2, 2, 5, 4}, {3, 2, 3, 2}, [=](const Variables& v) {
      return random_convolution(kOp, convolution_shape(kOp, v[0].shape(), v[1].shape(), {}), v[0],
                                v[1], v[2], v.size() > 3 ? v[3] : Variable(), kStream, function);
    });
  }
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace credence::bayes
