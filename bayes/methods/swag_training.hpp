// Training for SWAG: the snapshots that are taken during a run of train::fit, and its learning
// rate.
#pragma once

#include "bayes/methods/swag.hpp"
#include "framework/train/fit.hpp"

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace credence::bayes {

/// Which snapshots are taken.
struct SwagSnapshots {
  /// The share of the run's steps before the first. The authors' code has 161 of 200 epochs.
  double start = 0.75;
  /// So many in each epoch from there on, evenly spaced, the last after the run's last step. The
  /// paper takes 1; a short run needs more to fill the K deviations.
  std::int64_t per_epoch = 1;
  /// K, the number of snapshots whose deviations are kept; 0 for the diagonal form.
  std::int64_t rank = 20;
};

/// Keeps the moments of a model's weights over the snapshots of a run (algorithm 1 of the paper).
/// The mean square deviation is added up around the running mean (Welford 1962), which loses no
/// digits where the weights move little, as mean(w²) − mean(w)² does. A snapshot costs K + 2 copies
/// of the model in memory, and about 8 passes over the weights.
class SwagCollector : public train::Observer {
 public:
  /// Throws ValueError for a start outside [0, 1), fewer than one snapshot an epoch, and a rank
  /// that is negative or 1.
  explicit SwagCollector(const SwagSnapshots& snapshots = {});

  std::string name() const override { return "swag"; }
  /// Throws ValueError at the first step of a model with Bayesian layers.
  void after_step(nn::Module& model, const train::TrainingPosition& position) override;
  std::vector<NamedTensor> state() const override;
  void restore(const io::SafeTensors& state) override;

  /// The number of snapshots so far.
  std::int64_t count() const;
  /// Their mean [n]. Throws ValueError where there is none.
  const Tensor& mean() const;
  /// Their moments. Throws ValueError for fewer than two snapshots.
  SwagMoments moments() const;

 private:
  bool due(const train::TrainingPosition& position) const;
  void collect(nn::Module& model);

  SwagSnapshots snapshots_;
  Tensor count_;       // int64 [1]
  Tensor mean_;        // [n], undefined before the first snapshot
  Tensor square_sum_;  // [n], Σ (w − mean)²
  Tensor deviations_;  // [K, n], snapshot i in row i mod K
};

/// The settings of SWAG's training.
struct SwagOptions {
  SwagSnapshots snapshots{};
  /// The learning rate while snapshots are taken, as a factor on the optimiser's.
  double learning_rate_factor = 0.5;
  /// Steps in which the factor goes from that of the schedule before to this one.
  std::int64_t anneal_steps = 0;
  SwagDraws draws{};
  /// The draws that get batch normalisation statistics of their own (see Swag), where the model has
  /// any: each costs a forward pass of the training data.
  std::int64_t batch_norm_draws = 15;
};

/// A run of train::fit that ends in a Swag:
///
///   bayes::SwagTraining swag({.snapshots = {.per_epoch = 5}});
///   train::FitOptions fit{.epochs = 10, .schedule = optim::cosine(200)};
///   swag.prepare(fit);
///   train::fit(*model, train_source, fit);
///   const std::unique_ptr<bayes::Method> method = swag.finish(model, train_source);
///
/// An interrupted run resumes as others do, with a new SwagTraining of the same settings.
class SwagTraining {
 public:
  /// Throws ValueError for settings that SwagCollector, optim::swa or Swag refuse.
  explicit SwagTraining(const SwagOptions& options = {});

  /// Adds the collector to the observers, and lets the schedule end with the constant rate: the
  /// options' own becomes that of the steps before (see optim::swa).
  void prepare(train::FitOptions& options) const;
  /// Makes the method after the run. The model gets the mean of the snapshots, and its batch
  /// normalisation statistics are computed over epoch 0 of `training`, which otherwise is not read.
  /// Throws ValueError for fewer than two snapshots.
  std::unique_ptr<Method> finish(std::shared_ptr<nn::Module> model,
                                 train::BatchSource& training) const;

  const SwagCollector& collector() const { return *collector_; }

 private:
  SwagOptions options_;
  std::shared_ptr<SwagCollector> collector_;
};

}  // namespace credence::bayes
