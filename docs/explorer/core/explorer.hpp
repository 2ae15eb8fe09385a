// All commands of the explorer by name, for the page and for the program that tests compare with
// it.
#pragma once

#include "docs/explorer/core/curve_view.hpp"
#include "docs/explorer/core/figures.hpp"
#include "docs/explorer/core/views.hpp"
#include "docs/explorer/core/weight_view.hpp"

#include <array>
#include <optional>
#include <string_view>

namespace credence::explorer {

/// The state of the four views.
class Explorer {
 public:
  /// Reads the weights of the nets. Throws FileError as load_nets does.
  void load(const std::filesystem::path& path);
  /// "digit", "turned", "layers", "alpha", "prune", "example", "weight start", "weight change",
  /// "weight step", "weight surface", and "curve start", "curve points", "curve step" and
  /// "curve band", whose first argument is the place of one of three curves, 0 to 2. The functions
  /// of the views say what each takes and gives. Throws ValueError for another name, and Error
  /// where a command needs another one before it.
  Figures call(std::string_view command, Arguments arguments);

 private:
  std::optional<DigitView> digit_;
  std::optional<PruningView> pruning_;
  WeightView weight_;
  std::array<CurveView, 3> curves_;
};

}  // namespace credence::explorer
