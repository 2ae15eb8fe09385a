// SGD and Adam over the flat buffer: checks of settings, groups, memory, and the numbers of each
// step. The formulas are in framework/formulas/optimizer.hpp.
#include "framework/optim/optimizer.hpp"

#include "framework/base/error.hpp"
#include "framework/dispatch/kernels.hpp"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <utility>

namespace credence::optim {
namespace {

// Each parameter begins at a multiple of 64 bytes, as the kernels' loads need. The elements between
// parameters are zero and stay zero, because their gradients are zero.
constexpr std::int64_t kAlignedElements = static_cast<std::int64_t>(kAlignment / sizeof(float));

constexpr nn::Role kRoles[] = {nn::Role::weight, nn::Role::bias, nn::Role::norm, nn::Role::spread};

std::int64_t aligned(std::int64_t numel) {
  return (numel + kAlignedElements - 1) / kAlignedElements * kAlignedElements;
}

void require(bool holds, const char* rule, double value) {
  if (!holds) throw ValueError(std::string("[optim] ") + rule + ", not " + std::to_string(value));
}

void check_factors(const ParameterGroups& groups) {
  for (const nn::Role role : kRoles) {
    const RoleFactors& factors = groups.of(role);
    for (const double factor : {factors.learning_rate, factors.weight_decay}) {
      require(factor >= 0 && std::isfinite(factor),
              "the factors of a role must be finite and not negative", factor);
    }
  }
}

void check_rates(double learning_rate, double weight_decay) {
  require(learning_rate >= 0 && std::isfinite(learning_rate),
          "the learning rate must be finite and not negative", learning_rate);
  require(weight_decay >= 0 && std::isfinite(weight_decay),
          "the weight decay must be finite and not negative", weight_decay);
}

// The kernels' settings of one step, for each group.
template <class Step>
Tensor bytes_of(const std::vector<Step>& steps) {
  const std::size_t bytes = steps.size() * sizeof(Step);
  const Tensor tensor = Tensor::empty({static_cast<std::int64_t>(bytes)}, DType::uint8);
  std::memcpy(tensor.raw_data(), steps.data(), bytes);
  return tensor;
}

class SgdOptimizer final : public Optimizer {
 public:
  SgdOptimizer(nn::Module& module, const Sgd& settings)
      : Optimizer(module, settings.learning_rate, settings.weight_decay, settings.groups),
        settings_(settings),
        velocity_(settings.momentum == 0 ? Tensor() : Tensor::zeros_like(values_)) {
    write_settings();
  }

  std::vector<NamedTensor> state() const override {
    std::vector<NamedTensor> state = Optimizer::state();
    if (velocity_.defined()) state.push_back({"velocity", velocity_});
    return state;
  }

  void update() override {
    const auto* step = reinterpret_cast<const SgdStep*>(settings_on_device().raw_data());
    for (const Group& group : groups()) {
      float* const velocity = velocity_.defined() ? velocity_.data<float>() + group.begin : nullptr;
      kernels<float>(values_.device())
          .sgd_step(step++, group.size, gradients_.data<float>() + group.begin,
                    values_.data<float>() + group.begin, velocity);
    }
  }

  bool repeats() const override { return true; }

 private:
  Tensor step_settings() const override {
    std::vector<SgdStep> settings;
    // The first step takes the whole gradient, as in PyTorch.
    const double dampening = updates() <= 1 ? 0 : settings_.dampening;
    for (const Group& group : groups()) {
      settings.push_back({learning_rate() * group.learning_rate_factor, settings_.momentum,
                          group.weight_decay, settings_.nesterov, dampening, settings_.maximize});
    }
    return bytes_of(settings);
  }

  Sgd settings_;
  Tensor velocity_;
};

class AdamOptimizer final : public Optimizer {
 public:
  AdamOptimizer(nn::Module& module, const Adam& settings)
      : Optimizer(module, settings.learning_rate, settings.weight_decay, settings.groups),
        settings_(settings),
        mean_(Tensor::zeros_like(values_)),
        variance_(Tensor::zeros_like(values_)),
        largest_(settings.amsgrad ? Tensor::zeros_like(values_) : Tensor()) {
    write_settings();
  }

  std::vector<NamedTensor> state() const override {
    std::vector<NamedTensor> state = Optimizer::state();
    state.push_back({"mean", mean_});
    state.push_back({"variance", variance_});
    if (largest_.defined()) state.push_back({"largest_variance", largest_});
    return state;
  }

  void update() override {
    const auto* step = reinterpret_cast<const AdamStep*>(settings_on_device().raw_data());
    for (const Group& group : groups()) {
      float* const largest = largest_.defined() ? largest_.data<float>() + group.begin : nullptr;
      kernels<float>(values_.device())
          .adam_step(step++, group.size, gradients_.data<float>() + group.begin,
                     values_.data<float>() + group.begin, mean_.data<float>() + group.begin,
                     variance_.data<float>() + group.begin, largest);
    }
  }

  bool repeats() const override { return true; }

 private:
  Tensor step_settings() const override {
    const auto count = static_cast<double>(updates());
    std::vector<AdamStep> steps;
    for (const Group& group : groups()) {
      steps.push_back({learning_rate() * group.learning_rate_factor, settings_.beta1,
                       settings_.beta2, settings_.epsilon, group.weight_decay,
                       settings_.decoupled_weight_decay, 1 - std::pow(settings_.beta1, count),
                       1 - std::pow(settings_.beta2, count), settings_.maximize});
    }
    return bytes_of(steps);
  }

  Adam settings_;
  Tensor mean_;
  Tensor variance_;
  Tensor largest_;  ///< of AMSGrad
};

// The parameters to train, in the order of visit. Throws where there are none, and where they
// cannot lie in one buffer.
std::vector<nn::NamedParameter> trained_parameters(nn::Module& module) {
  std::vector<nn::NamedParameter> trained;
  for (nn::NamedParameter& named : nn::parameters(module)) {
    if (!named.parameter->requires_grad()) continue;
    if (named.parameter->dtype() != DType::float32) {
      throw Error("[optim] parameters must be float32: " + named.name);
    }
    if (!trained.empty() && named.parameter->device() != trained.front().parameter->device()) {
      throw Error("[optim] parameters must be on one device: " + named.name + " is on " +
                  to_string(named.parameter->device()));
    }
    trained.push_back(std::move(named));
  }
  if (trained.empty()) throw Error("[optim] the module has no parameter that requires a gradient");
  return trained;
}

// Parameters that are treated alike.
struct Alike {
  Group group;
  std::vector<Variable*> parameters{};
};

// In the order of their first parameters.
std::vector<Alike> grouped(const std::vector<nn::NamedParameter>& trained, double weight_decay,
                           const ParameterGroups& groups) {
  std::vector<Alike> result;
  for (const nn::NamedParameter& named : trained) {
    const RoleFactors& factors = groups.of(named.role);
    const double decay = weight_decay * factors.weight_decay;
    auto found = std::find_if(result.begin(), result.end(), [&](const Alike& alike) {
      return alike.group.learning_rate_factor == factors.learning_rate &&
             alike.group.weight_decay == decay;
    });
    if (found == result.end()) {
      found = result.insert(
          found, Alike{{.learning_rate_factor = factors.learning_rate, .weight_decay = decay}});
    }
    found->group.size += aligned(named.parameter->value().numel());
    found->parameters.push_back(named.parameter);
  }
  return result;
}

}  // namespace

const RoleFactors& ParameterGroups::of(nn::Role role) const {
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
  return weight;
}

Optimizer::Optimizer(nn::Module& module, double learning_rate, double weight_decay,
                     const ParameterGroups& groups)
    : steps_(Tensor::zeros({1}, DType::int64)), learning_rate_(learning_rate) {
  check_rates(learning_rate, weight_decay);
  check_factors(groups);
  const std::vector<nn::NamedParameter> trained = trained_parameters(module);
  std::int64_t numel = 0;
  for (const nn::NamedParameter& named : trained) {
    numel += aligned(named.parameter->value().numel());
  }
  values_ = Tensor::zeros({numel}, DType::float32, trained.front().parameter->device());
  gradients_ = Tensor::zeros_like(values_);
  std::int64_t offset = 0;
  for (Alike& alike : grouped(trained, weight_decay, groups)) {
    alike.group.begin = offset;
    groups_.push_back(alike.group);
    for (Variable* parameter : alike.parameters) {
      const Tensor value = values_.view_at(offset, parameter->shape());
      value.copy_from(parameter->value());
      parameter->set_value(value);
      parameter->set_grad(gradients_.view_at(offset, parameter->shape()));
      offset += aligned(value.numel());
    }
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
  write_settings();
}

void Optimizer::drop_step() {
  undo_perturb();
  ++dropped_steps_;
}

void Optimizer::square_sum(Part part, const Tensor& sum) const {
  const Tensor& elements = part == Part::gradients ? gradients_ : values_;
  kernels<float>(elements.device())
      .square_sum(elements.numel(), elements.data<float>(), sum.data<double>());
}

void Optimizer::write_settings() {
  const Tensor settings = step_settings();
  if (!settings.defined()) return;
  if (!settings_on_device_.defined()) {
    settings_on_device_ = Tensor::empty(settings.shape(), settings.dtype(), values_.device());
  }
  settings_on_device_.copy_from(settings);
}

std::vector<NamedTensor> Optimizer::state() const { return {{"steps", steps_}}; }

std::unique_ptr<Optimizer> Sgd::operator()(nn::Module& module, const RunSize&) const {
  require(momentum >= 0 && std::isfinite(momentum), "the momentum must be finite and not negative",
          momentum);
  require(!nesterov || momentum > 0, "Nesterov's form needs a positive momentum", momentum);
  require(std::isfinite(dampening), "the dampening must be finite", dampening);
  require(!nesterov || dampening == 0, "Nesterov's form takes no dampening", dampening);
  return std::make_unique<SgdOptimizer>(module, *this);
}

std::unique_ptr<Optimizer> Adam::operator()(nn::Module& module, const RunSize&) const {
  require(beta1 >= 0 && beta1 < 1, "beta1 must be in [0, 1)", beta1);
  require(beta2 >= 0 && beta2 < 1, "beta2 must be in [0, 1)", beta2);
  // With epsilon 0, a parameter whose gradient was always 0 would become 0 / 0.
  require(epsilon > 0 && std::isfinite(epsilon), "epsilon must be finite and positive", epsilon);
  return std::make_unique<AdamOptimizer>(module, *this);
}

std::unique_ptr<Optimizer> make_optimizer(nn::Module& module, const Factory& factory,
                                          const RunSize& run) {
  std::unique_ptr<Optimizer> optimizer = factory ? factory(module, run) : nullptr;
  if (!optimizer) throw Error("[optim] the factory has made no optimiser");
  return optimizer;
}

}  // namespace credence::optim
