// log softmax over the rows of a matrix, in the form that does not overflow, and the mean negative
// log-likelihood of labels:
//   y_j = (x_j − max x) − ln Σ_i e^(x_i − max x),   dx_j = dy_j − e^(y_j) Σ_i dy_i
//   loss = −Σ over rows of y[label] / rows
// (Goodfellow, Bengio and Courville, Deep Learning, 2016, section 4.1).
#include "framework/cpu/families.hpp"
#include "framework/cpu/simd/loops.hpp"
#include "framework/cpu/simd/transpose.hpp"

#include <cmath>

namespace credence::cpu {
namespace CREDENCE_ISA {
namespace {

// Fewer elements than in a plain map, because exp takes longer.
std::int64_t rows_per_range(std::int64_t columns) {
  constexpr std::int64_t kElements = kGrain / 4;
  return columns >= kElements ? 1 : kElements / columns;
}

// The end of a row, with -infinity in the lanes past it. It does not change a maximum, and its exp
// is 0.
Vec load_tail(const float* x, std::int64_t count) {
  return where(Mask{lane_numbers() < static_cast<std::int32_t>(count)}, load_partial(x, count),
               Vec(-__builtin_inff()));
}
double load_tail(const double* x, std::int64_t) { return *x; }

float max_lanes(Vec x) {
  float largest = x.value[0];
  for (int i = 1; i < kLanes; ++i) largest = x.value[i] > largest ? x.value[i] : largest;
  return largest;
}
double max_lanes(double x) { return x; }

// Folds a row's vectors into one: result = body(result, vector).
template <class T, class Body>
Lanes<T> fold(std::int64_t columns, const T* x, Lanes<T> result, Body body) {
  std::int64_t i = 0;
  for (; i + kWidth<T> <= columns; i += kWidth<T>) result = body(result, load(x + i));
  if (i < columns) result = body(result, load_tail(x + i, columns - i));
  return result;
}

template <class T>
void log_softmax_row(std::int64_t columns, const T* x, T* y) {
  using std::exp;
  using std::log;
  using V = Lanes<T>;
  const V largest(max_lanes(fold(columns, x, V(-__builtin_inf()), [](V best, V v) {
    using credence::where;  // the scalar one; ADL finds that of Vec
    return where(v > best, v, best);
  })));
  // A long row is summed in blocks, so that the digits of its many small terms are not lost.
  constexpr std::int64_t kBlock = 2048;
  double sum = 0;
  for (std::int64_t i = 0; i < columns; i += kBlock) {
    sum += static_cast<double>(
        sum_lanes(fold(columns - i < kBlock ? columns - i : kBlock, x + i, V(0),
                       [=](V total, V v) { return total + exp(v - largest); })));
  }
  const V log_sum = log(V(sum));
  map_serial(
      columns, y, [=](V v) { return (v - largest) - log_sum; }, x);
}

// Rows of up to this many columns are computed kLanes at a time, each in a lane of its own.
constexpr std::int64_t kShortRow = 32;

// Computes the bits of log_softmax_row for kLanes short rows. That function would leave lanes
// empty, and would take longer to join the lanes of a row than for all else.
void log_softmax_in_lanes(std::int64_t columns, const float* x, float* y) {
  Vec column[kShortRow];
  Vec largest(-__builtin_inff());
  for_each_column(kLanes, columns, x, columns, [&](std::int64_t c, Vec v) {
    column[c] = v;
    largest = where(v > largest, v, largest);
  });
  // The order of the additions is that of log_softmax_row: whole vectors of a row, then halves.
  Vec sums[kLanes];
  for (Vec& sum : sums) sum = Vec(0);
  for (std::int64_t c = 0; c < columns; ++c) sums[c % kLanes] += exp(column[c] - largest);
  for (int width = kLanes / 2; width > 0; width /= 2) {
    for (int c = 0; c < width; ++c) sums[c] += sums[c + width];
  }
  const Vec log_sum = log(sums[0]);
  for_each_row_part(
      kLanes, columns, [&](std::int64_t c) { return (column[c] - largest) - log_sum; },
      [=](std::int64_t row, std::int64_t first, std::int64_t count, Vec part) {
        store_some(y + row * columns + first, part, count);
      });
}

// Computes rows by log_softmax_in_lanes and returns their number, which is 0 in double precision.
std::int64_t log_softmax_whole_lanes(std::int64_t rows, std::int64_t columns, const float* x,
                                     float* y) {
  std::int64_t row = 0;
  if (columns > kShortRow) return row;
  for (; row + kLanes <= rows; row += kLanes) {
    log_softmax_in_lanes(columns, x + row * columns, y + row * columns);
  }
  return row;
}
std::int64_t log_softmax_whole_lanes(std::int64_t, std::int64_t, const double*, double*) {
  return 0;
}

template <class T>
void log_softmax_forward(std::int64_t rows, std::int64_t columns, const T* x, T* y) {
  if (columns == 0) return;
  parallel_for(rows, rows_per_range(columns), [=](std::int64_t begin, std::int64_t end) {
    const std::int64_t first = begin * columns;
    const std::int64_t done = log_softmax_whole_lanes(end - begin, columns, x + first, y + first);
    for (std::int64_t row = begin + done; row < end; ++row) {
      log_softmax_row(columns, x + row * columns, y + row * columns);
    }
  });
}

template <class T>
void log_softmax_backward(std::int64_t rows, std::int64_t columns, const T* y, const T* grad_y,
                          T* grad_x) {
  if (columns == 0) return;
  using V = Lanes<T>;
  parallel_for(rows, rows_per_range(columns), [=](std::int64_t begin, std::int64_t end) {
    for (std::int64_t row = begin; row < end; ++row) {
      const std::int64_t start = row * columns;
      const V sum(sum_contiguous(grad_y + start, columns));
      map_serial(
          columns, grad_x + start,
          [=](V log_probability, V grad) {
            using std::exp;
            return grad - exp(log_probability) * sum;
          },
          y + start, grad_y + start);
    }
  });
}

template <class T>
void nll_loss_forward(std::int64_t rows, std::int64_t columns, const T* log_probability,
                      const std::int64_t* label, T* loss) {
  double sum = 0;
  for (std::int64_t row = 0; row < rows; ++row) {
    sum += static_cast<double>(log_probability[row * columns + label[row]]);
  }
  *loss = static_cast<T>(-sum / static_cast<double>(rows));
}

template <class T>
void nll_loss_backward(std::int64_t rows, std::int64_t columns, const std::int64_t* label,
                       const T* grad_loss, T* grad_x) {
  const T share = -*grad_loss / static_cast<T>(rows);
  std::memset(grad_x, 0, static_cast<std::size_t>(rows * columns) * sizeof(T));
  for (std::int64_t row = 0; row < rows; ++row) grad_x[row * columns + label[row]] = share;
}

template <class T>
void list(Kernels<T>& table) {
  table.log_softmax_forward = &log_softmax_forward<T>;
  table.log_softmax_backward = &log_softmax_backward<T>;
  table.nll_loss_forward = &nll_loss_forward<T>;
  table.nll_loss_backward = &nll_loss_backward<T>;
}

}  // namespace

void list_softmax(Kernels<Element>& table) { list(table); }

}  // namespace CREDENCE_ISA
}  // namespace credence::cpu
