// Matrices of double precision on the host, for what inference computes once after training:
// Cholesky factors, inverses of triangles, eigenvalues of symmetric matrices. Rows are contiguous.
// The loops run on one thread, so that results have the same bits on every machine of a kind. Sizes
// up to about a thousand take seconds; the cost grows with the third power.
#pragma once

#include "framework/core/tensor.hpp"

#include <cstdint>
#include <vector>

namespace credence::bayes {

/// A matrix [rows, columns], row-major, of zeros at first.
class Matrix {
 public:
  Matrix() = default;
  Matrix(std::int64_t rows, std::int64_t columns);
  /// The elements of a tensor [rows, columns] of any type on any device.
  explicit Matrix(const Tensor& tensor);

  std::int64_t rows() const { return rows_; }
  std::int64_t columns() const { return columns_; }
  double* row(std::int64_t i) { return values_.data() + i * columns_; }
  const double* row(std::int64_t i) const { return values_.data() + i * columns_; }
  double& operator()(std::int64_t i, std::int64_t j) { return row(i)[j]; }
  double operator()(std::int64_t i, std::int64_t j) const { return row(i)[j]; }
  const std::vector<double>& values() const { return values_; }

  /// Adds the elements of a tensor with as many elements, in row-major order.
  void add(const Tensor& tensor);
  /// Multiplies each element.
  void scale(double factor);
  /// A float64 tensor [rows, columns] on the CPU.
  Tensor tensor() const;

 private:
  std::int64_t rows_ = 0;
  std::int64_t columns_ = 0;
  std::vector<double> values_;
};

/// Throws ValueError that names `what` where an element is not finite.
void require_finite(const Matrix& matrix, const char* what);

/// The upper triangle U of A = Uᵀ U for a symmetric positive definite A, of which the upper half is
/// read (Golub and Van Loan, Matrix Computations, 4th edition, section 4.2). Takes n³/3
/// multiply-adds. Throws ValueError where A is not positive definite in double precision.
Matrix cholesky(Matrix a);
/// log det A from its Cholesky factor.
double log_determinant(const Matrix& cholesky_factor);
/// U⁻¹ of an upper triangle with a diagonal that is not 0, an upper triangle: A⁻¹ = U⁻¹ U⁻ᵀ. Takes
/// n³/6 multiply-adds.
Matrix inverse_of_upper(const Matrix& upper);

/// The eigenvalues of a symmetric matrix, in ascending order, and its eigenvectors: row i of
/// `vectors` is the unit vector of values[i]. With V = `vectors`, A = Vᵀ diag(values) V.
struct Eigensystem {
  std::vector<double> values;
  Matrix vectors;
};

/// Householder's reduction to a tridiagonal matrix, then QL steps with implicit shifts (Golub and
/// Van Loan, sections 8.3.1 and 8.3.5; Wilkinson and Reinsch 1971, Handbook for Automatic
/// Computation, II/3). Both halves of A are read. The error of each eigenvalue is about 1e-16 times
/// the largest. Throws ValueError where an element is not finite.
Eigensystem symmetric_eigensystem(Matrix a);
/// The eigenvalues only, which takes 4 n³/3 multiply-adds.
std::vector<double> symmetric_eigenvalues(Matrix a);

}  // namespace credence::bayes
