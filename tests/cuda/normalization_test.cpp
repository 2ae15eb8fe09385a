// Tests of the device's normalisations against the CPU's kernels.
#include "framework/dispatch/kernels.hpp"
#include "framework/formulas/fused_activation.hpp"
#include "tests/cuda/agreement.hpp"
#include "tests/framework/activations.hpp"

#include <optional>

namespace credence {

BOOST_AUTO_TEST_SUITE(device_normalization)

namespace {

void check_batch_norm(const NormalizationShape& s, bool training) {
  const Shape shape{s.batch, s.channels, s.volume};
  const Shape channels{s.channels};
  const Tensor variance = Tensor::full(channels, 1.5, DType::float64);
  check_agreement(
      "batch_norm of " + shape.to_string(),
      {draws(shape, 1), draws(channels, 2), draws(channels, 3), draws(channels, 4), variance,
       draws(shape, 5)},
      4e-6, [&]<class T>(const Kernels<T>& kernels, const Tensors& in) -> Tensors {
        const auto empty = [&](const Shape& of) {
          return Tensor::empty(of, in[0].dtype(), in[0].device());
        };
        const Tensor y = empty(shape);
        const Tensor mean = training ? empty(channels) : in[3].clone();
        const Tensor inverse = empty(channels);
        const Tensors out{
            y, inverse, mean, in[3], in[4], empty(shape), empty(channels), empty(channels)};
        if (training) {
          kernels.batch_norm_training_forward(s, 1e-5, 0.1, in[0].data<T>(), in[1].data<T>(),
                                              in[2].data<T>(), in[3].data<T>(), in[4].data<T>(),
                                              y.data<T>(), mean.data<T>(), inverse.data<T>());
        } else {
          kernels.batch_norm_forward(s, 1e-5, in[0].data<T>(), in[1].data<T>(), in[2].data<T>(),
                                     mean.data<T>(), in[4].data<T>(), y.data<T>(),
                                     inverse.data<T>());
        }
        kernels.batch_norm_backward(s, training, in[0].data<T>(), in[1].data<T>(), mean.data<T>(),
                                    inverse.data<T>(), in[5].data<T>(), out[5].data<T>(),
                                    out[6].data<T>(), out[7].data<T>());
        return out;
      });
}

void check_filter_response_norm(const NormalizationShape& s,
                                const std::optional<pointwise::Function>& function) {
  const Shape shape{s.batch, s.channels, s.volume};
  const Shape channels{s.channels};
  std::optional<pointwise::RecomputedActivation> activation;
  if (function) activation.emplace(*function);
  const auto* const chosen = activation ? &*activation : nullptr;
  check_agreement(
      "filter_response_norm of " + shape.to_string() + (function ? function->entry.name : ""),
      {draws(shape, 1), draws(channels, 2), draws(channels, 3), draws(shape, 5)}, 4e-6,
      [&]<class T>(const Kernels<T>& kernels, const Tensors& in) -> Tensors {
        const auto empty = [&](const Shape& of) {
          return Tensor::empty(of, in[0].dtype(), in[0].device());
        };
        const Tensors out{empty(shape), empty(shape), empty(channels), empty(channels)};
        // An empty plane has no root that would be read.
        const Tensor roots = empty({s.batch, s.channels});
        kernels.filter_response_norm_forward(s, 1e-2, chosen, in[0].data<T>(), in[1].data<T>(),
                                             in[2].data<T>(), out[0].data<T>(), roots.data<T>());
        kernels.filter_response_norm_backward(s, chosen, in[0].data<T>(), in[1].data<T>(),
                                              in[2].data<T>(), roots.data<T>(), in[3].data<T>(),
                                              out[1].data<T>(), out[2].data<T>(), out[3].data<T>());
        return out;
      });
}

BOOST_AUTO_TEST_CASE(filter_response_normalisation_is_the_cpus) {
  if (no_device()) return;
  for (const pointwise::Function& function : all_activations()) {
    check_filter_response_norm({.batch = 2, .channels = 3, .volume = 10}, function);
  }
  check_filter_response_norm({.batch = 4, .channels = 3, .volume = 25}, {});
  check_filter_response_norm({.batch = 33, .channels = 20, .volume = 1}, {});
  // More than one block for each plane.
  check_filter_response_norm({.batch = 2, .channels = 2, .volume = 5000}, {});
  check_filter_response_norm({.batch = 5, .channels = 0, .volume = 4}, {});
  // The gradients of the parameters are 0, whatever the memory contained.
  check_filter_response_norm({.batch = 0, .channels = 3, .volume = 4}, {});
  check_filter_response_norm({.batch = 2, .channels = 3, .volume = 0}, {});
}

BOOST_AUTO_TEST_CASE(batch_normalisation_is_the_cpus) {
  if (no_device()) return;
  for (const bool training : {true, false}) {
    check_batch_norm({.batch = 4, .channels = 3, .volume = 25}, training);
    check_batch_norm({.batch = 33, .channels = 20, .volume = 1}, training);
    // More than one block for each channel.
    check_batch_norm({.batch = 5, .channels = 2, .volume = 1024}, training);
    check_batch_norm({.batch = 5, .channels = 0, .volume = 4}, training);
  }
  // The gradients of the parameters are 0, whatever the memory contained.
  check_batch_norm({.batch = 0, .channels = 3, .volume = 4}, false);
  check_batch_norm({.batch = 2, .channels = 3, .volume = 0}, false);
}

// Squares of 1e20 are beyond float32.
BOOST_AUTO_TEST_CASE(channels_of_large_numbers_are_normalised) {
  if (no_device()) return;
  const NormalizationShape s{.batch = 4, .channels = 1, .volume = 2};
  // Mean 1e20, deviation 2e20.
  const Tensor x = Tensor::from({8}, std::vector<float>{-1e20F, 3e20F, -1e20F, 3e20F, 3e20F, -1e20F,
                                                        3e20F, -1e20F})
                       .to(Device::cuda);
  const auto full = [](double value) {
    return Tensor::full({1}, value, DType::float32, Device::cuda);
  };
  const Tensor running_mean = full(0);
  const Tensor running_variance = full(1);
  const Tensor mean = full(0);
  const Tensor inverse = full(0);
  const Tensor y = Tensor::empty_like(x);
  kernels<float>(Device::cuda)
      .batch_norm_training_forward(s, 1e-5, 0.5, x.data<float>(), full(1).data<float>(),
                                   full(0).data<float>(), running_mean.data<float>(),
                                   running_variance.data<float>(), y.data<float>(),
                                   mean.data<float>(), inverse.data<float>());
  const std::vector<double> values = y.to_vector<double>();
  const std::vector<double> expected{-1, 1, -1, 1, 1, -1, 1, -1};
  for (std::size_t i = 0; i < values.size(); ++i) {
    BOOST_TEST(std::abs(values[i] - expected[i]) < 1e-6, values[i]);
  }
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace credence
