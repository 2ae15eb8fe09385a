// The models that the benchmark programs know by name.
#pragma once

#include "framework/core/random.hpp"
#include "framework/nn/module.hpp"

#include <memory>
#include <string>
#include <vector>

namespace credence::benchmarks {

enum class Family : std::uint8_t { frequentist, bayesian };

/// "frequentist" or "Bayesian"
const char* to_string(Family family);

/// A model by name, with what reports say of it.
struct NamedModel {
  std::unique_ptr<nn::Module> module;
  std::string activation;
};

/// The names that make_model knows.
std::vector<std::string> model_names();

/// The shape [C, H, W] of the images that a model takes. Throws ValueError for an unknown name.
Shape image_shape_of(const std::string& name);

/// Throws ValueError for an unknown name.
NamedModel make_model(const std::string& name, Family family, std::int64_t classes,
                      const Generator& generator);

}  // namespace credence::benchmarks
