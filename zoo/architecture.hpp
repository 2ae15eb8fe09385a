// The models of the zoo by name, as checkpoints and command lines have it: LeNet5, MLP, VGG11 to
// VGG19, ResNet20 to ResNet56, each in both families.
#pragma once

#include "bayes/variational.hpp"
#include "framework/core/random.hpp"
#include "framework/core/shape.hpp"
#include "framework/nn/activation.hpp"
#include "framework/nn/module.hpp"
#include "framework/nn/shrink.hpp"
#include "zoo/norm.hpp"
#include "zoo/pytorch_names.hpp"
#include "zoo/scale.hpp"

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace credence::zoo {

/// Which layers a model has: with weights that are numbers, or distributions.
enum class Family : std::uint8_t { frequentist, bayesian };

/// "frequentist" or "Bayesian", for people.
const char* to_string(Family family);
/// "frequentist" or "bayesian": on command lines, in names of files and in their metadata.
const char* file_name(Family family);
/// The family that file_name spells so; nothing for another text.
std::optional<Family> family_named(std::string_view name);

/// "none", "batch" or "filter-response"
const char* to_string(Norm norm);
/// The normalisation of this name; nothing for another name.
std::optional<Norm> norm_named(std::string_view name);

/// A model that was made by name, with what reports say of it.
struct NamedModel {
  std::unique_ptr<nn::Module> module;
  nn::Activation activation;
  std::vector<nn::ChainLayer> chain{};  ///< its layers, if it is a chain
};

struct ModelOptions {
  std::string name;
  std::int64_t classes = 10;
  std::optional<Norm> norm{};                       ///< in place of the model's first
  std::optional<nn::Activation> activation{};       ///< in place of the family's own
  std::optional<bayes::Variational> variational{};  ///< Bayesian: in place of the family's own
  double dropout = 0;                               ///< of models that take it: the probability
  /// Outputs of each layer of a chain but the last; empty for the model's own.
  std::vector<std::int64_t> widths{};
  /// Of a model for rows of numbers in place of images: the scale of each column.
  std::optional<Scale> rows{};
  std::optional<Shape> image{};  ///< [C, H, W] of the images, in place of the model's own
};

/// What is to be known of a model to make one.
struct Architecture {
  std::string name;        ///< "LeNet5"
  Shape image;             ///< [C, H, W] of the images that it takes, unless options say otherwise
  std::string last_layer;  ///< whose weight has a row for each class
  /// The normalisations that it can have; the first one where nothing else is said.
  std::vector<Norm> norms{Norm::none};
  /// Outputs of each layer but the last, of a model that can have others; else empty.
  std::vector<std::int64_t> widths{};
  /// Where a model can have fewer layers than that: how many widths it has at least; else 0.
  std::size_t fewest_widths = 0;
  std::int64_t least_side = 1;  ///< rows and columns that its images have at least
  bool takes_rows = false;      ///< whether ModelOptions::rows may be set
  bool takes_dropout = false;   ///< whether it has dropout before fully connected layers
  std::function<NamedModel(const ModelOptions&, Family, const Generator&)> make;
  /// What the names of a file that PyTorch wrote mean for the model with ModelOptions::widths;
  /// nothing where they are none that its scripts commonly have. Empty: no such names are known.
  std::function<std::optional<PyTorchNames>(const std::vector<std::int64_t>& widths,
                                            std::span<const std::string> names)>
      pytorch_names{};
  /// Of a model that flattens its images: its first fully connected layer, and how many inputs this
  /// has for images of these options.
  std::string first_linear{};
  std::function<std::int64_t(const ModelOptions&)> first_linear_inputs{};

  bool takes(Norm norm) const;
};

/// All models.
const std::vector<Architecture>& architectures();

/// Throws ValueError for an unknown name.
const Architecture& architecture_named(const std::string& name);

/// "LeNet5", "BayesianLeNet5"
std::string full_name(Family family, const std::string& model);

/// Throws ValueError for an unknown name.
NamedModel make_model(ModelOptions options, Family family, const Generator& generator);

}  // namespace credence::zoo
