// SGD and Adam over the flat buffer: checks of settings, memory, and the numbers of each step. The
// formulas are in framework/formulas/optimizer.hpp.
#include "framework/optim/optimizer.hpp"

#include "framework/base/error.hpp"
#include "framework/dispatch/kernels.hpp"

#include <cmath>
#include <cstring>

namespace credence::optim {
namespace {

// Each parameter begins at a multiple of 64 bytes, as the kernels' loads need. The elements between
// parameters are zero and stay zero, because their gradients are zero.
constexpr std::int64_t kAlignedElements = static_cast<std::int64_t>(kAlignment / sizeof(float));

std::int64_t aligned(std::int64_t numel) {
  return (numel + kAlignedElements - 1) / kAlignedElements * kAlignedElements;
}

void require(bool holds, const char* rule, double value) {
  if (!holds) throw ValueError(std::string("[optim] ") + rule + ", not " + std::to_string(value));
}

void check_rates(double learning_rate, double weight_decay) {
  require(learning_rate >= 0 && std::isfinite(learning_rate),
          "the learning rate must be finite and not negative", learning_rate);
  require(weight_decay >= 0 && std::isfinite(weight_decay),
          "the weight decay must be finite and not negative", weight_decay);
}

class SgdOptimizer : public Optimizer {
 public:
  SgdOptimizer(nn::Module& module, const Sgd& settings)
      : Optimizer(module, settings.learning_rate),
        settings_(settings),
        velocity_(settings.momentum == 0 ? Tensor() : Tensor::zeros_like(values_)) {}

  std::vector<NamedTensor> state() const override {
    std::vector<NamedTensor> state = Optimizer::state();
    if (velocity_.defined()) state.push_back({"velocity", velocity_});
    return state;
  }

  void update() override {
    kernels<float>(values_.device())
        .sgd_step(settings_on_device<SgdStep>(), values_.numel(), gradients_.data<float>(),
                  values_.data<float>(), velocity_.defined() ? velocity_.data<float>() : nullptr);
  }

 private:
  StepSettings settings() const override {
    return SgdStep{learning_rate(), settings_.momentum, settings_.weight_decay, settings_.nesterov};
  }

  Sgd settings_;
  Tensor velocity_;
};

class AdamOptimizer : public Optimizer {
 public:
  AdamOptimizer(nn::Module& module, const Adam& settings)
      : Optimizer(module, settings.learning_rate),
        settings_(settings),
        mean_(Tensor::zeros_like(values_)),
        variance_(Tensor::zeros_like(values_)) {}

  std::vector<NamedTensor> state() const override {
    std::vector<NamedTensor> state = Optimizer::state();
    state.push_back({"mean", mean_});
    state.push_back({"variance", variance_});
    return state;
  }

  void update() override {
    kernels<float>(values_.device())
        .adam_step(settings_on_device<AdamStep>(), values_.numel(), gradients_.data<float>(),
                   values_.data<float>(), mean_.data<float>(), variance_.data<float>());
  }

 private:
  StepSettings settings() const override {
    const auto count = static_cast<double>(steps());
    return AdamStep{learning_rate(),
                    settings_.beta1,
                    settings_.beta2,
                    settings_.epsilon,
                    settings_.weight_decay,
                    settings_.decoupled_weight_decay,
                    1 - std::pow(settings_.beta1, count),
                    1 - std::pow(settings_.beta2, count)};
  }

  Adam settings_;
  Tensor mean_;
  Tensor variance_;
};

}  // namespace

Optimizer::Optimizer(nn::Module& module, double learning_rate)
    : steps_(Tensor::zeros({1}, DType::int64)), learning_rate_(learning_rate) {
  std::vector<Variable*> trained;
  std::int64_t numel = 0;
  for (const nn::NamedParameter& named : nn::parameters(module)) {
    if (!named.parameter->requires_grad()) continue;
    if (named.parameter->dtype() != DType::float32) {
      throw Error("[optim] parameters must be float32: " + named.name);
    }
    if (!trained.empty() && named.parameter->device() != trained.front()->device()) {
      throw Error("[optim] parameters must be on one device: " + named.name + " is on " +
                  to_string(named.parameter->device()));
    }
    trained.push_back(named.parameter);
    numel += aligned(named.parameter->value().numel());
  }
  if (trained.empty()) throw Error("[optim] the module has no parameter that requires a gradient");
  values_ = Tensor::zeros({numel}, DType::float32, trained.front()->device());
  gradients_ = Tensor::zeros_like(values_);
  step_settings_ = Tensor::empty({static_cast<std::int64_t>(sizeof(StepSettings))}, DType::uint8,
                                 values_.device());
  std::int64_t offset = 0;
  for (Variable* parameter : trained) {
    const Tensor value = values_.view_at(offset, parameter->shape());
    value.copy_from(parameter->value());
    parameter->set_value(value);
    parameter->set_grad(gradients_.view_at(offset, parameter->shape()));
    offset += aligned(value.numel());
  }
}

Tensor Optimizer::clip_gradient_norm(double max_norm) const {
  const Device device = gradients_.device();
  const Tensor square_sum = Tensor::empty({}, DType::float64, device);
  const Tensor norm = Tensor::empty({}, DType::float32, device);
  const Kernels<float>& table = kernels<float>(device);
  table.square_sum(gradients_.numel(), gradients_.data<float>(), square_sum.data<double>());
  table.clip_norm(max_norm, gradients_.numel(), square_sum.data<double>(), norm.data<float>(),
                  gradients_.data<float>());
  return norm;
}

void Optimizer::step() {
  begin_step();
  update();
}

void Optimizer::begin_step() {
  ++*steps_.data<std::int64_t>();
  std::visit(
      [&](const auto& step) {
        const Tensor bytes = Tensor::empty({static_cast<std::int64_t>(sizeof(step))}, DType::uint8);
        std::memcpy(bytes.raw_data(), &step, sizeof(step));
        step_settings_.slice(0, bytes.numel()).copy_from(bytes);
      },
      settings());
}

std::vector<NamedTensor> Optimizer::state() const { return {{"steps", steps_}}; }

std::unique_ptr<Optimizer> make_optimizer(nn::Module& module, const Settings& settings) {
  if (const Sgd* sgd = std::get_if<Sgd>(&settings)) {
    check_rates(sgd->learning_rate, sgd->weight_decay);
    require(sgd->momentum >= 0 && std::isfinite(sgd->momentum),
            "the momentum must be finite and not negative", sgd->momentum);
    require(!sgd->nesterov || sgd->momentum > 0, "Nesterov's form needs a positive momentum",
            sgd->momentum);
    return std::make_unique<SgdOptimizer>(module, *sgd);
  }
  const Adam& adam = std::get<Adam>(settings);
  check_rates(adam.learning_rate, adam.weight_decay);
  require(adam.beta1 >= 0 && adam.beta1 < 1, "beta1 must be in [0, 1)", adam.beta1);
  require(adam.beta2 >= 0 && adam.beta2 < 1, "beta2 must be in [0, 1)", adam.beta2);
  // With epsilon 0, a parameter whose gradient was always 0 would become 0 / 0.
  require(adam.epsilon > 0 && std::isfinite(adam.epsilon), "epsilon must be finite and positive",
          adam.epsilon);
  return std::make_unique<AdamOptimizer>(module, adam);
}

}  // namespace credence::optim
