// The ladder on a CUDA device: readable versions of three kernels, each with one idea more than the
// one before it. Their files compile with nvcc for the device and, for tests, with the C++ compiler
// and framework/cuda/emulation.
#pragma once

#include "framework/core/random.hpp"

#include <cstdint>

namespace credence::benchmarks {

struct CudaLadder {
  /// *y = Σ x_i, all on the device.
  using Reduce = void (*)(std::int64_t n, const float* x, float* y);
  Reduce sum_naive;     ///< each thread adds its elements to the result, one thread at a time
  Reduce sum_shared;    ///< a tree in the block's shared memory, eight barriers deep
  Reduce sum_shuffled;  ///< a tree of shuffles within each warp, one barrier
  Reduce sum_packed;    ///< the same, 128 bits in each load

  /// y = x − max(x) − ln Σ exp(x − max(x)) over the rows of x.
  using Softmax = void (*)(std::int64_t rows, std::int64_t columns, const float* x, float* y);
  Softmax log_softmax_naive;     ///< a row for each thread
  Softmax log_softmax_shared;    ///< a row for each block
  Softmax log_softmax_shuffled;  ///< a row for each warp, without a barrier
  Softmax log_softmax_online;    ///< maximum and sum in one pass over the row

  /// Normal numbers of a stream.
  using Normal = void (*)(RandomStream, std::int64_t n, float* y);
  Normal normal_naive;     ///< a Philox block for each number
  Normal normal_blocks;    ///< a block for four numbers, stored 16 elements apart
  Normal normal_shuffled;  ///< the same, turned by shuffles so that each thread stores 128 bits
};

/// Throws Error in a build without CUDA. Whoever links the cases brings it along.
const CudaLadder& cuda_ladder();

/// The parts of the table, each from its own file.
void list_cuda_sums(CudaLadder& ladder);
void list_cuda_softmax(CudaLadder& ladder);
void list_cuda_noise(CudaLadder& ladder);

}  // namespace credence::benchmarks
