// The average of the parameters over the last steps of a run.
#pragma once

#include "framework/train/observer.hpp"

#include <map>
#include <string>
#include <vector>

namespace credence::train {

/// Averages all parameters θ over the steps k = s, …, K − 1 of a run of K steps, s = ⌈start · K⌉,
///
///     θ̄ = 1 / (K − s) · Σ θ_k   (θ_k: after step k; counted as θ̄ ← θ̄ + (θ_k − θ̄) / n),
///
/// and puts θ̄ in their place after the run's last step. With a learning rate that stays above 0 the
/// average has less noise than the last step (Polyak and Juditsky 1992; stochastic weight
/// averaging, Izmailov et al. 2018, arXiv 1803.05407). Parameters of a spread, such as log α, are
/// averaged as they are stored. A run that ends early keeps the weights of its last step. Buffers
/// are left alone: a model with batch normalisation needs update_batch_norm after the run.
class WeightAverage : public Observer {
 public:
  /// Throws ValueError for a start outside [0, 1).
  explicit WeightAverage(double start);

  std::string name() const override { return "weight_average"; }
  /// Throws ValueError where a restored average is not of this model's parameters.
  void after_step(nn::Module& model, const TrainingPosition& position) override;
  std::vector<NamedTensor> state() const override;
  void restore(const io::SafeTensors& state) override;

 private:
  double start_;
  Tensor count_;                           // int64 [1]: steps in the average
  std::map<std::string, Tensor> means_{};  // of each parameter by name; empty before the first step
};

}  // namespace credence::train
