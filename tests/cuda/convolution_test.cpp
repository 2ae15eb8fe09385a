#include "tests/cuda/agreement.hpp"

namespace credence {
namespace {

std::vector<ConvolutionShape> shapes() {
  return {
      {.batch = 5, .in_channels = 7, .out_channels = 4},
      {.batch = 1, .in_channels = 3, .out_channels = 1},
      {.batch = 3, .in_channels = 1, .out_channels = 1},
      {.batch = 2,
       .in_channels = 3,
       .out_channels = 4,
       .input = {1, 6, 5},
       .output = {1, 6, 5},
       .kernel = {1, 3, 3},
       .padding = {0, 1, 1}},
      {.batch = 2,
       .groups = 2,
       .in_channels = 4,
       .out_channels = 6,
       .input = {1, 1, 9},
       .output = {1, 1, 4},
       .kernel = {1, 1, 3},
       .stride = {1, 1, 2}},
      {.batch = 1,
       .in_channels = 2,
       .out_channels = 3,
       .input = {4, 5, 6},
       .output = {3, 4, 4},
       .kernel = {2, 2, 2},
       .dilation = {1, 1, 2}},
  };
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

BOOST_AUTO_TEST_SUITE(device_convolution)

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
          kernels.convolution_forward(s, x, weight, in[2].data<T>(), out[0].data<T>());
          kernels.convolution_forward(s, x, weight, nullptr, out[1].data<T>());
          kernels.convolution_backward_data(s, grad, weight, out[2].data<T>());
          kernels.convolution_backward_weight(s, x, grad, out[3].data<T>());
          kernels.convolution_backward_bias(s, grad, out[4].data<T>());
          return out;
        });
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

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace credence
