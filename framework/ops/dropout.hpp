// Dropout as an op.
#pragma once

#include "framework/autograd/variable.hpp"
#include "framework/core/random.hpp"

namespace credence {

/// Dropout (Srivastava et al. 2014, JMLR 15): y = 0 where u < probability, x / (1 − probability)
/// elsewhere, with a uniform number u for each element from the stream, so that the mean of y is x.
/// No mask is saved: the backward pass draws it again. Throws ValueError unless the probability is
/// in [0, 1).
Variable dropout(const Variable& x, double probability, const RandomStream& stream);

}  // namespace credence
