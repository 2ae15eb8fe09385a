// The figure of a training run: how its loss, its scores and its layers went from epoch to epoch.
#pragma once

#include "benchmarks/driver/layer_history.hpp"
#include "framework/train/progress.hpp"

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace credence::benchmarks {

struct LearningCurve {
  std::string title{};
  std::vector<train::EpochReport> epochs{};  ///< with scores on the test set
  LayerHistory layers{};                     ///< Bayesian
  std::optional<std::int64_t> kept{};        ///< the epoch, from 0, whose weights the model has
};

/// Draws the curve to stem.png and stem.svg: panels of the loss, of each score on the training,
/// validation and test sets, and of a Bayesian model the KL divergence and the mean log α of each
/// layer. Numbers that are not finite are left out. Nothing where there is no epoch.
void draw_learning_curve(const LearningCurve& curve, const std::filesystem::path& stem);

}  // namespace credence::benchmarks
