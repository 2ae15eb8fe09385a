// Log-softmax over the rows of a matrix, y = x − max(x) − log Σ exp(x − max(x)), the mean negative
// log-likelihood of labels, and their gradients.
#include "framework/cuda/block.hpp"
#include "framework/cuda/families.hpp"

#include <cmath>
#include <limits>

namespace credence::cuda {
namespace {

// A row of at most this many columns is computed by one thread, a longer one by a block.
constexpr std::int64_t kFewColumns = 64;

template <class T>
constexpr T lowest() {
  return -static_cast<T>(INFINITY);
}

template <class T>
__global__ void log_softmax_short(std::int64_t rows, std::int64_t columns, const T* x, T* y) {
  for (std::int64_t row = first_index(); row < rows; row += index_step()) {
    const T* const values = x + row * columns;
    T largest = lowest<T>();
    for (std::int64_t i = 0; i < columns; ++i) largest = Largest{}(values[i], largest);
    T sum = 0;
    for (std::int64_t i = 0; i < columns; ++i) sum += std::exp(values[i] - largest);
    const T log_sum = std::log(sum);
    for (std::int64_t i = 0; i < columns; ++i) {
      y[row * columns + i] = (values[i] - largest) - log_sum;
    }
  }
}

template <class T>
__global__ void log_softmax_long(std::int64_t rows, std::int64_t columns, const T* x, T* y) {
  for (std::int64_t row = blockIdx.x; row < rows; row += gridDim.x) {
    const T* const values = x + row * columns;
    T largest = lowest<T>();
    for (std::int64_t i = threadIdx.x; i < columns; i += kThreads) {
      largest = Largest{}(values[i], largest);
    }
    largest = block_reduce(largest, Largest{});
    T sum = 0;
    for (std::int64_t i = threadIdx.x; i < columns; i += kThreads) {
      sum += std::exp(values[i] - largest);
    }
    const T log_sum = std::log(block_reduce(sum, Sum{}));
    for (std::int64_t i = threadIdx.x; i < columns; i += kThreads) {
      y[row * columns + i] = (values[i] - largest) - log_sum;
    }
  }
}

template <class T>
__global__ void backward_short(std::int64_t rows, std::int64_t columns, const T* y, const T* grad_y,
                               T* grad_x) {
  for (std::int64_t row = first_index(); row < rows; row += index_step()) {
    const std::int64_t start = row * columns;
    T sum = 0;
    for (std::int64_t i = start; i < start + columns; ++i) sum += grad_y[i];
    for (std::int64_t i = start; i < start + columns; ++i) {
      grad_x[i] = grad_y[i] - std::exp(y[i]) * sum;
    }
  }
}

template <class T>
__global__ void backward_long(std::int64_t rows, std::int64_t columns, const T* y, const T* grad_y,
                              T* grad_x) {
  for (std::int64_t row = blockIdx.x; row < rows; row += gridDim.x) {
    const std::int64_t start = row * columns;
    T sum = 0;
    for (std::int64_t i = threadIdx.x; i < columns; i += kThreads) sum += grad_y[start + i];
    sum = block_reduce(sum, Sum{});
    for (std::int64_t i = threadIdx.x; i < columns; i += kThreads) {
      grad_x[start + i] = grad_y[start + i] - std::exp(y[start + i]) * sum;
    }
  }
}

template <class T>
void log_softmax_forward(std::int64_t rows, std::int64_t columns, const T* x, T* y) {
  if (rows * columns == 0) return;
  const bool few = columns <= kFewColumns;
  const std::int64_t n = rows * columns;
  launch("log_softmax", {blocks_for(few ? rows : rows * kThreads), elements<T>(n, n, 6 * n)},
         few ? &log_softmax_short<T> : &log_softmax_long<T>, rows, columns, x, y);
}

template <class T>
void log_softmax_backward(std::int64_t rows, std::int64_t columns, const T* y, const T* grad_y,
                          T* grad_x) {
  if (rows * columns == 0) return;
  const bool few = columns <= kFewColumns;
  const std::int64_t n = rows * columns;
  launch({"log_softmax", "backward"},
         {blocks_for(few ? rows : rows * kThreads), elements<T>(2 * n, n, 4 * n)},
         few ? &backward_short<T> : &backward_long<T>, rows, columns, y, grad_y, grad_x);
}

// Runs as one block, because a batch has few rows. The labels are not checked here, where that
// would mean waiting. A label that is not a column makes the loss NaN, and RunningSums reports it
// when it is read.
template <class T>
__global__ void nll(std::int64_t rows, std::int64_t columns, const T* log_probability,
                    const std::int64_t* label, T* loss) {
  double sum = 0;
  for (std::int64_t row = threadIdx.x; row < rows; row += kThreads) {
    const bool valid = label[row] >= 0 && label[row] < columns;
    sum += valid ? static_cast<double>(log_probability[row * columns + label[row]])
                 : std::numeric_limits<double>::quiet_NaN();
  }
  sum = block_reduce(sum, Sum{});
  if (threadIdx.x == 0) *loss = static_cast<T>(-sum / static_cast<double>(rows));
}

template <class T>
__global__ void nll_gradient(std::int64_t rows, std::int64_t columns, const std::int64_t* label,
                             const T* grad_loss, T* grad_x) {
  const T share = -*grad_loss / static_cast<T>(rows);
  for (std::int64_t i = first_index(); i < rows * columns; i += index_step()) {
    grad_x[i] = i % columns == label[i / columns] ? share : T(0);
  }
}

template <class T>
void nll_loss_forward(std::int64_t rows, std::int64_t columns, const T* log_probability,
                      const std::int64_t* label, T* loss) {
  // One number of each row is read.
  const device::Work work = elements<T>(rows, 1, rows) + elements<std::int64_t>(rows, 0);
  launch("nll_loss", {1, work}, &nll<T>, rows, columns, log_probability, label, loss);
}

template <class T>
void nll_loss_backward(std::int64_t rows, std::int64_t columns, const std::int64_t* label,
                       const T* grad_loss, T* grad_x) {
  if (rows * columns == 0) return;
  const device::Work work = elements<T>(1, rows * columns) + elements<std::int64_t>(rows, 0);
  launch({"nll_loss", "backward"}, {blocks_for(rows * columns), work}, &nll_gradient<T>, rows,
         columns, label, grad_loss, grad_x);
}

template <class T>
void list(Kernels<T>& table) {
  table.log_softmax_forward = &log_softmax_forward<T>;
  table.log_softmax_backward = &log_softmax_backward<T>;
  table.nll_loss_forward = &nll_loss_forward<T>;
  table.nll_loss_backward = &nll_loss_backward<T>;
}

}  // namespace

void list_softmax(Kernels<float>& table) { list(table); }
void list_softmax(Kernels<double>& table) { list(table); }

}  // namespace credence::cuda
