// Losses: of classes, given by labels or by probabilities, and of numbers. The plain mean over the
// rows of a matrix of logits is in softmax.hpp; a call here that asks for no more gives its bits.
#pragma once

#include "framework/autograd/variable.hpp"

#include <optional>

namespace credence {

/// What becomes of the losses of all elements.
enum class LossReduction : std::uint8_t {
  none,  ///< they stay, in the shape of the targets
  mean,  ///< their mean, a weighted one where classes have weights
  sum    ///< their sum
};

/// How the classes of a loss count. The names are PyTorch's.
struct ClassLossOptions {
  /// The weights w [C] of the classes, constant; all 1 where undefined.
  Tensor weight{};
  /// A label whose element counts for nothing. PyTorch's default is −100; here it is none, and a
  /// label outside [0, C) is an error.
  std::optional<std::int64_t> ignore_index{};
  LossReduction reduction = LossReduction::mean;

  /// Whether they change nothing but the reduction.
  bool plain() const { return !weight.defined() && !ignore_index; }
};

/// The loss −w[label] · log_probability[label] of each element, as torch.nn.functional.nll_loss.
/// log_probabilities [N, C, spatial…], labels int64 [N, spatial…]; or [C] and a scalar. The mean is
/// Σ loss / Σ w[label], NaN where all elements are ignored. Throws ShapeError where they do not fit
/// or there is no element to take a mean of, ValueError for a label outside [0, C). On a device
/// such a label makes the loss not a number.
Variable nll_loss(const Variable& log_probabilities, const Tensor& labels,
                  const ClassLossOptions& options);

struct CrossEntropyOptions {
  ClassLossOptions classes{};
  /// ε in [0, 1]: the share of the target that is spread evenly over all classes (Szegedy et al.
  /// 2016, arXiv 1512.00567, section 7).
  double label_smoothing = 0;

  /// Whether they change nothing but the reduction.
  bool plain() const { return classes.plain() && label_smoothing == 0; }
};
/// The options with the weights in the type and on the device of the logits.
CrossEntropyOptions weights_like(CrossEntropyOptions options, const Tensor& logits);

/// The cross-entropy −Σ_c w_c t_c log softmax(logits)_c of each element, as
/// torch.nn.functional.cross_entropy. logits [N, C, spatial…] or [C]. The targets t are either
/// int64 labels as of nll_loss, or probabilities of the logits' type and shape. With ε, t becomes
/// (1 − ε) t + ε / C. The mean over labels is Σ loss / Σ w[label], the one over probabilities the
/// plain mean over elements. Throws as nll_loss does, and ValueError for an ε outside [0, 1] and
/// for ignore_index with probabilities.
Variable cross_entropy(const Variable& logits, const Tensor& targets,
                       const CrossEntropyOptions& options);

/// (1 − p)^γ · nll with p the probability of the label (Lin et al. 2017, arXiv 1708.02002, equation
/// 4; the weights are its α). The shapes, options and errors are those of nll_loss; ValueError for
/// a negative γ. 1 − p is the sum of the other classes, which does not cancel.
Variable focal_loss(const Variable& logits, const Tensor& labels, double gamma = 2,
                    const ClassLossOptions& options = {});

/// The same for independent yes-or-no answers, with targets t in [0, 1] of the logits' shape:
///   α t (1 − σ)^γ softplus(−x) + (1 − α) (1 − t) σ^γ softplus(x),  σ = sigmoid(x),
/// as torchvision's sigmoid_focal_loss for targets of 0 and 1. Without α its factors are 1.
Variable sigmoid_focal_loss(const Variable& logits, const Variable& targets,
                            std::optional<double> alpha = 0.25, double gamma = 2,
                            LossReduction reduction = LossReduction::mean);

struct BinaryCrossEntropyOptions {
  Tensor weight{};           ///< of each element, broadcast; 1 where undefined
  Tensor positive_weight{};  ///< of the targets that are 1 (PyTorch's pos_weight), broadcast
  LossReduction reduction = LossReduction::mean;
};

/// weight · (positive_weight · t · softplus(−x) + (1 − t) · softplus(x)), the cross-entropy of
/// targets t in [0, 1] under sigmoid(x), as
/// torch.nn.functional.binary_cross_entropy_with_logits. Throws ShapeError unless both have one
/// shape.
Variable binary_cross_entropy_with_logits(const Variable& logits, const Variable& targets,
                                          const BinaryCrossEntropyOptions& options = {});

/// (x − target)². This and the next three throw ShapeError unless both have one shape.
Variable mse_loss(const Variable& x, const Variable& target,
                  LossReduction reduction = LossReduction::mean);
/// |x − target|
Variable l1_loss(const Variable& x, const Variable& target,
                 LossReduction reduction = LossReduction::mean);
/// d²/2 where d = |x − target| ≤ delta, elsewhere delta (d − delta/2) (Huber 1964). Throws
/// ValueError unless delta is positive.
Variable huber_loss(const Variable& x, const Variable& target, double delta = 1,
                    LossReduction reduction = LossReduction::mean);
/// The Huber loss divided by beta, which is its delta; |x − target| where beta is 0.
Variable smooth_l1_loss(const Variable& x, const Variable& target, double beta = 1,
                        LossReduction reduction = LossReduction::mean);

}  // namespace credence
