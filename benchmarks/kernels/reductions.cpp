// The steps of a sum and of log-softmax on a CUDA device as cases.
#include "benchmarks/kernels/cuda_ladder.hpp"
#include "benchmarks/kernels/elementwise.hpp"

#include <cmath>

namespace credence::benchmarks {
namespace {

constexpr std::int64_t kSummed = 16 << 20;
constexpr std::int64_t kRows = 4096;
constexpr std::int64_t kColumns = 1000;

// Numbers between 0 and 1, whose sum is not small beside them, or whole ones.
Tensor summands(const Arrays& a) {
  if (a.fill.values == Fill::Values::integers) return a.normals("x");
  return filled_between(a.fill, 0, 1, {a.n}, "x", a.device);
}

double sum_in_double(const Tensor& x) {
  double sum = 0;
  for (std::int64_t i = 0; i < x.numel(); ++i) sum += static_cast<double>(at(x)[i]);
  return sum;
}

double log_softmax_element(const Tensor& x, std::int64_t index) {
  const float* const row = at(x) + index / kColumns * kColumns;
  double largest = row[0];
  for (std::int64_t i = 1; i < kColumns; ++i) largest = std::fmax(largest, row[i]);
  double sum = 0;
  for (std::int64_t i = 0; i < kColumns; ++i) sum += std::exp(row[i] - largest);
  return static_cast<double>(at(x)[index]) - largest - std::log(sum);
}

template <class Sum>
auto summed(Sum sum) {
  return [=](const Arrays& a) -> Call {
    const Tensor x = summands(a);
    const Tensor y = a.empty(1);
    return {[=] { sum(a.n, at(x), at(y)); },
            {y},
            {},
            [x](std::size_t, std::int64_t) { return sum_in_double(x); }};
  };
}

template <class Softmax>
auto of_rows(Softmax softmax) {
  return [=](const Arrays& a) -> Call {
    const Tensor x = a.normals("x");
    const Tensor y = a.empty();
    return {[=] { softmax(kRows, kColumns, at(x), at(y)); },
            {y},
            {},
            [x](std::size_t, std::int64_t index) { return log_softmax_element(x, index); }};
  };
}

}  // namespace

void add_reduction_steps(std::vector<Case>& cases, Device device) {
  const Arrays arrays{device, kSummed};
  const Group group(cases, arrays, "sum", 4, 4);
  const std::size_t first = cases.size();
  group.add(kOurs, summed([arrays](std::int64_t n, const float* x, float* y) {
              arrays.kernels().sum_to(broadcast_loop({n}, {1}, "sum"), x, y);
            }));
  if (device == Device::cuda) {
    // Additions of a million numbers to one, in any order.
    constexpr double kManyRoundings = 1e-3;
    const CudaLadder& steps = cuda_ladder();
    group.add("naive", summed(steps.sum_naive), kManyRoundings)
        .add("shared", summed(steps.sum_shared))
        .add("shuffled", summed(steps.sum_shuffled))
        .add("packed", summed(steps.sum_packed));
  }
  // The sum of so many whole numbers from -4 to 4 stays far below 2²⁴.
  for (std::size_t i = first; i < cases.size(); ++i) cases[i].exact = true;
}

void add_softmax_steps(std::vector<Case>& cases, Device device) {
  const Arrays arrays{device, kRows * kColumns};
  const Group group(cases, arrays, "log_softmax_forward", 8, 8,
                    {joined({kRows, kColumns}, "x"), joined({kRows, kColumns}, " × ")});
  group.add(kOurs, of_rows(arrays.kernel(&Kernels<float>::log_softmax_forward)));
  if (device != Device::cuda) return;
  const CudaLadder& steps = cuda_ladder();
  group.add("naive", of_rows(steps.log_softmax_naive))
      .add("shared", of_rows(steps.log_softmax_shared))
      .add("shuffled", of_rows(steps.log_softmax_shuffled))
      .add("online", of_rows(steps.log_softmax_online));
}

}  // namespace credence::benchmarks
