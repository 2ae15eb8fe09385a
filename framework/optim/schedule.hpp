#pragma once

#include <cstdint>
#include <functional>

namespace credence::optim {

/// The factor on the learning rate at step `step` (from 0) of `steps`.
using Schedule = std::function<double(std::int64_t step, std::int64_t steps)>;

/// 1 at every step.
Schedule constant();

/// Half a cosine from 1 to `floor` (Loshchilov and Hutter 2017, arXiv 1608.03983, without
/// restarts), after a linear rise over the first `warmup_steps`. Throws ValueError where one is
/// negative.
Schedule cosine(std::int64_t warmup_steps = 0, double floor = 0);

}  // namespace credence::optim
