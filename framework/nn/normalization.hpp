// The layers of batch normalisation (Ioffe and Szegedy 2015, arXiv 1502.03167), as
// torch.nn.BatchNorm1d to BatchNorm3d, and of filter response normalisation (Singh and Krishnan
// 2020, arXiv 1911.09737).
#pragma once

#include "framework/nn/module.hpp"

namespace credence::nn {

/// As in PyTorch: the share of the batch in the running statistics, and what is added to the
/// variance.
struct BatchNormOptions {
  double momentum = 0.1;
  double epsilon = 1e-5;
};

/// What the batch normalisation layers of all dimensions have in common.
class BatchNormLayer : public Module {
 public:
  /// The share of the batch in the running statistics.
  double momentum() const { return options_.momentum; }
  /// Throws ValueError outside [0, 1].
  void set_momentum(double momentum);

 protected:
  explicit BatchNormLayer(const BatchNormOptions& options) : options_(options) {}
  const BatchNormOptions& options() const { return options_; }

 private:
  BatchNormOptions options_;
};

/// y = (x − mean) / √(variance + ε) · weight + bias for each channel of x [N, C, 1 to 3 spatial
/// dimensions]; BatchNorm1d accepts [N, C] too. In training, mean and variance are those of the
/// batch, and the running statistics move towards them; in evaluation they are the running
/// statistics. framework/ops/normalization.hpp has the details.
///
/// Parameters: weight [C] (1 at first) and bias [C] (0). Buffers: running_mean [C] (0) and
/// running_var [C] (1). The names are PyTorch's. Its counter num_batches_tracked is left out: only
/// a cumulative average needs it.
template <int Dimensions>
class BatchNorm : public BatchNormLayer {
 public:
  /// Throws ValueError for fewer than one channel.
  explicit BatchNorm(std::int64_t channels, const BatchNormOptions& options = {});
  /// Throws ShapeError where x has another number of dimensions or channels.
  Variable forward(const Variable& x) override;
  void visit(Visitor& visitor) override;
  std::string type_name() const override;
  /// One multiply-add for each element: y = scale · (x − mean) + bias.
  std::int64_t multiply_adds(const Shape& input, const Shape& output) const override;

 private:
  Variable weight_;
  Variable bias_;
  Tensor running_mean_;
  Tensor running_variance_;
};

extern template class BatchNorm<1>;
extern template class BatchNorm<2>;
extern template class BatchNorm<3>;
using BatchNorm1d = BatchNorm<1>;
using BatchNorm2d = BatchNorm<2>;
using BatchNorm3d = BatchNorm<3>;

/// As in the paper: what is added to the mean square.
struct FilterResponseNormOptions {
  double epsilon = 1e-6;
};

/// y = x / √(mean(x²) + ε) · weight + bias for each channel of each image of x [N, C, H, W], with
/// the mean over the channel's plane in that image. It is the same in training and in evaluation.
/// framework/ops/normalization.hpp has the details. layer(x, activation) is one kernel, for any
/// activation that has a name.
///
/// Parameters: weight [C] (1 at first) and bias [C] (0), the paper's γ and β.
class FilterResponseNorm2d : public Module {
 public:
  /// Throws ValueError for fewer than one channel.
  explicit FilterResponseNorm2d(std::int64_t channels,
                                const FilterResponseNormOptions& options = {});
  /// Throws ShapeError where x has another number of dimensions or channels.
  Variable forward(const Variable& x) override;
  void visit(Visitor& visitor) override;
  std::string type_name() const override { return "FilterResponseNorm2d"; }
  /// Two multiply-adds for each element: its square's, and y = scale · x + bias.
  std::int64_t multiply_adds(const Shape& input, const Shape& output) const override;

 protected:
  Variable forward_activated(const Variable& x, const Activation& activation) override;

 private:
  Variable normalized(const Variable& x, const std::optional<Activation>& activation) const;

  FilterResponseNormOptions options_;
  Variable weight_;
  Variable bias_;
};

}  // namespace credence::nn
