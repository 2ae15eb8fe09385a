// Tests of the device's pooling against the CPU's kernels.
#include "framework/kernels/shapes.hpp"
#include "tests/cuda/agreement.hpp"

namespace credence {

BOOST_AUTO_TEST_SUITE(device_pooling)

namespace {

std::vector<PoolShape> shapes() {
  return {
      {.planes = 6,
       .input = {1, 8, 8},
       .output = {1, 4, 4},
       .kernel = {1, 2, 2},
       .stride = {1, 2, 2}},
      // Windows that overlap, with padding.
      {.planes = 3,
       .input = {1, 7, 9},
       .output = {1, 4, 5},
       .kernel = {1, 3, 3},
       .stride = {1, 2, 2},
       .padding = {0, 1, 1}},
      {.planes = 2,
       .input = {5, 6, 4},
       .output = {4, 3, 3},
       .kernel = {2, 3, 2},
       .stride = {1, 2, 1},
       .padding = {0, 1, 0}},
      // Elements that are in no window.
      {.planes = 2,
       .input = {1, 1, 11},
       .output = {1, 1, 3},
       .kernel = {1, 1, 2},
       .stride = {1, 1, 4}},
  };
}

Shape of(std::int64_t planes, const Extents3& e) { return {planes, e[0], e[1], e[2]}; }

BOOST_AUTO_TEST_CASE(max_and_average_pooling_are_the_cpus) {
  if (no_device()) return;
  std::vector<PoolShape> all = shapes();
  for (PoolShape none : shapes()) {
    none.planes = 0;
    all.push_back(none);
  }
  for (const PoolShape& s : all) {
    const Shape in_shape = of(s.planes, s.input);
    const Shape out_shape = of(s.planes, s.output);
    check_agreement("pooling of " + in_shape.to_string(), {draws(in_shape, 1), draws(out_shape, 2)},
                    1e-6, [&]<class T>(const Kernels<T>& kernels, const Tensors& in) -> Tensors {
                      const auto empty = [&](const Shape& shape) {
                        return Tensor::empty(shape, in[0].dtype(), in[0].device());
                      };
                      const Tensor index = Tensor::empty(out_shape, DType::int32, in[0].device());
                      const Tensors out{empty(out_shape), empty(in_shape), empty(out_shape),
                                        empty(in_shape), index};
                      kernels.max_pool_forward(s, in[0].data<T>(), out[0].data<T>(),
                                               index.data<std::int32_t>());
                      kernels.max_pool_backward(s, in[1].data<T>(), index.data<std::int32_t>(),
                                                out[1].data<T>());
                      kernels.average_pool_forward(s, in[0].data<T>(), out[2].data<T>());
                      kernels.average_pool_backward(s, in[1].data<T>(), out[3].data<T>());
                      return out;
                    });
  }
}

BOOST_AUTO_TEST_CASE(max_pooling_hands_a_nan_on) {
  if (no_device()) return;
  const PoolShape s{.planes = 1,
                    .input = {1, 1, 6},
                    .output = {1, 1, 2},
                    .kernel = {1, 1, 3},
                    .stride = {1, 1, 3}};
  const Tensor x =
      Tensor::from({6}, std::vector<double>{1, NAN, 3, -INFINITY, -INFINITY, -INFINITY});
  check_agreement(
      "max_pool", {x}, 0, [&]<class T>(const Kernels<T>& kernels, const Tensors& in) -> Tensors {
        const Tensor y = Tensor::empty({2}, in[0].dtype(), in[0].device());
        const Tensor index = Tensor::empty({2}, DType::int32, in[0].device());
        kernels.max_pool_forward(s, in[0].data<T>(), y.data<T>(), index.data<std::int32_t>());
        return {y, index};
      });
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace credence
