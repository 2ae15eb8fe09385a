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

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace credence::benchmarks {

/// A model by name, with what reports say of it.
struct NamedModel {
  std::unique_ptr<nn::Module> module;
  nn::Activation activation;
};

struct ModelOptions {
  std::string name;
  std::int64_t classes = 10;
  bool batch_norm = false;                          ///< of models that take it
  std::optional<nn::Activation> activation{};       ///< in place of the family's own
  std::optional<bayes::Variational> variational{};  ///< Bayesian: in place of the family's own
};

/// How long to train, and Adam's learning rates.
struct TrainingDefaults {
  std::int64_t epochs;
  double frequentist_rate;
  double bayesian_rate;
};

/// What the Bayesian family is trained with beside its learning rate.
struct BayesianDefaults {
  std::optional<nn::Activation> activation{};  ///< nothing: the family's own
  VariationalChoice variational{};
  /// Of the parameters that describe a spread: a factor on the learning rate.
  double spread_learning_rate = 1;
};

/// What a recipe does with a model, unless options say otherwise.
struct RecipeDefaults {
  std::int64_t batch_size;
  bool batch_norm = false;
  TrainingDefaults from_random;   ///< both families from random weights
  TrainingDefaults from_weights;  ///< the Bayesian model from the frequentist one's weights
  BayesianDefaults bayesian{};
};

/// All that the programs know of a model.
struct ModelEntry {
  std::string name;        ///< "LeNet5"
  Shape image;             ///< [C, H, W] of the images that it takes
  std::string dataset;     ///< that it is usually trained on
  std::string last_layer;  ///< whose weight has a row for each class
  bool takes_batch_norm = false;
  std::int64_t prediction_batch = 256;  ///< images of a prediction that is timed
  RecipeDefaults credence{};            ///< as many epochs as show what the recipe is worth
  RecipeDefaults bayetorch{};           ///< as BayeTorch publishes them
  std::function<NamedModel(const ModelOptions&, Family, const Generator&)> make;

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
NamedModel make_model(const ModelOptions& options, Family family, const Generator& generator);

}  // namespace credence::benchmarks
