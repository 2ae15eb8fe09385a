// Tests of the device's products, convolutions and Bayesian layers against the CPU's kernels.
#include "framework/cuda/bfloat16.hpp"
#include "framework/device/account.hpp"
#include "framework/device/precision.hpp"
#include "framework/dispatch/kernels.hpp"
#include "framework/ops/random_convolution.hpp"
#include "framework/ops/reduce.hpp"
#include "tests/cuda/agreement.hpp"
#include "tests/cuda/convolution_shapes.hpp"
#include "tests/framework/activations.hpp"
#include "tests/framework/support.hpp"

#include <bit>
#include <utility>

namespace credence {

BOOST_AUTO_TEST_SUITE(device_convolution)

namespace {

// Fully connected layers, and convolutions of every kind.
std::vector<ConvolutionShape> shapes() {
  std::vector<ConvolutionShape> all{{.batch = 5, .in_channels = 7, .out_channels = 4},
                                    {.batch = 1, .in_channels = 3, .out_channels = 1},
                                    {.batch = 3, .in_channels = 1, .out_channels = 1}};
  for (const ConvolutionShape& s : convolution_shapes()) all.push_back(s);
  return all;
}

Shape of(std::int64_t outer, std::int64_t channels, const Extents3& e) {
  return {outer, channels, e[0], e[1], e[2]};
}

struct Shapes {
  Shape x;
  Shape weight;
  Shape y;
  std::string name;
};

Shapes shapes_of(const ConvolutionShape& s) {
  return {of(s.batch, s.in_channels, s.input),
          of(s.out_channels, s.in_channels / s.groups, s.kernel),
          of(s.batch, s.out_channels, s.output),
          "convolution of " + of(s.batch, s.in_channels, s.input).to_string()};
}

BOOST_AUTO_TEST_CASE(products_of_all_transpositions_are_the_cpus) {
  if (no_device()) return;
  for (const bool a_transposed : {false, true}) {
    for (const bool b_transposed : {false, true}) {
      constexpr std::int64_t kM = 5;
      constexpr std::int64_t kN = 3;
      constexpr std::int64_t kK = 8;
      check_agreement("matmul", {draws({kM, kK}, 1), draws({kK, kN}, 2)}, 2e-6,
                      [&]<class T>(const Kernels<T>& kernels, const Tensors& in) -> Tensors {
                        const Tensor c = Tensor::empty({kM, kN}, in[0].dtype(), in[0].device());
                        kernels.matmul(kM, kN, kK, in[0].data<T>(), a_transposed ? 1 : kK,
                                       a_transposed ? kM : 1, in[1].data<T>(),
                                       b_transposed ? 1 : kN, b_transposed ? kK : 1, c.data<T>());
                        return {c};
                      });
    }
  }
}

BOOST_AUTO_TEST_CASE(convolutions_and_their_gradients_are_the_cpus) {
  if (no_device()) return;
  for (const ConvolutionShape& s : shapes()) {
    const Shapes of = shapes_of(s);
    check_agreement(
        of.name, {draws(of.x, 1), draws(of.weight, 2), draws({s.out_channels}, 3), draws(of.y, 4)},
        4e-6, [&]<class T>(const Kernels<T>& kernels, const Tensors& in) -> Tensors {
          const auto empty = [&](const Shape& shape) {
            return Tensor::empty(shape, in[0].dtype(), in[0].device());
          };
          const Tensors out{empty(of.y), empty(of.y), empty(of.x), empty(of.weight),
                            empty({s.out_channels})};
          const T* const x = in[0].data<T>();
          const T* const weight = in[1].data<T>();
          const T* const grad = in[3].data<T>();
          kernels.convolution_forward(s, x, weight, {in[2].data<T>()}, out[0].data<T>());
          kernels.convolution_forward(s, x, weight, {}, out[1].data<T>());
          kernels.convolution_backward_data(s, grad, weight, out[2].data<T>());
          kernels.convolution_backward_weight(s, x, grad, out[3].data<T>());
          kernels.convolution_backward_bias(s, grad, out[4].data<T>());
          return out;
        });
  }
}

BOOST_AUTO_TEST_CASE(convolutions_with_an_activation_are_the_cpus) {
  if (no_device()) return;
  for (const ConvolutionShape& s : shapes()) {
    const Shapes of = shapes_of(s);
    for (const pointwise::Function& function : fused_activations()) {
      const pointwise::FusedActivation activation(function);
      check_agreement(of.name + ", " + function.entry.name,
                      {draws(of.x, 1), draws(of.weight, 2), draws({s.out_channels}, 3)}, 4e-6,
                      [&]<class T>(const Kernels<T>& kernels, const Tensors& in) -> Tensors {
                        const Tensor y = Tensor::empty(of.y, in[0].dtype(), in[0].device());
                        const Tensor without_bias = Tensor::empty_like(y);
                        kernels.convolution_forward(s, in[0].data<T>(), in[1].data<T>(),
                                                    {in[2].data<T>(), &activation}, y.data<T>());
                        kernels.convolution_forward(s, in[0].data<T>(), in[1].data<T>(),
                                                    {nullptr, &activation}, without_bias.data<T>());
                        return {y, without_bias};
                      });
    }
  }
}

BOOST_AUTO_TEST_CASE(drawn_outputs_are_the_cpus) {
  if (no_device()) return;
  const pointwise::FusedActivation softplus({pointwise::kEntry<pointwise::Softplus>, {1.7, 0}});
  for (const ConvolutionShape& s : shapes()) {
    const Shapes of = shapes_of(s);
    for (const pointwise::FusedActivation* activation :
         {static_cast<const pointwise::FusedActivation*>(nullptr), &softplus}) {
      const OutputNoise noise{Generator(7).next(), 1e-8, activation};
      check_agreement(
          of.name,
          {draws(of.x, 1), draws(of.weight, 2), positive(of.weight, 3), draws({s.out_channels}, 4),
           draws(of.y, 5)},
          8e-6, [&]<class T>(const Kernels<T>& kernels, const Tensors& in) -> Tensors {
            const T* const x = in[0].data<T>();
            const T* const mean = in[1].data<T>();
            const T* const variance = in[2].data<T>();
            Tensors out;
            for (const T* bias : {in[3].data<T>(), static_cast<T*>(nullptr)}) {
              const auto empty = [&](const Shape& shape) {
                return Tensor::empty(shape, in[0].dtype(), in[0].device());
              };
              const Tensors results{empty(of.y), empty(of.y), empty(of.x), empty(of.weight),
                                    empty(of.weight)};
              const Tensor saved = empty({kernels.random_convolution_saved(s)});
              kernels.random_convolution_forward(s, noise, x, mean, variance, bias, results[0],
                                                 saved);
              kernels.random_convolution_backward_output(s, noise, results[0], in[4], saved,
                                                         results[1]);
              // The gradient of the mean is not written where it is that of the output.
              const Tensor grad_mean = activation == nullptr ? in[4] : results[1];
              kernels.random_convolution_backward_data(s, x, mean, variance, grad_mean, saved,
                                                       results[2]);
              kernels.random_convolution_backward_weight(s, x, grad_mean, saved, results[3],
                                                         results[4]);
              out.insert(out.end(), {results[0], grad_mean, results[2], results[3], results[4]});
            }
            return out;
          });
    }
  }
}

BOOST_AUTO_TEST_CASE(moments_and_their_gradients_are_the_cpus) {
  if (no_device()) return;
  for (const ConvolutionShape& s : shapes()) {
    const Shapes of = shapes_of(s);
    check_agreement(of.name,
                    {draws(of.x, 1), draws(of.weight, 2), positive(of.weight, 3),
                     draws({s.out_channels}, 4), draws(of.y, 5), draws(of.y, 6)},
                    4e-6, [&]<class T>(const Kernels<T>& kernels, const Tensors& in) -> Tensors {
                      const auto empty = [&](const Shape& shape) {
                        return Tensor::empty(shape, in[0].dtype(), in[0].device());
                      };
                      const Tensors out{empty(of.y), empty(of.y), empty(of.x), empty(of.weight),
                                        empty(of.weight)};
                      const T* const x = in[0].data<T>();
                      kernels.moments_forward(s, x, in[1].data<T>(), in[2].data<T>(),
                                              in[3].data<T>(), out[0].data<T>(), out[1].data<T>());
                      kernels.moments_backward_data(s, x, in[1].data<T>(), in[2].data<T>(),
                                                    in[4].data<T>(), in[5].data<T>(),
                                                    out[2].data<T>());
                      kernels.moments_backward_weight(s, x, in[4].data<T>(), in[5].data<T>(),
                                                      out[3].data<T>(), out[4].data<T>());
                      return out;
                    });
  }
}

BOOST_AUTO_TEST_CASE(a_batch_of_none_has_gradients_of_zero) {
  if (no_device()) return;
  const ConvolutionShape s{.batch = 0, .in_channels = 3, .out_channels = 2};
  check_agreement("linear of no rows", {draws({0, 3}, 1), draws({0, 2}, 2)}, 0,
                  [&]<class T>(const Kernels<T>& kernels, const Tensors& in) -> Tensors {
                    const Tensors out{Tensor::full({2, 3}, 9, in[0].dtype(), in[0].device()),
                                      Tensor::full({2}, 9, in[0].dtype(), in[0].device())};
                    kernels.convolution_backward_weight(s, in[0].data<T>(), in[1].data<T>(),
                                                        out[0].data<T>());
                    kernels.convolution_backward_bias(s, in[1].data<T>(), out[1].data<T>());
                    return out;
                  });
}

BOOST_AUTO_TEST_CASE(lower_precision_rounds_the_factors) {
  if (no_device()) return;
  const ConvolutionShape shapes[] = {
      {.batch = 2,
       .in_channels = 8,
       .out_channels = 8,
       .input = {1, 6, 6},
       .output = {1, 6, 6},
       .kernel = {1, 3, 3},
       .padding = {0, 1, 1}},
      {.batch = 16, .in_channels = 32, .out_channels = 8},
  };
  const auto outputs = [](const ConvolutionShape& s, Device device) {
    const Tensor x = draws({s.input_numel()}, 1).to(DType::float32).to(device);
    const Tensor weight = draws({s.weight_numel()}, 2).to(DType::float32).to(device);
    const Tensor grad_y = draws({s.output_numel()}, 3).to(DType::float32).to(device);
    const Tensor y = Tensor::empty_like(grad_y);
    const Tensor grad_x = Tensor::empty_like(x);
    const Tensor grad_weight = Tensor::empty_like(weight);
    const Kernels<float>& table = kernels<float>(device);
    table.convolution_forward(s, x.data<float>(), weight.data<float>(), {}, y.data<float>());
    table.convolution_backward_data(s, grad_y.data<float>(), weight.data<float>(),
                                    grad_x.data<float>());
    table.convolution_backward_weight(s, x.data<float>(), grad_y.data<float>(),
                                      grad_weight.data<float>());
    // The squares of x are a factor too.
    const Tensor weight_variance = positive({s.weight_numel()}, 4).to(DType::float32).to(device);
    const Tensor mean = Tensor::empty_like(y);
    const Tensor variance = Tensor::empty_like(y);
    const Tensor grad_weight_mean = Tensor::empty_like(weight);
    const Tensor grad_weight_variance = Tensor::empty_like(weight);
    table.moments_forward(s, x.data<float>(), weight.data<float>(), weight_variance.data<float>(),
                          nullptr, mean.data<float>(), variance.data<float>());
    table.moments_backward_weight(s, x.data<float>(), grad_y.data<float>(), grad_y.data<float>(),
                                  grad_weight_mean.data<float>(),
                                  grad_weight_variance.data<float>());
    return std::vector<Tensor>{y,        grad_x,           grad_weight,         mean,
                               variance, grad_weight_mean, grad_weight_variance};
  };
  for (const ConvolutionShape& s : shapes) {
    const std::vector<Tensor> expected = outputs(s, Device::cpu);
    // Sums have up to 72 terms. A factor's relative rounding error is at most 2^-11 (tf32) or 2^-8
    // (bf16).
    for (const auto& [precision, tolerance] :
         {std::pair(Precision::tf32, 2e-3), std::pair(Precision::bf16, 2e-2)}) {
      set_precision(precision);
      const std::vector<Tensor> actual = outputs(s, Device::cuda);
      set_precision(Precision::fp32);
      for (std::size_t i = 0; i < expected.size(); ++i) {
        const double difference = largest_difference(actual[i], expected[i]);
        BOOST_TEST(difference < tolerance);
        // The factors were rounded.
        if (precision == Precision::bf16) BOOST_TEST(difference > 1e-5);
      }
    }
  }
}

BOOST_AUTO_TEST_CASE(bfloat16_is_the_nearest_number) {
  const auto rounded = [](float x) {
    return std::bit_cast<float>(
        cuda::BFloat16::nearest(std::bit_cast<std::uint32_t>(x)).float_bits());
  };
  BOOST_TEST(rounded(1.0F) == 1.0F);
  BOOST_TEST(rounded(1.0F + 0x1p-8F) == 1.0F);
  BOOST_TEST(rounded(1.0F + 0x1p-8F + 0x1p-20F) == 1.0F + 0x1p-7F);
  BOOST_TEST(rounded(1.0F + 0x3p-8F) == 1.0F + 0x1p-6F);
  BOOST_TEST(rounded(-3.1415927F) == -3.140625F);
  BOOST_TEST(std::isinf(rounded(3.4e38F)));
  BOOST_TEST(std::isnan(rounded(std::bit_cast<float>(0x7F800001U))));
}

BOOST_AUTO_TEST_CASE(a_layer_with_rounded_factors_draws_and_has_gradients_near_the_cpus) {
  if (no_device()) return;
  const pointwise::FusedActivation softplus({pointwise::kEntry<pointwise::Softplus>, {1.7, 0}});
  const auto results = [&](const ConvolutionShape& s, Device device) {
    const Shapes of = shapes_of(s);
    const auto there = [&](const Tensor& x) { return x.to(DType::float32).to(device); };
    const Tensor x = there(draws(of.x, 1));
    const Tensor mean = there(draws(of.weight, 2));
    const Tensor variance = there(positive(of.weight, 3));
    const Tensor bias = there(draws({s.out_channels}, 4));
    const Tensor grad_y = there(draws(of.y, 5));
    const OutputNoise noise{Generator(7).next(), 1e-8, &softplus};
    const Kernels<float>& table = kernels<float>(device);
    const Tensors out{Tensor::empty_like(grad_y), Tensor::empty_like(grad_y), Tensor::empty_like(x),
                      Tensor::empty_like(mean), Tensor::empty_like(mean)};
    const Tensor saved = Tensor::empty({table.random_convolution_saved(s)}, DType::float32, device);
    table.random_convolution_forward(s, noise, x, mean, variance, bias, out[0], saved);
    table.random_convolution_backward_output(s, noise, out[0], grad_y, saved, out[1]);
    table.random_convolution_backward_data(s, x, mean, variance, out[1], saved, out[2]);
    table.random_convolution_backward_weight(s, x, out[1], saved, out[3], out[4]);
    return out;
  };
  const auto largest = [](const Tensor& x) {
    return largest_difference(x, Tensor::zeros(x.shape(), x.dtype()));
  };
  for (const ConvolutionShape& s : shapes()) {
    const Tensors expected = results(s, Device::cpu);
    for (const auto& [precision, tolerance] :
         {std::pair(Precision::tf32, 4e-3), std::pair(Precision::bf16, 3e-2)}) {
      set_precision(precision);
      const Tensors actual = results(s, Device::cuda);
      set_precision(Precision::fp32);
      for (std::size_t i = 0; i < expected.size(); ++i) {
        const double difference = largest_difference(actual[i], expected[i]) / largest(expected[i]);
        BOOST_TEST(difference < tolerance, shapes_of(s).name << ", " << i << ": " << difference);
        if (precision == Precision::bf16) BOOST_TEST(difference > 1e-5);
      }
    }
  }
}

// The passes of a fully connected layer whose arrays begin at these elements of two blocks.
template <class T>
Tensors passes_of_linear_layer(const Kernels<T>& kernels, const Tensors& in,
                               const std::pair<std::int64_t, std::int64_t>& at) {
  const ConvolutionShape s{.batch = 5, .in_channels = 7, .out_channels = 4};
  const OutputNoise noise{Generator(7).next(), 1e-8, nullptr};
  const auto empty = [&](const Shape& shape) {
    return Tensor::empty(shape, in[0].dtype(), in[0].device());
  };
  const Tensor weights = empty({200});
  const Tensor grad_weights = empty({200});
  const auto array = [](const Tensor& block, std::int64_t first) {
    return block.slice(first, first + 28);
  };
  array(weights, at.first).copy_from(in[1].reshape({28}));
  array(weights, at.second).copy_from(in[2].reshape({28}));
  const T* const mean = array(weights, at.first).template data<T>();
  const T* const variance = array(weights, at.second).template data<T>();
  const Tensor y = empty({5, 4});
  const Tensor grad_x = empty({5, 7});
  const Tensor saved = empty({kernels.random_convolution_saved(s)});
  const T* const grad_y = in[4].data<T>();
  kernels.random_convolution_forward(s, noise, in[0], mean, variance, in[3], y, saved);
  kernels.random_convolution_backward_output(s, noise, nullptr, grad_y, saved, nullptr);
  kernels.random_convolution_backward_data(s, in[0], mean, variance, grad_y, saved, grad_x);
  kernels.random_convolution_backward_weight(s, in[0], grad_y, saved, array(grad_weights, at.first),
                                             array(grad_weights, at.second));
  return {y, grad_x, array(grad_weights, at.first).clone(), array(grad_weights, at.second).clone()};
}

BOOST_AUTO_TEST_CASE(two_products_of_a_linear_layer_are_one_call_where_their_arrays_lie_so) {
  if (no_device()) return;
  struct Case {
    std::pair<std::int64_t, std::int64_t> at;  ///< of the mean and of the variance
    int calls;
  };
  // The products of three passes. The library takes steps of whole 16 bytes only.
  for (const Case& c : {Case{{0, 64}, 3}, Case{{64, 0}, 3}, Case{{0, 65}, 6}}) {
    int calls = 0;
    const device::Account account(
        [&](const device::Call& call) { calls += call.source == device::Source::cublas_lt; });
    check_agreement(
        "linear",
        {draws({5, 7}, 1), draws({4, 7}, 2), positive({4, 7}, 3), draws({4}, 4), draws({5, 4}, 5)},
        4e-6, [&]<class T>(const Kernels<T>& kernels, const Tensors& in) -> Tensors {
          return passes_of_linear_layer(kernels, in, c.at);
        });
    BOOST_TEST(calls == 2 * c.calls);  // for float32 and float64
  }
}

BOOST_AUTO_TEST_CASE(the_precision_may_not_change_between_the_passes) {
  if (no_device()) return;
  const auto there = [](const Shape& shape, std::uint64_t seed) {
    return Variable(positive(shape, seed).to(DType::float32).to(Device::cuda), true);
  };
  const Variable x = there({2, 3}, 1);
  const ConvolutionShape s{.batch = 2, .in_channels = 3, .out_channels = 4};
  const Variable y = random_convolution("linear", s, x, there({4, 3}, 2), there({4, 3}, 3), {},
                                        Generator(1).next());
  set_precision(Precision::bf16);
  BOOST_CHECK_EXCEPTION(sum(y).backward(), Error, says("the precision changed between the passes"));
  set_precision(Precision::fp32);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace credence
