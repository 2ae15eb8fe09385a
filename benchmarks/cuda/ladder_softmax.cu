// Log-softmax over the rows of a matrix on a CUDA device in four steps. The framework's own,
// framework/cuda/softmax.cu, has a thread for each short row and a block for each long one.
#include "benchmarks/cuda/warp.hpp"
#include "benchmarks/kernels/cuda_ladder.hpp"
#include "framework/cuda/block.hpp"

#include <cmath>

namespace credence::benchmarks {
namespace {

using namespace cuda;

// Neighbouring threads read addresses a whole row apart: each load of a warp fetches 32 pieces of
// memory and uses four bytes of each.
__global__ void row_of_thread(std::int64_t rows, std::int64_t columns, const float* x, float* y) {
  for (std::int64_t row = first_index(); row < rows; row += index_step()) {
    const float* const values = x + row * columns;
    float largest = values[0];
    for (std::int64_t i = 1; i < columns; ++i) largest = Largest{}(values[i], largest);
    float sum = 0;
    for (std::int64_t i = 0; i < columns; ++i) sum += std::exp(values[i] - largest);
    const float shift = largest + std::log(sum);
    for (std::int64_t i = 0; i < columns; ++i) y[row * columns + i] = values[i] - shift;
  }
}

// Neighbouring threads read neighbouring elements, but the whole block waits at the 20 barriers of
// two reductions for every row.
__global__ void row_of_block(std::int64_t rows, std::int64_t columns, const float* x, float* y) {
  for (std::int64_t row = blockIdx.x; row < rows; row += gridDim.x) {
    const float* const values = x + row * columns;
    float largest = -INFINITY;
    for (std::int64_t i = threadIdx.x; i < columns; i += kThreads) {
      largest = Largest{}(values[i], largest);
    }
    largest = block_reduce(largest, Largest{});
    float sum = 0;
    for (std::int64_t i = threadIdx.x; i < columns; i += kThreads) {
      sum += std::exp(values[i] - largest);
    }
    const float shift = largest + std::log(block_reduce(sum, Sum{}));
    for (std::int64_t i = threadIdx.x; i < columns; i += kThreads) {
      y[row * columns + i] = values[i] - shift;
    }
  }
}

// The warp of this thread in the grid, how many warps there are, and the thread's place in it.
__device__ std::int64_t first_warp() { return first_index() / kWarp; }
__device__ std::int64_t warp_step() { return index_step() / kWarp; }
__device__ unsigned lane() { return threadIdx.x % kWarp; }

// A warp needs no barrier: its threads exchange registers. Warps whose rows are done go on with the
// next ones, whatever the others do.
__global__ void row_of_warp(std::int64_t rows, std::int64_t columns, const float* x, float* y) {
  for (std::int64_t row = first_warp(); row < rows; row += warp_step()) {
    const float* const values = x + row * columns;
    float largest = -INFINITY;
    for (std::int64_t i = lane(); i < columns; i += kWarp) largest = Largest{}(values[i], largest);
    largest = combined_in_warp(largest, Largest{});
    float sum = 0;
    for (std::int64_t i = lane(); i < columns; i += kWarp) sum += std::exp(values[i] - largest);
    const float shift = largest + std::log(combined_in_warp(sum, Sum{}));
    for (std::int64_t i = lane(); i < columns; i += kWarp) y[row * columns + i] = values[i] - shift;
  }
}

// The largest value so far, and the sum of exp(x − largest).
struct Running {
  float largest;
  float sum;
};

// Two parts of a row, whose sums have different largest values (Milakov and Gimelshein 2018, arXiv
// 1805.02867).
__device__ Running joined(Running a, Running b) {
  const float largest = Largest{}(a.largest, b.largest);
  // A part without elements has −infinity, whose difference to itself would be no number.
  const float of_a = a.sum == 0 ? 0 : a.sum * std::exp(a.largest - largest);
  const float of_b = b.sum == 0 ? 0 : b.sum * std::exp(b.largest - largest);
  return {largest, of_a + of_b};
}

__device__ Running joined_in_warp(Running part) {
  for (unsigned bit = kWarp / 2; bit > 0; bit /= 2) {
    const int other = static_cast<int>(bit);
    part = joined(part, {__shfl_xor_sync(kWholeWarp, part.largest, other),
                         __shfl_xor_sync(kWholeWarp, part.sum, other)});
  }
  return part;
}

// The row is read twice in place of three times: when a larger value comes, the sum so far is
// scaled.
__global__ void row_in_one_pass(std::int64_t rows, std::int64_t columns, const float* x, float* y) {
  for (std::int64_t row = first_warp(); row < rows; row += warp_step()) {
    const float* const values = x + row * columns;
    Running part{-INFINITY, 0};
    for (std::int64_t i = lane(); i < columns; i += kWarp) part = joined(part, {values[i], 1});
    part = joined_in_warp(part);
    const float shift = part.largest + std::log(part.sum);
    for (std::int64_t i = lane(); i < columns; i += kWarp) y[row * columns + i] = values[i] - shift;
  }
}

void naive(std::int64_t rows, std::int64_t columns, const float* x, float* y) {
  launch("log_softmax_naive", blocks_for(rows), &row_of_thread, rows, columns, x, y);
}
void shared(std::int64_t rows, std::int64_t columns, const float* x, float* y) {
  launch("log_softmax_shared", blocks_for(rows * kThreads), &row_of_block, rows, columns, x, y);
}
void shuffled(std::int64_t rows, std::int64_t columns, const float* x, float* y) {
  launch("log_softmax_shuffled", blocks_for(rows * kWarp), &row_of_warp, rows, columns, x, y);
}
void online(std::int64_t rows, std::int64_t columns, const float* x, float* y) {
  launch("log_softmax_online", blocks_for(rows * kWarp), &row_in_one_pass, rows, columns, x, y);
}

}  // namespace

void list_cuda_softmax(CudaLadder& ladder) {
  ladder.log_softmax_naive = &naive;
  ladder.log_softmax_shared = &shared;
  ladder.log_softmax_shuffled = &shuffled;
  ladder.log_softmax_online = &online;
}

}  // namespace credence::benchmarks
