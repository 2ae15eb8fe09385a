// Tests of the dense matrices on the host: against closed forms of the second difference matrix
// (2 on the diagonal, −1 beside it), and against numpy's eigenvalues.
#include "bayes/methods/dense_matrix.hpp"

#include "framework/base/error.hpp"
#include "tests/framework/support.hpp"
#include "tests/reference/reference.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numbers>

#include <boost/test/unit_test.hpp>

namespace credence::test {

BOOST_AUTO_TEST_SUITE(dense_matrix)

namespace {

using bayes::Matrix;

Matrix second_differences(std::int64_t n) {
  Matrix a(n, n);
  for (std::int64_t i = 0; i < n; ++i) {
    a(i, i) = 2;
    if (i > 0) a(i, i - 1) = a(i - 1, i) = -1;
  }
  return a;
}

// Σ_k V_ki values_k V_kj
Matrix composed(const bayes::Eigensystem& system) {
  const std::int64_t n = system.vectors.rows();
  Matrix a(n, n);
  for (std::int64_t k = 0; k < n; ++k) {
    for (std::int64_t i = 0; i < n; ++i) {
      for (std::int64_t j = 0; j < n; ++j) {
        a(i, j) += system.vectors(k, i) * system.values[static_cast<std::size_t>(k)] *
                   system.vectors(k, j);
      }
    }
  }
  return a;
}

double distance(const Matrix& a, const Matrix& b) {
  double largest = 0;
  for (std::size_t i = 0; i < a.values().size(); ++i) {
    largest = std::max(largest, std::abs(a.values()[i] - b.values()[i]));
  }
  return largest;
}

double orthogonality_error(const Matrix& vectors) {
  bayes::Eigensystem ones{
      .values = std::vector<double>(static_cast<std::size_t>(vectors.rows()), 1),
      .vectors = vectors};
  Matrix identity(vectors.rows(), vectors.rows());
  for (std::int64_t i = 0; i < vectors.rows(); ++i) identity(i, i) = 1;
  return distance(composed(ones), identity);
}

}  // namespace

// det = n + 1, and the inverse has the elements min(i, j) (n + 1 − max(i, j)) / (n + 1).
BOOST_AUTO_TEST_CASE(cholesky_gives_determinant_and_inverse_of_second_differences) {
  constexpr std::int64_t kSize = 30;
  const Matrix u = bayes::cholesky(second_differences(kSize));
  BOOST_TEST(bayes::log_determinant(u) == std::log(kSize + 1.0),
             boost::test_tools::tolerance(1e-12));
  const Matrix root = bayes::inverse_of_upper(u);
  for (std::int64_t i = 0; i < kSize; ++i) {
    for (std::int64_t j = 0; j <= i; ++j) {
      double inverse = 0;
      for (std::int64_t k = 0; k < kSize; ++k) inverse += root(i, k) * root(j, k);
      const double expected =
          static_cast<double>((j + 1) * (kSize - i)) / static_cast<double>(kSize + 1);
      BOOST_TEST(inverse == expected, boost::test_tools::tolerance(1e-11));
      if (j < i) BOOST_TEST(root(i, j) == 0);
    }
  }
}

// The eigenvalues are 2 − 2 cos(k π / (n + 1)), the elements of vector k √(2 / (n + 1)) sin(i k π /
// (n + 1)) up to the sign.
BOOST_AUTO_TEST_CASE(eigenvalues_and_vectors_of_second_differences) {
  constexpr std::int64_t kSize = 40;
  const bayes::Eigensystem system = bayes::symmetric_eigensystem(second_differences(kSize));
  const std::vector<double> only = bayes::symmetric_eigenvalues(second_differences(kSize));
  for (std::int64_t k = 0; k < kSize; ++k) {
    const double angle = static_cast<double>(k + 1) * std::numbers::pi / (kSize + 1);
    const double expected = 2 - 2 * std::cos(angle);
    BOOST_TEST(std::abs(system.values[static_cast<std::size_t>(k)] - expected) < 1e-13);
    BOOST_TEST(std::abs(only[static_cast<std::size_t>(k)] - expected) < 1e-13);
    for (std::int64_t i = 0; i < kSize; ++i) {
      const double element =
          std::sqrt(2.0 / (kSize + 1)) * std::sin(static_cast<double>(i + 1) * angle);
      BOOST_TEST(std::abs(std::abs(system.vectors(k, i)) - std::abs(element)) < 1e-12);
    }
  }
}

BOOST_AUTO_TEST_CASE(eigensystems_are_those_of_numpy) {
  for (const char* name : {"symmetric_random", "symmetric_low_rank", "symmetric_gap"}) {
    BOOST_TEST_CONTEXT(name) {
      const Reference& expected = reference(name);
      const Matrix a(expected.at("matrix"));
      const bayes::Eigensystem system = bayes::symmetric_eigensystem(a);
      const Tensor values = Tensor::from<double>({a.rows()}, system.values);
      BOOST_TEST(largest_error(values, expected.at("eigenvalues")) < 1e-13);
      BOOST_TEST(largest_error(Tensor::from<double>({a.rows()}, bayes::symmetric_eigenvalues(a)),
                               expected.at("eigenvalues")) < 1e-13);
      BOOST_TEST(distance(composed(system), a) < 1e-12);
      BOOST_TEST(orthogonality_error(system.vectors) < 1e-13);
    }
  }
}

BOOST_AUTO_TEST_CASE(small_and_special_matrices_have_eigensystems) {
  Matrix one(1, 1);
  one(0, 0) = -3;
  BOOST_TEST(bayes::symmetric_eigensystem(one).values[0] == -3);
  BOOST_TEST(bayes::symmetric_eigensystem(one).vectors(0, 0) == 1);
  const bayes::Eigensystem zero = bayes::symmetric_eigensystem(Matrix(5, 5));
  BOOST_TEST(zero.values == std::vector<double>(5), boost::test_tools::per_element());
  BOOST_TEST(orthogonality_error(zero.vectors) < 1e-15);
  // All ones, with elements far below the smallest normal number of float32.
  Matrix ones(60, 60);
  for (std::int64_t i = 0; i < 60; ++i) {
    for (std::int64_t j = 0; j < 60; ++j) ones(i, j) = 1e-60;
  }
  const bayes::Eigensystem rank_one = bayes::symmetric_eigensystem(ones);
  BOOST_TEST(rank_one.values.back() == 60e-60, boost::test_tools::tolerance(1e-13));
  BOOST_TEST(std::abs(rank_one.values[58]) < 1e-73);
  BOOST_TEST(orthogonality_error(rank_one.vectors) < 1e-13);
}

// x xᵀ + y yᵀ with orthogonal x and y has the eigenvalues |x|² and |y|², and 0 else.
BOOST_AUTO_TEST_CASE(many_eigenvalues_may_be_zero) {
  constexpr std::int64_t kSize = 150;
  Matrix a(kSize, kSize);
  double norm_x = 0;
  double norm_y = 0;
  const auto x = [](std::int64_t i) { return std::sin(static_cast<double>(i / 2)); };
  const auto y = [&](std::int64_t i) { return (i % 2 == 0 ? 0.3 : -0.3) * std::cos(x(i)); };
  for (std::int64_t i = 0; i < kSize; ++i) {
    norm_x += x(i) * x(i);
    norm_y += y(i) * y(i);
    for (std::int64_t j = 0; j < kSize; ++j) a(i, j) = x(i) * x(j) + y(i) * y(j);
  }
  const bayes::Eigensystem system = bayes::symmetric_eigensystem(a);
  BOOST_TEST(system.values[149] == std::max(norm_x, norm_y), boost::test_tools::tolerance(1e-13));
  BOOST_TEST(system.values[148] == std::min(norm_x, norm_y), boost::test_tools::tolerance(1e-13));
  for (std::size_t i = 0; i < 148; ++i) BOOST_TEST(std::abs(system.values[i]) < 1e-13);
  BOOST_TEST(distance(composed(system), a) < 1e-12);
  BOOST_TEST(orthogonality_error(system.vectors) < 1e-12);
}

BOOST_AUTO_TEST_CASE(matrices_that_do_not_fit_are_refused) {
  BOOST_CHECK_EXCEPTION(bayes::cholesky(Matrix(3, 3)), ValueError, says("not positive definite"));
  BOOST_CHECK_EXCEPTION(bayes::cholesky(Matrix(3, 2)), ShapeError, says("must be square"));
  BOOST_CHECK_EXCEPTION(bayes::symmetric_eigenvalues(Matrix(3, 2)), ShapeError, says("square"));
  Matrix wrong(3, 3);
  wrong(1, 1) = std::numeric_limits<double>::quiet_NaN();
  BOOST_CHECK_EXCEPTION(bayes::cholesky(wrong), ValueError, says("positive definite"));
  BOOST_CHECK_EXCEPTION(bayes::symmetric_eigensystem(wrong), ValueError, says("nan"));
  BOOST_CHECK_THROW(wrong.add(Tensor::zeros({4})), ShapeError);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace credence::test
