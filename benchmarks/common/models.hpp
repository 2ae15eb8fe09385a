// The models that the benchmark programs know by name. Each has an entry in a list, which says all
// that differs from model to model.
#pragma once

#include "bayes/variational.hpp"
#include "benchmarks/common/family.hpp"
#include "benchmarks/common/recipe.hpp"
#include "benchmarks/common/variational_choice.hpp"
#include "framework/core/random.hpp"
#include "framework/nn/activation.hpp"
#include "framework/nn/module.hpp"
#include "framework/nn/shrink.hpp"
#include "zoo/norm.hpp"

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace credence::benchmarks {

/// "none", "batch" or "filter-response"
const char* to_string(zoo::Norm norm);
/// The normalisation of this name; nothing for another name.
std::optional<zoo::Norm> norm_named(std::string_view name);

/// A model by name, with what reports say of it.
struct NamedModel {
  std::unique_ptr<nn::Module> module;
  nn::Activation activation;
  std::vector<nn::ChainLayer> chain{};  ///< its layers, if it is a chain
};

struct ModelOptions {
  std::string name;
  std::int64_t classes = 10;
  std::optional<zoo::Norm> norm{};                  ///< in place of the model's first
  std::optional<nn::Activation> activation{};       ///< in place of the family's own
  std::optional<bayes::Variational> variational{};  ///< Bayesian: in place of the family's own
  double dropout = 0;                               ///< of models that take it: the probability
  /// Outputs of each layer of a chain but the last; empty for the model's own.
  std::vector<std::int64_t> widths{};
  std::optional<Shape> image{};  ///< [C, H, W] of the images, in place of the model's own
};

/// How long to train, and Adam's learning rates.
struct TrainingDefaults {
  std::int64_t epochs;
  double frequentist_rate;
  double bayesian_rate;
};

/// What the Bayesian family is trained with beside its learning rate.
struct BayesianDefaults {
  std::optional<std::int64_t> batch_size{};    ///< nothing: that of the frequentist family
  std::optional<nn::Activation> activation{};  ///< nothing: the family's own
  VariationalChoice variational{};
  /// Of the parameters that describe a spread: a factor on the learning rate.
  double spread_learning_rate = 1;
};

/// What a recipe does with a model, unless options say otherwise.
struct RecipeDefaults {
  std::int64_t batch_size;
  zoo::Norm norm = zoo::Norm::none;
  /// Share of the steps, at the end of a run, over which the weights are averaged; 0 for none.
  double average = 0;
  TrainingDefaults from_random;   ///< both families from random weights
  TrainingDefaults from_weights;  ///< the Bayesian model from the frequentist one's weights
  BayesianDefaults bayesian{};
};

/// All that the programs know of a model.
struct ModelEntry {
  std::string name;        ///< "LeNet5"
  Shape image;             ///< [C, H, W] of the images that it takes, unless options say otherwise
  std::string dataset;     ///< that it is usually trained on
  std::string last_layer;  ///< whose weight has a row for each class
  /// The normalisations that it can have; the first one where neither a recipe nor an option says.
  std::vector<zoo::Norm> norms{zoo::Norm::none};
  /// Outputs of each layer but the last, of a model that can have others; else empty.
  std::vector<std::int64_t> widths{};
  std::int64_t least_side = 1;          ///< rows and columns that its images have at least
  bool takes_dropout = false;           ///< whether it has dropout before fully connected layers
  std::int64_t prediction_batch = 256;  ///< images of a prediction that is timed
  RecipeDefaults credence{};            ///< as many epochs as show what the recipe is worth
  RecipeDefaults bayetorch{};           ///< as BayeTorch publishes them
  std::function<NamedModel(const ModelOptions&, Family, const Generator&)> make;
  /// Of a model that flattens its images: its first fully connected layer, and how many inputs this
  /// has for images of these options.
  std::string first_linear{};
  std::function<std::int64_t(const ModelOptions&)> first_linear_inputs{};

  bool takes(zoo::Norm norm) const;
  const RecipeDefaults& defaults(Recipe recipe) const {
    return recipe == Recipe::credence ? credence : bayetorch;
  }
};

/// All models. The list is in benchmarks/common/meson.build.
const std::vector<ModelEntry>& models();
std::vector<std::string> model_names();

/// Throws ValueError for an unknown name.
const ModelEntry& model_named(const std::string& name);

/// "LeNet5", "BayesianLeNet5"
std::string full_name(Family family, const std::string& model);

/// Throws ValueError for an unknown name.
NamedModel make_model(ModelOptions options, Family family, const Generator& generator);

}  // namespace credence::benchmarks
