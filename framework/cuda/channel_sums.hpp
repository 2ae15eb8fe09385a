// Sums over the channels of an array [batch, channels, volume], which the normalisations share.
#pragma once

#include "framework/cuda/block.hpp"
#include "framework/cuda/divider.hpp"
#include "framework/cuda/runtime/workspace.hpp"
#include "framework/kernels/shapes.hpp"

namespace credence::cuda {

// The number of elements of a channel that one block adds, and the largest number of blocks that
// share a channel.
inline constexpr std::int64_t kElementsPerBlock = 16 * kThreads;
inline constexpr std::int64_t kMostParts = 64;

inline std::int64_t parts_of(const NormalizationShape& shape) {
  const std::int64_t wanted = (shape.count() + kElementsPerBlock - 1) / kElementsPerBlock;
  return wanted < 1 ? 1 : wanted < kMostParts ? wanted : kMostParts;
}

// The offset of element i of a channel, where elements are counted over all images.
__device__ inline std::int64_t element(const ChannelIndex& index, std::int64_t channel,
                                       std::int64_t i) {
  const std::int64_t image = index.volume.quotient(i);
  const std::int64_t plane = image * index.channels.divisor() + channel;
  return plane * index.volume.divisor() + index.volume.remainder(i, image);
}

inline ChannelIndex channel_index(const NormalizationShape& shape) {
  return {shape.channels, shape.volume};
}

// Two sums over each channel, in double precision. partial is [channels, parts, 2].
template <class Terms>
__global__ void add_terms(ChannelIndex index, std::int64_t count, std::int64_t parts, Terms terms,
                          double* partial) {
  const std::int64_t elements = (count + parts - 1) / parts;
  for (std::int64_t block = blockIdx.x; block < index.channels.divisor() * parts;
       block += gridDim.x) {
    const std::int64_t channel = block / parts;
    const std::int64_t begin = block % parts * elements;
    const std::int64_t end = begin + elements < count ? begin + elements : count;
    double first = 0;
    double second = 0;
    for (std::int64_t i = begin + threadIdx.x; i < end; i += kThreads) {
      terms.add(channel, element(index, channel, i), first, second);
    }
    first = block_reduce(first, Sum{});
    second = block_reduce(second, Sum{});
    if (threadIdx.x == 0) {
      partial[2 * block] = first;
      partial[2 * block + 1] = second;
    }
  }
}

template <class Number>
__global__ void add_parts(std::int64_t channels, std::int64_t parts, const Number* partial,
                          Number* sums) {
  for (std::int64_t i = first_index(); i < 2 * channels; i += index_step()) {
    Number sum = 0;
    for (std::int64_t part = 0; part < parts; ++part) {
      sum += partial[(i / 2 * parts + part) * 2 + i % 2];
    }
    sums[i] = sum;
  }
}

/// The two sums over each channel of what terms.add(channel, element, first, second) adds to first
/// and second, in double precision: sums is [channels, 2]. `name` is for errors. For an account,
/// the terms come from `arrays` arrays [batch, channels, volume] of T, at two flops a term and sum.
template <class T, class Terms>
void channel_sums(const char* name, const NormalizationShape& shape, Terms terms,
                  std::int64_t arrays, double* sums) {
  const std::int64_t parts = parts_of(shape);
  const std::int64_t partials = shape.channels * parts * 2;
  const std::int64_t n = shape.channels * shape.count();
  // The sums of one part are complete.
  const Workspace<double> partial(parts == 1 ? 0 : partials);
  double* const results = parts == 1 ? sums : partial.data();
  const device::Work work = elements<T>(arrays * n, 0, 4 * n) + elements<double>(0, partials);
  launch({name, "sums"}, {blocks_for(shape.channels * parts * kThreads), work}, &add_terms<Terms>,
         channel_index(shape), shape.count(), parts, terms, results);
  if (parts == 1) return;
  launch({name, "sums of parts"},
         {blocks_for(2 * shape.channels), elements<double>(partials, 2 * shape.channels, partials)},
         &add_parts<double>, shape.channels, parts, static_cast<const double*>(partial.data()),
         sums);
}

}  // namespace credence::cuda
