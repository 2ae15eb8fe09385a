// Dropout (Srivastava et al. 2014, JMLR 15).
#pragma once

#include "framework/nn/module.hpp"

namespace credence::nn {

/// Sets elements to zero with the given probability in training and scales the others so that the
/// mean stays; the identity in evaluation.
class Dropout : public Module {
 public:
  /// Throws ValueError unless the probability is in [0, 1).
  Dropout(double probability, const Generator& generator);
  Variable forward(const Variable& x) override;
  void visit(Visitor& visitor) override;
  std::string type_name() const override { return "Dropout"; }

 private:
  double probability_;
  Generator mask_;
};

}  // namespace credence::nn
