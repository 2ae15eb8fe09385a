// Tests of the convolution kernels, plain and Bayesian: the fast float32 kernels against the
// reference in double precision, memory bounds, threads, and values that are not finite.
#include "framework/core/parallel.hpp"
#include "framework/dispatch/kernels.hpp"
#include "tests/framework/activations.hpp"
#include "tests/framework/convolution_shapes.hpp"
#include "tests/framework/guarded_array.hpp"

#include <algorithm>
#include <cmath>
#include <memory>
#include <span>
#include <string_view>

#include <boost/test/unit_test.hpp>

namespace credence {

BOOST_AUTO_TEST_SUITE(convolution_kernels, *boost::unit_test::label("every_isa"))

namespace {

using namespace test;

std::vector<const std::vector<ConvolutionShape>*> all_lists() {
  return {&general_shapes(), &linear_shapes(),  &lane_shapes(),     &winograd_shapes(),
          &strided_shapes(), &channel_shapes(), &depthwise_shapes()};
}

Tensor normals(std::int64_t count, std::string_view name) {
  const Tensor x = Tensor::empty({count}, DType::float64);
  kernels<double>(Device::cpu).normal(Generator(1).split(name).next(), count, x.data<double>());
  return x;
}

// The number of elements of each operand (x, w, v, b, g, h: images, means and variances of the
// weights, bias, and gradients of means and variances) and of each result of all kernels.
std::vector<std::int64_t> operand_sizes(const ConvolutionShape& s) {
  return {s.input_numel(), s.weight_numel(), s.weight_numel(),
          s.out_channels,  s.output_numel(), s.output_numel()};
}
std::vector<std::int64_t> result_sizes(const ConvolutionShape& s) {
  return {s.output_numel(), s.input_numel(), s.weight_numel(), s.out_channels,  s.output_numel(),
          s.output_numel(), s.input_numel(), s.weight_numel(), s.weight_numel()};
}

// The elements of operand i.
template <class T>
Tensor operand(const ConvolutionShape& s, std::size_t i) {
  const Tensor values =
      normals(operand_sizes(s)[i], std::string_view("xwvbgh").substr(i, 1)).to(dtype_of<T>);
  constexpr std::size_t kVariances = 2;
  if (i == kVariances) {
    for (T& v : std::span(values.data<T>(), static_cast<std::size_t>(values.numel()))) v *= v;
  }
  return values;
}

// Runs every kernel of the family.
template <class T>
void run(const ConvolutionShape& s, const std::vector<T*>& operands, const std::vector<T*>& r) {
  const Kernels<T>& k = kernels<T>(Device::cpu);
  const T* const x = operands[0];
  const T* const w = operands[1];
  const T* const v = operands[2];
  const T* const b = operands[3];
  const T* const g = operands[4];
  const T* const h = operands[5];
  k.convolution_forward(s, x, w, {b}, r[0]);
  k.convolution_backward_data(s, g, w, r[1]);
  k.convolution_backward_weight(s, x, g, r[2]);
  k.convolution_backward_bias(s, g, r[3]);
  k.moments_forward(s, x, w, v, b, r[4], r[5]);
  k.moments_backward_data(s, x, w, v, g, h, r[6]);
  k.moments_backward_weight(s, x, g, h, r[7], r[8]);
}

// All results.
template <class T>
std::vector<Tensor> run(const ConvolutionShape& s) {
  std::vector<Tensor> operands;
  std::vector<Tensor> results;
  for (std::size_t i = 0; i < operand_sizes(s).size(); ++i) operands.push_back(operand<T>(s, i));
  for (const std::int64_t n : result_sizes(s)) results.push_back(Tensor::empty({n}, dtype_of<T>));
  const auto pointers = [](const std::vector<Tensor>& tensors) {
    std::vector<T*> list;
    for (const Tensor& tensor : tensors) list.push_back(tensor.data<T>());
    return list;
  };
  run<T>(s, pointers(operands), pointers(results));
  return results;
}

// Compares all results with those in double precision. Errors are relative to the largest value of
// a result.
void check_against_definition(const std::vector<ConvolutionShape>& list, double tolerance) {
  for (std::size_t i = 0; i < list.size(); ++i) {
    const std::vector<Tensor> expected = run<double>(list[i]);
    const std::vector<Tensor> actual = run<float>(list[i]);
    for (std::size_t result = 0; result < expected.size(); ++result) {
      double error = 0;
      double scale = 1;
      for (std::int64_t e = 0; e < expected[result].numel(); ++e) {
        const double wanted = expected[result].data<double>()[e];
        const double got = static_cast<double>(actual[result].data<float>()[e]);
        error = std::isfinite(got) ? std::max(error, std::abs(got - wanted)) : INFINITY;
        scale = std::max(scale, std::abs(wanted));
      }
      BOOST_TEST(error < tolerance * scale,
                 "shape " << i << ", result " << result << ": " << error << " of " << scale);
    }
  }
}

void check_threads(const std::vector<ConvolutionShape>& list) {
  const int before = num_threads();
  for (const ConvolutionShape& shape : list) {
    set_num_threads(1);
    const std::vector<Tensor> expected = run<float>(shape);
    for (const int threads : {2, 3}) {
      set_num_threads(threads);
      const std::vector<Tensor> actual = run<float>(shape);
      for (std::size_t i = 0; i < expected.size(); ++i) {
        BOOST_TEST(std::memcmp(actual[i].raw_data(), expected[i].raw_data(), expected[i].bytes()) ==
                   0);
      }
    }
  }
  set_num_threads(before);
}

// Arrays in guarded memory, each followed by the padding that may be read, all of it NaN at first.
class GuardedArrays {
 public:
  GuardedArrays(const std::vector<std::int64_t>& sizes, Guard guard) : sizes_(sizes) {
    for (const std::int64_t n : sizes) {
      arrays_.push_back(std::make_unique<GuardedArray<float>>(n + kPadding, guard));
      std::fill_n(arrays_.back()->data(), n + kPadding, NAN);
    }
  }
  std::vector<float*> pointers() const {
    std::vector<float*> list;
    for (const auto& array : arrays_) list.push_back(array->data());
    return list;
  }
  // Whether the padding is unchanged.
  bool padding_is_whole() const {
    for (std::size_t i = 0; i < arrays_.size(); ++i) {
      const float* const padding = arrays_[i]->data() + sizes_[i];
      if (!std::all_of(padding, padding + kPadding, [](float v) { return std::isnan(v); })) {
        return false;
      }
    }
    return true;
  }

 private:
  static constexpr std::int64_t kPadding = kTailPadding / sizeof(float);
  std::vector<std::int64_t> sizes_;
  std::vector<std::unique_ptr<GuardedArray<float>>> arrays_;
};

// An access outside crashes, a read of the padding makes NaN, and a write to it is found.
void check_guards(const std::vector<ConvolutionShape>& list) {
  for (std::size_t shape = 0; shape < list.size(); ++shape) {
    const ConvolutionShape& s = list[shape];
    const std::vector<Tensor> expected = run<float>(s);
    for (const Guard guard : {Guard::before, Guard::after}) {
      const GuardedArrays operands(operand_sizes(s), guard);
      const GuardedArrays results(result_sizes(s), guard);
      for (std::size_t i = 0; i < operands.pointers().size(); ++i) {
        const Tensor values = operand<float>(s, i);
        std::copy_n(values.data<float>(), values.numel(), operands.pointers()[i]);
      }
      run<float>(s, operands.pointers(), results.pointers());
      for (std::size_t i = 0; i < expected.size(); ++i) {
        BOOST_TEST(
            std::memcmp(results.pointers()[i], expected[i].raw_data(), expected[i].bytes()) == 0,
            "shape " << shape << ", result " << i);
      }
      BOOST_TEST(results.padding_is_whole(), "shape " << shape);
    }
  }
}

// Compares the forward pass with an activation to the activation after the forward pass.
template <class T>
void check_activations(const std::vector<ConvolutionShape>& list) {
  const Kernels<T>& k = kernels<T>(Device::cpu);
  for (std::size_t i = 0; i < list.size(); ++i) {
    const ConvolutionShape& s = list[i];
    const Tensor x = normals(s.input_numel(), "x").to(dtype_of<T>);
    const Tensor w = normals(s.weight_numel(), "w").to(dtype_of<T>);
    const Tensor b = normals(s.out_channels, "b").to(dtype_of<T>);
    const Tensor expected = Tensor::empty({s.output_numel()}, dtype_of<T>);
    const Tensor actual = Tensor::empty_like(expected);
    for (const pointwise::Function& function : fused_activations()) {
      for (const T* bias : {static_cast<const T*>(nullptr), static_cast<const T*>(b.data<T>())}) {
        k.convolution_forward(s, x.data<T>(), w.data<T>(), {bias}, expected.data<T>());
        k.pointwise_forward[function.entry.index](function.parameters, s.output_numel(),
                                                  expected.data<T>(), expected.data<T>());
        const pointwise::FusedActivation activation(function);
        k.convolution_forward(s, x.data<T>(), w.data<T>(), {bias, &activation}, actual.data<T>());
        BOOST_TEST(std::memcmp(actual.raw_data(), expected.raw_data(), expected.bytes()) == 0,
                   "shape " << i << ", " << function.entry.name << ", bias " << (bias != nullptr));
      }
    }
  }
}

}  // namespace

BOOST_AUTO_TEST_CASE(fast_kernels_agree_with_the_definition) {
  check_against_definition(general_shapes(), 3e-6);
  check_against_definition(linear_shapes(), 3e-6);
  check_against_definition(lane_shapes(), 3e-6);
  check_against_definition(strided_shapes(), 3e-6);
  check_against_definition(channel_shapes(), 3e-6);
  check_against_definition(depthwise_shapes(), 3e-6);
}

BOOST_AUTO_TEST_CASE(winograd_kernels_agree_with_the_definition) {
  check_against_definition(winograd_shapes(), 2e-5);
}

BOOST_AUTO_TEST_CASE(bits_do_not_depend_on_the_number_of_threads) {
  check_threads(general_shapes());
  check_threads(linear_shapes());
  check_threads(lane_shapes());
  check_threads(winograd_shapes());
  check_threads(strided_shapes());
  check_threads(channel_shapes());
  check_threads(depthwise_shapes());
}

BOOST_AUTO_TEST_CASE(an_activation_in_the_epilogue_gives_the_bits_of_one_afterwards,
                     *boost::unit_test::label("optimised")) {
  for (const auto* list : all_lists()) {
    check_activations<float>(*list);
  }
  check_activations<double>(general_shapes());
}

BOOST_AUTO_TEST_CASE(nothing_outside_the_arrays_counts_or_is_touched) {
  for (const auto* list : all_lists()) {
    check_guards(*list);
  }
}

BOOST_AUTO_TEST_CASE(a_pixel_that_is_not_finite_touches_the_windows_that_see_it_alone) {
  // Shapes that Winograd's algorithm computes in tiles of 4 and of 2, and others.
  for (const ConvolutionShape& s :
       {shape_3x3(2, 32, 32, 16, 16, 1), shape_3x3(3, 64, 64, 2, 2, 1), general_shapes()[1],
        general_shapes()[3], lane_shapes()[0], strided_shapes()[0], strided_shapes()[3],
        channel_shapes()[4], depthwise_shapes()[2], depthwise_shapes()[15]}) {
    for (const float value : {NAN, INFINITY, -INFINITY, 3e38F}) {
      std::vector<Tensor> operands;
      for (std::size_t i = 0; i < operand_sizes(s).size(); ++i) {
        operands.push_back(operand<float>(s, i));
      }
      // The first pixel of the first channel of the last image, and of its gradient.
      operands[0].data<float>()[(s.batch - 1) * s.input_numel() / s.batch] = value;
      operands[4].data<float>()[(s.batch - 1) * s.output_numel() / s.batch] = value;
      const Kernels<float>& k = kernels<float>(Device::cpu);
      const auto finite_count = [&](std::int64_t numel, auto kernel) {
        const Tensor y = Tensor::empty({numel}, DType::float32);
        kernel(y.data<float>());
        std::int64_t finite = 0;
        for (const double v : y.to_vector<double>()) finite += std::isfinite(v) ? 1 : 0;
        return finite;
      };
      const float* const x = operands[0].data<float>();
      const float* const w = operands[1].data<float>();
      const float* const v = operands[2].data<float>();
      const float* const g = operands[4].data<float>();
      // The windows that contain the corner: as far as the kernel reaches over the padding.
      std::int64_t seen = s.out_channels;
      for (std::size_t i = 0; i < 3; ++i) seen *= std::min(s.output[i], s.padding[i] + 1);
      BOOST_TEST(finite_count(s.output_numel(), [&](float* y) {
                   k.convolution_forward(s, x, w, {}, y);
                 }) >= s.output_numel() - seen);
      const Tensor mean = Tensor::empty({s.output_numel()}, DType::float32);
      BOOST_TEST(finite_count(s.output_numel(), [&](float* y) {
                   k.moments_forward(s, x, w, v, nullptr, mean.data<float>(), y);
                 }) >= s.output_numel() - seen);
      // The gradient's corner reaches the inputs of its window.
      Extents3 reach{};
      for (std::size_t i = 0; i < 3; ++i) reach[i] = s.kernel[i] - s.padding[i];
      const std::int64_t touched = s.in_channels * ConvolutionShape::volume(reach);
      BOOST_TEST(finite_count(s.input_numel(), [&](float* y) {
                   k.convolution_backward_data(s, g, w, y);
                 }) >= s.input_numel() - touched);
    }
  }
}

BOOST_AUTO_TEST_CASE(extents_of_zero_are_computed_as_defined) {
  std::vector<ConvolutionShape> list;
  for (const auto* from : all_lists()) {
    for (std::size_t i = 0; i < std::min<std::size_t>(from->size(), 12); ++i) {
      ConvolutionShape s = (*from)[i];
      s.batch = 0;
      list.push_back(s);
      s = (*from)[i];
      s.in_channels = 0;
      list.push_back(s);
      s = (*from)[i];
      s.out_channels = 0;
      list.push_back(s);
    }
  }
  check_against_definition(list, 3e-6);
  check_guards(list);
}

BOOST_AUTO_TEST_CASE(winograd_gives_no_negative_variance) {
  const ConvolutionShape s = shape_3x3(2, 32, 32, 16, 16, 1);
  // One bright pixel: where it has no influence, the variance is 0 up to rounding.
  Tensor x = Tensor::zeros({s.input_numel()}, DType::float32);
  x.data<float>()[5 * 16 + 6] = 100;
  const Tensor weight = normals(s.weight_numel(), "weight").to(DType::float32);
  Tensor variance = weight.clone();
  for (std::int64_t i = 0; i < variance.numel(); ++i)
    variance.data<float>()[i] *= weight.data<float>()[i];
  const Tensor mean = Tensor::empty({s.output_numel()}, DType::float32);
  const Tensor result = Tensor::empty_like(mean);
  kernels<float>(Device::cpu)
      .moments_forward(s, x.data<float>(), weight.data<float>(), variance.data<float>(), nullptr,
                       mean.data<float>(), result.data<float>());
  const float* const first = result.data<float>();
  BOOST_TEST(*std::min_element(first, first + s.output_numel()) >= 0);
  BOOST_TEST(*std::max_element(first, first + s.output_numel()) > 0);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace credence
