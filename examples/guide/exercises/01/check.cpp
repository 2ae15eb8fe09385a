// The check of lesson 1's exercise: the op's gradient against differences of its values.
#include "credence.hpp"

#include <cstdio>

using namespace credence;

Variable cube(const Variable& x);

int main() {
  const Tensor x = Tensor::from<double>({4}, {-2, -0.5, 0.1, 1.5});
  const GradcheckResult result =
      gradcheck([](const std::vector<Variable>& inputs) { return cube(inputs[0]); }, {x});
  std::printf("%s\n", result ? "passed" : ("not yet: " + result.message).c_str());
  return result ? 0 : 1;
}
