// Exercise of lesson 5: Flipout. Fill the hole; `examples/guide/run 5 --exercise` builds this file
// and checks it.
#include <cstddef>
#include <vector>

// One output of one example x, for weights with the means mu of which one draw is mu + delta. All
// examples of a batch share delta. The signs (each 1 or -1) are the example's own: sign_x has one
// for each input, and sign_y is that of the output.
double flipout(const std::vector<double>& x, const std::vector<double>& mu,
               const std::vector<double>& delta, [[maybe_unused]] const std::vector<double>& sign_x,
               [[maybe_unused]] double sign_y) {
  // The hole: this is the plain draw of the weights, so that two examples move together.
  double y = 0;
  for (std::size_t i = 0; i < x.size(); ++i) y += (mu[i] + delta[i]) * x[i];
  return y;
}
