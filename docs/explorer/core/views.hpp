// The commands of the four views.
#pragma once

#include "docs/explorer/core/figures.hpp"
#include "docs/explorer/core/nets.hpp"

namespace credence::explorer {

/// The view of a digit and that of its layers.
class DigitView {
 public:
  explicit DigitView(Nets nets) : nets_(std::move(nets)) {}

  /// What the three nets say of a drawing. Arguments: samples, and a drawing (read_drawing).
  /// "picture" [28 · 28], and for NAME = ordinary, bayesian, ensemble: "NAME samples" [S · 10], the
  /// probabilities of each pass; "NAME probabilities" [10], their mean; "NAME doubt": the entropy
  /// of the mean and the mutual information in nats, epistemic and aleatoric trace, and the class.
  Figures digit(Arguments arguments);

  /// The same doubt at each angle from −180 to 180 degrees in steps of 15. Arguments as of digit().
  /// "degrees" [25], and for each NAME "NAME entropy" and "NAME information" in nats, and
  /// "NAME class".
  Figures turned(Arguments arguments);

  /// What leaves each layer of the Bayesian net, after pooling and activation. Arguments as of
  /// digit(). For NAME = conv1, conv2, fc1, fc3: "NAME mean" and "NAME deviation" over the samples,
  /// and "NAME shape".
  Figures layers(Arguments arguments);

 private:
  Nets nets_;
};

/// The view of the weights: how unsure the Bayesian net is of them, and what remains without some.
class PruningView {
 public:
  /// `file` has the weights, which each call of prune() begins with.
  PruningView(std::filesystem::path path, io::SafeTensors file);

  /// The histograms of log α = log σ² − log μ². "edges", and for each layer NAME "NAME counts"
  /// between them; what lies outside counts in the first or last.
  Figures log_alpha();

  /// Removes a share of the weights of the Bayesian net, those with the largest log α, and as many
  /// of the ordinary net, the smallest. Arguments: the share. "accuracy": that of both on 300 drawn
  /// digits, each by one pass with the means; "left": for each layer the share of its weights that
  /// are left, first of the Bayesian net, then of the ordinary one; "threshold": the log α above
  /// which weights were removed.
  Figures prune(Arguments arguments);

 private:
  std::filesystem::path path_;
  io::SafeTensors file_;
  Nets whole_;
  Tensor images_;
  std::vector<std::int64_t> labels_;
};

}  // namespace credence::explorer
