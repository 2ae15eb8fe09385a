// What fit does with the watched figure: the rate of a plateau schedule, the early end, and the
// best model. All of it follows from the figure's values, which are saved with the run's state.
#pragma once

#include "framework/io/safetensors.hpp"
#include "framework/train/watch.hpp"

#include <optional>
#include <string>
#include <vector>

namespace credence::nn {
class Module;
}

namespace credence::train {

class EpochWatch {
 public:
  /// Throws ValueError for settings out of range.
  EpochWatch(const Watch& watch, const std::optional<optim::Plateau>& plateau,
             const std::optional<EarlyStopping>& stopping, bool keep_best);

  /// Takes the report of the next epoch, and keeps copies of the model's parameters and buffers
  /// where it is the best so far.
  void update(const EpochReport& report, nn::Module& model);
  /// The plateau schedule's factor on the learning rate.
  double factor() const { return rate_ ? rate_->factor() : 1; }
  /// Whether the run has come to its early end.
  bool stopped() const;
  /// "validation nll has not improved for 3 epochs", of a run that has.
  std::string reason() const;
  /// Copies the kept model back, where there is one.
  void restore_best(nn::Module& model) const;

  /// The state: "run.watched", float64 [E], the figure after each epoch, and "best.NAME" for each
  /// parameter and buffer of the kept model. The tensors share its memory.
  void add_to(io::SafeTensors& state) const;
  /// Restores the state. Throws ValueError where the file has no such state.
  void restore(const io::SafeTensors& state, nn::Module& model);

 private:
  bool active() const { return rate_ || stopping_ || keep_best_; }
  /// Whether the value is the best so far.
  bool take(double value);

  Watch watch_;
  std::optional<optim::PlateauRate> rate_;
  std::optional<EarlyStopping> stopping_;
  bool keep_best_;
  std::vector<double> values_;
  std::optional<double> best_;       ///< of all values
  std::optional<double> reference_;  ///< of the values that improved by more than min_delta
  std::int64_t without_improvement_ = 0;
  std::vector<NamedTensor> kept_;
};

}  // namespace credence::train
