// Tests of every function of the catalogues on the device, against the CPU's reference in double
// precision.
#include "framework/ops/pointwise.hpp"

#include "framework/dispatch/kernels.hpp"
#include "framework/ops/arithmetic.hpp"
#include "tests/cuda/device.hpp"
#include "tests/framework/extreme_values.hpp"

namespace credence {

BOOST_AUTO_TEST_SUITE(device_pointwise)

namespace {

// Sizes around the number of elements of one load, and one that needs several blocks.
constexpr std::int64_t kSizes[] = {1, 2, 3, 4, 5, 255, 1029};

Tensor spread(const Interval& domain, std::int64_t n, double phase) {
  std::vector<double> values;
  for (std::int64_t i = 0; i < n; ++i) {
    const double share = std::fmod(phase + 0.618034 * static_cast<double>(i), 1.0);
    values.push_back(domain.low + (domain.high - domain.low) * share);
  }
  return Tensor::from({n}, values);
}

template <class T>
constexpr double kTolerance = sizeof(T) == sizeof(float) ? 2e-6 : 1e-14;

// The elements of x rounded to T and converted back to double, which both devices get.
template <class T>
Tensor rounded(const Tensor& x) {
  return x.to(dtype_of<T>).to(DType::float64);
}

template <class T, class Functor>
void check_pointwise(std::int64_t n, std::int64_t offset) {
  constexpr std::size_t kIndex = pointwise::Catalogue::index_of<Functor>();
  const PointwiseParameters parameters{0.7, 1.3};
  const Tensor x = rounded<T>(spread(Functor::kDomain, n + offset, 0.3));
  const Tensor grad = rounded<T>(spread({-1, 1}, n + offset, 0.1));
  const Tensor y = Tensor::empty({n}, DType::float64);
  const Tensor grad_x = Tensor::empty({n}, DType::float64);
  const auto& reference = kernels<double>(Device::cpu);
  reference.pointwise_forward[kIndex](parameters, n, x.data<double>() + offset, y.data<double>());
  const Tensor kept = Functor::kKeepsOutput ? rounded<T>(y) : x.slice(offset, n + offset);
  reference.pointwise_backward[kIndex](parameters, n, kept.data<double>(),
                                       grad.data<double>() + offset, grad_x.data<double>());

  const auto& device = kernels<T>(Device::cuda);
  const Tensor device_x = x.to(dtype_of<T>).to(Device::cuda);
  const Tensor device_kept = kept.to(dtype_of<T>).to(Device::cuda);
  const Tensor device_grad = grad.to(dtype_of<T>).to(Device::cuda);
  const Tensor device_y = Tensor::empty({n}, dtype_of<T>, Device::cuda);
  const Tensor device_grad_x = Tensor::empty({n}, dtype_of<T>, Device::cuda);
  device.pointwise_forward[kIndex](parameters, n, device_x.data<T>() + offset, device_y.data<T>());
  device.pointwise_backward[kIndex](parameters, n, device_kept.data<T>(),
                                    device_grad.data<T>() + offset, device_grad_x.data<T>());
  BOOST_TEST(largest_difference(device_y, y) < kTolerance<T>, Functor::kName << " of " << n);
  BOOST_TEST(largest_difference(device_grad_x, grad_x) < kTolerance<T>,
             Functor::kName << "'s gradient of " << n);
}

template <class T, class... Functors>
void check_all(pointwise::List<Functors...>) {
  for (const std::int64_t n : kSizes) (check_pointwise<T, Functors>(n, 0), ...);
  // Arrays that are not aligned to 128 bits.
  (check_pointwise<T, Functors>(9, 1), ...);
}

template <class T, class Functor>
void check_arithmetic(const Shape& a_shape, const Shape& b_shape) {
  constexpr std::size_t kIndex = arithmetic::Catalogue::index_of<Functor>();
  const BroadcastLoop loop = broadcast_loop(a_shape, b_shape, Functor::kName);
  const Tensor a = rounded<T>(spread({0.5, 2}, a_shape.numel(), 0.2));
  const Tensor b = rounded<T>(spread({0.5, 2}, b_shape.numel(), 0.7));
  const Tensor grad = rounded<T>(spread({-1, 1}, loop.numel, 0.4));
  const Tensor y = Tensor::empty({loop.numel}, DType::float64);
  const Tensor grad_a = Tensor::empty({loop.numel}, DType::float64);
  const Tensor grad_b = Tensor::empty({loop.numel}, DType::float64);
  const auto run = [&]<class U>(const Kernels<U>& table, Device where, const Tensor& result,
                                const Tensor& result_a, const Tensor& result_b) {
    const auto there = [&](const Tensor& x) { return x.to(dtype_of<U>).to(where); };
    const Tensor left = there(a);
    const Tensor right = there(b);
    const Tensor seed = there(grad);
    table.arithmetic_forward[kIndex](loop, left.data<U>(), right.data<U>(), result.data<U>());
    table.arithmetic_backward[kIndex](loop, left.data<U>(), right.data<U>(), seed.data<U>(),
                                      result_a.data<U>(), nullptr);
    table.arithmetic_backward[kIndex](loop, left.data<U>(), right.data<U>(), seed.data<U>(),
                                      nullptr, result_b.data<U>());
  };
  run(kernels<double>(Device::cpu), Device::cpu, y, grad_a, grad_b);
  const auto empty = [&] { return Tensor::empty({loop.numel}, dtype_of<T>, Device::cuda); };
  const Tensor device_y = empty();
  const Tensor device_a = empty();
  const Tensor device_b = empty();
  run(kernels<T>(Device::cuda), Device::cuda, device_y, device_a, device_b);
  BOOST_TEST(largest_difference(device_y, y) < kTolerance<T>, Functor::kName);
  BOOST_TEST(largest_difference(device_a, grad_a) < kTolerance<T>, Functor::kName);
  BOOST_TEST(largest_difference(device_b, grad_b) < kTolerance<T>, Functor::kName);
}

template <class T, class... Functors>
void check_all_arithmetic(pointwise::List<Functors...>) {
  (check_arithmetic<T, Functors>({7, 5, 3}, {7, 5, 3}), ...);
  (check_arithmetic<T, Functors>({7, 5, 3}, {5, 1}), ...);
  (check_arithmetic<T, Functors>({2, 1, 300}, {1, 4, 1}), ...);
  (check_arithmetic<T, Functors>({40}, {}), ...);
}

}  // namespace

BOOST_AUTO_TEST_CASE(every_function_of_the_catalogue_is_the_cpus) {
  if (no_device()) return;
  check_all<float>(pointwise::Catalogue{});
  check_all<double>(pointwise::Catalogue{});
}

BOOST_AUTO_TEST_CASE(every_function_of_the_catalogue_is_right_on_the_whole_number_line) {
  if (no_device()) return;
  check_extreme_values<float>(Device::cuda);
  check_extreme_values<double>(Device::cuda);
}

BOOST_AUTO_TEST_CASE(no_square_of_the_divisor_leaves_the_range) {
  if (no_device()) return;
  const auto& table = kernels<float>(Device::cuda);
  const auto divide = arithmetic::Catalogue::index_of<arithmetic::Divide>();
  for (const double element : {1e-25, 1e20}) {
    const Tensor x = Tensor::full({5}, element, DType::float32, Device::cuda);
    const Tensor grad = Tensor::full({5}, 1, DType::float32, Device::cuda);
    const Tensor grad_b = Tensor::empty_like(x);
    table.arithmetic_backward[divide](broadcast_loop({5}, {5}, "div"), x.data<float>(),
                                      x.data<float>(), grad.data<float>(), nullptr,
                                      grad_b.data<float>());
    for (const double g : grad_b.to_vector<double>()) {
      BOOST_TEST(std::abs(g * element + 1) < 1e-6, g);
    }
  }
}

BOOST_AUTO_TEST_CASE(broadcast_arithmetic_is_the_cpus) {
  if (no_device()) return;
  check_all_arithmetic<float>(arithmetic::Catalogue{});
  check_all_arithmetic<double>(arithmetic::Catalogue{});
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace credence
