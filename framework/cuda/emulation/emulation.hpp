// An emulation of the CUDA language for tests on machines without a device. Kernels compile as C++,
// and their threads run one after another on the host, as fibers that switch at barriers and where
// a warp exchanges numbers. It shows whether a kernel computes the right values, not how fast. What
// CUDA leaves undefined is an Error here where the emulation can see it: barriers that some threads
// miss, numbers of threads that a mask leaves out, dynamic shared memory that a kernel did not ask
// for, memory of the device that was freed.
#pragma once

#include "framework/base/function_ref.hpp"
#include "framework/cuda/runtime/launch_raw.hpp"

#include <array>
#include <bit>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <vector>

// Keywords of CUDA. Only macros can define them.
#define __global__
#define __device__
#define __host__
#define __forceinline__ inline
#define __shared__ static
#define __grid_constant__

namespace credence::cuda::emulation {

/// The order in which a block's threads run between two barriers. A kernel that lacks a barrier
/// gives a different result in one of the two orders.
enum class Order { forward, backward };
/// Sets the order and returns the previous one. The initial order is forward, unless the
/// environment variable CREDENCE_EMULATION_ORDER is "backward".
Order set_order(Order order);

/// The memory that a piece of work is given by address.
using Addresses = std::vector<const void*>;

/// Runs a piece of the stream's work, or records it after begin_recording. Whenever it runs, it
/// throws Error with `name` where one of the addresses lies in memory of the device that was freed.
void enqueue(const char* name, Addresses addresses, std::function<void()> work);

/// The same for a kernel. Throws Error for numbers of blocks or threads and for bytes of shared
/// memory that a device refuses, and where some threads of a block, or of those that a mask names,
/// end while others wait for them.
void launch(const char* name, const LaunchShape& shape, Addresses addresses,
            std::function<void()> kernel);

/// The addresses among a kernel's arguments, and those that an argument says it has.
template <class... Arguments>
Addresses addresses_in(const Arguments&... arguments) {
  Addresses addresses;
  [[maybe_unused]] const auto add = [&](const auto& argument) {
    if constexpr (std::is_pointer_v<std::decay_t<decltype(argument)>>) {
      addresses.push_back(static_cast<const void*>(argument));
    } else if constexpr (requires { argument.addresses(); }) {
      const Addresses more = argument.addresses();
      addresses.insert(addresses.end(), more.begin(), more.end());
    }
  };
  (add(arguments), ...);
  return addresses;
}

/// Makes enqueue record work instead of running it.
void begin_recording();
/// Notes a call that must not be made while work is recorded, because it waits for the device. Does
/// nothing at other times.
void refuse_recording(const char* call) noexcept;
/// Ends the recording and returns the work. Throws Error where refuse_recording was called in it.
std::vector<std::function<void()>> end_recording();

/// Throws Error with `name` where the address lies in memory of the device that was freed lately.
void require_live(const char* name, const void* address);

/// The next kernel that draws is the program's first one.
void forget_draw_offset();

/// The dynamic shared memory of the running block. Throws Error where the launch asked for none.
std::byte* shared_memory();

/// Switches to the block's next thread (__syncthreads).
void wait_at_barrier();

/// The threads of a warp.
inline constexpr unsigned kWarp = 32;

/// What the threads of a warp have handed to each other.
struct Exchanged {
  std::uint32_t mask = 0;  ///< the threads that took part
  std::array<std::uint32_t, kWarp> numbers{};

  /// The number of thread `lane`. Throws Error where it did not take part.
  std::uint32_t of(unsigned lane) const;
};

/// Hands `bits` to the threads of the warp that `mask` names, of which this is one, and waits until
/// all of them have done so. Other threads may run on meanwhile.
Exchanged exchange_in_warp(std::uint32_t mask, std::uint32_t bits);

/// The place of the running thread in its warp.
unsigned lane();

}  // namespace credence::cuda::emulation

// The position of the running thread, under CUDA's names.
extern credence::cuda::Extent threadIdx;
extern credence::cuda::Extent blockIdx;
extern credence::cuda::Extent blockDim;
extern credence::cuda::Extent gridDim;

inline void __syncthreads() { credence::cuda::emulation::wait_at_barrier(); }
inline void __syncwarp(unsigned mask = 0xFFFFFFFFU) {
  credence::cuda::emulation::exchange_in_warp(mask, 0);
}

// Shuffles of numbers of 32 bits.
inline float __shfl_sync(unsigned mask, float value, int source) {
  const auto exchanged =
      credence::cuda::emulation::exchange_in_warp(mask, std::bit_cast<std::uint32_t>(value));
  return std::bit_cast<float>(
      exchanged.of(static_cast<unsigned>(source) % credence::cuda::emulation::kWarp));
}
// Beyond the warp's end a thread gets its own value.
inline float __shfl_down_sync(unsigned mask, float value, unsigned distance) {
  const unsigned lane = credence::cuda::emulation::lane();
  const unsigned source = lane + distance;
  return __shfl_sync(mask, value, static_cast<int>(source < 32 ? source : lane));
}
inline float __shfl_xor_sync(unsigned mask, float value, int bits) {
  const unsigned lane = credence::cuda::emulation::lane();
  return __shfl_sync(mask, value, static_cast<int>(lane ^ static_cast<unsigned>(bits)));
}

// Votes, and the sum of integers, over the threads that the mask names.
inline unsigned __ballot_sync(unsigned mask, int predicate) {
  const auto exchanged =
      credence::cuda::emulation::exchange_in_warp(mask, predicate != 0 ? 1U : 0U);
  unsigned votes = 0;
  for (unsigned i = 0; i < credence::cuda::emulation::kWarp; ++i) {
    votes |= exchanged.numbers[i] << i;
  }
  return votes;
}
inline int __any_sync(unsigned mask, int predicate) { return __ballot_sync(mask, predicate) != 0; }
inline int __all_sync(unsigned mask, int predicate) { return __ballot_sync(mask, !predicate) == 0; }
inline unsigned __reduce_add_sync(unsigned mask, unsigned value) {
  const auto exchanged = credence::cuda::emulation::exchange_in_warp(mask, value);
  unsigned sum = 0;
  for (const std::uint32_t number : exchanged.numbers) sum += number;
  return sum;
}
inline int __reduce_add_sync(unsigned mask, int value) {
  return static_cast<int>(__reduce_add_sync(mask, static_cast<unsigned>(value)));
}
inline int __popc(unsigned bits) { return std::popcount(bits); }

// The threads run one after another, so that any addition is atomic.
inline float atomicAdd(float* sum, float value) {
  const float before = *sum;
  *sum += value;
  return before;
}

/// The sine and cosine of π x.
template <class T>
void sincospi(T x, T* sine, T* cosine) {
  const double angle = 3.14159265358979323846 * static_cast<double>(x);
  *sine = static_cast<T>(std::sin(angle));
  *cosine = static_cast<T>(std::cos(angle));
}
