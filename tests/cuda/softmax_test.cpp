// Tests of the device's log-softmax and negative log-likelihood against the CPU's kernels.
#include "tests/cuda/agreement.hpp"

namespace credence {

BOOST_AUTO_TEST_SUITE(device_softmax)

namespace {

BOOST_AUTO_TEST_CASE(log_softmax_of_short_and_long_rows_is_the_cpus) {
  if (no_device()) return;
  for (const std::int64_t columns : {1, 10, 64, 65, 1000}) {
    constexpr std::int64_t kRows = 7;
    const Shape shape{kRows, columns};
    check_agreement("log_softmax of " + shape.to_string(), {draws(shape, 1), draws(shape, 2)}, 2e-6,
                    [&]<class T>(const Kernels<T>& kernels, const Tensors& in) -> Tensors {
                      const Tensor y = Tensor::empty_like(in[0]);
                      const Tensor grad_x = Tensor::empty_like(in[0]);
                      kernels.log_softmax_forward(kRows, columns, in[0].data<T>(), y.data<T>());
                      kernels.log_softmax_backward(kRows, columns, y.data<T>(), in[1].data<T>(),
                                                   grad_x.data<T>());
                      return {y, grad_x};
                    });
  }
}

BOOST_AUTO_TEST_CASE(log_softmax_of_nothing_is_nothing) {
  if (no_device()) return;
  for (const Shape& shape : {Shape{10, 0}, Shape{0, 0}, Shape{0, 5}}) {
    check_agreement("log_softmax of " + shape.to_string(), {Tensor::zeros(shape, DType::float64)},
                    0, [&]<class T>(const Kernels<T>& kernels, const Tensors& in) -> Tensors {
                      const Tensor y = Tensor::empty_like(in[0]);
                      const Tensor grad_x = Tensor::empty_like(in[0]);
                      kernels.log_softmax_forward(shape[0], shape[1], in[0].data<T>(), y.data<T>());
                      kernels.log_softmax_backward(shape[0], shape[1], y.data<T>(), in[0].data<T>(),
                                                   grad_x.data<T>());
                      return {y, grad_x};
                    });
  }
}

BOOST_AUTO_TEST_CASE(the_negative_log_likelihood_is_the_cpus) {
  if (no_device()) return;
  for (const std::int64_t rows : {1, 3, 300}) {
    std::vector<std::int64_t> labels;
    for (std::int64_t row = 0; row < rows; ++row) labels.push_back(row * 7 % 10);
    check_agreement("nll_loss of " + std::to_string(rows) + " rows",
                    {draws({rows, 10}, 3), Tensor::from({rows}, labels), draws({}, 4)}, 1e-6,
                    [&]<class T>(const Kernels<T>& kernels, const Tensors& in) -> Tensors {
                      const auto* label = in[1].data<std::int64_t>();
                      const Tensor loss = Tensor::empty({}, in[0].dtype(), in[0].device());
                      const Tensor grad = Tensor::empty_like(in[0]);
                      kernels.nll_loss_forward(rows, 10, in[0].data<T>(), label, loss.data<T>());
                      kernels.nll_loss_backward(rows, 10, label, in[2].data<T>(), grad.data<T>());
                      return {loss, grad};
                    });
  }
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace credence
