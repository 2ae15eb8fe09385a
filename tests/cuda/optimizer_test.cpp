#include "tests/cuda/agreement.hpp"

namespace credence {
namespace {

constexpr std::int64_t kCount = 1003;

BOOST_AUTO_TEST_SUITE(device_optimizer)

BOOST_AUTO_TEST_CASE(steps_of_adam_are_the_cpus) {
  if (no_device()) return;
  for (const bool decoupled : {false, true}) {
    const AdamStep step{1e-2, 0.9, 0.999, 1e-8, 0.1, decoupled, 1 - 0.9, 1 - 0.999};
    check_agreement(
        "adam", {draws({kCount}, 1), draws({kCount}, 2)}, 2e-6,
        [&]<class T>(const Kernels<T>& kernels, const Tensors& in) -> Tensors {
          const Tensors out{in[1], Tensor::zeros_like(in[0]), Tensor::zeros_like(in[0])};
          for (int i = 0; i < 2; ++i) {
            kernels.adam_step(step, kCount, in[0].data<T>(), out[0].data<T>(), out[1].data<T>(),
                              out[2].data<T>());
          }
          return out;
        });
  }
}

BOOST_AUTO_TEST_CASE(steps_of_gradient_descent_are_the_cpus) {
  if (no_device()) return;
  for (const double momentum : {0.0, 0.9}) {
    for (const bool nesterov : {false, true}) {
      const SgdStep step{1e-2, momentum, 0.1, nesterov && momentum > 0};
      check_agreement("sgd", {draws({kCount}, 1), draws({kCount}, 2), draws({kCount}, 3)}, 2e-6,
                      [&]<class T>(const Kernels<T>& kernels, const Tensors& in) -> Tensors {
                        kernels.sgd_step(step, kCount, in[0].data<T>(), in[1].data<T>(),
                                         momentum == 0 ? nullptr : in[2].data<T>());
                        return {in[1], in[2]};
                      });
    }
  }
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace credence
