// The dropout layer: y = 0 with probability p, else x / (1 − p) (Srivastava et al. 2014, JMLR 15);
// the identity in evaluation. The op is in framework/ops/dropout.cpp.
#include "framework/nn/dropout.hpp"

#include "framework/base/error.hpp"
#include "framework/group/batch_scope.hpp"
#include "framework/ops/dropout.hpp"

#include <string>

namespace credence::nn {

Dropout::Dropout(double probability, const Generator& generator)
    : probability_(probability), mask_(generator.split("mask")) {
  if (!(probability >= 0 && probability < 1)) {
    throw ValueError("[Dropout] the probability must be in [0, 1), not " +
                     std::to_string(probability));
  }
}

Variable Dropout::forward(const Variable& x) {
  return training() ? dropout(x, probability_, stream_of_rows(mask_.next(), x.shape())) : x;
}

void Dropout::visit(Visitor& visitor) { visitor.generator("mask", mask_); }

}  // namespace credence::nn
