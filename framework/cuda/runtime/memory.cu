// Kernels that fill memory with a value, convert element types and store a few bytes of the host.
#include "framework/core/tensor.hpp"
#include "framework/cuda/loops.hpp"
#include "framework/cuda/runtime/runtime.hpp"
#include "framework/cuda/runtime/small_copy.hpp"

#include <cstring>
#include <type_traits>

namespace credence::cuda {
namespace {

template <class T>
__global__ void fill_elements(std::int64_t n, T* y, T value) {
  for (std::int64_t i = first_index(); i < n; i += index_step()) y[i] = value;
}

template <class From, class To>
__global__ void convert_elements(std::int64_t n, const From* x, To* y) {
  for (std::int64_t i = first_index(); i < n; i += index_step()) y[i] = static_cast<To>(x[i]);
}

struct SmallBytes {
  std::byte values[kMostSmallBytes];
};

__global__ void store_bytes(std::int64_t n, const __grid_constant__ SmallBytes bytes,
                            std::byte* to) {
  for (std::int64_t i = first_index(); i < n; i += index_step()) to[i] = bytes.values[i];
}

template <class Pointer>
using Element = std::remove_pointer_t<Pointer>;

}  // namespace

void fill(DType dtype, std::byte* elements, std::int64_t n, double value) {
  if (n == 0) return;
  visit_dtype(dtype, [&](auto* tag) {
    using T = Element<decltype(tag)>;
    launch("fill", {blocks_for(n), device::elements<T>(0, n)}, &fill_elements<T>, n,
           reinterpret_cast<T*>(elements), static_cast<T>(value));
  });
}

void convert(DType from, const std::byte* elements, DType to, std::byte* converted,
             std::int64_t n) {
  if (n == 0) return;
  visit_dtype(from, [&](auto* from_tag) {
    visit_dtype(to, [&](auto* to_tag) {
      using From = Element<decltype(from_tag)>;
      using To = Element<decltype(to_tag)>;
      launch("convert", {blocks_for(n), device::elements<From>(n, 0) + device::elements<To>(0, n)},
             &convert_elements<From, To>, n, reinterpret_cast<const From*>(elements),
             reinterpret_cast<To*>(converted));
    });
  });
}

void copy_small(std::byte* to, const std::byte* from, std::size_t bytes) {
  if (bytes == 0) return;
  SmallBytes values{};
  std::memcpy(values.values, from, bytes);
  const auto n = static_cast<std::int64_t>(bytes);
  launch_untold("copy", {blocks_for(n)}, &store_bytes, n, values, to);
}

}  // namespace credence::cuda
