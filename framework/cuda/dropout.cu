// Dropout: y = 0 where u < p, else x / (1 − p), with u uniform from the element's random bits.
#include "framework/cuda/families.hpp"
#include "framework/cuda/random.hpp"

namespace credence::cuda {
namespace {

// An element is dropped (multiplied by 0) where its 24 random bits are below the threshold.
template <class T>
__global__ void drop(MovingStream moving, std::uint32_t threshold, T scale, PhiloxBlocks blocks,
                     std::int64_t n, const T* x, T* y) {
  const RandomStream stream = moving.now();
  for (std::int64_t i = first_index(); i < blocks.count; i += index_step()) {
    const std::int64_t counter = blocks.first + i;
    const std::array<std::uint32_t, 4> words = stream.block(static_cast<std::uint64_t>(counter));
    for (int word = 0; word < 4; ++word) {
      const std::int64_t at = RandomStream::element_of(counter, word) - stream.offset;
      if (at >= 0 && at < n) y[at] = x[at] * (words[word] >> 8 < threshold ? T(0) : scale);
    }
  }
}

template <class T>
void dropout(RandomStream stream, double probability, std::int64_t n, const T* x, T* y) {
  if (n == 0) return;
  const PhiloxBlocks blocks = philox_blocks(stream, n);
  launch("dropout", {blocks_for(blocks.count), elements<T>(n, n, n)}, &drop<T>, moving(stream),
         static_cast<std::uint32_t>(std::ceil(probability * 0x1p24)),
         static_cast<T>(1 / (1 - probability)), blocks, n, x, y);
}

}  // namespace

void list_dropout(Kernels<float>& table) { table.dropout = &dropout<float>; }
void list_dropout(Kernels<double>& table) { table.dropout = &dropout<double>; }

}  // namespace credence::cuda
