// An op of one's own: values, gradients and their check. It computes D_ij = |x_i - y_j|² for the
// rows of two tensors, without the cancellation of |x|² + |y|² - 2 x·y.
#include "credence.hpp"

#include <cstdio>
#include <vector>

namespace example {

using namespace credence;

// A kernel for float and double. Each range of rows belongs to one thread.
template <class T>
void distances(const Tensor& x, const Tensor& y, const Tensor& d) {
  const std::int64_t m = y.shape()[0], k = x.shape()[1];
  const T *a = x.data<T>(), *b = y.data<T>();
  parallel_for(x.shape()[0], 16, [&, to = d.data<T>()](std::int64_t begin, std::int64_t end) {
    for (std::int64_t i = begin; i < end; ++i) {
      for (std::int64_t j = 0; j < m; ++j) {
        T sum = 0;
        for (std::int64_t c = 0; c < k; ++c) {
          const T difference = a[i * k + c] - b[j * k + c];
          sum += difference * difference;
        }
        to[i * m + j] = sum;
      }
    }
  });
}

// With G = dL/dD: dL/dx_i = 2 Σ_j G_ij (x_i - y_j), and dL/dy_j = 2 Σ_i G_ij (y_j - x_i).
template <class T>
void gradients(const Tensor& x, const Tensor& y, const Tensor& g, const Tensor& dx,
               const Tensor& dy) {
  const std::int64_t n = x.shape()[0], m = y.shape()[0], k = x.shape()[1];
  for (std::int64_t i = 0; i < n; ++i) {
    for (std::int64_t j = 0; j < m; ++j) {
      for (std::int64_t c = 0; c < k; ++c) {
        const T difference = x.data<T>()[i * k + c] - y.data<T>()[j * k + c];
        const T part = 2 * g.data<T>()[i * m + j] * difference;
        dx.data<T>()[i * k + c] += part;
        dy.data<T>()[j * k + c] -= part;
      }
    }
  }
}

/// x [N, K], y [M, K] to [N, M], float32 or float64 on the CPU.
Variable squared_distances(const Variable& x, const Variable& y) {
  if (x.shape().rank() != 2 || y.shape().rank() != 2 || x.shape()[1] != y.shape()[1]) {
    throw ShapeError("[squared_distances] needs [N, K] and [M, K], not " + x.shape().to_string() +
                     " and " + y.shape().to_string());
  }
  const Tensor a = x.value(), b = y.value();
  const Tensor d = Tensor::empty({a.shape()[0], b.shape()[0]}, a.dtype());
  pointwise::visit_on_host("squared_distances", d, [&]<class T>(T*) { distances<T>(a, b, d); });
  // The closure keeps what the gradients need. It runs once, in backward().
  return make_result(d, {x, y}, [a, b](const Tensor& g) -> Gradients {
    const Tensor dx = Tensor::zeros_like(a), dy = Tensor::zeros_like(b);
    pointwise::visit_on_host("squared_distances", g,
                             [&]<class T>(T*) { gradients<T>(a, b, g, dx, dy); });
    return {dx, dy};
  });
}

}  // namespace example

int main() {
  using namespace credence;
  // The distance from (0, 0) to (3, 4), and what moves the point by its gradient.
  const Variable x(Tensor::from<float>({1, 2}, {0, 0}), true);
  const Variable d = example::squared_distances(x, Variable(Tensor::from<float>({1, 2}, {3, 4})));
  sum(d).backward();
  std::printf("squared distance %g, gradient %g %g\n", d.value().item(), x.grad().data<float>()[0],
              x.grad().data<float>()[1]);

  // Central differences in float64, and float32 against float64.
  const auto op = [](const std::vector<Variable>& in) {
    return example::squared_distances(in[0], in[1]);
  };
  Generator random(1);
  const GradcheckResult check =
      gradcheck(op, std::vector<Tensor>{randn({5, 3}, random, DType::float64),
                                        randn({4, 3}, random, DType::float64)});
  std::printf("gradient check %s, largest error %.1e\n", check ? "passed" : check.message.c_str(),
              check.gradient_error);
}
