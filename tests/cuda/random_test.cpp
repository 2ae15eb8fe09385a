// Tests of noise and dropout: the device draws the same numbers as the CPU.
#include "tests/cuda/agreement.hpp"
#include "tests/framework/activations.hpp"

namespace credence {

BOOST_AUTO_TEST_SUITE(device_random)

namespace {

constexpr double kEpsilon = 1e-8;

BOOST_AUTO_TEST_CASE(noise_is_the_cpus) {
  if (no_device()) return;
  for (const std::int64_t n : {1, 15, 16, 63, 64, 65, 130, 5000}) {
    RandomStream stream = Generator(7).next();
    stream.draw = (std::uint64_t{1} << 40) + 3;
    // Every second stream begins inside its draw.
    if (n % 2 == 1) stream.offset = 2 * n + 37;
    check_agreement(
        "noise of " + std::to_string(n), {draws({n}, 1), positive({n}, 2), draws({n}, 3)}, 2e-6,
        [&]<class T>(const Kernels<T>& kernels, const Tensors& in) -> Tensors {
          const Tensors out{Tensor::empty_like(in[0]), Tensor::empty_like(in[0]), in[0].clone(),
                            Tensor::empty_like(in[0])};
          const Tensor kept = in[1].clone();
          kernels.normal(stream, n, out[0].data<T>());
          const OutputNoise noise{stream, kEpsilon};
          kernels.draw_normal(noise, n, in[0].data<T>(), in[1].data<T>(), out[1].data<T>());
          kernels.add_noise_forward(noise, n, out[2].data<T>(), kept.data<T>());
          kernels.add_noise_backward(noise, n, nullptr, in[2].data<T>(), kept.data<T>(), nullptr,
                                     out[3].data<T>());
          return out;
        });
  }
}

BOOST_AUTO_TEST_CASE(noise_with_an_activation_is_the_cpus) {
  if (no_device()) return;
  constexpr std::int64_t kNumel = 1000;
  for (const pointwise::Function& function : fused_activations()) {
    const pointwise::FusedActivation activation(function);
    const OutputNoise noise{Generator(7).next(), kEpsilon, &activation};
    check_agreement(std::string("noise and ") + function.entry.name,
                    {draws({kNumel}, 1), positive({kNumel}, 2), draws({kNumel}, 3)}, 4e-6,
                    [&]<class T>(const Kernels<T>& kernels, const Tensors& in) -> Tensors {
                      const Tensors out{Tensor::empty_like(in[0]), in[0].clone(),
                                        Tensor::empty_like(in[0]), in[1].clone()};
                      // The gradient replaces the stored number, as in a layer.
                      const Tensor& kept = out[3];
                      kernels.draw_normal(noise, kNumel, in[0].data<T>(), in[1].data<T>(),
                                          out[0].data<T>());
                      kernels.add_noise_forward(noise, kNumel, out[1].data<T>(), kept.data<T>());
                      kernels.add_noise_backward(noise, kNumel, out[1].data<T>(), in[2].data<T>(),
                                                 kept.data<T>(), out[2].data<T>(), kept.data<T>());
                      return out;
                    });
  }
}

BOOST_AUTO_TEST_CASE(dropout_drops_the_elements_that_the_cpu_drops) {
  if (no_device()) return;
  RandomStream stream = Generator(8).next();
  for (const double probability : {0.0, 0.25, 0.9}) {
    stream.offset += 41;
    check_agreement("dropout", {positive({1000}, 4)}, 1e-6,
                    [&]<class T>(const Kernels<T>& kernels, const Tensors& in) -> Tensors {
                      const Tensor y = Tensor::empty_like(in[0]);
                      kernels.dropout(stream, probability, 1000, in[0].data<T>(), y.data<T>());
                      return {y};
                    });
  }
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace credence
