// Fully connected layers on the matrix products of dense.hpp.
#include "framework/cpu/products/linear.hpp"

#include "framework/cpu/epilogue.hpp"
#include "framework/cpu/products/dense.hpp"
#include "framework/formulas/noise.hpp"

namespace credence::cpu {
namespace CREDENCE_ISA {
namespace {

// A row-major matrix, and its transpose.
StridedMatrix rows_of(const float* data, std::int64_t columns) { return {data, columns, 1}; }
StridedMatrix transposed(const float* data, std::int64_t columns) { return {data, 1, columns}; }

// Stores vectors of a row-major result.
auto store_to(float* c, std::int64_t columns) {
  return [=](std::int64_t row, std::int64_t column, std::int64_t count, const Vec(&values)[1]) {
    store_some(c + row * columns + column, values[0], count);
  };
}

Vec plus_bias(Vec values, const float* bias, std::int64_t column, std::int64_t count) {
  return bias == nullptr ? values : values + load_some(bias + column, count);
}

// The squares of all elements.
class Squares {
 public:
  Squares(std::int64_t n, const float* x) : squares_(n) {
    map(
        n, squares_.data(), [](Vec v) { return v * v; }, x);
  }
  const float* data() const { return squares_.data(); }

 private:
  Scratch squares_;
};

}  // namespace

void linear_forward(const ConvolutionShape& s, const float* x, const float* weight,
                    const Epilogue<float>& epilogue, float* y) {
  const std::int64_t in = s.in_channels;
  const std::int64_t out = s.out_channels;
  multiply_dense<1>(
      s.batch, out, in, {rows_of(x, in)}, {transposed(weight, in)},
      [&](std::int64_t row, std::int64_t column, std::int64_t count, const Vec(&values)[1]) {
        store_some(y + row * out + column, plus_bias(values[0], epilogue.bias, column, count),
                   count);
      });
  if (epilogue.activation == nullptr) return;
  // The activation is not applied where the sums are stored, because a call there would push them
  // out of their registers.
  parallel_for(s.batch * out, kGrain, [&](std::int64_t begin, std::int64_t end) {
    activate_all(epilogue.activation, end - begin, y + begin);
  });
}

void linear_backward_data(const ConvolutionShape& s, const float* grad_y, const float* weight,
                          float* grad_x) {
  const std::int64_t in = s.in_channels;
  const std::int64_t out = s.out_channels;
  multiply_dense<1>(s.batch, in, out, {rows_of(grad_y, out)}, {rows_of(weight, in)},
                    store_to(grad_x, in));
}

void linear_backward_weight(const ConvolutionShape& s, const float* x, const float* grad_y,
                            float* grad_weight) {
  const std::int64_t in = s.in_channels;
  const std::int64_t out = s.out_channels;
  multiply_dense<1>(out, in, s.batch, {transposed(grad_y, out)}, {rows_of(x, in)},
                    store_to(grad_weight, in));
}

void linear_moments_forward(const ConvolutionShape& s, const float* x, const float* weight_mean,
                            const float* weight_variance, const float* bias, float* mean,
                            float* variance) {
  const std::int64_t in = s.in_channels;
  const std::int64_t out = s.out_channels;
  const Squares squares(s.batch * in, x);
  multiply_dense<2>(
      s.batch, out, in, {rows_of(x, in), rows_of(squares.data(), in)},
      {transposed(weight_mean, in), transposed(weight_variance, in)},
      [&](std::int64_t row, std::int64_t column, std::int64_t count, const Vec(&values)[2]) {
        const std::int64_t at = row * out + column;
        store_some(mean + at, plus_bias(values[0], bias, column, count), count);
        store_some(variance + at, values[1], count);
      });
}

void linear_moments_backward_data(const ConvolutionShape& s, const float* x,
                                  const float* weight_mean, const float* weight_variance,
                                  const float* grad_mean, const float* grad_variance,
                                  float* grad_x) {
  const std::int64_t in = s.in_channels;
  const std::int64_t out = s.out_channels;
  multiply_dense<2>(
      s.batch, in, out, {rows_of(grad_mean, out), rows_of(grad_variance, out)},
      {rows_of(weight_mean, in), rows_of(weight_variance, in)},
      [&](std::int64_t row, std::int64_t column, std::int64_t count, const Vec(&values)[2]) {
        const std::int64_t at = row * in + column;
        store_some(grad_x + at,
                   formulas::MomentsGradient{}(values[0], values[1], load_some(x + at, count)),
                   count);
      });
}

void linear_moments_backward_weight(const ConvolutionShape& s, const float* x,
                                    const float* grad_mean, const float* grad_variance,
                                    float* grad_weight_mean, float* grad_weight_variance) {
  const Squares squares(s.batch * s.in_channels, x);
  linear_backward_weight(s, x, grad_mean, grad_weight_mean);
  linear_backward_weight(s, squares.data(), grad_variance, grad_weight_variance);
}

}  // namespace CREDENCE_ISA
}  // namespace credence::cpu
