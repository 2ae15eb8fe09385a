// Variances and samples under the posterior of a layer.
#include "bayes/methods/laplace_posterior.hpp"

#include "bayes/methods/stored_method.hpp"
#include "framework/base/error.hpp"
#include "framework/ops/arithmetic.hpp"
#include "framework/ops/convolution.hpp"
#include "framework/ops/matmul.hpp"
#include "framework/ops/pointwise.hpp"
#include "framework/ops/random_tensors.hpp"
#include "framework/ops/reduce.hpp"
#include "framework/ops/shape_ops.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

namespace credence::bayes {
namespace {

void require_shape(const Matrix& matrix, std::int64_t rows, std::int64_t columns) {
  if (matrix.rows() == rows && matrix.columns() == columns) return;
  throw ShapeError("[laplace] a layer needs a curvature [" + std::to_string(rows) + ", " +
                   std::to_string(columns) + "], not [" + std::to_string(matrix.rows()) + ", " +
                   std::to_string(matrix.columns()) + "]");
}

std::vector<double> not_negative(std::vector<double> values) {
  for (double& value : values) value = std::max(value, 0.0);  // rounding of a semidefinite matrix
  return values;
}

Matrix transposed(const Matrix& a) {
  Matrix result(a.columns(), a.rows());
  for (std::int64_t i = 0; i < a.rows(); ++i) {
    for (std::int64_t j = 0; j < a.columns(); ++j) result(j, i) = a(i, j);
  }
  return result;
}

// vectors · x_n for x [N, P, T] and vectors [P, P]; x where there are none.
Variable rotated(const Tensor& x, const Tensor& vectors) {
  if (!vectors.defined()) return Variable(x);
  const std::int64_t p = x.shape()[1];
  return convolution(Variable(x), Variable(vectors.reshape({p, p, 1})), {});
}

// Weights that are independent in a product basis: W − W* = V_outᵀ E V_in with independent elements
// of E [O, D], of which element (o, d) has the variance 1 / (h_od + δ). The diagonal structure has
// no rotations V; that of Kronecker has the eigenvectors of the factors, one in each row.
class FactoredPosterior : public LayerPosterior {
 public:
  FactoredPosterior(const CoveredLayer& layer, const Matrix& diagonal)
      : LayerPosterior(layer), eigenvalues_(not_negative(diagonal.values())), diagonal_(diagonal) {
    require_shape(diagonal, layer.outputs(), layer.inputs());
  }
  FactoredPosterior(const CoveredLayer& layer, const LayerCurvature& factors)
      : FactoredPosterior(layer, factors, symmetric_eigensystem(factors.output_factor),
                          symmetric_eigensystem(factors.input_factor)) {}

  const std::vector<double>& eigenvalues() const override { return eigenvalues_; }

  Tensor output_variances(const Tensor& inputs) const override {
    const Variable by_row = row_variances(inputs);
    if (!output_vectors_.defined()) return by_row.value();
    return matmul(by_row, square(Variable(output_vectors_))).value();
  }

  // [N, O], the variances of rows, for one position; else the rotated inputs [N, D, T].
  Tensor prepared(const Tensor& inputs) const override {
    const NoGrad no_grad;
    return (inputs.shape()[2] == 1 ? row_variances(inputs) : rotated(inputs, input_vectors_))
        .value();
  }

  Tensor variances(const Tensor& prepared, const Tensor& gradients) const override {
    const NoGrad no_grad;
    const Variable g = rotated(gradients, output_vectors_);
    const std::int64_t n = g.shape()[0];
    const std::int64_t outputs = g.shape()[1];
    if (prepared.shape().rank() == 2) {
      return sum(square(reshape(g, {n, outputs})) * Variable(prepared), {1}, true).value();
    }
    const Variable flat(variance_.reshape({1, variance_.numel()}));
    std::vector<Variable> parts;
    for_squared_products(g.value(), prepared, [&](const Tensor& squares) {
      parts.push_back(linear(Variable(squares), flat, {}));
    });
    return concat(parts, 0).value();
  }

  Tensor deviation(const RandomStream& stream) const override {
    const NoGrad no_grad;
    Variable e = Variable(normal_tensor(variance_, stream)) * sqrt(Variable(variance_));
    if (!output_vectors_.defined()) return e.value();
    e = matmul(e, Variable(input_vectors_));
    return matmul(Variable(output_vectors_transposed_), e).value();
  }

  void save(MethodWriter& writer, const std::string& name) const override {
    if (!output_vectors_.defined()) {
      writer.tensor(name + ".diagonal", diagonal_.tensor());
      return;
    }
    writer.tensor(name + ".input_factor", input_factor_.tensor());
    writer.tensor(name + ".output_factor", output_factor_.tensor());
  }

 protected:
  void update() override {
    Matrix variance(layer().outputs(), layer().inputs());
    for (std::int64_t o = 0; o < variance.rows(); ++o) {
      for (std::int64_t d = 0; d < variance.columns(); ++d) {
        const auto i = static_cast<std::size_t>(o * variance.columns() + d);
        variance(o, d) = 1 / (eigenvalues()[i] + prior_precision());
      }
    }
    variance_ = like_weight(variance);
  }

 private:
  FactoredPosterior(const CoveredLayer& layer, const LayerCurvature& factors,
                    const Eigensystem& out, const Eigensystem& in)
      : LayerPosterior(layer),
        eigenvalues_(outer(not_negative(out.values), not_negative(in.values))),
        input_factor_(factors.input_factor),
        output_factor_(factors.output_factor),
        input_vectors_(like_weight(in.vectors)),
        output_vectors_(like_weight(out.vectors)),
        output_vectors_transposed_(like_weight(transposed(out.vectors))) {
    require_shape(input_factor_, layer.inputs(), layer.inputs());
    require_shape(output_factor_, layer.outputs(), layer.outputs());
  }

  static std::vector<double> outer(const std::vector<double>& a, const std::vector<double>& b) {
    std::vector<double> products;
    for (const double x : a) {
      for (const double y : b) products.push_back(x * y);
    }
    return products;
  }

  // The variance of row o of E times the rotated input, [N, O].
  Variable row_variances(const Tensor& inputs) const {
    const NoGrad no_grad;
    const Variable a = rotated(inputs, input_vectors_);
    return linear(square(reshape(a, {a.shape()[0], a.shape()[1]})), Variable(variance_), {});
  }

  std::vector<double> eigenvalues_;
  Matrix diagonal_;
  Matrix input_factor_;
  Matrix output_factor_;
  Tensor input_vectors_;
  Tensor output_vectors_;
  Tensor output_vectors_transposed_;
  Tensor variance_;  ///< [O, D]
};

// All weights of a layer depend on one another: Σ = R Rᵀ with the upper triangle R = U⁻¹, where Uᵀ
// U = H + δ I.
class FullPosterior : public LayerPosterior {
 public:
  FullPosterior(const CoveredLayer& layer, const Matrix& hessian)
      : LayerPosterior(layer), hessian_(hessian) {
    require_shape(hessian, layer.outputs() * layer.inputs(), layer.outputs() * layer.inputs());
  }

  // Only the marginal likelihood asks for them, and they take longest of all.
  const std::vector<double>& eigenvalues() const override {
    if (eigenvalues_.empty()) eigenvalues_ = not_negative(symmetric_eigenvalues(hessian_));
    return eigenvalues_;
  }

  // aᵀ Σ_oo a with the D × D block Σ_oo of output o.
  Tensor output_variances(const Tensor& inputs) const override {
    const NoGrad no_grad;
    const std::int64_t n = inputs.shape()[0];
    const std::int64_t d = inputs.shape()[1];
    const Variable a(inputs.reshape({n, d}));
    const Variable products = reshape(linear(a, Variable(blocks_), {}), {n, layer().outputs(), d});
    return sum(products * reshape(a, {n, 1, d}), {2}).value();
  }

  Tensor prepared(const Tensor&) const override { refuse(); }
  Tensor variances(const Tensor&, const Tensor&) const override { refuse(); }

  Tensor deviation(const RandomStream& stream) const override {
    const std::int64_t n = root_.rows();
    Matrix w(layer().outputs(), layer().inputs());
    std::vector<double> z;
    for (std::int64_t i = 0; i < n; ++i) z.push_back(stream.normal(i));
    for (std::int64_t i = 0; i < n; ++i) {
      double sum = 0;
      for (std::int64_t j = i; j < n; ++j) sum += root_(i, j) * z[static_cast<std::size_t>(j)];
      w(i / w.columns(), i % w.columns()) = sum;
    }
    return like_weight(w);
  }

  void save(MethodWriter& writer, const std::string& name) const override {
    writer.tensor(name + ".hessian", hessian_.tensor());
  }

 protected:
  void update() override {
    Matrix precision = hessian_;
    for (std::int64_t i = 0; i < precision.rows(); ++i) precision(i, i) += prior_precision();
    root_ = inverse_of_upper(cholesky(std::move(precision)));
    const std::int64_t d = layer().inputs();
    Matrix blocks(root_.rows(), d);
    for (std::int64_t i = 0; i < root_.rows(); ++i) {
      const std::int64_t first = i / d * d;
      for (std::int64_t j = first; j <= i; ++j) {
        double sum = 0;
        for (std::int64_t k = i; k < root_.columns(); ++k) sum += root_(i, k) * root_(j, k);
        blocks(i, j - first) = sum;
        blocks(j, i - first) = sum;
      }
    }
    blocks_ = like_weight(blocks);
  }

 private:
  [[noreturn]] static void refuse() {
    throw Error("[laplace] the full structure has variances of its layer's own outputs only");
  }

  Matrix hessian_;
  mutable std::vector<double> eigenvalues_;
  Matrix root_;
  Tensor blocks_;  ///< [O D, D], one block below the other
};

}  // namespace

LayerPosterior::LayerPosterior(const CoveredLayer& layer)
    : layer_(layer), mode_(layer.joint_weight()) {
  for (const double w : mode_.to_vector<double>()) squared_norm_ += w * w;
}

void LayerPosterior::set_prior_precision(double precision) {
  if (!(precision > 0) || !std::isfinite(precision)) {
    throw ValueError("[laplace] a prior precision must be positive and finite, not " +
                     std::to_string(precision));
  }
  prior_precision_ = precision;
  update();
}

Tensor LayerPosterior::like_weight(const Matrix& matrix) const {
  const Tensor& weight = layer_.weight->value();
  return matrix.tensor().to(weight.dtype()).to(weight.device());
}

std::unique_ptr<LayerPosterior> layer_posterior(const CoveredLayer& layer,
                                                HessianStructure structure,
                                                const LayerCurvature& curvature) {
  for (const Matrix* const m :
       {&curvature.full, &curvature.diagonal, &curvature.input_factor, &curvature.output_factor}) {
    require_finite(*m, "the Gauss-Newton matrix");
  }
  switch (structure) {
    case HessianStructure::full:
      return std::make_unique<FullPosterior>(layer, curvature.full);
    case HessianStructure::diagonal:
      return std::make_unique<FactoredPosterior>(layer, curvature.diagonal);
    case HessianStructure::kronecker:
      break;
  }
  return std::make_unique<FactoredPosterior>(layer, curvature);
}

LayerCurvature read_curvature(const MethodReader& reader, HessianStructure structure,
                              const std::string& name) {
  const auto matrix = [&](const std::string& key) {
    const Tensor& tensor = reader.tensor(name + key);
    if (tensor.shape().rank() != 2) reader.fail('"' + name + key + "\" is no matrix");
    return Matrix(tensor);
  };
  LayerCurvature curvature;
  switch (structure) {
    case HessianStructure::full:
      curvature.full = matrix(".hessian");
      break;
    case HessianStructure::diagonal:
      curvature.diagonal = matrix(".diagonal");
      break;
    case HessianStructure::kronecker:
      curvature.input_factor = matrix(".input_factor");
      curvature.output_factor = matrix(".output_factor");
      break;
  }
  return curvature;
}

}  // namespace credence::bayes
