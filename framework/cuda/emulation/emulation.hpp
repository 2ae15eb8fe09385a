// An emulation of the CUDA language for tests on machines without a device. Kernels compile as C++,
// and their threads run one after another on the host, as fibers that switch at __syncthreads. It
// shows whether a kernel computes the right values, not how fast. Of the warp intrinsics there are
// the shuffles, for whole warps. Dynamic shared memory is not emulated; the kernels do not use it.
#pragma once

#include "framework/base/function_ref.hpp"

#include <bit>
#include <cmath>
#include <cstdint>
#include <functional>
#include <vector>

// Keywords of CUDA. Only macros can define them.
#define __global__
#define __device__
#define __host__
#define __forceinline__ inline
#define __shared__ static

namespace credence::cuda::emulation {

/// A position in one dimension. The kernels use only x.
struct Index {
  unsigned x = 0;
};

/// The order in which a block's threads run between two barriers. A kernel that lacks a barrier
/// gives a different result in one of the two orders.
enum class Order { forward, backward };
/// Sets the order and returns the previous one. The initial order is forward, unless the
/// environment variable CREDENCE_EMULATION_ORDER is "backward".
Order set_order(Order order);

/// Runs a kernel. Throws Error where some threads of a block, or of a warp, end while others wait
/// at a barrier or a shuffle.
void run(const char* name, unsigned blocks, unsigned threads, FunctionRef<void()> kernel);

/// Runs a piece of the stream's work, or records it after begin_recording.
void enqueue(std::function<void()> work);

/// The same for a kernel.
template <class Kernel>
void launch(const char* name, unsigned blocks, unsigned threads, Kernel kernel) {
  enqueue([=] { run(name, blocks, threads, kernel); });
}

/// Makes enqueue record work instead of running it.
void begin_recording();
/// Notes a call that must not be made while work is recorded, because it waits for the device. Does
/// nothing at other times.
void refuse_recording(const char* call) noexcept;
/// Ends the recording and returns the work. Throws Error where refuse_recording was called in it.
std::vector<std::function<void()>> end_recording();

/// The next kernel that draws is the program's first one.
void forget_draw_offset();

/// Switches to the block's next thread (__syncthreads).
void wait_at_barrier();

/// Hands `bits` to the other threads of the warp and returns those of thread `source` of it. Other
/// warps may run on meanwhile.
std::uint32_t exchange_in_warp(std::uint32_t bits, unsigned source);

/// The threads of a warp.
inline constexpr unsigned kWarp = 32;

}  // namespace credence::cuda::emulation

// The position of the running thread, under CUDA's names.
extern credence::cuda::emulation::Index threadIdx;
extern credence::cuda::emulation::Index blockIdx;
extern credence::cuda::emulation::Index blockDim;
extern credence::cuda::emulation::Index gridDim;

inline void __syncthreads() { credence::cuda::emulation::wait_at_barrier(); }

// Shuffles of all 32 threads of a warp, of numbers of 32 bits: the mask is that of the whole warp.
inline float __shfl_sync(unsigned /*mask*/, float value, int source) {
  return std::bit_cast<float>(credence::cuda::emulation::exchange_in_warp(
      std::bit_cast<std::uint32_t>(value), static_cast<unsigned>(source)));
}
// Beyond the warp's end a thread gets its own value.
inline float __shfl_down_sync(unsigned mask, float value, unsigned distance) {
  const unsigned lane = threadIdx.x % credence::cuda::emulation::kWarp;
  const unsigned source = lane + distance;
  return __shfl_sync(mask, value, static_cast<int>(source < 32 ? source : lane));
}
inline float __shfl_xor_sync(unsigned mask, float value, int bits) {
  const unsigned lane = threadIdx.x % credence::cuda::emulation::kWarp;
  return __shfl_sync(mask, value, static_cast<int>(lane ^ static_cast<unsigned>(bits)));
}

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
