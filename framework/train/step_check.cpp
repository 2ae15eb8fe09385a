// What is checked in each step, and the messages of what is not finite.
#include "framework/train/step_check.hpp"

#include "framework/base/counted.hpp"
#include "framework/nn/finite.hpp"
#include "framework/train/fit_checks.hpp"

#include <cmath>

namespace credence::train {
namespace {

constexpr const char* kLowerRate = "a lower learning rate may help";

}  // namespace

StepCheck::StepCheck(nn::Module& model, optim::Optimizer& optimizer, const FitOptions& options,
                     RunningSums& sums)
    : model_(model),
      optimizer_(optimizer),
      options_(options),
      sums_(sums),
      on_host_(nn::device_of(model) == Device::cpu) {}

void StepCheck::start_epoch(std::int64_t epoch, std::int64_t steps, std::int64_t first) {
  epoch_ = epoch;
  epoch_steps_ = steps;
  history_.start(steps, first);
}

void StepCheck::begin_step(const TrainingPosition& position) {
  position_ = position;
  if (!skips()) return;
  const std::vector<nn::NamedBuffer> buffers = nn::buffers(model_);
  for (std::size_t i = 0; i < buffers.size(); ++i) {
    if (i == buffers_.size()) buffers_.push_back(Tensor::empty_like(*buffers[i].buffer));
    buffers_[i].copy_from(*buffers[i].buffer);
  }
}

void StepCheck::loss_done(const Tensor& loss, const Batch& batch) const {
  if (skips() || !on_host_ || std::isfinite(loss.item())) return;
  if (const auto data = data_not_finite(batch)) fail("loss", optimizer_.steps(), data, "");
  fail("loss", optimizer_.steps(), place_of_loss(batch), kLowerRate);
}

void StepCheck::gradient_done(const Batch& batch) const {
  if (!skips() && !on_host_) return;
  optimizer_.square_sum(optim::Optimizer::Part::gradients, sums_.check());
  if (skips() || std::isfinite(sums_.check().item())) return;
  const auto data = data_not_finite(batch);
  fail("gradient's norm", optimizer_.steps(), data ? data : nn::find_not_finite_gradient(model_),
       data ? "" : kLowerRate);
}

void StepCheck::update_done() const {
  // On a device this is the only sum: a gradient that is not finite makes such parameters, at the
  // latest in the next step, or it changes nothing of the model.
  optimizer_.square_sum(optim::Optimizer::Part::parameters, sums_.check());
  if (on_host_ && !std::isfinite(sums_.check().item())) require_finite_model();
}

void StepCheck::step_done() {
  if (!on_host_) history_.add(sums_.check_and_loss());
}

void StepCheck::read(const Batch& batch) {
  const auto fault = history_.first_fault();
  if (!fault) return;
  const std::string what = fault->loss ? "loss" : "gradient's norm or a parameter";
  const std::int64_t step = epoch_ * epoch_steps_ + fault->step + 1;
  // Later steps have spread the fault over the whole model.
  const bool is_last = fault->step + 1 == history_.steps();
  std::optional<std::string> cause = is_last ? data_not_finite(batch) : std::nullopt;
  if (cause) fail(what, step, cause, "");
  if (is_last && !fault->loss) cause = nn::find_not_finite_gradient(model_);
  fail(what, step, cause,
       std::string(kLowerRate) + (is_last ? "" : ", unless inputs of that step were not finite"));
}

std::optional<std::string> StepCheck::fault(const RunningSums::Totals& totals) const {
  if (!std::isfinite(totals.loss)) return "the loss";
  if (!std::isfinite(totals.check)) return "the gradient's norm";
  return {};
}

void StepCheck::drop() {
  optimizer_.drop_step();
  const std::vector<nn::NamedBuffer> buffers = nn::buffers(model_);
  for (std::size_t i = 0; i < buffers.size(); ++i) buffers[i].buffer->copy_from(buffers_[i]);
  require_finite_model();
}

void StepCheck::require_finite_model() const {
  const auto found = nn::find_not_finite(model_);
  if (!found) return;
  throw Error("[fit] the model's " + *found + " after step " + std::to_string(optimizer_.steps()) +
              ", in epoch " + std::to_string(epoch_ + 1) + "; " + kLowerRate + last_state());
}

void StepCheck::fail(const std::string& what, std::int64_t step,
                     const std::optional<std::string>& cause, const std::string& advice) const {
  std::string text = "[fit] the " + what + " is not finite in epoch " + std::to_string(epoch_ + 1) +
                     ", step " + std::to_string(step);
  if (cause) text += ": " + *cause;
  if (!advice.empty()) text += "; " + advice;
  throw Error(text + last_state());
}

// Another forward pass shows the part in which the numbers arise. Random layers draw anew, so they
// may not arise again; then no part is named.
std::optional<std::string> StepCheck::place_of_loss(const Batch& batch) const {
  const nn::DrawsFrom draws(model_, 0);
  const NoGrad no_grad;
  nn::FirstNotFiniteOutput first;
  try {
    options_.objective(model_, batch, position_);
  } catch (const Error&) {
    return {};
  }
  return first.place(model_);
}

std::string StepCheck::last_state() const {
  if (!saved_ || options_.state_name.empty()) return {};
  return "; the last good state, after " + counted(*saved_, "step") + ", is in " +
         options_.state_name;
}

}  // namespace credence::train
