// From names to the functions of the views.
#include "docs/explorer/core/explorer.hpp"

#include "docs/explorer/core/drawing.hpp"
#include "framework/base/error.hpp"

namespace credence::explorer {
namespace {

Figures call_curve(CurveView& curve, std::string_view command, Arguments arguments) {
  if (command == "curve start") return curve.start(arguments);
  if (command == "curve points") return curve.points(arguments);
  if (command == "curve step") return curve.step(arguments);
  return curve.band(arguments);
}

template <class View>
View& loaded(std::optional<View>& view) {
  if (!view) throw Error("[explorer] the weights are not loaded");
  return *view;
}

}  // namespace

void Explorer::load(const std::filesystem::path& path) {
  io::SafeTensors file = io::load_safetensors(path);
  digit_.emplace(load_nets(path, file));
  pruning_.emplace(path, std::move(file));
}

Figures Explorer::call(std::string_view command, Arguments arguments) {
  if (command == "digit") return loaded(digit_).digit(arguments);
  if (command == "turned") return loaded(digit_).turned(arguments);
  if (command == "layers") return loaded(digit_).layers(arguments);
  if (command == "alpha") return loaded(pruning_).log_alpha();
  if (command == "prune") return loaded(pruning_).prune(arguments);
  if (command == "weight start") return weight_.start(arguments);
  if (command == "weight change") return weight_.change(arguments);
  if (command == "weight step") return weight_.step(arguments);
  if (command == "weight surface") return weight_.surface(arguments);
  if (command == "curve start" || command == "curve points" || command == "curve step" ||
      command == "curve band") {
    const int place = arguments.integer(0, 2);
    return call_curve(curves_[static_cast<std::size_t>(place)], command, arguments);
  }
  if (command == "example") {
    Figures figures;
    figures.add("strokes", example_strokes(arguments.integer(0, 9)));
    return figures;
  }
  throw ValueError("[explorer] there is no command \"" + std::string(command) + '"');
}

}  // namespace credence::explorer
