// Learning rate schedules: factor = floor + (1 − floor) · ½ (1 + cos(π · progress)), after a linear
// warm-up; and the constant rate at the end of stochastic weight averaging.
#include "framework/optim/schedule.hpp"

#include "framework/base/error.hpp"

#include <algorithm>
#include <cmath>
#include <numbers>
#include <string>
#include <utility>

namespace credence::optim {

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
    return floor + (1 - floor) * 0.5 * (1 + std::cos(std::numbers::pi * progress));
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
    const double alpha =
        anneal == Anneal::linear ? progress : 0.5 * (1 - std::cos(std::numbers::pi * progress));
    return (1 - alpha) * before(first, first) + alpha * factor;
  };
}

}  // namespace credence::optim
