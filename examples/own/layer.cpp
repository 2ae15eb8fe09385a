// A program around a layer of one's own, which scaled_residual.hpp has: a net of it is checked,
// trained and scored in both families.
#include "credence.hpp"
#include "examples/own/scaled_residual.hpp"

#include <cstdint>
#include <cstdio>
#include <vector>

namespace example {

using namespace credence;

/// Such a layer between two others, for points [N, 2] of two classes.
template <class Family>
struct Net : nn::Module {
  Net(const Generator& generator, const Family& family = {})
      : first(family.linear(2, 16, generator.split("first"))),
        middle(16, generator.split("middle"), family),
        last(family.linear(16, 2, generator.split("last"))) {}
  Variable forward(const Variable& x) override { return last(middle(first(x))); }
  void visit(nn::Visitor& visitor) override {
    visitor.module("first", first);
    visitor.module("middle", middle);
    visitor.module("last", last);
  }
  typename Family::Linear first;
  ScaledResidual<Family> middle;
  typename Family::Linear last;
};

template <class Family>
void train_and_tell(const char* name, const train::Objective& objective) {
  // Whether a point lies in the unit circle.
  Generator random(1);
  const Tensor x = randn({600, 2}, random);
  std::vector<std::int64_t> inside;
  for (std::int64_t i = 0; i < 600; ++i) {
    const float a = x.data<float>()[2 * i], b = x.data<float>()[2 * i + 1];
    inside.push_back(a * a + b * b < 1 ? 1 : 0);
  }
  data::Loader points(data::arrays(x, Tensor::from({600}, inside)), {.batch_size = 50});
  Net<Family> net(random.split("net"));
  const GradcheckResult check = nn::gradcheck(net.middle, randn({4, 16}, random));
  train::fit(
      net, points,
      {.epochs = 40, .optimizer = optim::Adam{1e-2}, .objective = objective, .progress = false});
  std::printf("%s: gradient check %s, %d parameters, accuracy %.1f %%\n", name,
              check ? "passed" : check.message.c_str(), static_cast<int>(nn::parameter_count(net)),
              100 * bayes::evaluate(net, points).accuracy());
}

}  // namespace example

int main() {
  using namespace credence;
  example::train_and_tell<zoo::Frequentist>("frequentist", train::cross_entropy);
  example::train_and_tell<zoo::Bayesian>("Bayesian", bayes::Elbo{});
}
