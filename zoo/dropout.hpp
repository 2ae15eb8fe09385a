// Dropout in the models of the zoo: the same for both families, and left out where there is none.
#pragma once

#include "framework/nn/dropout.hpp"

#include <optional>
#include <string_view>

namespace credence::zoo {

/// An nn::Dropout with this probability; with probability 0 no layer at all, so that the model
/// draws no noise. Throws ValueError as nn::Dropout does.
class OptionalDropout {
 public:
  OptionalDropout(double probability, const Generator& generator) {
    if (probability != 0) layer_.emplace(probability, generator);
  }
  Variable operator()(const Variable& x) { return layer_ ? (*layer_)(x) : x; }
  void visit(nn::Visitor& visitor, std::string_view name) {
    if (layer_) visitor.module(name, *layer_);
  }

 private:
  std::optional<nn::Dropout> layer_;
};

}  // namespace credence::zoo
