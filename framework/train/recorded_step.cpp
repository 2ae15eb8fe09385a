// When a training step is run, recorded or replayed, and how its random draws advance.
#include "framework/train/recorded_step.hpp"

#include "framework/base/error.hpp"
#include "framework/train/draws.hpp"

#include <utility>

namespace credence::train {
namespace {

void copy(const Batch& from, const std::vector<Tensor>& to) {
  const std::vector<Tensor> tensors = tensors_of(from);
  for (std::size_t i = 0; i < to.size(); ++i) to[i].copy_from(tensors[i]);
}

std::vector<std::pair<Shape, DType>> forms_of(const Batch& batch) {
  std::vector<std::pair<Shape, DType>> forms;
  for (const Tensor& tensor : tensors_of(batch)) {
    forms.emplace_back(tensor.shape(), tensor.dtype());
  }
  return forms;
}

}  // namespace

RecordedStep::RecordedStep(nn::Module& model, bool enabled,
                           const std::vector<nn::NamedGenerator>& others)
    : generators_(nn::generators(model)),
      enabled_(enabled && nn::device_of(model) == Device::cuda) {
  generators_.insert(generators_.end(), others.begin(), others.end());
}

void RecordedStep::run(const Batch& batch, FunctionRef<bool(const Batch&)> step) {
  if (!enabled_ || (graph_ && !fits(batch))) {
    step(batch);
    return;
  }
  if (!graph_ && (!repeats_ || forms_of(batch) != warm_)) {
    run_directly(batch, step);
    return;
  }
  if (!graph_) {
    inputs_ = map_tensors(batch, [](const Tensor& tensor) { return Tensor::empty_like(tensor); });
    enabled_ = record(step);
  }
  if (enabled_) {
    copy(batch, tensors_of(inputs_));
    enabled_ = replay();
  }
  if (!enabled_) {
    graph_ = {};
    step(batch);
  }
}

bool RecordedStep::fits(const Batch& batch) const { return forms_of(batch) == forms_of(inputs_); }

// The first step of a shape makes plans and loads libraries, which must not be recorded.
void RecordedStep::run_directly(const Batch& batch, FunctionRef<bool(const Batch&)> step) {
  repeats_ = step(batch);
  warm_ = forms_of(batch);
}

bool RecordedStep::record(FunctionRef<bool(const Batch&)> step) {
  first_draws_ = draws_of(generators_);
  try {
    graph_ = DeviceGraph::record([&] { step(inputs_); });
  } catch (const Error& error) {
    // Where the step itself is at fault, running it will throw its error.
    failure_ = error.what();
    seek(generators_, first_draws_);
    return false;
  }
  draws_a_step_ = draws_of(generators_);
  for (std::size_t i = 0; i < draws_a_step_.size(); ++i) draws_a_step_[i] -= first_draws_[i];
  seek(generators_, first_draws_);
  return true;
}

bool RecordedStep::replay() {
  const std::vector<std::uint64_t> now = draws_of(generators_);
  std::uint64_t offset = 0;
  bool drawn = false;
  for (std::size_t i = 0; i < now.size(); ++i) {
    if (draws_a_step_[i] == 0) continue;
    // A replay adds one offset to the draws of all generators, so all must have advanced equally.
    if (drawn && now[i] - first_draws_[i] != offset) {
      failure_ = "its layers draw noise different numbers of times";
      return false;
    }
    offset = now[i] - first_draws_[i];
    drawn = true;
  }
  graph_.replay(offset);
  for (std::size_t i = 0; i < now.size(); ++i) {
    generators_[i].generator->seek(now[i] + draws_a_step_[i]);
  }
  return true;
}

}  // namespace credence::train
