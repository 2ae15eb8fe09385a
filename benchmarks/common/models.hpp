// The models that the benchmark programs know by name.
#pragma once

#include "framework/core/random.hpp"
#include "framework/nn/activation.hpp"
#include "framework/nn/module.hpp"

#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace credence::benchmarks {

enum class Family : std::uint8_t { frequentist, bayesian };

/// "frequentist" or "Bayesian"
const char* to_string(Family family);
/// The same as files and their metadata spell it: "frequentist" or "bayesian".
const char* file_name(Family family);

/// A model by name, with what reports say of it.
struct NamedModel {
  std::unique_ptr<nn::Module> module;
  nn::Activation activation;
};

/// The names that make_model knows.
std::vector<std::string> model_names();

/// Whether it is one of the VGGs.
bool is_vgg(const std::string& name);

/// The data set that a model is usually trained on: "mnist", for VGGs "cifar10".
std::string usual_dataset(const std::string& name);

/// The shape [C, H, W] of the images that a model takes. Throws ValueError for an unknown name.
Shape image_shape_of(const std::string& name);

struct ModelOptions {
  std::string name;
  std::int64_t classes = 10;
  bool batch_norm = false;                     ///< of VGG
  std::optional<nn::Activation> activation{};  ///< in place of the family's own
  std::optional<double> log_alpha{};           ///< Bayesian: that the weights begin with
};

/// Throws ValueError for an unknown name.
NamedModel make_model(const ModelOptions& options, Family family, const Generator& generator);

}  // namespace credence::benchmarks
