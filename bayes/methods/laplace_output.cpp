// The softmax and the normal likelihood with fixed noise, seen from a network's outputs.
#include "bayes/methods/laplace_output.hpp"

#include "bayes/likelihood/regression.hpp"
#include "framework/base/error.hpp"
#include "framework/ops/arithmetic.hpp"
#include "framework/ops/pointwise.hpp"
#include "framework/ops/random_tensors.hpp"
#include "framework/ops/reduce.hpp"
#include "framework/ops/shape_ops.hpp"
#include "framework/ops/softmax.hpp"

#include <cmath>
#include <numbers>
#include <string>
#include <vector>

namespace credence::bayes {
namespace {

// Column c of x [N, C], [N, 1].
Variable column_of(const Variable& x, std::int64_t c) {
  return split(x, {c, 1, x.shape()[1] - c - 1}, 1)[1];
}

Variable zeros(const Tensor& like) {
  return Variable(Tensor::zeros(like.shape(), like.dtype(), like.device()));
}

}  // namespace

LaplaceOutput::LaplaceOutput(Kind kind, double noise) : kind_(kind), noise_(noise) {
  if (noise > 0 && std::isfinite(noise)) return;
  throw ValueError("[laplace] the noise must be positive and finite, not " + std::to_string(noise));
}

double LaplaceOutput::log_likelihood(const Variable& outputs, const Tensor& targets) const {
  const NoGrad no_grad;
  if (kind_ == Kind::classification) {
    return sum(CategoricalLikelihood().log_density(outputs, targets)).value().item();
  }
  const Variable with_noise(predictive(outputs.value()));
  return sum(GaussianLikelihood().log_density(with_noise, targets)).value().item();
}

Tensor LaplaceOutput::hessian_row(const Tensor& outputs, std::int64_t row) const {
  const NoGrad no_grad;
  const Variable unit(unit_row(outputs, row));
  if (kind_ == Kind::regression) {
    return (zeros(outputs) + unit * (1 / (noise_ * noise_))).value();
  }
  const Variable p = softmax(Variable(outputs));
  return (column_of(p, row) * (unit - p)).value();
}

Tensor LaplaceOutput::root_column(const Tensor& outputs, std::int64_t column) const {
  const NoGrad no_grad;
  const Variable unit(unit_row(outputs, column));
  if (kind_ == Kind::regression) return (zeros(outputs) + unit * (1 / noise_)).value();
  const Variable p = softmax(Variable(outputs));
  return (sqrt(column_of(p, column)) * (unit - p)).value();
}

Tensor LaplaceOutput::random_root(const Tensor& outputs, const RandomStream& stream) const {
  const NoGrad no_grad;
  const Variable signs(sign_tensor(outputs, stream));
  if (kind_ == Kind::regression) return (signs * (1 / noise_)).value();
  const Variable p = softmax(Variable(outputs));
  const Variable weighted = sqrt(p) * signs;
  return (weighted - p * sum(weighted, {1}, true)).value();
}

Tensor LaplaceOutput::predictive(const Tensor& outputs, const Tensor& variances) const {
  const NoGrad no_grad;
  const Variable f(outputs);
  const Variable variance(variances);
  if (kind_ == Kind::classification) {
    return (f / sqrt(affine(variance, std::numbers::pi / 8, 1))).value();
  }
  return concat({f, log(affine(variance, 1, noise_ * noise_))}, 1).value();
}

Tensor LaplaceOutput::predictive(const Tensor& outputs) const {
  if (kind_ == Kind::classification) return outputs;
  return predictive(outputs, zeros(outputs).value());
}

void require_output_rows(const Variable& outputs) {
  if (outputs.shape().rank() == 2) return;
  throw ShapeError("[laplace] the network's outputs must be [N, C], not " +
                   outputs.shape().to_string());
}

Tensor unit_row(const Tensor& like, std::int64_t index) {
  std::vector<double> row(static_cast<std::size_t>(like.shape()[1]));
  row[static_cast<std::size_t>(index)] = 1;
  return Tensor::from<double>({1, like.shape()[1]}, row).to(like.dtype()).to(like.device());
}

}  // namespace credence::bayes
