// How training is done, beside the values of single options.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace credence::benchmarks {

enum class Recipe : std::uint8_t {
  credence,   ///< shifted digits, normalised VGGs, a fifth of warm-up, then a cosine
  bayetorch,  ///< none of it, as BayeTorch trains
};

/// "credence" or "bayetorch"
inline const char* to_string(Recipe recipe) {
  return recipe == Recipe::credence ? "credence" : "bayetorch";
}

/// Nothing for another name.
inline std::optional<Recipe> recipe_named(std::string_view name) {
  for (const Recipe recipe : {Recipe::credence, Recipe::bayetorch}) {
    if (name == to_string(recipe)) return recipe;
  }
  return {};
}

}  // namespace credence::benchmarks
