// The rows w_c ((1 − ε) [c = label] + ε / C) of class labels.
#include "framework/ops/class_targets.hpp"

#include "framework/autograd/variable.hpp"
#include "framework/base/error.hpp"
#include "framework/dispatch/kernels.hpp"
#include "framework/ops/arithmetic.hpp"

#include <string>

namespace credence {
namespace {

void check(const std::string& caller, const Tensor& labels, const Shape& shape,
           const ClassTargets& settings) {
  if (labels.dtype() != DType::int64 || labels.shape() != Shape{shape[0]}) {
    throw ShapeError(caller + "expected int64 labels [" + std::to_string(shape[0]) + "], not " +
                     to_string(labels.dtype()) + ' ' + labels.shape().to_string());
  }
  if (settings.class_weights.defined() && settings.class_weights.shape() != Shape{shape[1]}) {
    throw ShapeError(caller + "expected class weights [" + std::to_string(shape[1]) +
                     "], a number for each class, not " +
                     settings.class_weights.shape().to_string());
  }
  if (!(settings.label_smoothing >= 0 && settings.label_smoothing <= 1)) {
    throw ValueError(caller + "the label smoothing must be in [0, 1], not " +
                     std::to_string(settings.label_smoothing));
  }
  // Elsewhere than on the host the check would have to wait for the device. The monitor "accuracy"
  // finds a wrong label there.
  if (labels.device() != Device::cpu) return;
  for (std::int64_t n = 0; n < shape[0]; ++n) {
    const std::int64_t label = labels.data<std::int64_t>()[n];
    if (label >= 0 && label < shape[1]) continue;
    throw ValueError(caller + "label " + std::to_string(label) + " of sample " + std::to_string(n) +
                     " is outside [0, " + std::to_string(shape[1]) + ")");
  }
}

}  // namespace

Tensor class_targets(const char* caller, const Tensor& labels, const Tensor& like,
                     const ClassTargets& settings) {
  const Shape& shape = like.shape();
  check(std::string("[") + caller + "] ", labels, shape, settings);
  // One-hot rows: −N times the gradient of the mean loss.
  const Tensor minus_rows =
      Tensor::full({}, -static_cast<double>(shape[0]), like.dtype(), like.device());
  const Tensor there = labels.to(like.device());
  const Tensor one_hot = Tensor::empty_like(like);
  visit_kernels(one_hot, [&](const auto& kernels) {
    kernels.nll_loss_backward(shape[0], shape[1], there, minus_rows, one_hot);
  });
  const NoGrad no_grad;
  Variable targets(one_hot);
  if (settings.label_smoothing > 0) {
    targets = targets * (1 - settings.label_smoothing) +
              settings.label_smoothing / static_cast<double>(shape[1]);
  }
  if (settings.class_weights.defined()) {
    targets = targets * Variable(settings.class_weights.to(like.device()).to(like.dtype()));
  }
  return targets.value();
}

}  // namespace credence
