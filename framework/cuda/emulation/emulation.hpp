// A stand-in for the CUDA language on machines without a device: kernels compile as C++, and their
// threads run one after the other on the host, as fibers that change at __syncthreads. It shows
// whether a kernel computes the right thing, not how fast. Warp intrinsics and dynamic shared
// memory are left out: the kernels do without.
#pragma once

#include "framework/base/function_ref.hpp"

#include <cmath>
#include <functional>
#include <vector>

// These are words of the language, which only macros can stand in for.
#define __global__
#define __device__
#define __host__
#define __forceinline__ inline
#define __shared__ static

namespace credence::cuda::emulation {

struct Index {
  unsigned x = 0;
};

/// In which order a block's threads run between two barriers. A kernel that lacks a barrier gives
/// another result in one of the two.
enum class Order { forward, backward };
/// Returns the order before. The first one is forward, unless the environment variable
/// CREDENCE_EMULATION_ORDER says backward.
Order set_order(Order order);

/// Runs a kernel. Throws Error where some threads of a block end while others wait at a barrier.
void run(const char* name, unsigned blocks, unsigned threads, FunctionRef<void()> kernel);

/// Does a piece of the stream's work, or records it (see begin_recording).
void enqueue(std::function<void()> work);

/// The same for a kernel.
template <class Kernel>
void launch(const char* name, unsigned blocks, unsigned threads, Kernel kernel) {
  enqueue([=] { run(name, blocks, threads, kernel); });
}

/// From now on enqueue keeps what it is given.
void begin_recording();
/// Ends that and returns what was kept.
std::vector<std::function<void()>> end_recording();

void wait_at_barrier();

}  // namespace credence::cuda::emulation

// Where the running thread stands, as CUDA names it.
extern credence::cuda::emulation::Index threadIdx;
extern credence::cuda::emulation::Index blockIdx;
extern credence::cuda::emulation::Index blockDim;
extern credence::cuda::emulation::Index gridDim;

inline void __syncthreads() { credence::cuda::emulation::wait_at_barrier(); }

/// The sine and cosine of π x.
template <class T>
void sincospi(T x, T* sine, T* cosine) {
  const double angle = 3.14159265358979323846 * static_cast<double>(x);
  *sine = static_cast<T>(std::sin(angle));
  *cosine = static_cast<T>(std::cos(angle));
}
