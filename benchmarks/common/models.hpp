// The models that the benchmark programs know by name: those of zoo/architecture.hpp, each with the
// recipes by which it is trained.
#pragma once

#include "benchmarks/common/recipe.hpp"
#include "zoo/architecture.hpp"
#include "zoo/variational_choice.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace credence::benchmarks {

using zoo::estimator_names;
using zoo::Family;
using zoo::family_named;
using zoo::file_name;
using zoo::full_name;
using zoo::make_model;
using zoo::ModelOptions;
using zoo::NamedModel;
using zoo::norm_named;
using zoo::posterior_names;
using zoo::prior_names;
using zoo::VariationalChoice;

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

/// All that the programs know of a model: what zoo knows, and how the programs train it.
struct ModelEntry : zoo::Architecture {
  std::string dataset{};                ///< that it is usually trained on
  std::int64_t prediction_batch = 256;  ///< images of a prediction that is timed
  RecipeDefaults credence{};            ///< as many epochs as show what the recipe is worth
  RecipeDefaults bayetorch{};           ///< as BayeTorch publishes them

  const RecipeDefaults& defaults(Recipe recipe) const {
    return recipe == Recipe::credence ? credence : bayetorch;
  }
};

/// All models. The list is in benchmarks/common/meson.build.
const std::vector<ModelEntry>& models();
std::vector<std::string> model_names();

/// Throws ValueError for an unknown name.
const ModelEntry& model_named(const std::string& name);

}  // namespace credence::benchmarks
