// What the programs that time a model share: random images, and a training step and a prediction,
// repeated for a while.
#pragma once

#include "framework/train/objective.hpp"

#include <cstdint>
#include <vector>

namespace credence::benchmarks {

/// Images [size, C, H, W] of pixels in [0, 1] and labels [size] below 10, the same at every call.
train::Batch random_batch(const Shape& image, std::int64_t size, Device device);

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

/// Times training steps with Adam. On a CUDA device, which works while the host goes on, one
/// repetition is the mean over a block of steps with one wait at its end, and the parts are the
/// host's alone; with `cuda_graph` steps are replayed there and have none.
StepTimes time_training(nn::Module& model, const train::Objective& objective,
                        const train::Batch& batch, const TimeBudget& budget, bool cuda_graph);

/// Times predictions that average so many posterior samples (0: the posterior's mean), in
/// milliseconds, on a CUDA device in blocks as well.
std::vector<double> time_prediction(nn::Module& model, const Tensor& images, std::int64_t samples,
                                    const TimeBudget& budget);

}  // namespace credence::benchmarks
