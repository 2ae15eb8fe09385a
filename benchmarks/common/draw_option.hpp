// The option of what a pass of a prediction draws, for the command lines of all programs.
#pragma once

#include "bayes/function_draw.hpp"

#include <string>

namespace CLI {
class App;
class Option;
}  // namespace CLI

namespace credence::benchmarks {

/// --draw outputs or weights.
CLI::Option* add_draw(CLI::App& app, bayes::PassDraw& draw);

/// "outputs" or "weights", as the option takes it.
std::string draw_name(bayes::PassDraw draw);

}  // namespace credence::benchmarks
