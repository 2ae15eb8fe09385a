// Draws of SWAG's Gaussian, and their batch normalisation statistics.
#include "bayes/methods/swag.hpp"

#include "bayes/methods/parameter_vector.hpp"
#include "bayes/methods/stored_method.hpp"
#include "framework/base/error.hpp"
#include "framework/ops/arithmetic.hpp"
#include "framework/ops/matmul.hpp"
#include "framework/ops/pointwise.hpp"
#include "framework/ops/random_tensors.hpp"
#include "framework/train/batch_norm.hpp"

#include <algorithm>
#include <cmath>
#include <numbers>
#include <string>
#include <utility>

namespace credence::bayes {
namespace {

void check(const SwagMoments& moments, std::int64_t numel) {
  if (!moments.variance.defined() || moments.variance.shape() != Shape{numel}) {
    throw ValueError("[swag] the variance must have one number for each of the model's " +
                     std::to_string(numel) + " parameters");
  }
  const std::vector<float> variance = moments.variance.to_vector<float>();
  if (std::any_of(variance.begin(), variance.end(), [](float v) { return !(v >= 0); })) {
    throw ValueError("[swag] the variance must not be negative or NaN");
  }
  if (!moments.deviations.defined() || moments.deviations.numel() == 0) return;
  const Shape& shape = moments.deviations.shape();
  if (shape.rank() != 2 || shape[0] < 2 || shape[1] != numel) {
    throw ValueError("[swag] the deviations must be [K, " + std::to_string(numel) +
                     "] with K of at least 2, not " + shape.to_string());
  }
}

}  // namespace

void Swag::check_scale(double scale) {
  if (scale >= 0 && std::isfinite(scale)) return;
  throw ValueError("[swag] the scale must be finite and not negative, not " +
                   std::to_string(scale));
}

Swag::Swag(std::shared_ptr<nn::Module> model, const SwagMoments& moments, const SwagDraws& draws)
    : WeightSamples(std::move(model)), scale_(draws.scale), generator_(draws.generator) {
  check_scale(scale_);
  const NoGrad no_grad;
  mean_ = to_vector(parameter_tensors(this->model(), "swag"));
  check(moments, mean_.numel());
  const Device device = mean_.device();
  variance_ = moments.variance.to(device);
  if (moments.deviations.defined() && moments.deviations.numel() > 0) {
    deviations_ = moments.deviations.to(device);
  }
}

Tensor Swag::draw(std::int64_t pass) const {
  const NoGrad no_grad;
  Generator noise = generator_.split("swag").split(static_cast<std::uint64_t>(pass));
  Variable offset = sqrt(Variable(variance_)) * Variable(normal_tensor(mean_, noise.next()));
  double scale = scale_;
  if (deviations_.defined()) {
    const std::int64_t rank = deviations_.shape()[0];
    const Tensor like = Tensor::empty({1, rank}, DType::float32, mean_.device());
    const Variable z(normal_tensor(like, noise.next()));
    const Variable low_rank(matmul(z, Variable(deviations_)).value().reshape(mean_.shape()));
    offset = offset + low_rank * (1 / std::sqrt(static_cast<double>(rank - 1)));
    scale /= std::numbers::sqrt2;
  }
  return (Variable(mean_) + offset * scale).value();
}

void Swag::set_weights(std::int64_t pass, std::int64_t /*passes*/) {
  from_vector(draw(pass), parameter_tensors(model(), "swag"));
  if (!batch_norm_.defined()) return;
  const std::int64_t row = pass + 1 < batch_norm_.shape()[0] ? pass + 1 : 0;
  from_vector(batch_norm_.slice(row, row + 1).reshape({-1}), train::batch_norm_statistics(model()));
}

void Swag::update_batch_norm(train::BatchSource& training, std::int64_t draws) {
  checked_samples(draws);
  const std::vector<Tensor> statistics = train::batch_norm_statistics(model());
  if (statistics.empty()) return;
  const std::vector<Tensor> parameters = parameter_tensors(model(), "swag");
  const Tensor all =
      Tensor::empty({draws + 1, total_numel(statistics)}, DType::float32, mean_.device());
  // Draws first, so that the model has the mean and its statistics at the end.
  for (std::int64_t row = draws; row >= 0; --row) {
    from_vector(row == 0 ? mean_ : draw(row - 1), parameters);
    train::update_batch_norm(model(), training);
    all.slice(row, row + 1).reshape({-1}).copy_from(to_vector(statistics));
  }
  batch_norm_ = all;
}

void Swag::require_finite(const char* operation) const {
  WeightSamples::require_finite(operation);
  require_finite_tensor(variance_, operation, "variance");
  if (deviations_.defined()) require_finite_tensor(deviations_, operation, "deviations");
  if (batch_norm_.defined()) require_finite_tensor(batch_norm_, operation, "batch_norm");
}

void Swag::save(MethodWriter& writer) const {
  writer.model(model());
  writer.tensor("variance", variance_);
  if (deviations_.defined()) writer.tensor("deviations", deviations_);
  if (batch_norm_.defined()) writer.tensor("batch_norm", batch_norm_);
  writer.number("scale", scale_);
  writer.generator(generator_);
}

std::unique_ptr<Method> Swag::read(const MethodReader& reader) {
  SwagMoments moments{.variance = reader.tensor("variance"), .deviations = {}};
  if (const Tensor* deviations = reader.find("deviations")) moments.deviations = *deviations;
  const SwagDraws draws{.scale = reader.number("scale"), .generator = reader.generator()};
  auto method = std::make_unique<Swag>(reader.model(), moments, draws);
  if (const Tensor* statistics = reader.find("batch_norm")) {
    const std::int64_t numel = total_numel(train::batch_norm_statistics(method->model()));
    if (statistics->shape().rank() != 2 || statistics->shape()[1] != numel) {
      reader.fail("has batch normalisation statistics of another model");
    }
    method->batch_norm_ = statistics->to(method->mean_.device());
  }
  return method;
}

}  // namespace credence::bayes
