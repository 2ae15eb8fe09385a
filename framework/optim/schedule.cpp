// Learning rate schedules: factor = floor + (1 − floor) · ½ (1 + cos(π · progress)), after a linear
// warm-up.
#include "framework/optim/schedule.hpp"

#include "framework/base/error.hpp"

#include <algorithm>
#include <cmath>
#include <numbers>

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

}  // namespace credence::optim
