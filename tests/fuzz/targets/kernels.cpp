// Target: shapes of convolutions, matrix products and pooling, which the bytes choose. The kernels
// of each instruction set are compared with the plain loops in double precision.
#include "framework/dispatch/kernels.hpp"

#include "framework/cpu/table.hpp"
#include "tests/fuzz/target.hpp"

#include <algorithm>
#include <cmath>
#include <optional>

namespace credence::fuzz {
namespace {

// Small numbers, one for each byte; 0 behind the last.
class Numbers {
 public:
  explicit Numbers(std::string_view bytes) : bytes_(bytes) {}
  std::int64_t next(std::int64_t least, std::int64_t most) {
    if (bytes_.empty()) return least;
    const auto byte = static_cast<unsigned char>(bytes_.front());
    bytes_.remove_prefix(1);
    return least + byte % (most - least + 1);
  }

 private:
  std::string_view bytes_;
};

const cpu::Table& table_of(const std::string& name) {
#ifdef __aarch64__
  if (name == "neon") return cpu::neon::table();
#else
  if (name == "baseline") return cpu::baseline::table();
#endif
#ifdef CREDENCE_X86_KERNELS
  if (name == "avx2") return cpu::avx2::table();
  if (name == "avx512") return cpu::avx512::table();
#endif
  throw std::logic_error("an instruction set without a table: " + name);
}

// Multiples of 1/8 between -2 and 2, which both precisions have.
template <class T>
Tensor operand(std::int64_t count, std::uint32_t seed) {
  const Tensor values = Tensor::empty({count}, dtype_of<T>);
  std::uint32_t state = seed;
  for (std::int64_t i = 0; i < count; ++i) {
    state = state * 1664525U + 1013904223U;
    values.data<T>()[i] = static_cast<T>(static_cast<int>(state >> 27) - 16) / 8;
  }
  return values;
}

// Kernels may read the bytes behind a tensor, and never write them.
constexpr std::byte kBehind{0x5A};

using Results = std::vector<Tensor>;

template <class T>
T* add(Results& results, std::int64_t count) {
  const Tensor tensor = Tensor::empty({count}, dtype_of<T>);
  tensor.fill(-77);
  std::fill_n(tensor.raw_data() + tensor.bytes(), kTailPadding, kBehind);
  results.push_back(tensor);
  return tensor.data<T>();
}

// The sums are of numbers near 1, so that an error is one of the largest value.
void compare(const Results& actual, const Results& expected) {
  constexpr double kTolerance = 2e-5;
  for (std::size_t i = 0; i < expected.size(); ++i) {
    double largest = 1;
    double error = 0;
    for (std::int64_t e = 0; e < expected[i].numel(); ++e) {
      const double wanted = expected[i].data<double>()[e];
      const double got = static_cast<double>(actual[i].data<float>()[e]);
      largest = std::max(largest, std::abs(wanted));
      error = std::isfinite(got) ? std::max(error, std::abs(got - wanted)) : INFINITY;
    }
    require(error <= kTolerance * largest, "a kernel differs from the plain loops");
    const std::byte* const behind = actual[i].raw_data() + actual[i].bytes();
    require(std::all_of(behind, behind + kTailPadding, [](std::byte b) { return b == kBehind; }),
            "a kernel wrote behind its result");
  }
}

std::optional<ConvolutionShape> convolution_of(Numbers& numbers) {
  ConvolutionShape s;
  s.batch = numbers.next(1, 40);
  s.groups = numbers.next(1, 3);
  s.in_channels = s.groups * numbers.next(1, 40);
  s.out_channels = s.groups * numbers.next(1, 40);
  for (const std::size_t i : {2U, 1U, 0U}) {
    s.input[i] = numbers.next(1, i == 0 ? 3 : 35);
    s.kernel[i] = numbers.next(1, i == 0 ? 2 : 7);
    s.padding[i] = numbers.next(0, 3);
    s.stride[i] = numbers.next(1, 3);
    s.dilation[i] = numbers.next(1, 3);
    const std::int64_t room = s.input[i] + 2 * s.padding[i] - s.dilation[i] * (s.kernel[i] - 1) - 1;
    if (room < 0) return {};
    s.output[i] = room / s.stride[i] + 1;
  }
  constexpr std::int64_t kMostProducts = 1 << 20;
  if (s.output_numel() * (s.weight_numel() / s.out_channels) > kMostProducts) return {};
  return s;
}

template <class T>
Results convolution(const Kernels<T>& table, const ConvolutionShape& s) {
  const Tensor x = operand<T>(s.input_numel(), 1);
  const Tensor w = operand<T>(s.weight_numel(), 2);
  const Tensor v = operand<T>(s.weight_numel(), 3);
  for (std::int64_t i = 0; i < v.numel(); ++i) v.data<T>()[i] = std::abs(v.data<T>()[i]);
  const Tensor b = operand<T>(s.out_channels, 4);
  const Tensor g = operand<T>(s.output_numel(), 5);
  const Tensor h = operand<T>(s.output_numel(), 6);
  Results r;
  table.convolution_forward(s, x, w, {b.data<T>()}, add<T>(r, s.output_numel()));
  table.convolution_backward_data(s, g, w, add<T>(r, s.input_numel()));
  table.convolution_backward_weight(s, x, g, add<T>(r, s.weight_numel()));
  table.convolution_backward_bias(s, g, add<T>(r, s.out_channels));
  T* const mean = add<T>(r, s.output_numel());
  T* const variance = add<T>(r, s.output_numel());
  table.moments_forward(s, x, w, v, b, mean, variance);
  table.moments_backward_data(s, x, w, v, g, h, add<T>(r, s.input_numel()));
  T* const grad_w = add<T>(r, s.weight_numel());
  T* const grad_v = add<T>(r, s.weight_numel());
  table.moments_backward_weight(s, x, g, h, grad_w, grad_v);
  return r;
}

struct Product {
  std::int64_t m, n, k;
  bool a_transposed, b_transposed;
};

template <class T>
Results product(const Kernels<T>& table, const Product& p) {
  const Tensor a = operand<T>(p.m * p.k, 1);
  const Tensor b = operand<T>(p.k * p.n, 2);
  Results r;
  table.matmul(p.m, p.n, p.k, a, p.a_transposed ? 1 : p.k, p.a_transposed ? p.m : 1, b,
               p.b_transposed ? 1 : p.n, p.b_transposed ? p.k : 1, add<T>(r, p.m * p.n));
  return r;
}

std::optional<PoolShape> pooling_of(Numbers& numbers) {
  PoolShape s;
  s.planes = numbers.next(1, 40);
  for (const std::size_t i : {2U, 1U, 0U}) {
    s.input[i] = numbers.next(1, i == 0 ? 3 : 40);
    s.kernel[i] = numbers.next(1, i == 0 ? 2 : 5);
    // The ops allow at most half a window.
    s.padding[i] = std::min(numbers.next(0, 2), s.kernel[i] / 2);
    s.stride[i] = numbers.next(1, 4);
    const std::int64_t room = s.input[i] + 2 * s.padding[i] - s.kernel[i];
    if (room < 0) return {};
    s.output[i] = room / s.stride[i] + 1;
  }
  return s;
}

// Of the largest elements the indices too, which both precisions have the same.
template <class T>
Results pooling(const Kernels<T>& table, const PoolShape& s) {
  const std::int64_t in = s.planes * ConvolutionShape::volume(s.input);
  const std::int64_t out = s.planes * ConvolutionShape::volume(s.output);
  const Tensor x = operand<T>(in, 1);
  const Tensor g = operand<T>(out, 2);
  const Tensor index = Tensor::empty({out}, DType::int32);
  Results r;
  table.max_pool_forward(s, x, add<T>(r, out), index);
  table.max_pool_backward(s, g, index, add<T>(r, in));
  std::copy_n(index.data<std::int32_t>(), out, add<T>(r, out));
  table.average_pool_forward(s, x, add<T>(r, out));
  table.average_pool_backward(s, g, add<T>(r, in));
  return r;
}

// Calls compute(table) for the plain loops and for the kernels of each instruction set.
template <class Compute>
void check(const Compute& compute) {
  const Results expected = compute(credence::kernels<double>(Device::cpu));
  for (const std::string& name : cpu_instruction_sets()) {
    compare(compute(table_of(name).kernels), expected);
  }
}

void run_kernels(std::string_view bytes) {
  Numbers numbers(bytes);
  const std::int64_t kind = numbers.next(0, 2);
  if (kind == 0) {
    const auto shape = convolution_of(numbers);
    if (shape) check([&](const auto& table) { return convolution(table, *shape); });
  } else if (kind == 1) {
    const Product p{numbers.next(1, 70), numbers.next(1, 70), numbers.next(1, 200),
                    numbers.next(0, 1) == 1, numbers.next(0, 1) == 1};
    check([&](const auto& table) { return product(table, p); });
  } else {
    const auto shape = pooling_of(numbers);
    if (shape) check([&](const auto& table) { return pooling(table, *shape); });
  }
}

}  // namespace

Target kernels() {
  const auto seeds = [] {
    const auto bytes = [](std::initializer_list<int> list) {
      std::string text;
      for (const int number : list) text += static_cast<char>(number);
      return text;
    };
    return std::vector<std::string>{
        bytes({0, 4, 0, 0, 5, 27, 4, 0, 0, 0, 27, 4}),          // LeNet5's first layer
        bytes({0, 2, 0, 31, 31, 15, 2, 1, 0, 0, 15, 2, 1}),     // 3×3 on 16×16, 32 channels
        bytes({0, 15, 0, 7, 15, 3, 2, 1, 0, 0, 3, 2, 1}),       // 3×3 on 4×4
        bytes({0, 3, 1, 3, 5, 8, 1, 2, 2, 0, 10, 2, 1, 1, 1}),  // groups, strides
        bytes({0, 18, 0, 39, 12}),                              // fully connected
        bytes({1, 13, 33, 100, 0, 1}),
        bytes({1, 0, 69, 7, 1, 0}),
        bytes({2, 20, 27, 1, 0, 1, 27, 1, 0, 1}),
        bytes({2, 3, 18, 3, 1, 2, 4, 2, 1, 0, 3, 1})};
  };
  return {"kernels", run_kernels, seeds};
}

}  // namespace credence::fuzz
