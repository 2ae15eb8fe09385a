#include "framework/train/fit.hpp"

#include "framework/train/run_state.hpp"

#include <chrono>
#include <cmath>
#include <utility>

namespace credence::train {
namespace {

constexpr std::uint64_t kDrawsPerEpoch = std::uint64_t{1} << 32;

void check(const BatchSource& source, const FitOptions& options) {
  if (options.epochs < 0 || source.batches() < 1) {
    throw ValueError("[fit] needs a source with at least one batch and no negative epochs, not " +
                     std::to_string(source.batches()) + " batches and " +
                     std::to_string(options.epochs) + " epochs");
  }
  if (!(options.max_gradient_norm >= 0)) {
    throw ValueError("[fit] the bound of the gradient's norm must not be negative, it is " +
                     std::to_string(options.max_gradient_norm));
  }
}

class Run {
 public:
  Run(nn::Module& model, BatchSource& source, const FitOptions& options)
      : model_(model),
        source_(source),
        options_(options),
        device_(nn::device_of(model)),
        optimizer_(optim::make_optimizer(model, options.optimizer)),
        base_rate_(optimizer_->learning_rate()),
        progress_(options.label, options.progress),
        state_{.epochs = options.epochs, .batches = source.batches()} {
    if (options.resume) {
      state_ = restore(*options.resume, options.epochs, source.batches(), model, *optimizer_);
    }
  }

  std::vector<EpochReport> train() {
    while (state_.epoch < state_.epochs) train_epoch();
    return std::move(state_.reports);
  }

 private:
  void train_epoch() {
    const nn::DrawsFrom noise(model_, static_cast<std::uint64_t>(state_.epoch) * kDrawsPerEpoch);
    if (state_.batch > 0) restore_noise(*options_.resume, model_);
    model_.train();
    source_.start_epoch(state_.epoch);
    take_steps();
    const EpochReport report = state_.report();
    progress_.finish_epoch(report);
    if (options_.after_epoch) {
      try {
        options_.after_epoch(report);
      } catch (const Interrupted&) {
        save();
        throw;
      }
    }
    state_.finish_epoch();
    const bool stop = state_.epoch < state_.epochs && asked_to_stop();
    save();
    if (stop) interrupt();
  }

  // The steps of the epoch that are not done yet.
  void take_steps() {
    Batch batch;
    for (std::int64_t done = 0; done < state_.batch; ++done) source_.next(batch);
    const double seconds_before = state_.sums.seconds;
    const auto begin = std::chrono::steady_clock::now();
    while (source_.next(batch)) {
      step(batch);
      ++state_.batch;
      const std::chrono::duration<double> elapsed = std::chrono::steady_clock::now() - begin;
      state_.sums.seconds = seconds_before + elapsed.count();
      progress_.update(state_.report(), state_.sums.samples, source_.samples());
      if (asked_to_stop()) {
        save();
        interrupt();
      }
    }
  }

  void step(const Batch& batch) {
    const TrainingPosition position{.training_samples = source_.samples(),
                                    .step = optimizer_->steps(),
                                    .steps = state_.batches * state_.epochs};
    state_.sums.learning_rate = base_rate_ * options_.schedule(position.step, position.steps);
    optimizer_->set_learning_rate(state_.sums.learning_rate);
    optimizer_->zero_grad();
    const Loss loss =
        options_.objective(model_, {batch.images.to(device_), batch.labels.to(device_)}, position);
    const double value = loss.total.value().item();
    require_finite("loss", value);
    loss.total.backward();
    if (options_.max_gradient_norm > 0) {
      require_finite("gradient's norm", optimizer_->clip_gradient_norm(options_.max_gradient_norm));
    }
    optimizer_->step();
    state_.sums.add(loss, value, batch);
  }

  void require_finite(const char* what, double value) const {
    if (std::isfinite(value)) return;
    throw Error(std::string("[fit] the ") + what + " is not finite in epoch " +
                std::to_string(state_.epoch + 1) + ", step " +
                std::to_string(optimizer_->steps() + 1) + "; a lower learning rate may help");
  }

  bool asked_to_stop() const { return options_.stop && options_.stop(); }

  void save() const {
    if (options_.save) options_.save(to_tensors(state_, model_, *optimizer_));
  }

  [[noreturn]] void interrupt() const {
    throw Interrupted("[fit] interrupted after " + std::to_string(optimizer_->steps()) + " of " +
                      std::to_string(state_.batches * state_.epochs) + " steps");
  }

  nn::Module& model_;
  BatchSource& source_;
  const FitOptions& options_;
  const Device device_;
  const std::unique_ptr<optim::Optimizer> optimizer_;
  const double base_rate_;
  Progress progress_;
  RunState state_;
};

}  // namespace

std::vector<EpochReport> fit(nn::Module& model, BatchSource& source, const FitOptions& options) {
  check(source, options);
  return Run(model, source, options).train();
}

}  // namespace credence::train
