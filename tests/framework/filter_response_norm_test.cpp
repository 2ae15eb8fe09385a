// Tests of filter response normalisation: gradients, PyTorch's values, the kernels against each
// other, large numbers, and errors.
#include "framework/autograd/gradcheck.hpp"
#include "framework/base/error.hpp"
#include "framework/dispatch/kernels.hpp"
#include "framework/formulas/fused_activation.hpp"
#include "framework/nn/normalization.hpp"
#include "framework/ops/normalization.hpp"
#include "framework/ops/pointwise.hpp"
#include "tests/framework/activations.hpp"
#include "tests/framework/guarded_array.hpp"
#include "tests/framework/support.hpp"
#include "tests/reference/reference.hpp"

#include <cmath>

#include <boost/test/unit_test.hpp>

namespace credence {

BOOST_AUTO_TEST_SUITE(filter_response_normalization)

namespace {

using Variables = std::vector<Variable>;

// y, and the gradients of x, weight and bias, for inputs that are the same in both precisions.
std::vector<Tensor> outputs(const Shape& shape, const std::optional<Activation>& activation,
                            DType dtype) {
  const auto input = [&](const Shape& of, std::string_view name) {
    return normals(of, name).to(DType::float32).to(dtype).clone();
  };
  const Variables x{Variable(input(shape, "x"), true), Variable(input({shape[1]}, "weight"), true),
                    Variable(input({shape[1]}, "bias"), true)};
  const Variable y = filter_response_norm(x[0], x[1], x[2], {}, activation);
  y.backward(input(shape, "gradient"));
  return {y.value(), x[0].grad(), x[1].grad(), x[2].grad()};
}

Variable ones(std::int64_t channels, DType dtype = DType::float32) {
  return Variable(Tensor::full({channels}, 1, dtype), true);
}
Variable zeros(std::int64_t channels, DType dtype = DType::float32) {
  return Variable(Tensor::zeros({channels}, dtype), true);
}

}  // namespace

BOOST_AUTO_TEST_CASE(it_has_the_right_derivatives_with_each_activation_and_without) {
  std::vector<std::optional<Activation>> activations{std::nullopt};
  for (const pointwise::Function& function : all_activations()) activations.emplace_back(function);
  for (const std::optional<Activation>& activation : activations) {
    for (const Shape& shape : {Shape{3, 2, 5}, Shape{2, 3, 4, 5}, Shape{1, 2, 2, 3, 2}}) {
      // The bias keeps the arguments of the activations with a kink away from it.
      const Tensor bias = Tensor::full({shape[1]}, 20, DType::float64);
      const bool kinked = activation && (activation->name().ends_with("relu") ||
                                         activation->name().starts_with("leaky"));
      const GradcheckResult result = gradcheck(
          [&](const Variables& x) {
            return filter_response_norm(x[0], x[1], x[2], {.epsilon = 0.1}, activation);
          },
          {normals(shape, "x"), normals({shape[1]}, "weight"),
           kinked ? bias : normals({shape[1]}, "bias")});
      BOOST_TEST(result.passed, shape.to_string() << (activation ? activation->name() : "") << ": "
                                                  << result.message);
    }
  }
}

BOOST_AUTO_TEST_CASE(it_agrees_with_pytorch, *boost::unit_test::label("every_isa")) {
  const auto check = [](const std::string& name, const std::optional<Activation>& activation,
                        double epsilon = 1e-6) {
    const auto op = [&](const Variables& x) {
      return filter_response_norm(x[0], x[1], x[2], {epsilon}, activation);
    };
    BOOST_TEST(compare_with_reference(name, {"x", "weight", "bias"}, op) == "");
  };
  check("filter_response_norm", {});
  check("filter_response_norm_epsilon", {}, 0.5);
  check("filter_response_norm_relu", Activation::relu());
  check("filter_response_norm_silu", Activation::silu());
  check("filter_response_norm_softplus", Activation::softplus());
  // A user's own activation is an op of its own.
  check("filter_response_norm_silu",
        Activation([](const Variable& z) { return silu(z); }, "my silu"));
}

BOOST_AUTO_TEST_CASE(the_fast_kernels_agree_with_the_definition,
                     *boost::unit_test::label("every_isa")) {
  for (const std::int64_t volume : {1, 2, 3, 4, 8, 9, 16, 33, 64, 1024, 5000}) {
    for (const std::int64_t channels : {1, 3, 16}) {
      for (const std::optional<Activation>& activation :
           {std::optional<Activation>(), std::optional(Activation::silu())}) {
        const Shape shape{2, channels, volume};
        const std::vector<Tensor> expected = outputs(shape, activation, DType::float64);
        const std::vector<Tensor> actual = outputs(shape, activation, DType::float32);
        for (std::size_t i = 0; i < expected.size(); ++i) {
          BOOST_TEST(largest_error(actual[i], expected[i]) < 2e-6,
                     shape.to_string()
                         << ", result " << i << ": " << largest_error(actual[i], expected[i]));
        }
      }
    }
  }
}

BOOST_AUTO_TEST_CASE(nothing_outside_the_arrays_is_touched, *boost::unit_test::label("every_isa")) {
  using Floats = GuardedArray<float>;
  const Kernels<float>& k = kernels<float>(Device::cpu);
  const pointwise::RecomputedActivation silu(
      pointwise::Function{pointwise::kEntry<pointwise::Silu>, {}});
  for (const std::int64_t volume : {1, 2, 3, 4, 8, 16, 33}) {
    for (const std::int64_t channels : {1, 3, 4, 19}) {
      for (const auto guard : {Guard::before, Guard::after}) {
        const NormalizationShape s{3, channels, volume};
        const std::int64_t numel = s.count() * channels;
        const Floats x(numel, guard);
        const Floats y(numel, guard);
        const Floats grad_x(numel, guard);
        const Floats weight(channels, guard);
        const Floats bias(channels, guard);
        const Floats roots(3 * channels, guard);
        for (const auto* activation : {&silu, static_cast<decltype(&silu)>(nullptr)}) {
          k.filter_response_norm_forward(s, 1e-6, activation, x.data(), weight.data(), bias.data(),
                                         y.data(), roots.data());
          k.filter_response_norm_backward(s, activation, x.data(), weight.data(), bias.data(),
                                          roots.data(), y.data(), grad_x.data(), weight.data(),
                                          bias.data());
        }
      }
    }
  }
}

// Squares of 1e20 overflow float32. A plane of a and −a alone has the normalised values ±1 for any
// a, so that its gradient along itself is 0.
BOOST_AUTO_TEST_CASE(planes_of_any_size_are_normalised, *boost::unit_test::label("every_isa")) {
  for (const DType dtype : {DType::float32, DType::float64}) {
    for (const Shape& shape : {Shape{2, 3, 1}, Shape{2, 3, 4}, Shape{2, 3, 3, 7}}) {
      for (const double scale : {1.0, 1e20, 1e38}) {
        const Tensor values = Tensor::empty(shape, DType::float64);
        for (std::int64_t i = 0; i < values.numel(); ++i) {
          values.data<double>()[i] = i % 2 == 0 ? -scale : scale;
        }
        const Variable x(values.to(dtype), true);
        const Variable y = filter_response_norm(x, ones(3, dtype), zeros(3, dtype));
        y.backward(y.value().clone());
        const std::vector<double> actual = y.value().to_vector<double>();
        for (std::size_t i = 0; i < actual.size(); ++i) {
          BOOST_TEST(std::abs(actual[i] - (i % 2 == 0 ? -1 : 1)) < 1e-5);
        }
        for (const double g : x.grad().to_vector<double>()) BOOST_TEST(std::abs(g) < 1e-5);
      }
    }
  }
}

BOOST_AUTO_TEST_CASE(a_plane_of_zeros_becomes_the_bias) {
  nn::FilterResponseNorm2d layer(2);
  nn::parameters(layer)[1].parameter->value().fill(0.25);
  const Tensor y = layer(Variable(Tensor::zeros({3, 2, 5, 7}))).value();
  for (const float value : y.to_vector<float>()) BOOST_REQUIRE(value == 0.25F);
  const Tensor active = layer(Variable(Tensor::zeros({3, 2, 5, 7})), Activation::silu()).value();
  const double expected = 0.25 / (1 + std::exp(-0.25));
  for (const double v : active.to_vector<double>()) BOOST_REQUIRE(std::abs(v - expected) < 1e-7);
}

BOOST_AUTO_TEST_CASE(an_image_does_not_depend_on_its_batch_or_on_the_mode,
                     *boost::unit_test::label("every_isa")) {
  nn::FilterResponseNorm2d layer(5);
  const Tensor x = normals({7, 5, 6, 6}, "x").to(DType::float32);
  const Tensor together = layer(Variable(x), Activation::silu()).value();
  layer.train(false);
  for (std::int64_t i = 0; i < 7; ++i) {
    const Tensor alone = layer(Variable(x.slice(i, i + 1)), Activation::silu()).value();
    BOOST_TEST(same_bits(alone, together.slice(i, i + 1)));
  }
}

BOOST_AUTO_TEST_CASE(bits_do_not_depend_on_the_number_of_threads,
                     *boost::unit_test::label("every_isa")) {
  for (const Shape& shape : {Shape{300, 70, 3, 3}, Shape{16, 9, 40, 33}}) {
    for (const std::optional<Activation>& activation :
         {std::optional<Activation>(), std::optional(Activation::silu())}) {
      BOOST_TEST(
          same_bits_with_threads([&] { return outputs(shape, activation, DType::float32); }));
    }
  }
}

BOOST_AUTO_TEST_CASE(its_parameters_have_the_role_of_a_norm) {
  nn::FilterResponseNorm2d layer(4);
  const std::vector<nn::NamedParameter> named = nn::parameters(layer);
  BOOST_REQUIRE(named.size() == 2U);
  BOOST_TEST(named[0].name == "weight");
  BOOST_TEST(named[1].name == "bias");
  for (const nn::NamedParameter& p : named) {
    BOOST_TEST((p.role == nn::Role::norm));
    BOOST_TEST((p.parameter->shape() == Shape{4}));
  }
  BOOST_TEST(nn::buffers(layer).empty());
  BOOST_TEST(layer.type_name() == "FilterResponseNorm2d");
}

BOOST_AUTO_TEST_CASE(operands_and_options_that_do_not_fit_are_refused) {
  const auto forward = [](nn::Module&& layer, const Shape& shape) {
    layer(Variable(Tensor::zeros(shape)));
  };
  BOOST_CHECK_EXCEPTION(forward(nn::FilterResponseNorm2d(3), {2, 4, 5, 5}), ShapeError,
                        says("[filter_response_norm] dimension 0 of the weight must be 4"));
  BOOST_CHECK_EXCEPTION(forward(nn::FilterResponseNorm2d(3), {2, 3}), ShapeError,
                        says("[FilterResponseNorm2d] the input must have 4 dimensions"));
  BOOST_CHECK_EXCEPTION(nn::FilterResponseNorm2d(0), ValueError,
                        says("[FilterResponseNorm2d] channels must be positive, not 0"));
  BOOST_CHECK_EXCEPTION(forward(nn::FilterResponseNorm2d(3, {.epsilon = 0}), {2, 3, 4, 4}),
                        ValueError, says("[filter_response_norm] epsilon must be positive"));
  BOOST_CHECK_EXCEPTION(
      filter_response_norm(Variable(Tensor::zeros({2, 3})), ones(3), zeros(3)), ShapeError,
      says("[filter_response_norm] the input must be [N, C, spatial…], not the shape [2, 3]"));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace credence
