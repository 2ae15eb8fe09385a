#pragma once

#include "bayes/walk.hpp"
#include "framework/core/parallel.hpp"

#include <optional>
#include <utility>

namespace credence::bayes {

/// While one is alive, the model is in evaluation mode with noise of its own, the same for each
/// Evaluation; afterwards modes, sampling and the noise of training are as they were. The one place
/// where predictions draw from the posterior.
class Evaluation {
 public:
  /// With `samples` passes for a batch, or with 0 one pass with the posterior's mean. Throws
  /// ValueError for a negative number.
  Evaluation(nn::Module& model, std::int64_t samples);
  ~Evaluation();
  Evaluation(const Evaluation&) = delete;
  Evaluation& operator=(const Evaluation&) = delete;

  /// How many there are for a batch, at least 1.
  std::int64_t passes() const { return passes_; }

  /// Calls receive(outputs) with the model's outputs [N, …] for images [N, …], pass after pass,
  /// recording nothing for differentiation. Passes are made several in one, as many as the limits
  /// below allow, unless the model forbids it (see FoldedSamples): then one by one. The noise does
  /// not depend on how they are put together.
  void for_each_pass(const Tensor& images, FunctionRef<void(const Variable& outputs)> receive);

  /// Of a batch of all its samples: the first bounds the memory where images are small, the second
  /// (8 MiB in float32; 682 images of CIFAR-10) where they are not.
  static constexpr std::int64_t kFoldedImages = 4096;
  static constexpr std::int64_t kFoldedElements = std::int64_t{1} << 21;

 private:
  std::optional<Variable> folded(const Tensor& images, std::int64_t samples);
  bool other_noise_drawn() const;

  nn::Module& model_;
  Device device_;  ///< of the model
  std::int64_t passes_;
  nn::EvaluationMode mode_;
  std::optional<nn::DrawsFrom> noise_;
  std::vector<std::pair<BayesianLayer*, Sampling>> before_;
  std::vector<const Generator*> other_noise_;  ///< of modules that are not Bayesian layers
  std::uint64_t next_draw_;                    ///< of the next folded pass
  bool foldable_;
};

}  // namespace credence::bayes
