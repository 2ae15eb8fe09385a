// Optimisers. An optimiser moves the values and gradients of all parameters into one flat buffer,
// so that a step is one pass over memory for any number of parameters.
// framework/formulas/optimizer.hpp states the formulas of a step.
#pragma once

#include "framework/core/named_tensor.hpp"
#include "framework/formulas/optimizer.hpp"
#include "framework/nn/module.hpp"

#include <cstdint>
#include <memory>
#include <string>
#include <variant>
#include <vector>

namespace credence::optim {

/// Stochastic gradient descent with momentum, as torch.optim.SGD without dampening. nesterov
/// selects Nesterov's form.
struct Sgd {
  double learning_rate = 1e-2;
  double momentum = 0;
  double weight_decay = 0;
  bool nesterov = false;
};

/// Adam (Kingma and Ba 2015, arXiv 1412.6980), or AdamW (Loshchilov and Hutter 2019, arXiv
/// 1711.05101) with decoupled_weight_decay. Defaults as in torch.optim.Adam.
struct Adam {
  double learning_rate = 1e-3;
  double beta1 = 0.9;
  double beta2 = 0.999;
  double epsilon = 1e-8;
  double weight_decay = 0;
  bool decoupled_weight_decay = false;
};

/// The choice of an optimiser with its settings.
using Settings = std::variant<Sgd, Adam>;

/// The numbers that the kernel of one step reads.
using StepSettings = std::variant<SgdStep, AdamStep>;

/// An optimiser of the parameters of one module. make_optimizer creates it.
class Optimizer {
 public:
  virtual ~Optimizer() = default;
  Optimizer(const Optimizer&) = delete;
  Optimizer& operator=(const Optimizer&) = delete;

  /// Sets every gradient to zero.
  void zero_grad() const { gradients_.fill(0); }
  /// Scales the gradients by max_norm / (norm + 1e-6) where that is below 1, as
  /// torch.nn.utils.clip_grad_norm_ (Pascanu et al. 2013, arXiv 1211.5063). norm is the Euclidean
  /// norm of all gradients together; where it is not finite, nothing is scaled. The squares are
  /// summed in double precision, whose range holds the squares of all float32 numbers. Returns norm
  /// as a float32 scalar on the parameters' device.
  Tensor clip_gradient_norm(double max_norm) const;
  /// Makes one step: begin_step, then update.
  void step();
  /// Counts the step and copies its settings to the device.
  void begin_step();
  /// Changes the parameters by their gradients. This is work on the parameters' device only, so
  /// that it can be recorded and replayed after each begin_step.
  virtual void update() = 0;
  /// The number of steps so far.
  std::int64_t steps() const { return *steps_.data<std::int64_t>(); }

  /// The learning rate of the next step. It is not part of state().
  double learning_rate() const { return learning_rate_; }
  void set_learning_rate(double rate) { learning_rate_ = rate; }

  /// Everything that the next step depends on, apart from the parameters and the learning rate. The
  /// tensors share the optimiser's memory: writing into them restores a state.
  virtual std::vector<NamedTensor> state() const;

 protected:
  Optimizer(nn::Module& module, double learning_rate);
  /// The settings of the step that begin_step has begun.
  virtual StepSettings settings() const = 0;
  /// These settings in the memory of the parameters' device.
  template <class Step>
  const Step* settings_on_device() const {
    return reinterpret_cast<const Step*>(step_settings_.raw_data());
  }

  Tensor values_;     ///< all parameters, flat, with gaps that align them
  Tensor gradients_;  ///< their gradients, in the same layout

 private:
  Tensor steps_;          ///< int64 [1]
  Tensor step_settings_;  ///< the bytes of settings()
  double learning_rate_;
};

/// An optimiser of those parameters of `module` that require a gradient at the call. Their values
/// and gradients move into the optimiser's buffer and stay usable after it is destroyed. A second
/// optimiser of the same parameters takes them over from the first. Parameters that are frozen or
/// unfrozen later need a new optimiser. Throws Error where no parameter requires a gradient, and
/// where parameters are not float32 or not on one device. Throws ValueError for settings out of
/// range.
std::unique_ptr<Optimizer> make_optimizer(nn::Module& module, const Settings& settings);

}  // namespace credence::optim
