// IVON's optimiser as ops over the flat buffer, and what its run leaves.
#include "bayes/methods/ivon_training.hpp"

#include "bayes/methods/parameter_vector.hpp"
#include "bayes/methods/require.hpp"
#include "bayes/walk.hpp"
#include "framework/base/error.hpp"
#include "framework/ops/arithmetic.hpp"
#include "framework/ops/pointwise.hpp"
#include "framework/ops/random_tensors.hpp"

#include <cmath>
#include <exception>
#include <string>
#include <utility>
#include <vector>

namespace credence::bayes {

/// What the optimiser of the last run has learned.
struct IvonPosterior {
  /// h + δ of each parameter in the order of visit; undefined where it is frozen. The tensors share
  /// the optimiser's memory.
  std::vector<Tensor> precision;
  double effective_samples = 0;
};

namespace {

bool in_unit_interval(double beta) { return beta >= 0 && beta < 1; }

class IvonOptimizer final : public optim::Optimizer {
 public:
  IvonOptimizer(nn::Module& module, const IvonOptions& options, double effective_samples,
                IvonPosterior& posterior)
      : Optimizer(module, options.learning_rate, options.weight_decay, options.groups),
        options_(options),
        effective_samples_(effective_samples),
        generator_(options.generator.split("ivon")),
        mean_(values_.clone()),
        momentum_(Tensor::zeros_like(values_)),
        precision_(Tensor::empty_like(values_)) {
    for (const optim::Group& group : groups()) {
      of(precision_, group).fill(options.hessian_start + group.weight_decay);
    }
    write_settings();
    posterior = {};
    posterior.effective_samples = effective_samples;
    for (const nn::NamedParameter& p : nn::parameters(module)) {
      const Tensor& value = p.parameter->value();
      posterior.precision.push_back(
          p.parameter->requires_grad()
              ? precision_.view_at(value.data<float>() - values_.data<float>(), value.shape())
              : Tensor());
    }
  }

  // Where a step has ended with an exception. A device that has failed cannot be written to.
  ~IvonOptimizer() override {
    try {
      IvonOptimizer::undo_perturb();
    } catch (const std::exception&) {
    }
  }
  IvonOptimizer(const IvonOptimizer&) = delete;
  IvonOptimizer& operator=(const IvonOptimizer&) = delete;

  void perturb() override {
    const NoGrad no_grad;
    mean_.copy_from(values_);
    const Variable noise(normal_tensor(values_, generator_.next()));
    const Variable deviation = sqrt(reciprocal(Variable(precision_) * effective_samples_));
    values_.copy_from((Variable(mean_) + deviation * noise).value());
    perturbed_ = true;
  }

  void update() override {
    if (!perturbed_) {
      throw Error("[ivon] perturb() must come before the forward pass of each step");
    }
    const NoGrad no_grad;
    for (const optim::Group& group : groups()) step_of(group);
    perturbed_ = false;
  }

  bool repeats() const override { return true; }

  std::vector<NamedTensor> state() const override {
    std::vector<NamedTensor> state = Optimizer::state();
    state.push_back({"momentum", momentum_});
    state.push_back({"precision", precision_});
    return state;
  }
  std::vector<nn::NamedGenerator> generators() override { return {{"ivon", &generator_}}; }

 private:
  // The rate before a group's factors, and 1 / (1 − β₁ᵗ).
  Tensor step_settings() const override {
    const double correction = 1 - std::pow(options_.beta1, static_cast<double>(updates()));
    return Tensor::from<float>(
        {2}, {static_cast<float>(learning_rate()), static_cast<float>(1 / correction)});
  }

  void undo_perturb() override {
    if (perturbed_) values_.copy_from(mean_);
    perturbed_ = false;
  }

  static Tensor of(const Tensor& flat, const optim::Group& group) {
    return flat.slice(group.begin, group.begin + group.size);
  }

  void step_of(const optim::Group& group) const {
    const Variable gradient(of(gradients_, group));
    const Variable mean(of(mean_, group));
    const Variable before(of(precision_, group));
    const Variable offset = Variable(of(values_, group)) - mean;
    const double delta = group.weight_decay;
    // ĥ / (h + δ) = λ g (θ − m), and h / (h + δ) = 1 − δ / (h + δ).
    const Variable x = affine(gradient * offset * effective_samples_ + reciprocal(before) * delta,
                              1 - options_.beta2, options_.beta2 - 1);
    const Variable precision = before * (affine(x, 1, 1) + square(x) * 0.5);
    const Variable momentum =
        Variable(of(momentum_, group)) * options_.beta1 + gradient * (1 - options_.beta1);
    const Variable correction(settings_on_device().view_at(1, {1}));
    Variable step = (momentum * correction + mean * delta) / precision;
    if (std::isfinite(options_.clip_radius)) {
      step = clamp(step, -options_.clip_radius, options_.clip_radius);
    }
    const Variable rate = Variable(settings_on_device().view_at(0, {1})) *
                          (group.learning_rate_factor * (options_.hessian_start + delta));
    of(values_, group).copy_from((mean - step * rate).value());
    of(momentum_, group).copy_from(momentum.value());
    of(precision_, group).copy_from(precision.value());
  }

  const IvonOptions options_;
  const double effective_samples_;
  Generator generator_;
  Tensor mean_;       // while the parameters are perturbed
  Tensor momentum_;   // g̅
  Tensor precision_;  // h + δ
  bool perturbed_ = false;
};

}  // namespace

IvonTraining::IvonTraining(const IvonOptions& options)
    : options_(options), posterior_(std::make_shared<IvonPosterior>()) {
  require("ivon", in_unit_interval(options.beta1), "beta1 must be in [0, 1)", options.beta1);
  require("ivon", in_unit_interval(options.beta2), "beta2 must be in [0, 1)", options.beta2);
  require("ivon", options.hessian_start > 0 && std::isfinite(options.hessian_start),
          "the Hessian's start must be finite and positive", options.hessian_start);
  require("ivon", options.weight_decay >= 0 && std::isfinite(options.weight_decay),
          "the weight decay must be finite and not negative", options.weight_decay);
  require("ivon", options.effective_samples >= 0 && std::isfinite(options.effective_samples),
          "the effective number of samples must be finite and not negative",
          options.effective_samples);
  require("ivon", options.clip_radius > 0, "the clip radius must be positive", options.clip_radius);
}

void IvonTraining::prepare(train::FitOptions& options) const {
  options.optimizer = [settings = options_, posterior = posterior_](nn::Module& module,
                                                                    const optim::RunSize& run) {
    require_no_bayesian_layers(module, "ivon");
    const double samples = settings.effective_samples > 0
                               ? settings.effective_samples
                               : static_cast<double>(run.training_samples);
    return std::make_unique<IvonOptimizer>(module, settings, samples, *posterior);
  };
}

std::unique_ptr<Method> IvonTraining::finish(std::shared_ptr<nn::Module> model) const {
  if (posterior_->precision.empty()) throw ValueError("[ivon] there was no run of fit");
  const NoGrad no_grad;
  const Device device = nn::device_of(*model);
  std::vector<Tensor> deviations;
  const std::vector<nn::NamedParameter> parameters = nn::parameters(*model);
  for (std::size_t i = 0; i < parameters.size(); ++i) {
    const Tensor& precision = posterior_->precision.at(i);
    deviations.push_back(
        precision.defined()
            ? sqrt(reciprocal(Variable(precision) * posterior_->effective_samples)).value()
            : Tensor::zeros(parameters[i].parameter->shape(), DType::float32, device));
  }
  return std::make_unique<Ivon>(std::move(model), to_vector(deviations), options_.generator);
}

}  // namespace credence::bayes
