// Lesson 2: one layer, its gradient by hand, and the check of it by differences.
//   02_layer [STEM]     draws STEM.png where it is given
#include "credence.hpp"
#include "examples/guide/figure.hpp"

#include <algorithm>
#include <cmath>
#include <cstdio>

int main(int argc, char** argv) {
  using namespace credence;
  Generator seed(1);
  constexpr DType kDouble = DType::float64;
  const Tensor x = randn({5, 3}, seed, kDouble);
  const Tensor t = randn({5, 2}, seed, kDouble);
  const Variable weight(randn({2, 3}, seed, kDouble), true), bias(randn({2}, seed, kDouble), true);
  const auto outputs = [&] { return tanh(linear(Variable(x), weight, bias)); };  // y [5, 2]
  const auto loss = [&] { return sum(outputs() * Variable(t)); };                // L = Σ t y

  // The gradient by one backward pass, and by hand: dL/dW_oi = Σ_n t_no (1 − y_no²) x_ni.
  loss().backward();
  const double* gradient = weight.grad().data<double>();
  const Tensor y = outputs().value();
  double by_hand = 0;  // of W_00
  for (int n = 0; n < 5; ++n) {
    const double y0 = y.data<double>()[2 * n];
    by_hand += t.data<double>()[2 * n] * (1 - y0 * y0) * x.data<double>()[3 * n];
  }
  std::printf("dL/dW_00: %.6f backward, %.6f by hand\n\n", gradient[0], by_hand);

  // The largest error of both differences over the six weights, for each step h.
  guide::chart::Points one_sided{.name = "(L(w + h) - L(w)) / h", .dots = true};
  guide::chart::Points central{.name = "(L(w + h) - L(w - h)) / 2h", .dots = true};
  std::printf("step h | one-sided difference | central difference: largest errors\n");
  for (int digits = 1; digits <= 12; ++digits) {
    const double h = std::pow(10, -digits);
    double error_one = 1e-16, error_two = 1e-16;  // a logarithmic axis has no 0
    for (int i = 0; i < 6; ++i) {
      double& w = weight.value().data<double>()[i];
      const double middle = loss().value().item(), before = w;
      w = before + h;
      const double above = loss().value().item();
      w = before - h;
      const double below = loss().value().item();
      w = before;
      error_one = std::max(error_one, std::abs((above - middle) / h - gradient[i]));
      error_two = std::max(error_two, std::abs((above - below) / (2 * h) - gradient[i]));
    }
    one_sided.points.push_back({h, error_one});
    central.points.push_back({h, error_two});
    if (digits % 2 == 1) std::printf("%6.0e | %20.0e | %18.0e\n", h, error_one, error_two);
  }

  nn::Linear layer(3, 2, {}, seed.split("layer"));
  const GradcheckResult check = nn::gradcheck(layer, x);
  std::printf("\nnn::gradcheck of a Linear: %s\n", check ? "passed" : check.message.c_str());
  guide::draw(argc, argv, "The error of a difference",
              {{.x = guide::logarithmic("step h"),
                .y = guide::logarithmic("largest error"),
                .series = {one_sided, central}}});
}
