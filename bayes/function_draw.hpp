// One function drawn from the posterior, for any number of inputs.
#pragma once

#include "bayes/walk.hpp"

namespace credence::bayes {

/// While an object is alive, every Bayesian layer of a model uses the same draw of its weights in
/// all calls, whatever its estimator: the model is one function, whose values at several inputs
/// have the posterior's correlations. The draw depends on the layers' generators and on `number`
/// alone. Layers in mean mode keep their mean. The destructor switches the layers back.
class FunctionDraw {
 public:
  FunctionDraw(nn::Module& model, std::uint64_t number);
  ~FunctionDraw();
  FunctionDraw(const FunctionDraw&) = delete;
  FunctionDraw& operator=(const FunctionDraw&) = delete;

 private:
  std::vector<NamedLayer> layers_;
};

}  // namespace credence::bayes
