// Dropout: y = 0 where u < p, else x / (1 − p), with u uniform from the element's random bits.
#include "framework/cuda/families.hpp"
#include "framework/cuda/random.hpp"

namespace credence::cuda {
namespace {

// An element is dropped (multiplied by 0) where its 24 random bits are below the threshold.
template <class T>
__global__ void drop(MovingStream moving, std::uint32_t threshold, T scale, std::int64_t blocks,
                     std::int64_t n, const T* x, T* y) {
  const RandomStream stream = moving.now();
  for (std::int64_t i = first_index(); i < blocks; i += index_step()) {
    const std::array<std::uint32_t, 4> words = stream.block(static_cast<std::uint64_t>(i));
    for (int word = 0; word < 4; ++word) {
      const std::int64_t at = RandomStream::element_of(i, word);
      if (at < n) y[at] = x[at] * (words[word] >> 8 < threshold ? T(0) : scale);
    }
  }
}

template <class T>
void dropout(RandomStream stream, double probability, std::int64_t n, const T* x, T* y) {
  if (n == 0) return;
  launch("dropout", blocks_for(philox_blocks(n)), &drop<T>, moving(stream),
         static_cast<std::uint32_t>(std::ceil(probability * 0x1p24)),
         static_cast<T>(1 / (1 - probability)), philox_blocks(n), n, x, y);
}

}  // namespace

void list_dropout(Kernels<float>& table) { table.dropout = &dropout<float>; }
void list_dropout(Kernels<double>& table) { table.dropout = &dropout<double>; }

}  // namespace credence::cuda
