// What watches a training run and keeps a state of its own.
#pragma once

#include "framework/io/safetensors.hpp"
#include "framework/nn/module.hpp"
#include "framework/train/objective.hpp"

#include <string>
#include <vector>

namespace credence::train {

/// Sees the model after each step of fit, for example to average its weights. Its state is saved
/// and restored with the run's, so that a resumed run equals one without interruption.
class Observer {
 public:
  virtual ~Observer() = default;
  /// The observer's name in the state of a run; no two of one run have the same.
  virtual std::string name() const = 0;
  /// Called after the step at `position`, which the parameters have made.
  virtual void after_step(nn::Module& model, const TrainingPosition& position) = 0;
  /// The tensors that later calls depend on.
  virtual std::vector<NamedTensor> state() const = 0;
  /// Restores them; called before the first step of a resumed run. `state` holds the tensors of
  /// state() under their names. Throws ValueError where they are not of such an observer.
  virtual void restore(const io::SafeTensors& state) = 0;
};

}  // namespace credence::train
