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

}  // namespace credence::optim
