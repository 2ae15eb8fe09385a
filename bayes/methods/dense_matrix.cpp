// Cholesky factors, triangular inverses and symmetric eigenvalues. The inner loops add a multiple
// of one row to another, which compilers turn into vector instructions without changing the order
// of a sum.
#include "bayes/methods/dense_matrix.hpp"

#include "framework/base/error.hpp"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <limits>
#include <numeric>
#include <string>
#include <utility>

namespace credence::bayes {
namespace {

// y[begin, end) += factor · x[begin, end)
void add_multiple(double* y, double factor, const double* x, std::int64_t begin, std::int64_t end) {
  for (std::int64_t j = begin; j < end; ++j) y[j] += factor * x[j];
}

double dot(const double* x, const double* y, std::int64_t begin, std::int64_t end) {
  double sum = 0;
  for (std::int64_t j = begin; j < end; ++j) sum += x[j] * y[j];
  return sum;
}

// A tridiagonal matrix: its diagonal, and next to it off_diagonal[i] at (i, i + 1) and (i + 1, i).
struct Tridiagonal {
  std::vector<double> diagonal;
  std::vector<double> off_diagonal;
};

// A reflection H = I − beta v vᵀ that maps x, on the indices from `first` on, to (alpha, 0, …).
struct Reflection {
  std::vector<double> v;  ///< 0 in front of `first`
  double beta = 0;
  double alpha = 0;
};

Reflection reflection(const double* x, std::int64_t first, std::int64_t size) {
  Reflection h{.v = std::vector<double>(static_cast<std::size_t>(size)), .beta = 0, .alpha = 0};
  double largest = 0;
  for (std::int64_t i = first; i < size; ++i) largest = std::max(largest, std::abs(x[i]));
  if (largest == 0) return h;
  double* const v = h.v.data();
  for (std::int64_t i = first; i < size; ++i) v[i] = x[i] / largest;
  const double norm = std::sqrt(dot(v, v, first, size));
  // The sign avoids a difference of nearly equal numbers.
  const double signed_norm = std::copysign(norm, v[first]);
  h.alpha = -signed_norm * largest;
  v[first] += signed_norm;
  h.beta = 1 / (norm * std::abs(v[first]));
  return h;
}

// Replaces A by H A H, for the rows and columns from `first` on.
void reflect_both_sides(Matrix& a, const Reflection& h, std::int64_t first) {
  const std::int64_t n = a.rows();
  const double* const v = h.v.data();
  std::vector<double> w(static_cast<std::size_t>(n));
  for (std::int64_t i = first; i < n; ++i) {
    add_multiple(w.data(), h.beta * v[i], a.row(i), first, n);
  }
  const double along = h.beta / 2 * dot(w.data(), v, first, n);
  add_multiple(w.data(), -along, v, first, n);
  for (std::int64_t i = first; i < n; ++i) {
    double* const row = a.row(i);
    const double vi = v[i];
    const double wi = w[static_cast<std::size_t>(i)];
    for (std::int64_t j = first; j < n; ++j) {
      row[j] -= vi * w[static_cast<std::size_t>(j)] + wi * v[j];
    }
  }
}

// Reduces A to the tridiagonal Qᵀ A Q, and gives the reflections whose product is Q.
Tridiagonal tridiagonal(Matrix& a, std::vector<Reflection>* reflections) {
  const std::int64_t n = a.rows();
  Tridiagonal t;
  for (std::int64_t k = 0; k < n; ++k) {
    t.diagonal.push_back(a(k, k));
    if (k + 1 == n) break;
    Reflection h = reflection(a.row(k), k + 1, n);
    if (k + 2 == n) h = {.v = h.v, .beta = 0, .alpha = a(k, k + 1)};
    t.off_diagonal.push_back(h.alpha);
    if (h.beta != 0) reflect_both_sides(a, h, k + 1);
    if (reflections != nullptr) reflections->push_back(std::move(h));
  }
  return t;
}

// Qᵀ, the transposed product of the reflections in their order.
Matrix transposed_product(const std::vector<Reflection>& reflections, std::int64_t n) {
  Matrix q(n, n);
  for (std::int64_t i = 0; i < n; ++i) q(i, i) = 1;
  for (std::int64_t k = static_cast<std::int64_t>(reflections.size()) - 1; k >= 0; --k) {
    const Reflection& h = reflections[static_cast<std::size_t>(k)];
    if (h.beta == 0) continue;
    std::vector<double> s(static_cast<std::size_t>(n));
    for (std::int64_t i = k + 1; i < n; ++i) {
      add_multiple(s.data(), h.v[static_cast<std::size_t>(i)], q.row(i), k + 1, n);
    }
    for (std::int64_t i = k + 1; i < n; ++i) {
      add_multiple(q.row(i), -h.beta * h.v[static_cast<std::size_t>(i)], s.data(), k + 1, n);
    }
  }
  for (std::int64_t i = 0; i < n; ++i) {
    for (std::int64_t j = 0; j < i; ++j) std::swap(q(i, j), q(j, i));
  }
  return q;
}

// A rotation of rows i and i + 1.
void rotate(Matrix& rows, std::int64_t i, double cosine, double sine) {
  double* const upper = rows.row(i);
  double* const lower = rows.row(i + 1);
  for (std::int64_t k = 0; k < rows.columns(); ++k) {
    const double u = upper[k];
    const double l = lower[k];
    upper[k] = cosine * u - sine * l;
    lower[k] = sine * u + cosine * l;
  }
}

// The QL iteration on a tridiagonal matrix, which leaves the eigenvalues in its diagonal.
class QlIteration {
 public:
  QlIteration(Tridiagonal& t, Matrix* vectors)
      : d_(t.diagonal), e_(t.off_diagonal), vectors_(vectors) {
    e_.push_back(0);
    for (std::size_t i = 0; i < d_.size(); ++i) {
      size_ = std::max(size_, std::abs(d_[i]) + std::abs(e_[i]));
    }
  }

  void run() {
    for (std::size_t first = 0; first < d_.size(); ++first) {
      for (int steps = 0;; ++steps) {
        const std::size_t last = block_end(first);
        if (last == first) break;
        if (steps == kMostSteps) throw Error("[eigenvalues] the QL iteration does not converge");
        step(first, last);
      }
    }
  }

 private:
  static constexpr int kMostSteps = 60;

  // The end of the block from `first` on that no negligible element splits. Rounding makes elements
  // of about epsilon times the norm again and again where many eigenvalues are 0, so that a bound
  // relative to the neighbours might never be met.
  std::size_t block_end(std::size_t first) const {
    const double negligible = std::numeric_limits<double>::epsilon() * size_;
    std::size_t last = first;
    while (last + 1 < d_.size() && std::abs(e_[last]) > negligible) ++last;
    return last;
  }

  // One step with Wilkinson's shift on the block [first, last].
  void step(std::size_t first, std::size_t last) {
    const double half = (d_[first + 1] - d_[first]) / (2 * e_[first]);
    double g = d_[last] - d_[first] + e_[first] / (half + std::copysign(std::hypot(half, 1), half));
    double cosine = 1;
    double sine = 1;
    double carried = 0;
    for (std::size_t i = last; i-- > first;) {
      const double f = sine * e_[i];
      const double b = cosine * e_[i];
      const double r = std::hypot(f, g);
      e_[i + 1] = r;
      if (r == 0) {  // the block has split
        d_[i + 1] -= carried;
        e_[last] = 0;
        return;
      }
      sine = f / r;
      cosine = g / r;
      g = d_[i + 1] - carried;
      const double s = (d_[i] - g) * sine + 2 * cosine * b;
      carried = sine * s;
      d_[i + 1] = g + carried;
      g = cosine * s - b;
      if (vectors_ != nullptr) rotate(*vectors_, static_cast<std::int64_t>(i), cosine, sine);
    }
    d_[first] -= carried;
    e_[first] = g;
    e_[last] = 0;
  }

  std::vector<double>& d_;
  std::vector<double>& e_;
  Matrix* vectors_;
  double size_ = 0;
};

void require_square(const Matrix& a, const char* operation) {
  if (a.rows() == a.columns()) return;
  throw ShapeError(std::string("[") + operation + "] the matrix must be square, not [" +
                   std::to_string(a.rows()) + ", " + std::to_string(a.columns()) + "]");
}

}  // namespace

Matrix::Matrix(std::int64_t rows, std::int64_t columns)
    : rows_(rows), columns_(columns), values_(static_cast<std::size_t>(rows * columns)) {}

Matrix::Matrix(const Tensor& tensor)
    : rows_(tensor.shape()[0]), columns_(tensor.shape()[1]), values_(tensor.to_vector<double>()) {}

void Matrix::add(const Tensor& tensor) {
  const std::vector<double> more = tensor.to_vector<double>();
  if (more.size() != values_.size()) {
    throw ShapeError("[matrix] " + std::to_string(values_.size()) + " elements expected, found " +
                     tensor.shape().to_string());
  }
  for (std::size_t i = 0; i < more.size(); ++i) values_[i] += more[i];
}

void Matrix::scale(double factor) {
  for (double& value : values_) value *= factor;
}

Tensor Matrix::tensor() const { return Tensor::from<double>({rows_, columns_}, values_); }

void require_finite(const Matrix& matrix, const char* what) {
  for (const double value : matrix.values()) {
    if (!std::isfinite(value)) {
      throw ValueError(std::string("[laplace] ") + what + " has the element " +
                       std::to_string(value));
    }
  }
}

Matrix cholesky(Matrix a) {
  require_square(a, "cholesky");
  const std::int64_t n = a.rows();
  for (std::int64_t k = 0; k < n; ++k) {
    double* const pivot = a.row(k);
    if (!(pivot[k] > 0) || !std::isfinite(pivot[k])) {
      throw ValueError("[cholesky] the matrix is not positive definite: pivot " +
                       std::to_string(k) + " is " + std::to_string(pivot[k]));
    }
    const double root = std::sqrt(pivot[k]);
    for (std::int64_t j = k; j < n; ++j) pivot[j] /= root;
    for (std::int64_t i = k + 1; i < n; ++i) add_multiple(a.row(i), -pivot[i], pivot, i, n);
    std::fill(pivot, pivot + k, 0.0);
  }
  return a;
}

double log_determinant(const Matrix& cholesky_factor) {
  double sum = 0;
  for (std::int64_t i = 0; i < cholesky_factor.rows(); ++i) {
    sum += std::log(cholesky_factor(i, i));
  }
  return 2 * sum;
}

Matrix inverse_of_upper(const Matrix& upper) {
  require_square(upper, "inverse");
  const std::int64_t n = upper.rows();
  Matrix inverse(n, n);
  // Row i of U U⁻¹ = I gives row i of the inverse from the rows below it.
  for (std::int64_t i = n - 1; i >= 0; --i) {
    double* const row = inverse.row(i);
    for (std::int64_t k = i + 1; k < n; ++k) {
      add_multiple(row, -upper(i, k), inverse.row(k), k, n);
    }
    const double reciprocal = 1 / upper(i, i);
    for (std::int64_t j = i + 1; j < n; ++j) row[j] *= reciprocal;
    row[i] = reciprocal;
  }
  return inverse;
}

Eigensystem symmetric_eigensystem(Matrix a) {
  require_square(a, "eigenvalues");
  require_finite(a, "a matrix of which eigenvalues are wanted");
  const std::int64_t n = a.rows();
  std::vector<Reflection> reflections;
  Tridiagonal t = tridiagonal(a, &reflections);
  Matrix vectors = transposed_product(reflections, n);
  QlIteration(t, &vectors).run();
  std::vector<std::int64_t> order(static_cast<std::size_t>(n));
  std::iota(order.begin(), order.end(), 0);
  std::stable_sort(order.begin(), order.end(), [&](std::int64_t i, std::int64_t j) {
    return t.diagonal[static_cast<std::size_t>(i)] < t.diagonal[static_cast<std::size_t>(j)];
  });
  Eigensystem sorted{.values = {}, .vectors = Matrix(n, n)};
  for (std::int64_t i = 0; i < n; ++i) {
    const std::int64_t from = order[static_cast<std::size_t>(i)];
    sorted.values.push_back(t.diagonal[static_cast<std::size_t>(from)]);
    std::copy(vectors.row(from), vectors.row(from) + n, sorted.vectors.row(i));
  }
  return sorted;
}

std::vector<double> symmetric_eigenvalues(Matrix a) {
  require_square(a, "eigenvalues");
  require_finite(a, "a matrix of which eigenvalues are wanted");
  Tridiagonal t = tridiagonal(a, nullptr);
  QlIteration(t, nullptr).run();
  std::sort(t.diagonal.begin(), t.diagonal.end());
  return t.diagonal;
}

}  // namespace credence::bayes
