// A sum on a CUDA device in four steps (Harris, Optimizing Parallel Reduction in CUDA, 2007; warp
// shuffles: CUDA C++ Programming Guide, "Warp Shuffle Functions"). The framework's own is in
// framework/cuda/reduce.cu, which sums over any dimensions and in double precision.
#include "benchmarks/cuda/warp.hpp"
#include "benchmarks/kernels/cuda_ladder.hpp"
#include "framework/cuda/block.hpp"
#include "framework/cuda/loops.hpp"
#include "framework/cuda/runtime/workspace.hpp"

namespace credence::benchmarks {
namespace {

using namespace cuda;

__global__ void clear(float* y) { *y = 0; }

// The sum of each thread's elements, which lie a whole grid apart, so that neighbouring threads
// read neighbouring elements.
__device__ float sum_of_thread(std::int64_t n, const float* x) {
  float sum = 0;
  for (std::int64_t i = first_index(); i < n; i += index_step()) sum += x[i];
  return sum;
}

// All threads wait for one address, and the order in which they get it differs from run to run, and
// with it the rounding.
__global__ void add_threads(std::int64_t n, const float* x, float* y) {
  atomicAdd(y, sum_of_thread(n, x));
}

void naive(std::int64_t n, const float* x, float* y) {
  launch("sum_naive", 1, &clear, y);
  launch("sum_naive", blocks_for(n), &add_threads, n, x, y);
}

// Eight times the block halves the numbers that are left, and waits at a barrier each time. Blocks
// leave a number each, which one more block adds: the order is fixed, and so are the bits.
__global__ void sum_blocks(std::int64_t n, const float* x, float* partial) {
  const float sum = block_reduce(sum_of_thread(n, x), Sum{});
  if (threadIdx.x == 0) partial[blockIdx.x] = sum;
}

// The sum over a block, to its first thread: each warp by shuffles, then the first one those of all
// warps. The only barrier stands between the two.
__device__ float sum_of_block(float sum) {
  __shared__ float of_warps[kThreads / kWarp];
  sum = sum_of_warp(sum);
  if (threadIdx.x % kWarp == 0) of_warps[threadIdx.x / kWarp] = sum;
  __syncthreads();
  if (threadIdx.x >= kWarp) return sum;
  return sum_of_warp(threadIdx.x < kThreads / kWarp ? of_warps[threadIdx.x] : 0.0F);
}

__global__ void sum_warps(std::int64_t n, const float* x, float* partial) {
  const float sum = sum_of_block(sum_of_thread(n, x));
  if (threadIdx.x == 0) partial[blockIdx.x] = sum;
}

// Four numbers come with each load: the memory has as many bytes in flight with fewer
// instructions. n is a multiple of four, and x is aligned.
__global__ void sum_packs(std::int64_t packs, const Pack<float>* x, float* partial) {
  float sum = 0;
  for (std::int64_t i = first_index(); i < packs; i += index_step()) {
    const Pack<float> pack = x[i];
    sum += (pack.values[0] + pack.values[1]) + (pack.values[2] + pack.values[3]);
  }
  sum = sum_of_block(sum);
  if (threadIdx.x == 0) partial[blockIdx.x] = sum;
}

void shared(std::int64_t n, const float* x, float* y) {
  const unsigned blocks = blocks_for(n);
  const Workspace<float> partial(blocks);
  launch("sum_shared", blocks, &sum_blocks, n, x, partial.data());
  launch("sum_shared", 1, &sum_blocks, blocks, partial.data(), y);
}

void shuffled(std::int64_t n, const float* x, float* y) {
  const unsigned blocks = blocks_for(n);
  const Workspace<float> partial(blocks);
  launch("sum_shuffled", blocks, &sum_warps, n, x, partial.data());
  launch("sum_shuffled", 1, &sum_warps, blocks, partial.data(), y);
}

void packed(std::int64_t n, const float* x, float* y) {
  const std::int64_t packs = n / Pack<float>::kCount;
  const unsigned blocks = blocks_for(packs);
  const Workspace<float> partial(blocks);
  launch("sum_packed", blocks, &sum_packs, packs, reinterpret_cast<const Pack<float>*>(x),
         partial.data());
  launch("sum_packed", 1, &sum_warps, blocks, partial.data(), y);
}

}  // namespace

void list_cuda_sums(CudaLadder& ladder) {
  ladder.sum_naive = &naive;
  ladder.sum_shared = &shared;
  ladder.sum_shuffled = &shuffled;
  ladder.sum_packed = &packed;
}

}  // namespace credence::benchmarks
