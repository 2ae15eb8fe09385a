// The consequences of the watched figure's values, and their state.
#include "framework/train/epoch_watch.hpp"

#include "framework/base/counted.hpp"
#include "framework/base/error.hpp"
#include "framework/nn/module.hpp"
#include "framework/train/run_state.hpp"

#include <cmath>

namespace credence::train {
namespace {

constexpr const char* kWatched = "run.watched";

}  // namespace

EpochWatch::EpochWatch(const Watch& watch, const std::optional<optim::Plateau>& plateau,
                       const std::optional<EarlyStopping>& stopping, bool keep_best)
    : watch_(watch), stopping_(stopping), keep_best_(keep_best) {
  if (plateau) rate_.emplace(*plateau, watch.better);
  if (stopping && (stopping->patience < 1 || !(stopping->min_delta >= 0))) {
    throw ValueError(
        "[fit] early stopping needs a patience of at least one epoch and no negative "
        "min_delta, not " +
        std::to_string(stopping->patience) + " and " + std::to_string(stopping->min_delta));
  }
}

bool EpochWatch::take(double value) {
  values_.push_back(value);
  if (rate_) rate_->update(value);
  const double sign = watch_.better == optim::Better::smaller ? -1 : 1;
  const double min_delta = stopping_ ? stopping_->min_delta : 0;
  const auto above = [&](const std::optional<double>& old, double by) {
    return !std::isnan(value) && (!old || sign * (value - *old) > by);
  };
  ++without_improvement_;
  if (above(reference_, min_delta)) {
    reference_ = value;
    without_improvement_ = 0;
  }
  if (!above(best_, 0)) return false;
  best_ = value;
  return true;
}

void EpochWatch::update(const EpochReport& report, nn::Module& model) {
  if (!active()) return;
  if (!take(figure_of(report, watch_.figure)) || !keep_best_) return;
  const std::vector<NamedTensor> tensors = model_tensors(model, "best.");
  if (kept_.empty()) {
    for (const NamedTensor& own : tensors) kept_.push_back({own.name, own.tensor.clone()});
    return;
  }
  for (std::size_t i = 0; i < tensors.size(); ++i) kept_[i].tensor.copy_from(tensors[i].tensor);
}

bool EpochWatch::stopped() const {
  return stopping_ && without_improvement_ >= stopping_->patience;
}

std::string EpochWatch::reason() const {
  return watch_.figure + " has not improved for " + counted(without_improvement_, "epoch");
}

void EpochWatch::restore_best(nn::Module& model) const {
  if (kept_.empty()) return;
  const std::vector<NamedTensor> tensors = model_tensors(model, "best.");
  for (std::size_t i = 0; i < tensors.size(); ++i) tensors[i].tensor.copy_from(kept_[i].tensor);
}

void EpochWatch::add_to(io::SafeTensors& state) const {
  if (!active()) return;
  state.tensors.push_back(
      {kWatched, Tensor::from({static_cast<std::int64_t>(values_.size())}, values_)});
  state.tensors.insert(state.tensors.end(), kept_.begin(), kept_.end());
}

void EpochWatch::restore(const io::SafeTensors& state, nn::Module& model) {
  if (!active()) return;
  const Tensor& values =
      required_state(state, kWatched, {finished_epoch_count(state)}, DType::float64);
  for (const double value : values.to_vector<double>()) take(value);
  if (!keep_best_ || !best_) return;
  for (const NamedTensor& own : model_tensors(model, "best.")) {
    const Tensor& stored = required_state(state, own.name, own.tensor.shape(), own.tensor.dtype());
    kept_.push_back({own.name, own.tensor.clone()});
    kept_.back().tensor.copy_from(stored);
  }
}

}  // namespace credence::train
