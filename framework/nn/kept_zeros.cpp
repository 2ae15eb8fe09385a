// Masks of weights, and their application.
#include "framework/nn/kept_zeros.hpp"

#include "framework/ops/arithmetic.hpp"

namespace credence::nn {

KeptZeros::KeptZeros(Module& model) {
  for (const NamedParameter& named : parameters(model)) {
    if (named.role != Role::weight) continue;
    const Tensor& weight = named.parameter->value();
    std::vector<double> kept = weight.to_vector<double>();
    for (double& w : kept) w = w == 0 ? 0 : 1;
    masks_.emplace_back(named.parameter,
                        Tensor::from(weight.shape(), kept).to(weight.dtype()).to(weight.device()));
  }
}

void KeptZeros::restore() const {
  const NoGrad no_grad;
  for (const auto& [weight, kept] : masks_) {
    weight->value().copy_from((*weight * Variable(kept)).value());
  }
}

}  // namespace credence::nn
