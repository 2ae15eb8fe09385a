// Tests of batch normalisation: kernels against the definition, gradients, PyTorch's values, large
// numbers, and errors.
#include "framework/nn/normalization.hpp"

#include "framework/autograd/gradcheck.hpp"
#include "framework/base/error.hpp"
#include "framework/dispatch/kernels.hpp"
#include "framework/nn/gradcheck.hpp"
#include "framework/ops/normalization.hpp"
#include "tests/framework/guarded_array.hpp"
#include "tests/framework/training.hpp"
#include "tests/reference/reference.hpp"

#include <cmath>

#include <boost/test/unit_test.hpp>

namespace credence {

BOOST_AUTO_TEST_SUITE(normalization)

namespace {

using Variables = std::vector<Variable>;

// New statistics for each call, because a call in training changes them.
Variable normalized(const Variables& x, const BatchNormalizationOptions& options) {
  const std::int64_t channels = x[0].shape()[1];
  const Tensor mean = normals({channels}, "mean").to(x[0].dtype()).clone();
  std::vector<double> variance = normals({channels}, "variance").to_vector<double>();
  for (double& v : variance) v = 0.5 + std::abs(v);
  return batch_norm(x[0], x[1], x[2], mean,
                    Tensor::from({channels}, variance).to(x[0].dtype()).clone(), options);
}

// The mean and the biased variance of each channel, summed in double precision.
struct Moments {
  std::vector<double> mean;
  std::vector<double> variance;
};

Moments moments_of(const Tensor& x) {
  const std::int64_t channels = x.shape()[1];
  const std::int64_t volume = x.shape().numel_from(2);
  const std::vector<double> values = x.to_vector<double>();
  const auto channel_of = [&](std::size_t i) {
    return static_cast<std::size_t>(static_cast<std::int64_t>(i) / volume % channels);
  };
  const double count = static_cast<double>(x.numel() / channels);
  Moments moments{std::vector<double>(static_cast<std::size_t>(channels)), {}};
  moments.variance = moments.mean;
  for (std::size_t i = 0; i < values.size(); ++i) moments.mean[channel_of(i)] += values[i] / count;
  for (std::size_t i = 0; i < values.size(); ++i) {
    const double difference = values[i] - moments.mean[channel_of(i)];
    moments.variance[channel_of(i)] += difference * difference / count;
  }
  return moments;
}

// All results of the three kernels: in training, after it, and backward from both.
template <class T>
std::vector<Tensor> run(const NormalizationShape& s) {
  const Kernels<T>& k = kernels<T>(Device::cpu);
  const std::int64_t numel = s.count() * s.channels;
  // The same numbers in both precisions.
  const auto input = [](std::int64_t n, std::string_view name) {
    return normals({n}, name).to(DType::float32).to(dtype_of<T>).clone();
  };
  const auto output = [](std::int64_t n) { return Tensor::empty({n}, dtype_of<T>); };
  const auto p = [](const Tensor& t) { return t.data<T>(); };
  const Tensor x = input(numel, "x");
  const Tensor grad = input(numel, "grad");
  const Tensor weight = input(s.channels, "weight");
  const Tensor bias = input(s.channels, "bias");
  const Tensor running_mean = input(s.channels, "mean");
  const Tensor running_variance = input(s.channels, "variance");
  for (std::int64_t c = 0; c < s.channels; ++c) {
    T& variance = running_variance.data<T>()[c];
    variance = static_cast<T>(0.5) + variance * variance;
  }
  std::vector<Tensor> results{running_mean, running_variance};
  for (const bool training : {true, false}) {
    const Tensor y = output(numel);
    const Tensor mean = training ? output(s.channels) : running_mean;
    const Tensor deviation = output(s.channels);
    if (training) {
      k.batch_norm_training_forward(s, 1e-2, 0.1, p(x), p(weight), p(bias), p(running_mean),
                                    p(running_variance), p(y), p(mean), p(deviation));
    } else {
      k.batch_norm_forward(s, 1e-2, p(x), p(weight), p(bias), p(running_mean), p(running_variance),
                           p(y), p(deviation));
    }
    const Tensor grad_x = output(numel);
    const Tensor grad_weight = output(s.channels);
    const Tensor grad_bias = output(s.channels);
    k.batch_norm_backward(s, training, p(x), p(weight), p(mean), p(deviation), p(grad), p(grad_x),
                          p(grad_weight), p(grad_bias));
    results.insert(results.end(), {y, mean, deviation, grad_x, grad_weight, grad_bias});
  }
  return results;
}

Tensor scaled(const Tensor& x, double scale, double shift) {
  std::vector<double> values = x.to_vector<double>();
  for (double& v : values) v = scale * v + shift;
  return Tensor::from(x.shape(), values).to(DType::float32);
}

}  // namespace

BOOST_AUTO_TEST_CASE(batch_norm_has_the_right_derivatives) {
  // Both layouts, with and without a tail after the last whole vector, and several ranges of
  // images.
  for (const Shape& shape : {Shape{5, 3}, Shape{2, 19}, Shape{70, 2}, Shape{3, 2, 5},
                             Shape{2, 3, 4, 5}, Shape{2, 2, 2, 3, 3}, Shape{1, 2, 35}}) {
    for (const bool training : {true, false}) {
      const GradcheckResult result = gradcheck(
          [&](const Variables& x) { return normalized(x, {.training = training}); },
          {normals(shape, "x"), normals({shape[1]}, "weight"), normals({shape[1]}, "bias")});
      BOOST_TEST(result.passed, shape.to_string()
                                    << (training ? " training: " : ": ") << result.message);
    }
  }
}

BOOST_AUTO_TEST_CASE(fast_kernels_agree_with_the_definition) {
  // Channels with fewer elements than a vector, in groups that fill it, and with more.
  for (const std::int64_t volume : {1, 2, 3, 4, 8, 9, 16, 33}) {
    for (const std::int64_t channels : {1, 3, 4, 8, 19}) {
      for (const std::int64_t batch : {2, 67}) {
        const NormalizationShape s{batch, channels, volume};
        const std::vector<Tensor> expected = run<double>(s);
        const std::vector<Tensor> actual = run<float>(s);
        for (std::size_t i = 0; i < expected.size(); ++i) {
          const double error = largest_error(actual[i], expected[i]);
          BOOST_TEST(error < 5e-6, "batch " << batch << ", " << channels << " channels of "
                                            << volume << ", result " << i << ": " << error);
        }
      }
    }
  }
}

BOOST_AUTO_TEST_CASE(nothing_outside_the_arrays_is_touched) {
  using Floats = GuardedArray<float>;
  const Kernels<float>& k = kernels<float>(Device::cpu);
  for (const std::int64_t volume : {1, 2, 3, 4, 8, 16, 33}) {
    for (const std::int64_t channels : {1, 3, 4, 19}) {
      for (const auto guard : {Guard::before, Guard::after}) {
        const NormalizationShape s{3, channels, volume};
        const std::int64_t numel = s.count() * channels;
        const Floats x(numel, guard);
        const Floats y(numel, guard);
        const Floats weight(channels, guard);
        const Floats bias(channels, guard);
        const Floats mean(channels, guard);
        const Floats deviation(channels, guard);
        k.batch_norm_training_forward(s, 1e-5, 0.1, x.data(), weight.data(), bias.data(),
                                      mean.data(), deviation.data(), y.data(), mean.data(),
                                      deviation.data());
        k.batch_norm_forward(s, 1e-5, x.data(), weight.data(), bias.data(), mean.data(),
                             deviation.data(), y.data(), deviation.data());
        k.batch_norm_backward(s, true, x.data(), weight.data(), mean.data(), deviation.data(),
                              y.data(), y.data(), weight.data(), bias.data());
      }
    }
  }
}

BOOST_AUTO_TEST_CASE(batch_norm_agrees_with_pytorch) {
  const auto check = [](const std::string& name, const BatchNormalizationOptions& options) {
    const Reference& expected = reference(name);
    Tensor mean;
    Tensor variance;
    const auto op = [&](const Variables& x) {
      mean = expected.at("start_mean").to(x[0].dtype()).clone();
      variance = expected.at("start_var").to(x[0].dtype()).clone();
      return batch_norm(x[0], x[1], x[2], mean, variance, options);
    };
    BOOST_TEST(compare_with_reference(name, {"x", "weight", "bias"}, op) == "");
    BOOST_TEST(largest_error(mean, expected.at("running_mean")) < 1e-6, name);
    BOOST_TEST(largest_error(variance, expected.at("running_var")) < 1e-6, name);
  };
  check("batch_norm", {});
  check("batch_norm1d", {});
  check("batch_norm2d", {.momentum = 0.3, .epsilon = 0.01});
  check("batch_norm3d", {});
  check("batch_norm2d_evaluation", {.training = false});
}

BOOST_AUTO_TEST_CASE(batch_norm_without_its_parts_agrees_with_pytorch) {
  const auto check = [](const std::string& name, const nn::BatchNormOptions& options) {
    const Reference& expected = reference(name);
    nn::BatchNorm2d layer(3, options);
    for (const nn::NamedParameter& p : nn::parameters(layer)) {
      p.parameter->value().copy_from(expected.at(p.name).to(DType::float32));
    }
    const Tensor batches = expected.at("batches").to(DType::float32);
    for (std::int64_t i = 0; i < batches.shape()[0]; ++i) {
      layer(Variable(batches.slice(i, i + 1).reshape({4, 3, 2, 2})));
    }
    for (const nn::NamedBuffer& b : nn::buffers(layer)) {
      BOOST_TEST(largest_error(b.buffer->to(DType::float64), expected.at(b.name)) < 1e-6, b.name);
    }
    layer.train(false);
    const Variable x(expected.at("x").to(DType::float32), true);
    const Variable y = layer(x);
    y.backward(expected.at("grad_y").to(DType::float32));
    BOOST_TEST(largest_error(y.value(), expected.at("y")) < 2e-6, name);
    BOOST_TEST(largest_error(x.grad(), expected.at("grad_x")) < 2e-6, name);
    return nn::parameters(layer).size() + 10 * nn::buffers(layer).size();
  };
  BOOST_TEST(check("batch_norm_without_affine", {.affine = false}) == 20U);
  BOOST_TEST(check("batch_norm_without_statistics", {.running_statistics = false}) == 2U);
  BOOST_TEST(check("batch_norm_cumulative", {.cumulative = true}) == 32U);
  nn::BatchNorm1d without_bias(2, {.bias = false});
  BOOST_TEST(nn::parameters(without_bias).size() == 1U);
  const GradcheckResult result = nn::gradcheck(without_bias, normals({5, 2}, "x"));
  BOOST_TEST(result.passed, result.message);
  const Variable x(Tensor::zeros({3, 2}));
  BOOST_CHECK_EXCEPTION(batch_norm(x, {}, {}, Tensor::zeros({2}), {}), ShapeError,
                        says("[batch_norm] a running mean needs a running variance"));
  BOOST_CHECK_EXCEPTION(batch_norm(Variable(Tensor::zeros({3})), {}, {}, {}, {}), ShapeError,
                        says("[batch_norm] the input must be"));
}

BOOST_AUTO_TEST_CASE(layer_and_group_norm_agree_with_pytorch) {
  const auto check = [](const std::string& name, const std::vector<std::string>& inputs,
                        const std::function<Variable(const Variables&)>& op) {
    BOOST_TEST(compare_with_reference(name, inputs, op) == "");
  };
  check("layer_norm", {"x", "weight", "bias"}, [](const Variables& v) {
    return layer_norm(v[0], {3, 4}, v[1], v[2]);
  });
  check("layer_norm_plain", {"x"},
        [](const Variables& v) { return layer_norm(v[0], {6}, {}, {}, 0.1); });
  check("group_norm", {"x", "weight", "bias"},
        [](const Variables& v) { return group_norm(v[0], 2, v[1], v[2]); });
  check("group_norm_lines", {"x", "weight", "bias"},
        [](const Variables& v) { return group_norm(v[0], 3, v[1], v[2], 0.01); });
}

BOOST_AUTO_TEST_CASE(layer_and_group_norm_have_the_right_derivatives) {
  nn::LayerNorm rows({5});
  nn::LayerNorm images({2, 3}, {.epsilon = 0.1, .bias = false});
  nn::GroupNorm groups(2, 4);
  nn::GroupNorm plain(4, 4, {.affine = false});
  for (const auto& [layer, shape] : {std::pair<nn::Module*, Shape>{&rows, {3, 2, 5}},
                                     {&images, {4, 2, 3}},
                                     {&groups, {2, 4, 3}},
                                     {&plain, {2, 4, 2, 3}}}) {
    const GradcheckResult result = nn::gradcheck(*layer, normals(shape, "x"));
    BOOST_TEST(result.passed, result.message);
    BOOST_TEST(nn::parameter_count(*layer) == (layer == &rows     ? 10
                                               : layer == &images ? 6
                                               : layer == &groups ? 8
                                                                  : 0));
  }
}

BOOST_AUTO_TEST_CASE(layer_norm_at_the_ends, *boost::unit_test::label("every_isa")) {
  for (const DType dtype : {DType::float32, DType::float64}) {
    // One element is its own mean.
    const Variable one(Tensor::full({3, 1}, 7, dtype), true);
    const Variable y = layer_norm(one, {1}, {}, Variable(Tensor::full({1}, 0.5, dtype)));
    BOOST_TEST(y.value().to_vector<double>() == (std::vector<double>{0.5, 0.5, 0.5}),
               boost::test_tools::per_element());
    y.backward(Tensor::full({3, 1}, 1, dtype));
    BOOST_TEST(one.grad().to_vector<double>() == (std::vector<double>{0, 0, 0}),
               boost::test_tools::per_element());
    const Variable none(Tensor::zeros({0, 4}, dtype), true);
    const Variable nothing = layer_norm(none, {4});
    nothing.backward(Tensor::zeros({0, 4}, dtype));
    BOOST_TEST((none.grad().shape() == Shape{0, 4}));
    // A row does not depend on the others of its batch.
    const Tensor x = normals({19, 21}, "x").to(dtype);
    const Tensor all = layer_norm(Variable(x), {21}).value();
    const Tensor alone = layer_norm(Variable(x.slice(7, 8)), {21}).value();
    BOOST_TEST(largest_error(alone, all.slice(7, 8)) < 1e-6);
  }
  const Variable x(Tensor::zeros({2, 6}));
  BOOST_CHECK_EXCEPTION(layer_norm(x, {5}), ShapeError,
                        says("[layer_norm] the last dimensions of the input [2, 6] must be [5]"));
  BOOST_CHECK_EXCEPTION(layer_norm(x, {6}, Variable(Tensor::zeros({2}))), ShapeError,
                        says("weight and bias must have the shape [6]"));
  BOOST_CHECK_EXCEPTION(layer_norm(x, {6}, {}, {}, 0), ValueError,
                        says("epsilon must be positive"));
  BOOST_CHECK_EXCEPTION(group_norm(x, 4), ValueError, says("[group_norm] the groups must divide"));
  BOOST_CHECK_EXCEPTION(nn::LayerNorm(Shape{}), ValueError, says("[LayerNorm]"));
  BOOST_CHECK_EXCEPTION(nn::GroupNorm(4, 6), ValueError, says("[GroupNorm] the groups"));
  nn::GroupNorm layer(2, 4);
  BOOST_CHECK_EXCEPTION(layer(x), ShapeError,
                        says("[GroupNorm] the input must be [N, 4, spatial…]"));
}

BOOST_AUTO_TEST_CASE(outputs_have_mean_0_and_variance_1_far_from_the_origin) {
  // A sum of squares in float32 would be 1e8 ± 8 here, and the variance of 1 would be lost.
  for (const Shape& shape : {Shape{1500, 20}, Shape{20, 5, 37}, Shape{3, 2, 64, 64}}) {
    const Tensor x = scaled(normals(shape, "x"), 1, 1e4);
    nn::BatchNorm1d flat(shape[1]);
    nn::BatchNorm2d images(shape[1]);
    nn::Module& layer = shape.rank() == 4 ? static_cast<nn::Module&>(images) : flat;
    const Moments actual = moments_of(layer(Variable(x)).value());
    const Moments given = moments_of(x);
    const std::vector<double> running = nn::buffers(layer)[1].buffer->to_vector<double>();
    const double count = static_cast<double>(x.numel() / shape[1]);
    for (std::size_t c = 0; c < actual.mean.size(); ++c) {
      // The mean, near 1e4, is rounded to half of 2⁻¹⁰.
      BOOST_TEST(std::abs(actual.mean[c]) < 6e-4, shape.to_string());
      BOOST_TEST(std::abs(actual.variance[c] - 1) < 2e-5, shape.to_string());
      const double unbiased = given.variance[c] * count / (count - 1);
      BOOST_TEST(std::abs(running[c] - (0.9 + 0.1 * unbiased)) < 2e-6, shape.to_string());
    }
  }
}

// Squares of 1e20, and sums of 1e38, overflow float32.
BOOST_AUTO_TEST_CASE(channels_of_any_size_are_normalised, *boost::unit_test::label("every_isa")) {
  for (const DType dtype : {DType::float32, DType::float64}) {
    for (const Shape& shape :
         {Shape{8, 3}, Shape{2, 3, 4}, Shape{2, 3, 3, 7}, Shape{12, 1, 1, 2}}) {
      for (const double scale : {1e20, 1e38}) {
        // Each channel has as many elements -scale as 3 scale: mean scale, deviation 2 scale.
        const Tensor values = Tensor::zeros(shape, DType::float64);
        std::vector<int> seen(3);
        for (std::int64_t i = 0; i < values.numel(); ++i) {
          const auto c = static_cast<std::size_t>(i / shape.numel_from(2) % shape[1]);
          values.data<double>()[i] = seen[c]++ % 2 == 0 ? -scale : 3 * scale;
        }
        const Variable x(values.to(dtype), true);
        const Tensor mean = Tensor::zeros({shape[1]}, dtype);
        const Tensor variance = Tensor::full({shape[1]}, 1, dtype);
        const Variable one(Tensor::full({shape[1]}, 1, dtype));
        const Variable zero(Tensor::zeros({shape[1]}, dtype));
        const Variable y = batch_norm(x, one, zero, mean, variance, {.momentum = 0.5});
        for (std::int64_t i = 0; i < values.numel(); ++i) {
          const double expected = values.data<double>()[i] < 0 ? -1 : 1;
          BOOST_TEST(std::abs(y.value().to_vector<double>()[static_cast<std::size_t>(i)] -
                              expected) < 1e-6);
        }
        for (const double m : mean.to_vector<double>()) {
          BOOST_TEST(std::abs(m / (0.5 * scale) - 1) < 1e-6);
        }
        if (scale > 1e20) continue;
        // The gradient of a sum of normalised outputs is 0.
        y.backward(Tensor::full(shape, 1, dtype));
        for (const double g : x.grad().to_vector<double>()) BOOST_TEST(std::abs(g) * scale < 1e-5);
      }
    }
  }
}

BOOST_AUTO_TEST_CASE(a_batch_of_none_is_normalised_in_evaluation,
                     *boost::unit_test::label("every_isa")) {
  for (const DType dtype : {DType::float32, DType::float64}) {
    for (const Shape& shape : {Shape{0, 3}, Shape{0, 3, 4, 4}, Shape{2, 0, 4}, Shape{2, 3, 0}}) {
      const Variable x(Tensor::zeros(shape, dtype), true);
      const auto of_channels = [&](double value) {
        return Variable(Tensor::full({shape[1]}, value, dtype), true);
      };
      const Variable weight = of_channels(2);
      const Variable bias = of_channels(1);
      const Variable y = batch_norm(x, weight, bias, of_channels(0).value(), of_channels(1).value(),
                                    {.training = false});
      BOOST_TEST((y.shape() == shape));
      y.backward(Tensor::zeros(shape, dtype));
      for (const Variable& parameter : {weight, bias}) {
        for (const double g : parameter.grad().to_vector<double>()) BOOST_TEST(g == 0);
      }
    }
    const Variable none(Tensor::zeros({0}, dtype));
    const Variable y = batch_norm(Variable(Tensor::zeros({2, 0, 4}, dtype)), none, none,
                                  none.value(), none.value());
    BOOST_TEST((y.shape() == Shape{2, 0, 4}));
  }
}

BOOST_AUTO_TEST_CASE(a_constant_channel_becomes_the_bias) {
  nn::BatchNorm2d layer(2);
  nn::parameters(layer)[1].parameter->value().fill(0.25);
  const Tensor y = layer(Variable(Tensor::full({3, 2, 5, 7}, 0.1))).value();
  for (const float value : y.to_vector<float>()) BOOST_REQUIRE(std::abs(value - 0.25F) < 1e-5F);
  const std::vector<float> running = nn::buffers(layer)[1].buffer->to_vector<float>();
  for (const float variance : running)
    BOOST_TEST(variance == 0.9F, boost::test_tools::tolerance(1e-6F));
}

BOOST_AUTO_TEST_CASE(running_statistics_follow_in_training_and_rest_in_evaluation) {
  nn::BatchNorm1d layer(3, {.momentum = 0.5});
  const Tensor x = scaled(normals({40, 3}, "x"), 2, 5);
  const Moments moments = moments_of(x);
  const auto named = nn::buffers(layer);
  BOOST_TEST(named[0].name == "running_mean");
  BOOST_TEST(named[1].name == "running_var");
  layer(Variable(x));
  layer(Variable(x));
  for (std::size_t c = 0; c < 3; ++c) {
    const double mean = named[0].buffer->to_vector<double>()[c];
    const double variance = named[1].buffer->to_vector<double>()[c];
    BOOST_TEST(std::abs(mean - 0.75 * moments.mean[c]) < 1e-5);
    BOOST_TEST(std::abs(variance - (0.25 + 0.75 * moments.variance[c] * 40 / 39)) < 1e-5);
  }
  const Tensor mean_before = named[0].buffer->clone();
  const Tensor variance_before = named[1].buffer->clone();
  layer.train(false);
  const std::vector<double> y = layer(Variable(x)).value().to_vector<double>();
  BOOST_TEST(same_bits(*named[0].buffer, mean_before));
  BOOST_TEST(same_bits(*named[1].buffer, variance_before));
  const double expected =
      (static_cast<double>(x.data<float>()[0]) - mean_before.to_vector<double>()[0]) /
      std::sqrt(variance_before.to_vector<double>()[0] + 1e-5);
  BOOST_TEST(std::abs(y[0] - expected) < 1e-5);
}

BOOST_AUTO_TEST_CASE(a_backward_pass_in_evaluation_uses_the_statistics_of_its_forward_pass) {
  nn::BatchNorm1d layer(3);
  const Tensor x_value = normals({8, 3}, "x").to(DType::float32);
  const auto weight_gradient = [&](bool move) {
    layer.train(false);
    const Variable y = layer(Variable(x_value));
    layer.train();
    if (move) layer(Variable(scaled(x_value, 3, 7)));
    const auto named = nn::parameters(layer);
    named[0].parameter->zero_grad();
    y.backward(normals({8, 3}, "gradient").to(DType::float32));
    return named[0].parameter->grad().clone();
  };
  const Tensor undisturbed = weight_gradient(false);
  BOOST_TEST(same_bits(weight_gradient(true), undisturbed));
}

BOOST_AUTO_TEST_CASE(bits_do_not_depend_on_the_number_of_threads) {
  for (const Shape& shape : {Shape{300, 70}, Shape{16, 9, 40, 33}}) {
    const Tensor x_value = normals(shape, "x").to(DType::float32);
    const Tensor gradient = normals(shape, "gradient").to(DType::float32);
    BOOST_TEST(same_bits_with_threads([&] {
      const Variables x{Variable(x_value, true), Variable(Tensor::full({shape[1]}, 1.5), true),
                        Variable(Tensor::zeros({shape[1]}), true)};
      const Tensor mean = Tensor::zeros({shape[1]});
      const Tensor variance = Tensor::full({shape[1]}, 1);
      const Variable y = batch_norm(x[0], x[1], x[2], mean, variance);
      y.backward(gradient);
      return std::vector<Tensor>{y.value(), mean, variance, x[0].grad(), x[1].grad(), x[2].grad()};
    }));
  }
}

BOOST_AUTO_TEST_CASE(operands_and_options_that_do_not_fit_are_refused) {
  const auto forward = [](nn::Module&& layer, const Shape& shape) {
    layer(Variable(Tensor::zeros(shape)));
  };
  BOOST_CHECK_EXCEPTION(forward(nn::BatchNorm1d(3), {1, 3}), ShapeError,
                        says("[batch_norm] the variance needs two elements per channel or more"));
  BOOST_CHECK_EXCEPTION(forward(nn::BatchNorm1d(3), {2, 4}), ShapeError,
                        says("dimension 0 of the weight must be 4"));
  BOOST_CHECK_EXCEPTION(forward(nn::BatchNorm1d(3), {2, 3, 4, 4}), ShapeError,
                        says("[BatchNorm1d] the input must have 2 or 3 dimensions"));
  BOOST_CHECK_EXCEPTION(forward(nn::BatchNorm2d(3), {2, 3}), ShapeError,
                        says("[BatchNorm2d] the input must have 4 dimensions"));
  BOOST_CHECK_EXCEPTION(nn::BatchNorm3d(0), ValueError, says("[BatchNorm3d]"));
  BOOST_CHECK_EXCEPTION(forward(nn::BatchNorm2d(3, {.momentum = 1.5}), {2, 3, 4, 4}), ValueError,
                        says("the momentum must be in [0, 1], not 1.5"));
  BOOST_CHECK_EXCEPTION(forward(nn::BatchNorm2d(3, {.epsilon = 0}), {2, 3, 4, 4}), ValueError,
                        says("epsilon must be positive"));
  nn::BatchNorm2d single(3);
  single.train(false);
  BOOST_TEST((single(Variable(Tensor::zeros({1, 3, 1, 1}))).shape() == Shape{1, 3, 1, 1}));
  BOOST_TEST((single(Variable(Tensor::zeros({0, 3, 4, 4}))).shape() == Shape{0, 3, 4, 4}));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace credence
