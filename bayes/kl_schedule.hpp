// How the weight of the divergence in the evidence lower bound changes during a run.
#pragma once

#include "framework/train/objective.hpp"

#include <functional>
#include <limits>

namespace credence::bayes {

/// A factor of the divergence by the position in the run. Constructors throw ValueError for shares
/// outside [0, 1] and for fewer than one cycle.
class KlSchedule {
 public:
  /// The factor 1 from the first step on.
  KlSchedule() : KlSchedule(0.0) {}
  /// linear(share)
  KlSchedule(double share);  // NOLINT: implicit, so that a share reads as a warm-up

  /// From 0 to 1 over the first `share` of the run's steps, then 1 (Sønderby et al. 2016, arXiv
  /// 1602.02282).
  static KlSchedule linear(double share);
  /// 0 over the first `delay` of the steps, then from 0 to 1 over the next `share` of them, then 1.
  static KlSchedule delayed_linear(double delay, double share);
  /// `cycles` equal parts of the run; in each from 0 to 1 over its first `share`, then 1 (Fu et al.
  /// 2019, arXiv 1903.10145).
  static KlSchedule cyclic(std::int64_t cycles, double share = 0.5);
  /// M · 2^(M−i) / (2^M − 1) for batch i = 1 … M of an epoch (Blundell et al. 2015, arXiv
  /// 1505.05424, section 3.4, for an objective that is scaled to the whole training set). The
  /// factors of an epoch have the mean 1. After about 20 batches they are close to 0.
  static KlSchedule blundell();
  /// A function of the position of one's own.
  static KlSchedule custom(std::function<double(const train::TrainingPosition&)> factor);

  double operator()(const train::TrainingPosition& position) const { return factor_(position); }
  /// Whether the factor is the same at this and at all later steps.
  bool settled(const train::TrainingPosition& position) const;

 private:
  KlSchedule(std::function<double(const train::TrainingPosition&)> factor, double settled_share);

  std::function<double(const train::TrainingPosition&)> factor_;
  double settled_share_;  ///< of the run's steps, after which the factor is constant
};

}  // namespace credence::bayes
