// Lesson 1: a tensor and its gradient. First a tape of single numbers, written here; then the same
// function on Credence's tensors.    01_gradient [STEM]    draws STEM.png where it is given.
#include "credence.hpp"
#include "examples/guide/figure.hpp"

#include <cmath>
#include <cstdio>

namespace {

// A number of the computation: its value, and its derivative by each number that it was made from.
struct Record {
  double value;
  std::vector<std::pair<std::size_t, double>> slopes{};  // (place on the tape, derivative)
};
std::vector<Record> tape;

struct Number {
  std::size_t place;
};
double value(Number x) { return tape[x.place].value; }
Number record(Record r) { return tape.push_back(std::move(r)), Number{tape.size() - 1}; }

Number operator+(Number a, Number b) {
  return record({value(a) + value(b), {{a.place, 1}, {b.place, 1}}});
}
Number operator*(Number a, Number b) {
  return record({value(a) * value(b), {{a.place, value(b)}, {b.place, value(a)}}});
}
Number tanh(Number x) {
  const double y = std::tanh(value(x));
  return record({y, {{x.place, 1 - y * y}}});
}

// The derivative of y by every number on the tape: the chain rule, from the last record to the
// first.
std::vector<double> gradient(Number y) {
  std::vector<double> by(tape.size());
  by[y.place] = 1;
  for (std::size_t i = tape.size(); i-- > 0;) {
    for (const auto& [place, slope] : tape[i].slopes) by[place] += slope * by[i];
  }
  return by;
}

}  // namespace

int main(int argc, char** argv) {
  using namespace credence;
  const auto f = [](auto x, auto w) { return tanh(w * x) * x + w * w; };
  guide::chart::Points curve{.name = "y"}, slope{.name = "dy/dx, the tape"};
  guide::chart::Points dots{.name = "dy/dx, Credence", .line = false, .dots = true};
  std::printf("   x   |   y    | dy/dx: tape, Credence | dy/dw: tape, Credence\n");
  for (int i = -15; i <= 15; ++i) {
    const Number x = record({i * 0.1}), w = record({2.0}), y = f(x, w);
    const std::vector<double> by = gradient(y);

    const Variable x2(Tensor::full({}, i * 0.1), true), w2(Tensor::full({}, 2), true);
    f(x2, w2).backward();  // adds the derivatives to x2.grad() and w2.grad()

    curve.points.push_back({i * 0.1, value(y)});
    slope.points.push_back({i * 0.1, by[x.place]});
    dots.points.push_back({i * 0.1, x2.grad().item()});
    if (i % 5 != 0) continue;
    std::printf("%6.1f | %.4f | %7.4f %7.4f       | %7.4f %7.4f\n", i * 0.1, value(y), by[x.place],
                x2.grad().item(), by[w.place], w2.grad().item());
  }
  guide::draw(argc, argv, "y = x tanh(2 x) + 4, and its derivative by x",
              {{.x = {.label = "x"}, .series = {curve, slope, dots}}});
}
