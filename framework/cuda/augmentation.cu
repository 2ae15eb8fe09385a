// Batches, made on the device from a data set in its memory: images with the formulas of
// framework/formulas/augmentation.hpp, other data as copies of rows. For images, a block processes
// one chunk of noise at a time, which is up to kNoiseChunk pixels of one channel of one image. A
// thread processes the four pixels of a Philox block.
#include "framework/cuda/families.hpp"
#include "framework/cuda/random.hpp"
#include "framework/formulas/augmentation.hpp"
#include "framework/formulas/noise.hpp"

namespace credence::cuda {
namespace {

using augmentation::kNoiseChunk;
using augmentation::Move;

constexpr int kPixelsPerThread = 4;
static_assert(kNoiseChunk == kPixelsPerThread * kThreads);

struct Arrays {
  const std::uint8_t* images;
  const std::int64_t* labels;
  const std::int64_t* samples;
  const float* levels;
  const float* noise_deviation;
  float* batch_images;
  std::int64_t* batch_labels;
};

// The value of a pixel after the move.
__device__ float moved_pixel(const Augmentation& steps, const Move& move, const std::uint8_t* plane,
                             const float* levels, std::int64_t row, std::int64_t column) {
  const std::int64_t from_row = augmentation::row_before(move, row);
  const augmentation::Columns visible = augmentation::visible_columns(move, steps.width);
  if (from_row < 0 || from_row >= steps.height || column < visible.begin || column >= visible.end) {
    return levels[0];
  }
  if (!move.rotated()) {
    const std::int64_t from_column = augmentation::column_before(move, steps.width, column);
    return levels[plane[from_row * steps.width + from_column]];
  }
  // The point is computed along the row as on the host, which gives the same rounding.
  const augmentation::PixelLine line =
      augmentation::source_line(move.turn, steps.height, steps.width, from_row,
                                augmentation::column_before(move, steps.width, visible.begin),
                                augmentation::column_step(move));
  return augmentation::level_line(levels)(
      augmentation::interpolate(plane, steps.height, steps.width, line, column - visible.begin));
}

__global__ void augment(Augmentation steps, std::uint64_t key, std::int64_t blocks, Arrays arrays) {
  __shared__ Move move;
  const std::int64_t pixels = steps.height * steps.width;
  const std::int64_t chunks = augmentation::noise_chunks(pixels);
  const std::int64_t chunks_of_image = chunks * steps.channels;
  for (std::int64_t block = blockIdx.x; block < blocks; block += gridDim.x) {
    const std::int64_t image = block / chunks_of_image;
    const std::int64_t chunk_of_image = block % chunks_of_image;
    const std::int64_t channel = chunk_of_image / chunks;
    const std::int64_t sample = arrays.samples[image];
    const RandomStream random{key, static_cast<std::uint64_t>(sample)};
    if (threadIdx.x == 0) {
      move = augmentation::draw_move(steps, random);
      if (chunk_of_image == 0 && arrays.labels != nullptr)
        arrays.batch_labels[image] = arrays.labels[sample];
    }
    __syncthreads();

    const std::int64_t first = chunk_of_image % chunks * kNoiseChunk;
    const std::int64_t count = pixels - first < kNoiseChunk ? pixels - first : kNoiseChunk;
    const std::uint8_t* const plane = arrays.images + (sample * steps.channels + channel) * pixels;
    float* const target = arrays.batch_images + (image * steps.channels + channel) * pixels;
    const float* const levels = arrays.levels + channel * 256;
    const auto value_at = [&](std::int64_t at) {
      return moved_pixel(steps, move, plane, levels, at / steps.width, at % steps.width);
    };
    if (arrays.noise_deviation == nullptr) {
      for (int word = 0; word < kPixelsPerThread; ++word) {
        const std::int64_t element = RandomStream::element_of(threadIdx.x, word);
        if (element < count) target[first + element] = value_at(first + element);
      }
    } else {
      const float deviation = arrays.noise_deviation[channel];
      for_each_normal<float>(augmentation::noise_stream(random, chunk_of_image), threadIdx.x, count,
                             [&](std::int64_t element, float noise) {
                               const std::int64_t at = first + element;
                               target[at] = formulas::AddNoise{}(value_at(at), deviation, noise);
                             });
    }
    // The next image's move is written to the same memory.
    __syncthreads();
  }
}

void augment_images(const Augmentation& steps, std::uint64_t key, std::int64_t n,
                    const std::uint8_t* images, const std::int64_t* labels,
                    const std::int64_t* samples, const float* levels, const float* noise_deviation,
                    float* batch_images, std::int64_t* batch_labels) {
  const std::int64_t blocks =
      n * steps.channels * augmentation::noise_chunks(steps.height * steps.width);
  if (blocks == 0) return;
  const std::int64_t pixels = n * steps.channels * steps.height * steps.width;
  const device::Work work = elements<std::uint8_t>(pixels, 0) + elements<float>(0, pixels) +
                            elements<std::int64_t>(2 * n, labels == nullptr ? 0 : n);
  launch("augment_images", {blocks_for(blocks * kThreads), work}, &augment, steps, key, blocks,
         Arrays{images, labels, samples, levels, noise_deviation, batch_images, batch_labels});
}

template <class Word>
__global__ void copy_rows(std::int64_t words, std::int64_t row_words, const Word* x,
                          const std::int64_t* row, Word* y) {
  for (std::int64_t i = first_index(); i < words; i += index_step()) {
    y[i] = x[row[i / row_words] * row_words + i % row_words];
  }
}

template <class Word>
void gather_words(std::int64_t n, std::int64_t row_bytes, const std::uint8_t* x,
                  const std::int64_t* row, std::uint8_t* y) {
  const std::int64_t row_words = row_bytes / static_cast<std::int64_t>(sizeof(Word));
  const device::Work work =
      elements<Word>(n * row_words, n * row_words) + elements<std::int64_t>(n, 0);
  launch("gather_rows", {blocks_for(n * row_words), work}, &copy_rows<Word>, n * row_words,
         row_words, reinterpret_cast<const Word*>(x), row, reinterpret_cast<Word*>(y));
}

// Tensors begin at multiples of kAlignment bytes, so rows of whole words are aligned.
void gather_rows(std::int64_t n, std::int64_t row_bytes, const std::uint8_t* x,
                 const std::int64_t* row, std::uint8_t* y) {
  if (n == 0 || row_bytes == 0) return;
  if (row_bytes % static_cast<std::int64_t>(sizeof(std::uint64_t)) == 0) {
    gather_words<std::uint64_t>(n, row_bytes, x, row, y);
  } else if (row_bytes % static_cast<std::int64_t>(sizeof(std::uint32_t)) == 0) {
    gather_words<std::uint32_t>(n, row_bytes, x, row, y);
  } else {
    gather_words<std::uint8_t>(n, row_bytes, x, row, y);
  }
}

}  // namespace

void list_augmentation(Kernels<float>& table) {
  table.augment_images = &augment_images;
  table.gather_rows = &gather_rows;
}
// Batches are float32.
void list_augmentation(Kernels<double>&) {}

}  // namespace credence::cuda
