// A learning rate that falls where a figure of the epochs stops to improve.
#pragma once

#include <cstdint>
#include <limits>

namespace credence::optim {

/// Which of two values of a figure is the better one.
enum class Better : std::uint8_t { smaller, larger };

/// How the threshold of an improvement is meant: as a share of the best value, or as a difference.
enum class Threshold : std::uint8_t { relative, absolute };

/// The settings of a plateau schedule, with the meaning and the defaults of
/// torch.optim.lr_scheduler.ReduceLROnPlateau. Rates are factors on the optimiser's learning rate.
struct Plateau {
  double factor = 0.1;         ///< the rate is multiplied by it
  std::int64_t patience = 10;  ///< so many epochs in a row may be without improvement
  double threshold = 1e-4;     ///< an epoch improves where it is better than the best by more
  Threshold threshold_mode = Threshold::relative;
  std::int64_t cooldown = 0;  ///< epochs after a reduction that do not count as bad ones
  double floor = 0;           ///< the rate is at least this factor
  double epsilon = 1e-8;      ///< a reduction by no more than this is left out
};

/// The rate of a plateau schedule, which is a function of the figure's values so far.
class PlateauRate {
 public:
  /// Throws ValueError for a factor outside (0, 1), and for a negative patience, threshold,
  /// cooldown, floor or epsilon.
  PlateauRate(const Plateau& settings, Better better);

  /// Takes the figure of the next epoch. A value that is not a number is no improvement.
  void update(double value);
  /// The factor on the learning rate of the steps after that.
  double factor() const { return factor_; }

 private:
  bool improves(double value) const;

  Plateau settings_;
  Better better_;
  double best_;
  double factor_ = 1;
  std::int64_t bad_epochs_ = 0;
  std::int64_t cooldown_left_ = 0;
};

}  // namespace credence::optim
