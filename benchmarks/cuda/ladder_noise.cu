// Normal noise on a CUDA device in three steps. The framework's own is framework/cuda/noise.cu,
// whose stream moves on when a recorded step is replayed.
#include "benchmarks/cuda/warp.hpp"
#include "benchmarks/kernels/cuda_ladder.hpp"
#include "framework/cuda/loops.hpp"
#include "framework/cuda/random.hpp"

namespace credence::benchmarks {
namespace {

using namespace cuda;

// A thread computes the block of its element and throws three of its four numbers away.
__global__ void element_of_thread(RandomStream stream, std::int64_t n, float* y) {
  for (std::int64_t i = first_index(); i < n; i += index_step()) {
    const auto words = stream.block(static_cast<std::uint64_t>(i / 64 * 16 + i % 16));
    const std::int64_t word = i % 64 / 16;
    float normals[2];
    normal_pair(words[word / 2 * 2], words[word / 2 * 2 + 1], normals);
    y[i] = normals[word % 2];
  }
}

// A thread computes a block and stores its four numbers, 16 elements apart: 16 neighbouring threads
// fill 64 neighbouring bytes with each store.
__global__ void block_of_thread(RandomStream stream, std::int64_t blocks, float* y) {
  for (std::int64_t i = first_index(); i < blocks; i += index_step()) {
    for_each_normal<float>(stream, i, 4 * blocks,
                           [&](std::int64_t at, float noise) { y[at] = noise; });
  }
}

// Sixteen threads hold a group of 64 elements, thread t those at t, t + 16, t + 32 and t + 48.
// After four exchanges thread t holds 4 t to 4 t + 3: these are word t / 4 of the threads 4 (t % 4)
// and following. A thread then stores 128 bits at once.
__global__ void turned(RandomStream stream, std::int64_t blocks, Pack<float>* y) {
  // All threads of a warp take part in each exchange: blocks are a multiple of 16, and the threads
  // beyond them compute what is not stored.
  const std::int64_t rounded = (blocks + kWarp - 1) / kWarp * kWarp;
  for (std::int64_t i = first_index(); i < rounded; i += index_step()) {
    const auto words = stream.block(static_cast<std::uint64_t>(i));
    float normals[4];
    normal_pair(words[0], words[1], normals);
    normal_pair(words[2], words[3], normals + 2);
    const unsigned lane = threadIdx.x % kWarp;
    const unsigned t = lane % 16;
    Pack<float> pack;
    for (unsigned j = 0; j < 4; ++j) {
      const int source = static_cast<int>(lane - t + 4 * (t % 4) + j);
      // A thread hands out one register in each exchange, so that all four words go by.
      for (unsigned word = 0; word < 4; ++word) {
        const float value = __shfl_sync(kWholeWarp, normals[word], source);
        if (word == t / 4) pack.values[j] = value;
      }
    }
    if (i < blocks) y[i] = pack;
  }
}

void naive(RandomStream stream, std::int64_t n, float* y) {
  launch("normal_naive", blocks_for(n), &element_of_thread, stream, n, y);
}
void blocks(RandomStream stream, std::int64_t n, float* y) {
  launch("normal_blocks", blocks_for(n / 4), &block_of_thread, stream, n / 4, y);
}
void shuffled(RandomStream stream, std::int64_t n, float* y) {
  launch("normal_shuffled", blocks_for(n / 4), &turned, stream, n / 4,
         reinterpret_cast<Pack<float>*>(y));
}

}  // namespace

void list_cuda_noise(CudaLadder& ladder) {
  ladder.normal_naive = &naive;
  ladder.normal_blocks = &blocks;
  ladder.normal_shuffled = &shuffled;
}

}  // namespace credence::benchmarks
