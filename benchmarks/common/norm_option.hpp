// The options of normalisation, for the command lines of all programs.
#pragma once

#include "zoo/norm.hpp"

#include <optional>
#include <string>

namespace CLI {
class App;
}

namespace credence::benchmarks {

/// --norm, which takes the names that norm_named reads, and its short forms --batch-norm and
/// --no-batch-norm. --norm counts where it is given; of the two others --no-batch-norm does.
/// `defaults` says what holds without them.
void add_norm(CLI::App& app, std::optional<zoo::Norm>& norm, const std::string& defaults);

/// Throws ValueError, beginning with the option's name, where the model does not take it.
void require_norm(const std::string& model, zoo::Norm norm);

}  // namespace credence::benchmarks
