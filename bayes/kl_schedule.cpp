// Warm-ups of the divergence's weight. kl_schedule.hpp states the formulas.
#include "bayes/kl_schedule.hpp"

#include "framework/base/error.hpp"

#include <cmath>
#include <string>
#include <utility>

namespace credence::bayes {
namespace {

constexpr double kNever = std::numeric_limits<double>::infinity();

void check_share(double share) {
  if (share >= 0 && share <= 1) return;
  throw ValueError("[Elbo] the warm-up is a share of the steps from 0 to 1, not " +
                   std::to_string(share));
}

}  // namespace

KlSchedule::KlSchedule(std::function<double(const train::TrainingPosition&)> factor,
                       double settled_share)
    : factor_(std::move(factor)), settled_share_(settled_share) {}

KlSchedule::KlSchedule(double share) : KlSchedule(delayed_linear(0, share)) {}

KlSchedule KlSchedule::linear(double share) { return delayed_linear(0, share); }

KlSchedule KlSchedule::delayed_linear(double delay, double share) {
  check_share(delay);
  check_share(share);
  check_share(delay + share);
  return {[delay, share](const train::TrainingPosition& position) {
            const auto steps = static_cast<double>(position.steps);
            const double risen = static_cast<double>(position.step) - delay * steps;
            const double rising_steps = share * steps;
            if (risen < 0) return 0.0;
            return risen < rising_steps ? risen / rising_steps : 1.0;
          },
          delay + share};
}

KlSchedule KlSchedule::cyclic(std::int64_t cycles, double share) {
  check_share(share);
  if (cycles < 1) {
    throw ValueError("[Elbo] a cyclic warm-up needs at least 1 cycle, not " +
                     std::to_string(cycles));
  }
  return {[cycles, share](const train::TrainingPosition& position) {
            const double cycle_steps =
                static_cast<double>(position.steps) / static_cast<double>(cycles);
            const double in_cycle = std::fmod(static_cast<double>(position.step), cycle_steps);
            return in_cycle < share * cycle_steps ? in_cycle / (share * cycle_steps) : 1.0;
          },
          kNever};
}

KlSchedule KlSchedule::blundell() {
  return {[](const train::TrainingPosition& position) {
            const auto batches = static_cast<double>(position.batches);
            const auto batch = static_cast<double>(position.step % position.batches + 1);
            // Divided by 2^M, so that no power overflows.
            return batches * std::exp2(-batch) / (1 - std::exp2(-batches));
          },
          kNever};
}

KlSchedule KlSchedule::custom(std::function<double(const train::TrainingPosition&)> factor) {
  return {std::move(factor), kNever};
}

bool KlSchedule::settled(const train::TrainingPosition& position) const {
  return static_cast<double>(position.step) >= settled_share_ * static_cast<double>(position.steps);
}

}  // namespace credence::bayes
