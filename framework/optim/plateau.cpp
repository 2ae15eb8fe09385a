// The plateau schedule: after more than `patience` epochs without improvement the rate r becomes
// max(r · factor, floor).
#include "framework/optim/plateau.hpp"

#include "framework/base/error.hpp"

#include <algorithm>
#include <string>

namespace credence::optim {

PlateauRate::PlateauRate(const Plateau& settings, Better better)
    : settings_(settings),
      better_(better),
      best_(better == Better::smaller ? std::numeric_limits<double>::infinity()
                                      : -std::numeric_limits<double>::infinity()) {
  if (!(settings.factor > 0 && settings.factor < 1)) {
    throw ValueError("[plateau] the factor must be in (0, 1), not " +
                     std::to_string(settings.factor));
  }
  if (settings.patience < 0 || settings.cooldown < 0 || !(settings.threshold >= 0) ||
      !(settings.floor >= 0) || !(settings.epsilon >= 0)) {
    throw ValueError(
        "[plateau] patience, cooldown, threshold, floor and epsilon must not be negative");
  }
}

bool PlateauRate::improves(double value) const {
  const double sign = better_ == Better::smaller ? -1 : 1;
  // PyTorch's form, which multiplies the best value: for a best value below 0, a relative threshold
  // asks for less than an improvement.
  const double bound = settings_.threshold_mode == Threshold::relative
                           ? best_ * (1 + sign * settings_.threshold)
                           : best_ + sign * settings_.threshold;
  return better_ == Better::smaller ? value < bound : value > bound;
}

void PlateauRate::update(double value) {
  if (improves(value)) {
    best_ = value;
    bad_epochs_ = 0;
  } else {
    ++bad_epochs_;
  }
  if (cooldown_left_ > 0) {
    --cooldown_left_;
    bad_epochs_ = 0;
  }
  if (bad_epochs_ <= settings_.patience) return;
  const double next = std::max(factor_ * settings_.factor, settings_.floor);
  if (factor_ - next > settings_.epsilon) factor_ = next;
  cooldown_left_ = settings_.cooldown;
  bad_epochs_ = 0;
}

}  // namespace credence::optim
