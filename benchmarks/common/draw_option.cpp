// The option --draw.
#include "benchmarks/common/draw_option.hpp"

#include "benchmarks/common/command_line.hpp"

#include <optional>
#include <vector>

namespace credence::benchmarks {
namespace {

const std::vector<std::string>& draw_names() {
  static const std::vector<std::string> names{"outputs", "weights"};
  return names;
}

std::optional<bayes::PassDraw> draw_named(const std::string& name) {
  if (name == draw_name(bayes::PassDraw::outputs)) return bayes::PassDraw::outputs;
  if (name == draw_name(bayes::PassDraw::weights)) return bayes::PassDraw::weights;
  return {};
}

}  // namespace

CLI::Option* add_draw(CLI::App& app, bayes::PassDraw& draw) {
  return add_named(
      app, "--draw", draw, draw_names(), draw_named,
      "What a posterior sample of a Bayesian network draws: the outputs of each layer, or its "
      "weights once for all inputs, in about half the time (default: outputs)");
}

std::string draw_name(bayes::PassDraw draw) {
  return draw_names().at(static_cast<std::size_t>(draw));
}

}  // namespace credence::benchmarks
