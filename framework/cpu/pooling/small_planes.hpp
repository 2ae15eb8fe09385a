// Pooling in 2 × 2 blocks of planes so small that several fill one vector, such as 4 × 4 and 2 × 2.
// As many planes are taken at a time as have kLanes blocks together. The places of their elements
// are then the same for each such group of planes.
#pragma once

#include "framework/cpu/pooling/windows.hpp"

namespace credence::cpu {
namespace CREDENCE_ISA {

/// Where the elements of kLanes blocks lie among the 4 · kLanes of their planes.
class SmallPlanes {
 public:
  /// Whether planes of this shape come in such groups. Vectors of 4 are left out, because shuffles
  /// by a vector of places are slow without AVX.
  static bool fit(const PoolShape& s) {
    const std::int64_t numel = volume(s.input);
    return kLanes > 4 && in_blocks(s) && s.input[0] == 1 && s.input[1] % 2 == 0 &&
           s.input[2] % 2 == 0 && numel > 0 && 4 * kLanes % numel == 0;
  }

  explicit SmallPlanes(const PoolShape& s) : numel_(volume(s.input)) {
    const std::int64_t width = s.input[2];
    for (std::int32_t block = 0; block < kLanes; ++block) {
      const std::int64_t row = block / s.output[2];
      const std::int64_t column = block % s.output[2];
      const auto first = static_cast<std::int32_t>(2 * (row * width + column));
      for (int e = 0; e < 4; ++e) {
        const std::int32_t at = first + (e / 2) * static_cast<std::int32_t>(width) + e % 2;
        element_[e][block] = at;
        offset_[e][block] = at % static_cast<std::int32_t>(numel_);
        block_[at / kLanes][at % kLanes] = block;
      }
    }
  }

  std::int64_t planes() const { return 4 * kLanes / numel_; }

  /// Reduces the blocks of the planes that begin at x.
  template <class Reducer>
  Reducer reduce(const float* x) const {
    NativeFloat parts[4];
    for (int part = 0; part < 4; ++part) parts[part] = load(x + part * kLanes).value;
    Reducer reducer(offset_[0]);
    for (int e = 0; e < 4; ++e) {
      const NativeInt at = element_[e];
      const NativeFloat lower = shuffle(parts[0], parts[1], at);
      const NativeFloat upper = shuffle(parts[2], parts[3], at);
      reducer.take(Vec(at < 2 * kLanes ? lower : upper), offset_[e]);
    }
    return reducer;
  }

  /// Gives each element of planes that begin at x its block's value.
  void spread(Vec blocks, float* x) const {
    for (int part = 0; part < 4; ++part) {
      store(x + part * kLanes, Vec(shuffle(blocks.value, block_[part])));
    }
  }

 private:
  std::int64_t numel_;
  NativeInt element_[4];  // the places of the four elements of each block
  NativeInt offset_[4];   // the offsets of these elements in their plane
  NativeInt block_[4];    // the block that an element belongs to
};

}  // namespace CREDENCE_ISA
}  // namespace credence::cpu
