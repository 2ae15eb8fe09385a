// Optimisers work on one flat buffer: the parameters' values and gradients are moved into it, so
// that a step is one pass over memory whatever the number of parameters.
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

/// Stochastic gradient descent with momentum, as torch.optim.SGD defines it (no dampening).
struct Sgd {
  double learning_rate = 1e-2;
  double momentum = 0;
  double weight_decay = 0;
  bool nesterov = false;
};

/// Adam (Kingma and Ba 2015, arXiv 1412.6980); with decoupled_weight_decay AdamW (Loshchilov and
/// Hutter 2019, arXiv 1711.05101). Defaults as in torch.optim.Adam.
struct Adam {
  double learning_rate = 1e-3;
  double beta1 = 0.9;
  double beta2 = 0.999;
  double epsilon = 1e-8;
  double weight_decay = 0;
  bool decoupled_weight_decay = false;
};

/// Which optimiser, with its settings.
using Settings = std::variant<Sgd, Adam>;

/// What the kernels of one step are told.
using StepSettings = std::variant<SgdStep, AdamStep>;

class Optimizer {
 public:
  virtual ~Optimizer() = default;
  Optimizer(const Optimizer&) = delete;
  Optimizer& operator=(const Optimizer&) = delete;

  /// Sets every gradient to zero.
  void zero_grad() const { gradients_.fill(0); }
  /// Scales the gradients by m / (norm + 1e-6) where that is below 1, with m = `max_norm` and their
  /// Euclidean norm over all parameters, as torch.nn.utils.clip_grad_norm_ does (Pascanu et al.
  /// 2013, arXiv 1211.5063). Returns the norm before, a scalar on the parameters' device; one that
  /// is not finite scales nothing. The squares are added up in double precision, which holds those
  /// of all of float32's numbers.
  Tensor clip_gradient_norm(double max_norm) const;
  /// Changes the parameters by their gradients: begin_step and update.
  void step();
  /// Counts a step and puts its settings where update reads them.
  void begin_step();
  /// The rest of the step: work on the parameters' device alone, which can be recorded and replayed
  /// after each begin_step.
  virtual void update() = 0;
  /// How many steps were made.
  std::int64_t steps() const { return *steps_.data<std::int64_t>(); }

  double learning_rate() const { return learning_rate_; }
  void set_learning_rate(double rate) { learning_rate_ = rate; }

  /// Everything but the parameters that the next step depends on, sharing the memory: writing into
  /// these tensors restores the state.
  virtual std::vector<NamedTensor> state() const;

 protected:
  Optimizer(nn::Module& module, double learning_rate);
  /// The settings of the step that was begun.
  virtual StepSettings settings() const = 0;
  /// Where update finds them, on the parameters' device.
  template <class Step>
  const Step* settings_on_device() const {
    return reinterpret_cast<const Step*>(step_settings_.raw_data());
  }

  Tensor values_;     ///< all parameters, flat
  Tensor gradients_;  ///< their gradients

 private:
  Tensor steps_;          ///< int64 [1]
  Tensor step_settings_;  ///< the bytes of what settings() gave
  double learning_rate_;
};

/// An optimiser of the parameters of `module` that require a gradient at this moment. Their values
/// and gradients live in its buffer from now on, and stay usable after the optimiser is gone. A
/// second optimiser of the same parameters takes them over from the first; what is to be frozen or
/// unfrozen later needs a new one.
/// Throws Error where no parameter requires a gradient; ValueError for settings out of range.
std::unique_ptr<Optimizer> make_optimizer(nn::Module& module, const Settings& settings);

}  // namespace credence::optim
