// The chain of modules: y = f_k(… f_1(x)), as torch.nn.Sequential.
#include "framework/nn/sequential.hpp"

#include <string>

namespace credence::nn {

Variable Sequential::forward(const Variable& x) {
  Variable y = x;
  for (const std::unique_ptr<Module>& module : modules_) y = (*module)(y);
  return y;
}

void Sequential::visit(Visitor& visitor) {
  for (std::size_t i = 0; i < modules_.size(); ++i) {
    visitor.module(std::to_string(i), *modules_[i]);
  }
}

}  // namespace credence::nn
