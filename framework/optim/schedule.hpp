// Schedules of the learning rate.
#pragma once

#include <cstdint>
#include <functional>

namespace credence::optim {

/// Returns the factor on the learning rate at step `step`, counted from 0, of `steps` steps.
using Schedule = std::function<double(std::int64_t step, std::int64_t steps)>;

/// The factor 1 at every step.
Schedule constant();

/// Half a cosine from 1 to `floor` (Loshchilov and Hutter 2017, arXiv 1608.03983, without
/// restarts). In the first `warmup_steps` steps w the factor rises linearly: (step + 1) / (w + 1).
/// Throws ValueError where an argument is negative.
Schedule cosine(std::int64_t warmup_steps = 0, double floor = 0);

/// A run of K steps cut into M cycles: cycle c has the steps from ⌊cK/M⌋ up to ⌊(c + 1)K/M⌋. All
/// cycles are complete, and their lengths differ by at most one step.
struct CyclePlace {
  std::int64_t cycle = 0;   ///< from 0
  std::int64_t step = 0;    ///< in the cycle, from 0
  std::int64_t length = 1;  ///< of the cycle, in steps
  /// r = step / length, in [0, 1).
  double progress() const { return static_cast<double>(step) / static_cast<double>(length); }
};
/// The place of step `step` of `steps`. A step outside the run counts as the run's first or last.
/// Throws ValueError for cycles < 1 and for fewer steps than cycles.
CyclePlace cycle_place(std::int64_t step, std::int64_t steps, std::int64_t cycles);

/// Half a cosine in each of M cycles, floor + (1 − floor) · ½ (1 + cos πr): it starts at 1 again
/// with each cycle (Zhang et al. 2020, arXiv 1902.03932, equation 1, whose cycles of ⌈K/M⌉ steps
/// are these where M divides K). Throws ValueError for cycles < 1 and a floor outside [0, 1]; the
/// schedule throws for runs of fewer steps than cycles.
Schedule cyclical_cosine(std::int64_t cycles, double floor = 0);

/// factor^⌊step / period⌋, as torch.optim.lr_scheduler.StepLR. Throws ValueError for a period < 1
/// and for a factor that is not finite and positive.
Schedule step_decay(std::int64_t period, double factor = 0.1);

/// factor^step, as torch.optim.lr_scheduler.ExponentialLR. Throws ValueError for a factor that is
/// not finite and positive.
Schedule exponential(double factor);

/// `schedule` with epochs of `batches` steps in place of steps: the factor at step k of K is
/// schedule(⌊k / batches⌋, ⌈K / batches⌉). PyTorch's training loops commonly count their schedules
/// in this way. Throws ValueError for batches < 1.
Schedule each_epoch(Schedule schedule, std::int64_t batches);

/// How a factor moves from one value to another: α(t) of the way at progress t in [0, 1].
enum class Anneal : std::uint8_t {
  cosine,  ///< α = (1 − cos πt) / 2
  linear   ///< α = t
};

/// The settings of one_cycle, with the defaults of PyTorch.
struct OneCycle {
  double rise = 0.3;  ///< the share of the steps in which the factor rises: pct_start
  Anneal anneal = Anneal::cosine;
  double start_divisor = 25;  ///< the factor begins at 1 / start_divisor: div_factor
  double end_divisor = 1e4;   ///< and ends at that over end_divisor: final_div_factor
  bool three_phases = false;  ///< whether it falls to its start before it falls to its end
};

/// The one-cycle policy (Smith and Topin 2019, arXiv 1708.07120) as
/// torch.optim.lr_scheduler.OneCycleLR, where the optimiser's learning rate is the largest one. The
/// factor of step k of K moves from s = 1 / start_divisor at k = 0 to 1 at k = rise · K − 1 and to
/// s / end_divisor at k = K − 1; with three phases it is back at s at k = 2 · rise · K − 2. The
/// momentum stays as it is. Throws ValueError for a rise outside [0, 1], with three phases outside
/// [0, 1/2], and for divisors that are not finite and positive.
Schedule one_cycle(const OneCycle& settings = {});

/// A schedule that ends with a constant rate, for weights that are averaged over many steps
/// (stochastic weight averaging, Izmailov et al. 2018, arXiv 1803.05407), as
/// torch.optim.swa_utils.SWALR. With s = ⌈start · steps⌉, the factor at step k is
/// - before(k, s) for k < s: the schedule `before` of a run of s steps;
/// - (1 − α) · before(s, s) + α · factor from there on, with progress t = (k − s) / anneal_steps of
///   the annealing, at most 1. With anneal_steps = 0 it is `factor` at once.
/// Throws ValueError for a start outside [0, 1], and for a negative or infinite factor or negative
/// annealing steps.
Schedule swa(double start, double factor, std::int64_t anneal_steps = 0,
             Anneal anneal = Anneal::cosine, Schedule before = constant());

/// The step at which the constant rate of swa() begins: ⌈start · steps⌉.
std::int64_t swa_start_step(double start, std::int64_t steps);

}  // namespace credence::optim
