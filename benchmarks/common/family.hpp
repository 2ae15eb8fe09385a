// The two families of a model's layers.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace credence::benchmarks {

/// Which layers a model has: with weights that are numbers, or distributions.
enum class Family : std::uint8_t { frequentist, bayesian };

/// "frequentist" or "Bayesian", for people.
const char* to_string(Family family);
/// "frequentist" or "bayesian": on command lines, in names of files and in their metadata.
const char* file_name(Family family);
/// The family that file_name spells so; nothing for another text.
std::optional<Family> family_named(std::string_view name);

}  // namespace credence::benchmarks
