// Predictions from the posterior of Bayesian layers.
#pragma once

#include "bayes/function_draw.hpp"
#include "bayes/walk.hpp"
#include "framework/core/parallel.hpp"
#include "framework/group/group.hpp"

#include <optional>
#include <vector>

namespace credence::bayes {

/// The number of the first draw of predictions. Training draws from number epoch · 2³² on, so the
/// upper half of the numbers is free.
inline constexpr std::uint64_t kFirstPredictionDraw = std::uint64_t{1} << 63;

/// While an object is alive, the model is in evaluation mode and draws noise that is the same for
/// each Evaluation. Its destructor restores modes, sampling and the noise of training.
class Evaluation {
 public:
  /// `samples` passes for each batch; 0 means one pass with the posterior's mean. Throws ValueError
  /// for a negative number.
  Evaluation(nn::Module& model, std::int64_t samples, PassDraw draw = PassDraw::outputs);
  /// Of these passes those of a range alone, with the noise that they have among all.
  Evaluation(nn::Module& model, std::int64_t samples, PartRange range,
             PassDraw draw = PassDraw::outputs);
  Evaluation(const Evaluation&) = delete;
  Evaluation& operator=(const Evaluation&) = delete;

  /// The number of all passes for each batch, at least 1.
  std::int64_t passes() const { return passes_; }

  /// Calls receive(outputs) with the model's outputs [N, …] for images [N, …], once for each pass
  /// of the range, without a graph. With PassDraw::outputs, several passes are folded into one
  /// forward pass, as many as the limits below allow, unless the model forbids it (see
  /// FoldedSamples). The noise does not depend on the folding. With PassDraw::weights, pass s is
  /// the same function for all images.
  void for_each_pass(const Tensor& images, FunctionRef<void(const Variable& outputs)> receive);

  /// The largest folded batch, in images and in elements. The first limit bounds the memory for
  /// small images, the second (8 MiB in float32, 682 images of CIFAR-10) that for large ones.
  static constexpr std::int64_t kFoldedImages = 4096;
  static constexpr std::int64_t kFoldedElements = std::int64_t{1} << 21;

 private:
  void one_by_one(const Tensor& images, std::int64_t first,
                  FunctionRef<void(const Variable& outputs)> receive);
  std::optional<Variable> folded(const Tensor& images, std::int64_t samples);
  bool other_noise_drawn() const;

  nn::Module& model_;
  Device device_;  ///< of the model
  std::int64_t passes_;
  PartRange range_;
  bool functions_;  ///< whether a pass draws weights
  nn::EvaluationMode mode_;
  std::optional<nn::DrawsFrom> noise_;
  SamplingMode sampling_;
  std::vector<const Generator*> other_noise_;  ///< those of modules that are not Bayesian layers
  std::uint64_t next_draw_;                    ///< of the next folded pass
  bool foldable_;
};

}  // namespace credence::bayes
