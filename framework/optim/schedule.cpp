// Learning rate schedules: factor = floor + (1 − floor) · ½ (1 + cos(π · progress)), after a linear
// warm-up, or in each of several cycles; powers of a factor; the one-cycle policy; and the constant
// rate at the end of stochastic weight averaging.
#include "framework/optim/schedule.hpp"

#include "framework/base/error.hpp"

#include <algorithm>
#include <cmath>
#include <numbers>
#include <string>
#include <utility>
#include <vector>

namespace credence::optim {
namespace {

double half_cosine(double progress, double floor) {
  return floor + (1 - floor) * 0.5 * (1 + std::cos(std::numbers::pi * progress));
}

void check_cycles(std::int64_t cycles) {
  if (cycles < 1) {
    throw ValueError("[cycles] a run has at least one cycle, not " + std::to_string(cycles));
  }
}

void check_factor(const char* schedule, double factor) {
  if (!(factor > 0 && std::isfinite(factor))) {
    throw ValueError(std::string("[") + schedule +
                     "] the factor must be finite and positive, not " + std::to_string(factor));
  }
}

// α(t), see Anneal.
double annealed(Anneal anneal, double progress) {
  return anneal == Anneal::linear ? progress : 0.5 * (1 - std::cos(std::numbers::pi * progress));
}

// A part of the run, up to the step `end`, in which the factor moves from `from` to `to`.
struct Phase {
  double end = 0;
  double from = 1;
  double to = 1;
};

std::vector<Phase> phases_of(const OneCycle& settings, std::int64_t steps) {
  const double start = 1 / settings.start_divisor;
  const double least = start / settings.end_divisor;
  const double rise = settings.rise * static_cast<double>(steps);
  const auto last = static_cast<double>(steps - 1);
  if (!settings.three_phases) return {{rise - 1, start, 1}, {last, 1, least}};
  return {{rise - 1, start, 1}, {2 * rise - 2, 1, start}, {last, start, least}};
}

}  // namespace

Schedule constant() {
  return [](std::int64_t, std::int64_t) { return 1.0; };
}

Schedule cosine(std::int64_t warmup_steps, double floor) {
  if (warmup_steps < 0 || !(floor >= 0)) {
    throw ValueError("[cosine] warm-up steps and floor must not be negative");
  }
  return [=](std::int64_t step, std::int64_t steps) {
    if (step < warmup_steps) {
      return static_cast<double>(step + 1) / static_cast<double>(warmup_steps + 1);
    }
    const std::int64_t length = std::max<std::int64_t>(steps - warmup_steps, 1);
    const double progress =
        std::min(1.0, static_cast<double>(step - warmup_steps) / static_cast<double>(length));
    return half_cosine(progress, floor);
  };
}

CyclePlace cycle_place(std::int64_t step, std::int64_t steps, std::int64_t cycles) {
  check_cycles(cycles);
  if (steps < cycles) {
    throw ValueError("[cycles] " + std::to_string(steps) + " steps are too few for " +
                     std::to_string(cycles) + " cycles");
  }
  const std::int64_t at = std::clamp<std::int64_t>(step, 0, steps - 1);
  // The last c with ⌊c · steps / cycles⌋ ≤ at.
  const std::int64_t cycle = ((at + 1) * cycles + steps - 1) / steps - 1;
  const std::int64_t begin = cycle * steps / cycles;
  return {.cycle = cycle, .step = at - begin, .length = (cycle + 1) * steps / cycles - begin};
}

Schedule cyclical_cosine(std::int64_t cycles, double floor) {
  check_cycles(cycles);
  if (!(floor >= 0 && floor <= 1)) {
    throw ValueError("[cyclical_cosine] the floor must be in [0, 1], not " + std::to_string(floor));
  }
  return [=](std::int64_t step, std::int64_t steps) {
    return half_cosine(cycle_place(step, steps, cycles).progress(), floor);
  };
}

Schedule step_decay(std::int64_t period, double factor) {
  check_factor("step_decay", factor);
  if (period < 1) {
    throw ValueError("[step_decay] the period must be at least one step, not " +
                     std::to_string(period));
  }
  return [=](std::int64_t step, std::int64_t) {
    return std::pow(factor, static_cast<double>(step / period));
  };
}

Schedule exponential(double factor) {
  check_factor("exponential", factor);
  return
      [=](std::int64_t step, std::int64_t) { return std::pow(factor, static_cast<double>(step)); };
}

Schedule each_epoch(Schedule schedule, std::int64_t batches) {
  if (batches < 1) {
    throw ValueError("[each_epoch] an epoch has at least one batch, not " +
                     std::to_string(batches));
  }
  return [=, schedule = std::move(schedule)](std::int64_t step, std::int64_t steps) {
    return schedule(step / batches, (steps + batches - 1) / batches);
  };
}

Schedule one_cycle(const OneCycle& settings) {
  if (!(settings.rise >= 0 && settings.rise <= (settings.three_phases ? 0.5 : 1))) {
    throw ValueError(
        "[one_cycle] the rise must be a share of the run in [0, 1], with three phases "
        "in [0, 0.5], not " +
        std::to_string(settings.rise));
  }
  for (const double divisor : {settings.start_divisor, settings.end_divisor}) {
    if (divisor > 0 && std::isfinite(divisor)) continue;
    throw ValueError("[one_cycle] the divisors must be finite and positive, not " +
                     std::to_string(divisor));
  }
  return [=](std::int64_t step, std::int64_t steps) {
    const std::vector<Phase> phases = phases_of(settings, steps);
    const double at = std::min(static_cast<double>(step), phases.back().end);
    double begin = 0;
    auto phase = phases.begin();
    for (; phase + 1 != phases.end() && at > phase->end; ++phase) begin = phase->end;
    const double length = phase->end - begin;
    const double alpha = annealed(settings.anneal, length != 0 ? (at - begin) / length : 1);
    return phase->to + (1 - alpha) * (phase->from - phase->to);
  };
}

std::int64_t swa_start_step(double start, std::int64_t steps) {
  return static_cast<std::int64_t>(std::ceil(start * static_cast<double>(steps)));
}

Schedule swa(double start, double factor, std::int64_t anneal_steps, Anneal anneal,
             Schedule before) {
  if (!(start >= 0 && start <= 1)) {
    throw ValueError("[swa] the start must be a share of the run in [0, 1], not " +
                     std::to_string(start));
  }
  if (!(factor >= 0 && std::isfinite(factor)) || anneal_steps < 0) {
    throw ValueError("[swa] factor and annealing steps must be finite and not negative");
  }
  return [=, before = std::move(before)](std::int64_t step, std::int64_t steps) {
    const std::int64_t first = swa_start_step(start, steps);
    if (step < first) return before(step, first);
    if (step - first >= anneal_steps) return factor;
    const double progress = static_cast<double>(step - first) / static_cast<double>(anneal_steps);
    const double alpha = annealed(anneal, progress);
    return (1 - alpha) * before(first, first) + alpha * factor;
  };
}

}  // namespace credence::optim
