// The layers of batch normalisation (Ioffe and Szegedy 2015, arXiv 1502.03167), as
// torch.nn.BatchNorm1d to BatchNorm3d, of filter response normalisation (Singh and Krishnan 2020,
// arXiv 1911.09737), and of layer and group normalisation, as torch.nn.LayerNorm and GroupNorm.
#pragma once

#include "framework/nn/module.hpp"

namespace credence::nn {

/// As in PyTorch.
struct BatchNormOptions {
  double momentum = 0.1;  ///< the share of the batch in the running statistics
  double epsilon = 1e-5;  ///< added to the variance
  bool affine = true;     ///< whether there are a weight and a bias
  bool bias = true;       ///< whether there is a bias beside the weight
  /// Without running statistics (PyTorch's track_running_stats), evaluation normalises by the
  /// batch's own too.
  bool running_statistics = true;
  /// The running statistics are the mean over all batches so far (PyTorch's momentum=None); the
  /// momentum counts for nothing. The count of batches is read on the host in each call in
  /// training: such a step cannot be recorded.
  bool cumulative = false;
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
/// running_var [C] (1), and num_batches_tracked (an int64 scalar, 0) of a cumulative average alone.
/// The names are PyTorch's. The options leave some out.
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
  Tensor batches_;  ///< so far, of a cumulative average
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

/// As in PyTorch.
struct LayerNormOptions {
  double epsilon = 1e-5;  ///< added to the variance
  bool affine = true;     ///< whether there are a weight and a bias
  bool bias = true;       ///< whether there is a bias beside the weight
};

/// Layer normalisation over the last dimensions of x, whose extents are `normalized` (Ba et al.
/// 2016, arXiv 1607.06450), as torch.nn.LayerNorm: see layer_norm. Parameters: weight (1 at first)
/// and bias (0) of that shape.
class LayerNorm : public Module {
 public:
  /// Throws ValueError for a shape without dimensions or elements.
  explicit LayerNorm(const Shape& normalized, const LayerNormOptions& options = {});
  Variable forward(const Variable& x) override;
  void visit(Visitor& visitor) override;
  std::string type_name() const override { return "LayerNorm"; }
  std::int64_t multiply_adds(const Shape& input, const Shape& output) const override;

 private:
  Shape normalized_;
  double epsilon_;
  Variable weight_;
  Variable bias_;
};

/// As in PyTorch.
struct GroupNormOptions {
  double epsilon = 1e-5;  ///< added to the variance
  bool affine = true;     ///< whether there are a weight and a bias
};

/// Group normalisation of x [N, C, spatial…] (Wu and He 2018, arXiv 1803.08494), as
/// torch.nn.GroupNorm: see group_norm. With one group it is the layer normalisation of images, with
/// as many as channels their instance normalisation. Parameters: weight [C] (1 at first) and bias
/// [C] (0).
class GroupNorm : public Module {
 public:
  /// Throws ValueError unless the groups divide the channels, which are positive.
  GroupNorm(std::int64_t groups, std::int64_t channels, const GroupNormOptions& options = {});
  /// Throws ShapeError where x has other channels.
  Variable forward(const Variable& x) override;
  void visit(Visitor& visitor) override;
  std::string type_name() const override { return "GroupNorm"; }
  std::int64_t multiply_adds(const Shape& input, const Shape& output) const override;

 private:
  std::int64_t groups_;
  std::int64_t channels_;
  double epsilon_;
  Variable weight_;
  Variable bias_;
};

}  // namespace credence::nn
