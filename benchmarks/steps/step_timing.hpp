// What the programs that time a model share: random images, and a training step and a prediction,
// repeated for a while.
#pragma once

#include "bayes/function_draw.hpp"
#include "framework/optim/optimizer.hpp"
#include "framework/train/objective.hpp"

#include <cstdint>
#include <memory>
#include <vector>

namespace credence::benchmarks {

/// Images [size, C, H, W] of pixels in [0, 1] and labels [size] below 10, the same at every call.
train::Batch random_batch(const Shape& image, std::int64_t size, Device device);

/// The training step that these programs are about: clears the gradients, computes loss and
/// gradients, and updates the parameters with Adam.
class TrainingStep {
 public:
  /// The host's time for each part, in milliseconds, summed over steps.
  struct Parts {
    double forward = 0;
    double backward = 0;
    double optimizer = 0;
  };

  /// `model` and `objective` must outlive the object.
  TrainingStep(nn::Module& model, const train::Objective& objective);

  /// What a step does before the work that a CUDA device records.
  void begin() { optimizer_->begin_step(); }
  /// This work. Returns whether later steps do the same.
  bool work(const train::Batch& batch, Parts& parts);

 private:
  nn::Module& model_;
  const train::Objective& objective_;
  std::unique_ptr<optim::Optimizer> optimizer_;
};

/// How long to repeat what is timed; a third of that goes before, to warm up.
struct TimeBudget {
  double seconds = 3;
  int least_repeats = 1;  ///< as many, however long they take
};

/// What each repetition of a training step took and its parts, in milliseconds.
struct StepTimes {
  std::vector<double> step;
  std::vector<double> forward;
  std::vector<double> backward;
  std::vector<double> optimizer;  ///< clearing the gradients and Adam
};

/// Times training steps. On a CUDA device, which works while the host goes on, one
/// repetition is the mean over a block of steps with one wait at its end, and the parts are the
/// host's alone; with `cuda_graph` steps are replayed there and have none.
StepTimes time_training(nn::Module& model, const train::Objective& objective,
                        const train::Batch& batch, const TimeBudget& budget, bool cuda_graph);

/// Times predictions that average so many posterior samples (0: the posterior's mean), in
/// milliseconds, on a CUDA device in blocks as well.
std::vector<double> time_prediction(nn::Module& model, const Tensor& images, std::int64_t samples,
                                    const TimeBudget& budget,
                                    bayes::PassDraw draw = bayes::PassDraw::outputs);

}  // namespace credence::benchmarks
