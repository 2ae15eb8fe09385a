// A solution of the exercise of lesson 5.
#include <cstddef>
#include <vector>

// One output of one example x, for weights with the means mu of which one draw is mu + delta. All
// examples of a batch share delta. The signs (each 1 or -1) are the example's own: sign_x has one
// for each input, and sign_y is that of the output.
double flipout(const std::vector<double>& x, const std::vector<double>& mu,
               const std::vector<double>& delta, const std::vector<double>& sign_x, double sign_y) {
  double y = 0;
  for (std::size_t i = 0; i < x.size(); ++i) {
    y += mu[i] * x[i] + sign_y * delta[i] * sign_x[i] * x[i];
  }
  return y;
}
