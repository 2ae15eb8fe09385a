// Loops over flat arrays that the kernel files share. They load and store 128 bits at a time where
// the arrays are aligned.
#pragma once

#include "framework/cuda/runtime/launch.hpp"

namespace credence::cuda {

/// As many elements as a load or store of 128 bits moves.
template <class T>
struct alignas(16) Pack {
  static constexpr int kCount = 16 / sizeof(T);
  T values[kCount];
};

/// Whether the array can be read and written in packs.
template <class T>
inline bool is_aligned(const T* array) {
  return reinterpret_cast<std::uintptr_t>(array) % sizeof(Pack<T>) == 0;
}

/// The kernel of map: `packs` whole packs, then the elements that are left.
template <class T, class Body, class... Inputs>
__global__ void map_elements(std::int64_t packs, std::int64_t n, T* y, Body body,
                             const Inputs*... x) {
  for (std::int64_t i = first_index(); i < packs; i += index_step()) {
    Pack<T> result;
    const auto one = [&](int lane, const auto&... pack) {
      result.values[lane] = body(pack.values[lane]...);
    };
    const auto all = [&](const auto&... pack) {
      for (int lane = 0; lane < Pack<T>::kCount; ++lane) one(lane, pack...);
    };
    // Copies, so that each is one load.
    all(Pack<Inputs>(reinterpret_cast<const Pack<Inputs>*>(x)[i])...);
    reinterpret_cast<Pack<T>*>(y)[i] = result;
  }
  for (std::int64_t i = packs * Pack<T>::kCount + first_index(); i < n; i += index_step()) {
    y[i] = body(x[i]...);
  }
}

/// y[i] = body(x[i]…) for i in [0, n). All arrays are contiguous and of y's type. `body` is an
/// object of a named type whose operator() is constexpr. It counts as one flop in an account.
template <class T, class Body, class... Inputs>
void map(const KernelName& name, std::int64_t n, T* y, Body body, const Inputs*... x) {
  static_assert((std::is_same_v<T, Inputs> && ...));
  if (n == 0) return;
  const bool aligned = is_aligned(y) && (is_aligned(x) && ...);
  const std::int64_t packs = aligned ? n / Pack<T>::kCount : 0;
  const device::Work work = elements<T>(static_cast<std::int64_t>(sizeof...(Inputs)) * n, n, n);
  launch(name, {blocks_for(packs > 0 ? packs : n), work}, &map_elements<T, Body, Inputs...>, packs,
         n, y, body, x...);
}

}  // namespace credence::cuda
