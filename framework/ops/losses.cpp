// Losses composed of other ops, so that they run on every device.
#include "framework/ops/losses.hpp"

#include "framework/base/error.hpp"
#include "framework/ops/arithmetic.hpp"
#include "framework/ops/checks.hpp"
#include "framework/ops/index_ops.hpp"
#include "framework/ops/pointwise.hpp"
#include "framework/ops/reduce.hpp"
#include "framework/ops/shape_ops.hpp"
#include "framework/ops/softmax.hpp"

#include <algorithm>
#include <string>
#include <vector>

namespace credence {
namespace {

Variable reduced(const Variable& losses, LossReduction reduction) {
  switch (reduction) {
    case LossReduction::none:
      return losses;
    case LossReduction::sum:
      return sum(losses);
    case LossReduction::mean:
      break;
  }
  return mean(losses);
}

void check_same_shape(const char* op, const Variable& x, const Variable& target) {
  check_same_type(op, x, target);
  if (x.shape() == target.shape()) return;
  throw ShapeError(std::string("[") + op + "] input and target must have one shape: " +
                   x.shape().to_string() + " and " + target.shape().to_string());
}

void require(const char* op, bool holds, const char* rule, double value) {
  if (holds) return;
  throw ValueError(std::string("[") + op + "] " + rule + ", not " + std::to_string(value));
}

int class_dimension(const Shape& shape) { return shape.rank() == 1 ? 0 : 1; }

// The shape of the labels for scores [N, C, spatial…] or [C].
Shape label_shape(const char* op, const Shape& scores) {
  if (scores.rank() == 0) {
    throw ShapeError(std::string("[") + op + "] the scores must be [N, C, …] or [C], not a scalar");
  }
  std::vector<std::int64_t> extents(scores.begin(), scores.end());
  extents.erase(extents.begin() + class_dimension(scores));
  return Shape(extents);
}

void check_options(const char* op, const Variable& scores, const Tensor& targets,
                   const ClassLossOptions& options) {
  if (options.reduction == LossReduction::mean && targets.numel() == 0) {
    throw ShapeError(std::string("[") + op + "] the mean over no elements is undefined: scores " +
                     scores.shape().to_string());
  }
  if (!options.weight.defined()) return;
  const Variable weight(options.weight);
  check_rank(op, "the weight", weight, 1);
  check_extent(op, "the weight", weight.shape(), 0,
               scores.shape()[class_dimension(scores.shape())]);
  check_same_type(op, scores, weight);
}

void check_labels(const char* op, const Variable& scores, const Tensor& labels,
                  const ClassLossOptions& options) {
  if (labels.dtype() != DType::int64 || labels.shape() != label_shape(op, scores.shape())) {
    throw ShapeError(std::string("[") + op + "] one int64 label per element is needed: labels " +
                     labels.shape().to_string() + " " + to_string(labels.dtype()) + ", scores " +
                     scores.shape().to_string());
  }
  check_labels_in_range(op, "element", labels, scores.shape()[class_dimension(scores.shape())],
                        options.ignore_index);
}

// The weights of the classes, or of so many.
Tensor weights_of(const Variable& scores, const ClassLossOptions& options) {
  if (options.weight.defined()) return options.weight;
  return Tensor::full({scores.shape()[class_dimension(scores.shape())]}, 1, scores.dtype(),
                      scores.device());
}

// The value of each label's class; 0 where the label is ignored. `values` is [C].
Variable per_label(const Tensor& values, const Tensor& labels, const ClassLossOptions& options) {
  const Variable all(values);
  return reshape(gather(all, 0, labels.reshape({-1}), options.ignore_index), labels.shape());
}

// The value of each element at its label.
Variable at_labels(const Variable& scores, const Tensor& labels, const ClassLossOptions& options) {
  const int dimension = class_dimension(scores.shape());
  const Tensor index = labels.reshape(scores.shape().with(dimension, 1));
  return reshape(gather(scores, dimension, index, options.ignore_index), labels.shape());
}

// [C] in a shape that broadcasts against the scores.
Variable per_class(const Tensor& values, const Shape& scores) {
  Shape shape = scores;
  for (int i = 0; i < shape.rank(); ++i) {
    if (i != class_dimension(scores)) shape = shape.with(i, 1);
  }
  return Variable(values.reshape(shape));
}

// The losses of all elements, given their weights, reduced.
Variable weighted(const Variable& losses, const Variable& weights, LossReduction reduction) {
  if (reduction != LossReduction::mean) return reduced(losses, reduction);
  return sum(losses) / sum(weights);
}

bool is_plain(const Variable& scores, const ClassLossOptions& options) {
  return scores.shape().rank() == 2 && options.plain() && options.reduction == LossReduction::mean;
}

// The part of the loss that label smoothing spreads over all classes, times C.
Variable spread_over_classes(const Variable& log_probabilities, const Tensor& labels,
                             const ClassLossOptions& options) {
  const Shape& shape = log_probabilities.shape();
  const Variable each = per_class(weights_of(log_probabilities, options), shape);
  const Variable losses = -sum(each * log_probabilities, {class_dimension(shape)});
  if (!options.ignore_index) return losses;
  const Tensor ones = weights_of(log_probabilities, {});
  const Variable zero(Tensor::zeros({}, losses.dtype(), losses.device()));
  return where(per_label(ones, labels, options).value(), losses, zero);
}

Variable entropy_of_probabilities(const Variable& log_probabilities, const Tensor& targets,
                                  const CrossEntropyOptions& options) {
  constexpr const char* kName = "cross_entropy";
  const Shape& shape = log_probabilities.shape();
  check_same_shape(kName, log_probabilities, Variable(targets));
  if (options.classes.ignore_index) {
    throw ValueError("[cross_entropy] ignore_index is for labels, not for probabilities");
  }
  const int dimension = class_dimension(shape);
  const double smoothing = options.label_smoothing;
  Variable target(targets);
  if (smoothing > 0) {
    target = affine(target, 1 - smoothing, smoothing / static_cast<double>(shape[dimension]));
  }
  if (options.classes.weight.defined()) target = target * per_class(options.classes.weight, shape);
  return reduced(-sum(target * log_probabilities, {dimension}), options.classes.reduction);
}

}  // namespace

Variable nll_loss(const Variable& log_probabilities, const Tensor& labels,
                  const ClassLossOptions& options) {
  constexpr const char* kName = "nll_loss";
  if (is_plain(log_probabilities, options)) return nll_loss(log_probabilities, labels);
  check_labels(kName, log_probabilities, labels, options);
  check_options(kName, log_probabilities, labels, options);
  const Variable weights = per_label(weights_of(log_probabilities, options), labels, options);
  const Variable losses = -(weights * at_labels(log_probabilities, labels, options));
  return weighted(losses, weights, options.reduction);
}

CrossEntropyOptions weights_like(CrossEntropyOptions options, const Tensor& logits) {
  Tensor& weight = options.classes.weight;
  if (weight.defined()) weight = weight.to(logits.device()).to(logits.dtype());
  return options;
}

Variable cross_entropy(const Variable& logits, const Tensor& targets,
                       const CrossEntropyOptions& options) {
  constexpr const char* kName = "cross_entropy";
  const double smoothing = options.label_smoothing;
  require(kName, smoothing >= 0 && smoothing <= 1, "label_smoothing must be in [0, 1]", smoothing);
  const ClassLossOptions& classes = options.classes;
  const bool of_labels = targets.dtype() == DType::int64;
  if (of_labels && smoothing == 0 && is_plain(logits, classes)) {
    return cross_entropy(logits, targets);
  }
  label_shape(kName, logits.shape());
  const Variable log_probabilities = log_softmax(logits, class_dimension(logits.shape()));
  check_options(kName, logits, targets, classes);
  if (!of_labels) return entropy_of_probabilities(log_probabilities, targets, options);
  const Variable hard = nll_loss(log_probabilities, targets, classes);
  if (smoothing == 0) return hard;
  const Variable weights = per_label(weights_of(logits, classes), targets, classes);
  const Variable soft = weighted(spread_over_classes(log_probabilities, targets, classes), weights,
                                 classes.reduction);
  // Without classes there are no losses to spread either.
  const auto count = static_cast<double>(
      std::max<std::int64_t>(logits.shape()[class_dimension(logits.shape())], 1));
  return (1 - smoothing) * hard + smoothing / count * soft;
}

Variable focal_loss(const Variable& logits, const Tensor& labels, double gamma,
                    const ClassLossOptions& options) {
  constexpr const char* kName = "focal_loss";
  require(kName, gamma >= 0, "gamma must not be negative", gamma);
  check_labels(kName, logits, labels, options);
  check_options(kName, logits, labels, options);
  const int dimension = class_dimension(logits.shape());
  const Variable log_probabilities = log_softmax(logits, dimension);
  const std::int64_t classes = logits.shape()[dimension];
  // The classes of one_hot are last, those of the logits behind the batch.
  std::vector<int> order;
  for (int i = 0; i + 1 < logits.shape().rank(); ++i) order.push_back(i);
  order.insert(order.begin() + dimension, logits.shape().rank() - 1);
  const Variable hot =
      permute(Variable(one_hot(labels, classes, logits.dtype(), options.ignore_index)), order);
  const Variable zero(Tensor::zeros({}, logits.dtype(), logits.device()));
  const Variable others = sum(where(hot.value(), zero, exp(log_probabilities)), {dimension});
  // Where the others are 0, the slope of a root would be infinite.
  constexpr double kLeast = 1e-30;
  const Variable factor = pow(gamma < 1 ? clamp(others, kLeast, 1) : others, gamma);
  const Variable weights = per_label(weights_of(logits, options), labels, options);
  const Variable losses = -(weights * factor * at_labels(log_probabilities, labels, options));
  return weighted(losses, weights, options.reduction);
}

Variable sigmoid_focal_loss(const Variable& logits, const Variable& targets,
                            std::optional<double> alpha, double gamma, LossReduction reduction) {
  constexpr const char* kName = "sigmoid_focal_loss";
  check_same_shape(kName, logits, targets);
  require(kName, gamma >= 0, "gamma must not be negative", gamma);
  if (alpha) require(kName, *alpha >= 0 && *alpha <= 1, "alpha must be in [0, 1]", *alpha);
  const Variable yes = log_sigmoid(logits);
  const Variable no = log_sigmoid(-logits);
  // exp(γ log(1 − p)), which neither cancels nor has an infinite slope.
  const Variable of_positive = exp(gamma * no) * yes * targets;
  const Variable of_negative = exp(gamma * yes) * no * (1 - targets);
  const double share = alpha.value_or(1);
  const double rest = alpha ? 1 - *alpha : 1;
  return reduced(-(share * of_positive + rest * of_negative), reduction);
}

Variable binary_cross_entropy_with_logits(const Variable& logits, const Variable& targets,
                                          const BinaryCrossEntropyOptions& options) {
  check_same_shape("binary_cross_entropy_with_logits", logits, targets);
  Variable positive = -(targets * log_sigmoid(logits));
  if (options.positive_weight.defined()) positive = positive * Variable(options.positive_weight);
  Variable losses = positive + (1 - targets) * softplus(logits);
  if (options.weight.defined()) losses = losses * Variable(options.weight);
  return reduced(losses, options.reduction);
}

Variable mse_loss(const Variable& x, const Variable& target, LossReduction reduction) {
  check_same_shape("mse_loss", x, target);
  return reduced(square(x - target), reduction);
}

Variable l1_loss(const Variable& x, const Variable& target, LossReduction reduction) {
  check_same_shape("l1_loss", x, target);
  return reduced(abs(x - target), reduction);
}

Variable huber_loss(const Variable& x, const Variable& target, double delta,
                    LossReduction reduction) {
  constexpr const char* kName = "huber_loss";
  check_same_shape(kName, x, target);
  require(kName, delta > 0, "delta must be positive", delta);
  const Variable distance = abs(x - target);
  const Variable bounded = clamp(distance, 0, delta);
  return reduced(bounded * (distance - 0.5 * bounded), reduction);
}

Variable smooth_l1_loss(const Variable& x, const Variable& target, double beta,
                        LossReduction reduction) {
  require("smooth_l1_loss", beta >= 0, "beta must not be negative", beta);
  if (beta == 0) return l1_loss(x, target, reduction);
  return huber_loss(x, target, beta, reduction) * (1 / beta);
}

}  // namespace credence
