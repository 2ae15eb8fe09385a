// Batch normalisation.
#pragma once

#include "framework/nn/module.hpp"

namespace credence::nn {

struct BatchNormOptions {
  double momentum = 0.1;
  double epsilon = 1e-5;
};

/// Batch normalisation of x [N, C, spatial…] with 1, 2 or 3 spatial dimensions; BatchNorm1d takes
/// [N, C] too. Parameters weight [C], 1 at first, and bias [C], 0; buffers running_mean [C], 0, and
/// running_var [C], 1: PyTorch's names. Its counter num_batches_tracked is left out: only a
/// cumulative average would need it. In training the batch's statistics normalise and the running
/// ones follow, in evaluation the running ones normalise. `batch_norm` has the formulas.
template <int Dimensions>
class BatchNorm : public Module {
 public:
  /// Throws ValueError unless there is a channel.
  explicit BatchNorm(std::int64_t channels, const BatchNormOptions& options = {});
  /// Throws ShapeError for another number of dimensions or of channels.
  Variable forward(const Variable& x) override;
  void visit(Visitor& visitor) override;
  std::string type_name() const override;
  /// One for each element: y = scale · (x − mean) + bias.
  std::int64_t multiply_adds(const Shape& input, const Shape& output) const override;

 private:
  BatchNormOptions options_;
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

}  // namespace credence::nn
