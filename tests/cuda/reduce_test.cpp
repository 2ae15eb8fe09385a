// Tests of the device's sums, argmax and counts against the CPU's kernels.
#include "framework/dispatch/kernels.hpp"
#include "tests/cuda/agreement.hpp"

namespace credence {

BOOST_AUTO_TEST_SUITE(device_reduce)

namespace {

void check_sum(const Shape& from, const Shape& to) {
  const BroadcastLoop loop = broadcast_loop(from, to, "sum");
  check_agreement("sum of " + from.to_string() + " to " + to.to_string(), {draws(from, 1)}, 1e-6,
                  [&]<class T>(const Kernels<T>& kernels, const Tensors& in) -> Tensors {
                    const Tensor y = Tensor::empty(to, in[0].dtype(), in[0].device());
                    kernels.sum_to(loop, in[0].data<T>(), y.data<T>());
                    return {y};
                  });
}

BOOST_AUTO_TEST_CASE(sums_over_any_dimensions_are_the_cpus) {
  if (no_device()) return;
  check_sum({5}, {});
  check_sum({33, 7}, {});
  check_sum({40'000}, {1});
  check_sum({6, 5, 4}, {5, 1});
  check_sum({6, 5, 4}, {6, 1, 4});
  check_sum({3, 2, 5000}, {2, 1});
  check_sum({64, 100}, {100});
  check_sum({0, 3}, {3});
  check_sum({9, 4}, {9, 4});
}

BOOST_AUTO_TEST_CASE(a_sum_has_the_same_bits_each_time) {
  if (no_device()) return;
  const Tensor x = draws({20, 1000}, 2).to(DType::float32).to(Device::cuda);
  const BroadcastLoop loop = broadcast_loop(x.shape(), {}, "sum");
  const Tensor first = Tensor::empty({}, DType::float32, Device::cuda);
  const Tensor second = Tensor::empty({}, DType::float32, Device::cuda);
  for (const Tensor& y : {first, second}) {
    kernels<float>(Device::cuda).sum_to(loop, x.data<float>(), y.data<float>());
  }
  BOOST_TEST(first.item() == second.item());
}

BOOST_AUTO_TEST_CASE(argmax_takes_the_first_of_the_largest) {
  if (no_device()) return;
  const Tensor x =
      Tensor::from({3, 4}, std::vector<double>{0, 2, 2, 1, -3, -1, -2, -1, 5, 5, 5, 5});
  check_agreement("argmax", {x}, 0,
                  []<class T>(const Kernels<T>& kernels, const Tensors& in) -> Tensors {
                    const Tensor index = Tensor::empty({3}, DType::int64, in[0].device());
                    kernels.argmax(3, 4, in[0].data<T>(), index.data<std::int64_t>());
                    return {index};
                  });
}

BOOST_AUTO_TEST_CASE(a_nan_is_the_largest_and_predicts_nothing) {
  if (no_device()) return;
  const Tensor x =
      Tensor::from({4, 3}, std::vector<float>{1, NAN, 3, NAN, 1, 3, 1, NAN, NAN, 1, 3, 2})
          .to(Device::cuda);
  const std::vector<std::int64_t> largest{1, 0, 1, 1};
  const Tensor label = Tensor::from({4}, largest).to(Device::cuda);
  const Tensor index = Tensor::empty({4}, DType::int64, Device::cuda);
  const Tensor correct = Tensor::zeros({}, DType::float64, Device::cuda);
  const auto& table = kernels<float>(Device::cuda);
  table.argmax(4, 3, x.data<float>(), index.data<std::int64_t>());
  table.add_correct(4, 3, x.data<float>(), label.data<std::int64_t>(), correct.data<double>());
  BOOST_TEST(index.to_vector<std::int64_t>() == largest, boost::test_tools::per_element());
  BOOST_TEST(correct.item() == 1);
}

BOOST_AUTO_TEST_CASE(scalars_and_right_answers_are_added_up) {
  if (no_device()) return;
  constexpr std::int64_t kRows = 700;
  const Tensor labels = Tensor::empty({kRows}, DType::int64);
  for (std::int64_t i = 0; i < kRows; ++i) labels.data<std::int64_t>()[i] = i % 3;
  check_agreement("totals", {draws({kRows, 3}, 1), draws({2}, 2)}, 1e-6,
                  [&]<class T>(const Kernels<T>& kernels, const Tensors& in) -> Tensors {
                    const Tensor totals = Tensor::full({3}, 5, DType::float64, in[0].device());
                    const Tensor label = labels.to(in[0].device());
                    for (int i = 0; i < 2; ++i) {
                      kernels.add_scalars({2, {in[1].data<T>(), in[1].data<T>() + 1}}, 10,
                                          totals.data<double>());
                      kernels.add_correct(kRows, 3, in[0].data<T>(), label.data<std::int64_t>(),
                                          totals.data<double>() + 2);
                    }
                    return {totals};
                  });
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace credence
