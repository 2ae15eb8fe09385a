// Tests of the device's optimiser steps and gradient clipping against the CPU's kernels.
#include "framework/formulas/optimizer.hpp"

#include "framework/dispatch/kernels.hpp"
#include "tests/cuda/agreement.hpp"

#include <cstring>

namespace credence {

BOOST_AUTO_TEST_SUITE(device_optimizer)

namespace {

constexpr std::int64_t kCount = 1003;

// The settings of a step in the memory of a tensor's device.
struct OnDevice {
  Tensor bytes;

  template <class Step>
  const Step* as() const {
    return reinterpret_cast<const Step*>(bytes.raw_data());
  }
};

template <class Step>
OnDevice on_device(const Step& step, const Tensor& like) {
  const Tensor bytes = Tensor::empty({static_cast<std::int64_t>(sizeof(step))}, DType::uint8);
  std::memcpy(bytes.raw_data(), &step, sizeof(step));
  return {bytes.to(like.device())};
}

BOOST_AUTO_TEST_CASE(gradients_are_clipped_as_on_the_cpu) {
  if (no_device()) return;
  for (const double square_sum : {4.0, 0.25, static_cast<double>(INFINITY)}) {
    check_agreement(
        "clip_norm", {draws({kCount}, 1)}, 1e-6,
        [&]<class T>(const Kernels<T>& kernels, const Tensors& in) -> Tensors {
          const Tensor norm = Tensor::empty({}, in[0].dtype(), in[0].device());
          const Tensor sum = Tensor::full({}, square_sum, DType::float64, in[0].device());
          kernels.clip_norm(1, kCount, sum.data<double>(), norm.data<T>(), in[0].data<T>());
          return {in[0], norm};
        });
  }
}

// Squares of 1e20 overflow float32, and squares of 1e-30 underflow.
BOOST_AUTO_TEST_CASE(squares_of_any_size_are_added_up) {
  if (no_device()) return;
  for (const std::int64_t n : {std::int64_t{0}, std::int64_t{100}, std::int64_t{40'000}}) {
    for (const double element : {1e20, 1.0, 1e-30}) {
      const Tensor x = Tensor::full({n}, element, DType::float32, Device::cuda);
      const Tensor sum = Tensor::full({}, 7, DType::float64, Device::cuda);
      kernels<float>(Device::cuda).square_sum(n, x.data<float>(), sum.data<double>());
      const double expected = static_cast<double>(n) * element * element;
      BOOST_TEST(std::abs(sum.item() - expected) <= 1e-6 * expected, sum.item());
    }
  }
}

BOOST_AUTO_TEST_CASE(steps_of_adam_are_the_cpus) {
  if (no_device()) return;
  for (const auto& [decoupled, amsgrad] :
       {std::pair{false, false}, {true, false}, {false, true}, {true, true}}) {
    const AdamStep step{1e-2, 0.9, 0.999, 1e-8, 0.1, decoupled, 1 - 0.9, 1 - 0.999, amsgrad};
    check_agreement(
        "adam", {draws({kCount}, 1), draws({kCount}, 2)}, 2e-6,
        [&, amsgrad = amsgrad]<class T>(const Kernels<T>& kernels, const Tensors& in) -> Tensors {
          const Tensors out{in[1], Tensor::zeros_like(in[0]), Tensor::zeros_like(in[0]),
                            Tensor::zeros_like(in[0])};
          for (int i = 0; i < 2; ++i) {
            kernels.adam_step(on_device(step, in[0]).as<AdamStep>(), kCount, in[0].data<T>(),
                              out[0].data<T>(), out[1].data<T>(), out[2].data<T>(),
                              amsgrad ? out[3].data<T>() : nullptr);
          }
          return out;
        });
  }
}

BOOST_AUTO_TEST_CASE(steps_of_gradient_descent_are_the_cpus) {
  if (no_device()) return;
  for (const double momentum : {0.0, 0.9}) {
    for (const bool nesterov : {false, true}) {
      const SgdStep step{1e-2,    momentum, 0.1, nesterov && momentum > 0, nesterov ? 0 : 0.3,
                         nesterov};
      check_agreement("sgd", {draws({kCount}, 1), draws({kCount}, 2), draws({kCount}, 3)}, 2e-6,
                      [&]<class T>(const Kernels<T>& kernels, const Tensors& in) -> Tensors {
                        kernels.sgd_step(on_device(step, in[0]).as<SgdStep>(), kCount,
                                         in[0].data<T>(), in[1].data<T>(),
                                         momentum == 0 ? nullptr : in[2].data<T>());
                        return {in[1], in[2]};
                      });
    }
  }
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace credence
