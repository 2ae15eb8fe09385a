// The option --activation, for the command lines of all programs.
#pragma once

#include "framework/nn/activation.hpp"

#include <optional>

namespace CLI {
class App;
}

namespace credence::benchmarks {

/// --activation, which takes the names that nn::Activation::from_name reads.
void add_activation(CLI::App& app, std::optional<nn::Activation>& activation);

}  // namespace credence::benchmarks
