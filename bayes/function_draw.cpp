// Switching a model's Bayesian layers to one draw of the weights and back.
#include "bayes/function_draw.hpp"

namespace credence::bayes {

FunctionDraw::FunctionDraw(nn::Module& model, std::uint64_t number)
    : layers_(bayesian_layers(model)) {
  for (const NamedLayer& named : layers_) named.layer->set_function(number);
}

FunctionDraw::~FunctionDraw() {
  for (const NamedLayer& named : layers_) named.layer->set_function({});
}

}  // namespace credence::bayes
