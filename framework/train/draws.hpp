// The draw numbers of several generators: read together, and set back together.
#pragma once

#include "framework/nn/module.hpp"

#include <cstdint>
#include <vector>

namespace credence::train {

inline std::vector<std::uint64_t> draws_of(const std::vector<nn::NamedGenerator>& generators) {
  std::vector<std::uint64_t> draws;
  for (const nn::NamedGenerator& named : generators) draws.push_back(named.generator->draws());
  return draws;
}

/// Sets each generator to its draw number, in the order of draws_of.
inline void seek(const std::vector<nn::NamedGenerator>& generators,
                 const std::vector<std::uint64_t>& draws) {
  for (std::size_t i = 0; i < draws.size(); ++i) generators[i].generator->seek(draws[i]);
}

}  // namespace credence::train
