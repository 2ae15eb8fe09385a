// The dropout layer (Srivastava et al. 2014, JMLR 15).
#pragma once

#include "framework/nn/module.hpp"

namespace credence::nn {

/// In training, y = 0 with probability p and x / (1 − p) else, independently for each element, so
/// that the mean of y is x. In evaluation y = x. x has any shape; within a BatchScope its dimension
/// 0 counts samples. As torch.nn.Dropout.
class Dropout : public Module {
 public:
  /// `probability` is p. Throws ValueError unless it is in [0, 1).
  Dropout(double probability, const Generator& generator);
  Variable forward(const Variable& x) override;
  void visit(Visitor& visitor) override;
  std::string type_name() const override { return "Dropout"; }

 private:
  double probability_;
  Generator mask_;
};

}  // namespace credence::nn
