// Sums over broadcast dimensions, argmax of rows, the count of correct predictions, and running
// sums of scalars.
#include "framework/cuda/block.hpp"
#include "framework/cuda/broadcast.hpp"
#include "framework/cuda/families.hpp"
#include "framework/cuda/runtime/workspace.hpp"
#include "framework/formulas/classification.hpp"

#include <algorithm>

namespace credence::cuda {
namespace {

// A sum of at most this many terms is computed by one thread.
constexpr std::int64_t kFewTerms = 32;
// The number of terms that one block adds at least, the largest number of blocks that share a sum,
// and the number of blocks beyond which a device is busy without sharing.
constexpr std::int64_t kTermsPerBlock = 16 * kThreads;
constexpr std::int64_t kMostParts = 256;
constexpr std::int64_t kEnoughBlocks = 512;

constexpr std::int64_t ceiling(std::int64_t a, std::int64_t b) { return (a + b - 1) / b; }

// The number of blocks that share each of `sums` sums of so many terms.
std::int64_t parts_of(std::int64_t sums, std::int64_t terms) {
  return std::min({ceiling(terms, kTermsPerBlock), ceiling(kEnoughBlocks, sums), kMostParts});
}

// The loops of a Reduction.
struct FastReduction {
  FastLoop kept;
  FastLoop summed;
};

template <class T>
__global__ void sum_few(FastReduction loops, const T* x, T* y) {
  for (std::int64_t i = first_index(); i < loops.kept.numel; i += index_step()) {
    const Place at = place(loops.kept, i);
    // A sum of one number is this number, also where it is −0.
    T sum = loops.summed.numel > 0 ? x[at.a] : T(0);
    for (std::int64_t j = 1; j < loops.summed.numel; ++j) sum += x[at.a + place(loops.summed, j).a];
    y[at.b] = sum;
  }
}

// Each sum is computed by `parts` blocks: partial is [kept, parts]. A sum of one part is complete,
// and goes to y.
template <class T>
__global__ void sum_parts(FastReduction loops, std::int64_t parts, const T* x, double* partial,
                          T* y) {
  const std::int64_t terms = (loops.summed.numel + parts - 1) / parts;
  for (std::int64_t block = blockIdx.x; block < loops.kept.numel * parts; block += gridDim.x) {
    const Place at = place(loops.kept, block / parts);
    const T* const start = x + at.a;
    const std::int64_t begin = block % parts * terms;
    const std::int64_t end =
        begin + terms < loops.summed.numel ? begin + terms : loops.summed.numel;
    double sum = 0;
    for (std::int64_t j = begin + threadIdx.x; j < end; j += kThreads) {
      sum += static_cast<double>(start[place(loops.summed, j).a]);
    }
    sum = block_reduce(sum, Sum{});
    if (threadIdx.x != 0) continue;
    if (parts == 1) {
      y[at.b] = static_cast<T>(sum);
    } else {
      partial[block] = sum;
    }
  }
}

template <class T>
__global__ void add_parts(FastLoop kept, std::int64_t parts, const double* partial, T* y) {
  for (std::int64_t i = first_index(); i < kept.numel; i += index_step()) {
    double sum = 0;
    for (std::int64_t part = 0; part < parts; ++part) sum += partial[i * parts + part];
    y[place(kept, i).b] = static_cast<T>(sum);
  }
}

template <class T>
void sum_to(const BroadcastLoop& loop, const T* x, T* y) {
  const Reduction split = split_reduction(loop);
  const FastReduction loops{FastLoop(split.kept), FastLoop(split.summed)};
  if (loops.kept.numel == 0) return;
  const std::int64_t n = loops.kept.numel * loops.summed.numel;
  const std::int64_t read = operand_numel(loop, loop.a_strides);
  if (loops.summed.numel <= kFewTerms) {
    launch("sum", {blocks_for(loops.kept.numel), elements<T>(read, loops.kept.numel, n)},
           &sum_few<T>, loops, x, y);
    return;
  }
  const std::int64_t parts = parts_of(loops.kept.numel, loops.summed.numel);
  const std::int64_t blocks = loops.kept.numel * parts;
  const Workspace<double> partial(parts == 1 ? 0 : blocks);
  const device::Work results = elements<T>(0, loops.kept.numel);
  const device::Work work =
      elements<T>(read, 0, n) + (parts == 1 ? results : elements<double>(0, blocks));
  launch("sum", {blocks_for(blocks * kThreads), work}, &sum_parts<T>, loops, parts, x,
         partial.data(), y);
  if (parts == 1) return;
  const device::Work rest = elements<double>(blocks, 0, blocks) + results;
  launch({"sum", "of parts"}, {blocks_for(loops.kept.numel), rest}, &add_parts<T>, loops.kept,
         parts, static_cast<const double*>(partial.data()), y);
}

// The index of the first largest element of each row.
template <class T>
__global__ void argmax_rows(std::int64_t rows, std::int64_t columns, const T* x,
                            std::int64_t* index) {
  for (std::int64_t row = first_index(); row < rows; row += index_step()) {
    index[row] = formulas::first_largest(columns, x + row * columns);
  }
}

// Runs as one block, because rows are few and all counts are added to one number.
template <class T>
__global__ void count_correct(std::int64_t rows, std::int64_t columns, const T* x,
                              const std::int64_t* label, double* total) {
  double correct = 0;
  for (std::int64_t row = threadIdx.x; row < rows; row += kThreads) {
    correct += formulas::correct(columns, x + row * columns, label[row]);
  }
  correct = block_reduce(correct, Sum{});
  if (threadIdx.x == 0) *total += correct;
}

template <class T>
__global__ void add_to_totals(Scalars<T> scalars, double factor, double* totals) {
  const auto i = threadIdx.x;
  if (i < static_cast<unsigned>(scalars.count)) {
    totals[i] += factor * static_cast<double>(*scalars.values[i]);
  }
}

template <class T>
void add_correct(std::int64_t rows, std::int64_t columns, const T* x, const std::int64_t* label,
                 double* total) {
  const device::Work work = elements<T>(rows * columns, 0, rows * columns) +
                            elements<std::int64_t>(rows, 0) + elements<double>(1, 1);
  launch("count_correct", {1, work}, &count_correct<T>, rows, columns, x, label, total);
}

template <class T>
void add_scalars(const Scalars<T>& scalars, double factor, double* totals) {
  const device::Work work = elements<T>(scalars.count, 0, 2 * scalars.count) +
                            elements<double>(scalars.count, scalars.count);
  launch("add_scalars", {1, work}, &add_to_totals<T>, scalars, factor, totals);
}

template <class T>
void argmax(std::int64_t rows, std::int64_t columns, const T* x, std::int64_t* index) {
  if (rows == 0) return;
  const device::Work work =
      elements<T>(rows * columns, 0, rows * columns) + elements<std::int64_t>(0, rows);
  launch("argmax", {blocks_for(rows), work}, &argmax_rows<T>, rows, columns, x, index);
}

template <class T>
void list(Kernels<T>& table) {
  table.sum_to = &sum_to<T>;
  table.argmax = &argmax<T>;
  table.add_correct = &add_correct<T>;
  table.add_scalars = &add_scalars<T>;
}

}  // namespace

void list_reduce(Kernels<float>& table) { list(table); }
void list_reduce(Kernels<double>& table) { list(table); }

}  // namespace credence::cuda
