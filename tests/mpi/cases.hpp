// Training runs whose results are compared between numbers of ranks.
#pragma once

#include "data/loader.hpp"
#include "framework/train/fit.hpp"

#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace credence::test {

/// A model with its data and settings.
struct RankCase {
  std::string name;
  std::function<std::shared_ptr<nn::Module>()> model;
  data::Dataset dataset;
  train::Objective objective;
  double learning_rate;
  data::Transform transform{};
  bool normalizes = false;  ///< whether the model has batch normalisation
};

/// Both families, estimators, posteriors, batch normalisation, dropout and augmentation.
std::vector<RankCase> rank_cases();

/// LeNet5 and VGG11 of both families in their published sizes, with images for 20 steps.
std::vector<RankCase> published_cases();

/// What a run came to.
struct RankRun {
  std::vector<double> losses;      ///< of each step
  std::vector<double> monitors;    ///< of the last epoch
  std::vector<Tensor> parameters;  ///< and buffers, at the end
};

/// How a case is trained.
struct RankSettings {
  train::DataParallel parallel{};
  std::int64_t batch_size = 24;
  std::int64_t epochs = 1;
  std::int64_t accumulate = 1;
  /// Where not empty: states are saved there, and the run goes on from one that is there.
  std::string state{};
  std::int64_t stop_after = 0;           ///< steps after which the run is interrupted; 0 for none
  std::function<void(int step)> step{};  ///< called after each step
};

RankRun train_case(const RankCase& rank_case, const RankSettings& settings);

/// The largest |a − b| / |b|.
double largest_difference(const std::vector<double>& a, const std::vector<double>& b);
/// The largest |a − b| / max |b| of a tensor.
double largest_difference(const std::vector<Tensor>& a, const std::vector<Tensor>& b);
bool same_bits(const RankRun& a, const RankRun& b);

}  // namespace credence::test
