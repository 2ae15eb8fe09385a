// The energy of a network's weights from passes over all data.
#include "bayes/methods/posterior_energy.hpp"

#include "bayes/walk.hpp"
#include "framework/base/error.hpp"
#include "framework/dispatch/kernels.hpp"
#include "framework/ops/arithmetic.hpp"
#include "framework/train/objective.hpp"

#include <cmath>
#include <utility>

namespace credence::bayes {
namespace {

void require_positive(const char* what, double value) {
  if (value > 0 && std::isfinite(value)) return;
  throw ValueError("[hmc] " + std::string(what) + " must be positive and finite, not " +
                   std::to_string(value));
}

// target ← target + factor · x
void add_scaled(const Tensor& target, double factor, const Tensor& x) {
  target.copy_from((Variable(target) + Variable(x) * factor).value());
}

template <class T>
double square_sum_of(const Tensor& x) {
  const Tensor sum = Tensor::empty({}, DType::float64, x.device());
  kernels<T>(x.device()).square_sum(x.numel(), x.data<T>(), sum.template data<double>());
  return sum.item();
}

}  // namespace

double PriorDeviations::of(nn::Role role, const Shape& shape) const {
  switch (role) {
    case nn::Role::bias:
      return bias;
    case nn::Role::norm:
      return norm;
    case nn::Role::spread:
      return spread;
    case nn::Role::weight:
      break;
  }
  if (!by_fan_in || shape.rank() < 2 || shape.numel() == 0) return weight;
  return weight / std::sqrt(static_cast<double>(shape.numel() / shape[0]));
}

PosteriorEnergy::PosteriorEnergy(nn::Module& model, std::vector<train::Batch> batches,
                                 Likelihood likelihood, const PriorDeviations& prior,
                                 double temperature, DType dtype)
    : borrowed_(model),
      mode_(model),
      model_(model),
      batches_(std::move(batches)),
      likelihood_(std::move(likelihood)),
      temperature_(temperature) {
  require_positive("the temperature", temperature);
  for (const double s : {prior.weight, prior.bias, prior.norm, prior.spread}) {
    require_positive("the deviations of the prior", s);
  }
  require_no_bayesian_layers(model, "hmc");
  std::vector<Variable> variables;
  for (const nn::NamedParameter& p : nn::parameters(model)) {
    if (!p.parameter->requires_grad()) continue;
    const Tensor own = p.parameter->value();
    const Variable variable(own.dtype() == dtype ? own.clone() : own.to(dtype), true);
    variable.set_grad(Tensor::zeros_like(variable.value()));
    parts_.push_back({variable, dimension_, prior.of(p.role, own.shape())});
    variables.push_back(variable);
    dimension_ += own.numel();
  }
  if (dimension_ == 0)
    throw ValueError("[hmc] the model has no parameter that requires a gradient");
  model_position_ = Tensor::empty({dimension_}, dtype, nn::device_of(model));
  for (const Part& part : parts_) {
    const Variable z = part.parameter.detach() * (1 / part.deviation);
    model_position_.view_at(part.offset, z.shape()).copy_from(z.value());
  }
  borrowed_.set(variables, 0, dtype);
}

EnergyPoint PosteriorEnergy::at(const Tensor& z) const {
  EnergyPoint point{z.clone(), Tensor::empty_like(z)};
  update(point);
  return point;
}

void PosteriorEnergy::update(EnergyPoint& point) const {
  for (const Part& part : parts_) {
    const Variable z(point.z.view_at(part.offset, part.parameter.shape()));
    part.parameter.value().copy_from((z * part.deviation).value());
    part.parameter.zero_grad();
  }
  double energy = square_sum(point.z) / 2;
  for (const train::Batch& batch : batches_) {
    const Variable loss =
        likelihood_->negative_log_likelihood(train::output_of(model_, batch), batch.targets) *
        static_cast<double>(batch.samples());
    energy += loss.value().item();
    loss.backward();
  }
  point.energy = energy / temperature_;
  for (const Part& part : parts_) {
    const Shape& shape = part.parameter.shape();
    const Variable z(point.z.view_at(part.offset, shape));
    const Variable gradient = Variable(part.parameter.grad()) * part.deviation + z;
    point.gradient.view_at(part.offset, shape).copy_from((gradient * (1 / temperature_)).value());
  }
}

Tensor PosteriorEnergy::weights(const Tensor& z) const {
  const Tensor weights = Tensor::empty_like(z);
  for (const Part& part : parts_) {
    const Shape& shape = part.parameter.shape();
    const Variable own = Variable(z.view_at(part.offset, shape)) * part.deviation;
    weights.view_at(part.offset, shape).copy_from(own.value());
  }
  return weights;
}

std::vector<train::Batch> batches_of(train::BatchSource& source, Device device, DType dtype) {
  std::vector<train::Batch> batches;
  source.start_epoch(0);
  for (train::Batch batch; source.next(batch);) {
    batches.push_back(train::map_tensors(batch, [&](const Tensor& tensor) {
      return (is_floating(tensor.dtype()) ? tensor.to(dtype) : tensor).clone().to(device);
    }));
  }
  return batches;
}

void leapfrog(const PosteriorEnergy& energy, EnergyPoint& point, const Tensor& momentum,
              double step_size, std::int64_t steps) {
  add_scaled(momentum, -step_size / 2, point.gradient);
  for (std::int64_t step = 1; step <= steps; ++step) {
    add_scaled(point.z, step_size, momentum);
    energy.update(point);
    add_scaled(momentum, step < steps ? -step_size : -step_size / 2, point.gradient);
  }
}

double square_sum(const Tensor& x) {
  return x.dtype() == DType::float64 ? square_sum_of<double>(x) : square_sum_of<float>(x);
}

}  // namespace credence::bayes
