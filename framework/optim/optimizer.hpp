// Optimisers. An optimiser moves the values and gradients of all parameters into one flat buffer,
// so that a step is one pass over memory for any number of parameters. Parameters that are treated
// alike lie together there. framework/formulas/optimizer.hpp states the formulas of a step.
#pragma once

#include "framework/core/named_tensor.hpp"
#include "framework/formulas/optimizer.hpp"
#include "framework/nn/module.hpp"

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace credence::optim {

class Optimizer;

/// The length of a run, which some optimisers need: their step or their noise depends on it.
struct RunSize {
  std::int64_t training_samples = 1;  ///< N, the size of the whole training set
  std::int64_t steps = 1;             ///< of the whole run
};

/// Makes an optimiser of those parameters of a module that require a gradient. Sgd and Adam are
/// factories, and so is any function of a program's own.
using Factory = std::function<std::unique_ptr<Optimizer>(nn::Module& module, const RunSize& run)>;

/// What the settings of an optimiser are multiplied by for the parameters of one role.
struct RoleFactors {
  double learning_rate = 1;
  double weight_decay = 1;
};

/// These factors for each role (see nn::Role). By default weights alone decay: weight decay pulls a
/// parameter towards 0, which is no better value than others for a bias, for the scale of a
/// normalisation or for the logarithm of a variance.
struct ParameterGroups {
  RoleFactors weight{};
  RoleFactors bias{.weight_decay = 0};
  RoleFactors norm{.weight_decay = 0};
  RoleFactors spread{.weight_decay = 0};

  const RoleFactors& of(nn::Role role) const;
  /// The factor 1 for all, as PyTorch's optimisers without groups.
  static ParameterGroups uniform() { return {{}, {}, {}, {}}; }
};

/// Stochastic gradient descent with momentum, as torch.optim.SGD. nesterov selects Nesterov's form.
/// dampening takes a share away from each gradient after the first before it is added to the
/// velocity; maximize lets the objective grow. weight_decay is that of weights alone, unless
/// `groups` say otherwise.
struct Sgd {
  double learning_rate = 1e-2;
  double momentum = 0;
  double weight_decay = 0;
  bool nesterov = false;
  ParameterGroups groups{};
  double dampening = 0;
  bool maximize = false;

  /// Throws as make_optimizer does.
  std::unique_ptr<Optimizer> operator()(nn::Module& module, const RunSize& run) const;
};

/// Adam (Kingma and Ba 2015, arXiv 1412.6980), or AdamW (Loshchilov and Hutter 2019, arXiv
/// 1711.05101) with decoupled_weight_decay. Defaults as in torch.optim.Adam, but weight_decay is
/// that of weights alone, unless `groups` say otherwise. amsgrad divides by the root of the largest
/// second moment so far (Reddi et al. 2018, arXiv 1904.09237); maximize lets the objective grow.
struct Adam {
  double learning_rate = 1e-3;
  double beta1 = 0.9;
  double beta2 = 0.999;
  double epsilon = 1e-8;
  double weight_decay = 0;
  bool decoupled_weight_decay = false;
  ParameterGroups groups{};
  bool amsgrad = false;
  bool maximize = false;

  /// Throws as make_optimizer does.
  std::unique_ptr<Optimizer> operator()(nn::Module& module, const RunSize& run) const;
};

/// A range of the flat buffer whose parameters have one learning rate and one weight decay.
struct Group {
  std::int64_t begin = 0;  ///< a multiple of 64 bytes, in elements
  std::int64_t size = 0;   ///< with the gaps behind its parameters
  double learning_rate_factor = 1;
  double weight_decay = 0;
};

/// An optimiser of the parameters of one module. A program's own is a subclass that implements
/// update(), and step_settings() for the numbers that change from step to step:
///
///   class Descent : public optim::Optimizer {
///    public:
///     explicit Descent(nn::Module& module) : Optimizer(module, 0.01) {}
///     void update() override {
///       const Variable rate(settings_on_device());
///       values_.copy_from((Variable(values_) - rate * Variable(gradients_)).value());
///     }
///     bool repeats() const override { return true; }
///
///    private:
///     Tensor step_settings() const override { return Tensor::full({}, learning_rate()); }
///   };
class Optimizer {
 public:
  virtual ~Optimizer() = default;
  Optimizer(const Optimizer&) = delete;
  Optimizer& operator=(const Optimizer&) = delete;

  /// The flat buffer of all gradients: float32, with gaps of zeros.
  const Tensor& gradients() const { return gradients_; }
  /// Sets every gradient to zero.
  void zero_grad() const { gradients_.fill(0); }
  /// Moves the parameters to where the next gradient is to be taken, for an optimiser whose
  /// gradient is not that of the parameters themselves, such as IVON, which draws them at random.
  /// update() moves them back before it makes its step. A loop calls this before the forward pass
  /// of each step, as train::fit does. It is work on the parameters' device only, and repeats()
  /// holds for it too. The default does nothing.
  virtual void perturb() {}
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
  /// Ends the step that begin_step has begun without a change: the parameters are where they were
  /// before perturb(), and state() stays as it is. The step counts in steps() and not in updates().
  void drop_step();
  /// Changes the parameters by their gradients. This is work on the parameters' device only.
  virtual void update() = 0;
  /// Whether update() does the same work at each step, apart from what it reads in
  /// settings_on_device() and draws from generators(), one draw number a step. Only then may it be
  /// recorded and replayed.
  virtual bool repeats() const { return false; }
  /// The number of steps so far, with the one that begin_step has begun.
  std::int64_t steps() const { return *steps_.data<std::int64_t>(); }
  /// Those of them that were not dropped: bias corrections count these.
  std::int64_t updates() const { return steps() - dropped_steps_; }
  /// The number of steps that were dropped; set where a run goes on from a state, of which
  /// state() has the number of steps alone.
  std::int64_t dropped_steps() const { return dropped_steps_; }
  void set_dropped_steps(std::int64_t count) { dropped_steps_ = count; }

  /// What square_sum adds up.
  enum class Part : std::uint8_t { gradients, parameters };
  /// Writes the sum of the squares of these elements to `sum`, a float64 scalar or [1] on their
  /// device, by work on it. It is finite exactly where all the elements are, because double
  /// precision holds the square of every float32 number.
  void square_sum(Part part, const Tensor& sum) const;

  /// The learning rate of the next step, before a group's factor. It is not part of state().
  double learning_rate() const { return learning_rate_; }
  void set_learning_rate(double rate) { learning_rate_ = rate; }

  /// The tensors that the next step depends on, apart from the parameters. They share the
  /// optimiser's memory: writing into them restores a state.
  virtual std::vector<NamedTensor> state() const;
  /// The sources of the optimiser's randomness. train::fit seeks them as it does the model's, to
  /// e · 2³² at the beginning of epoch e, and saves and restores them with the state.
  virtual std::vector<nn::NamedGenerator> generators() { return {}; }

 protected:
  /// Moves the parameters into the buffer, ordered by their groups. Those of equal settings are one
  /// group, with the parameters in the order of visit. Throws as make_optimizer does.
  Optimizer(nn::Module& module, double learning_rate, double weight_decay = 0,
            const ParameterGroups& groups = {});
  /// The numbers of the step that begin_step has begun, on the host. All steps have the same shape
  /// and type; undefined where there are none.
  virtual Tensor step_settings() const { return {}; }
  /// These numbers in the memory of the parameters' device, at the same place for all steps.
  const Tensor& settings_on_device() const { return settings_on_device_; }
  /// Copies these numbers to the device, as begin_step does. The constructor of a subclass may call
  /// it, so that the first step asks for no memory.
  void write_settings();
  /// The ranges of the buffer, in ascending order.
  const std::vector<Group>& groups() const { return groups_; }

  /// Moves the parameters back to where they were before perturb(), where a step is dropped after
  /// it. The default, for optimisers that do not perturb, does nothing.
  virtual void undo_perturb() {}

  Tensor values_;     ///< all parameters, flat float32, with gaps of zeros that align them
  Tensor gradients_;  ///< their gradients, in the same layout

 private:
  std::vector<Group> groups_;
  Tensor steps_;  ///< int64 [1]
  std::int64_t dropped_steps_ = 0;
  Tensor settings_on_device_;
  double learning_rate_;
};

/// An optimiser of those parameters of `module` that require a gradient at the call. Their values
/// and gradients move into the optimiser's buffer and stay usable after it is destroyed. A second
/// optimiser of the same parameters takes them over from the first. Parameters that are frozen or
/// unfrozen later need a new optimiser. Throws Error where no parameter requires a gradient, where
/// parameters are not float32 or not on one device, and where the factory gives none. Throws
/// ValueError for settings out of range.
std::unique_ptr<Optimizer> make_optimizer(nn::Module& module, const Factory& factory,
                                          const RunSize& run = {});

}  // namespace credence::optim
