// The scales of a table's columns, for models that bring their inputs to a common one.
#pragma once

#include <vector>

namespace credence::zoo {

/// Mean and deviation of numbers, by which a model brings them to a common scale.
struct Scale {
  std::vector<float> mean{0};
  std::vector<float> deviation{1};
};

}  // namespace credence::zoo
