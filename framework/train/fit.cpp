// The training loop. A step is: zero the gradients, let the optimiser perturb the parameters,
// compute the loss, backward, clip the gradient's norm, update the parameters. The run's state
// after each step is a RunState, from which an interrupted run resumes.
#include "framework/train/fit.hpp"

#include "framework/base/counted.hpp"
#include "framework/core/coordinates.hpp"
#include "framework/nn/finite.hpp"
#include "framework/nn/listing_check.hpp"
#include "framework/train/device_source.hpp"
#include "framework/train/recorded_step.hpp"
#include "framework/train/run_state.hpp"
#include "framework/train/running_sums.hpp"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <utility>

namespace credence::train {
namespace {

constexpr std::uint64_t kDrawsPerEpoch = std::uint64_t{1} << 32;

// Describes the first number of the tensor that is not finite; nothing where all are finite.
std::optional<std::string> not_finite(const char* what, const Tensor& tensor) {
  if (!tensor.defined()) return std::nullopt;
  const std::vector<double> values = tensor.to_vector<double>();
  const auto bad = std::find_if_not(values.begin(), values.end(),
                                    [](double value) { return std::isfinite(value); });
  if (bad == values.end()) return std::nullopt;
  return what + (' ' + coordinates(tensor.shape(), bad - values.begin())) + " of its batch is " +
         (std::isnan(*bad) ? "NaN" : "infinite");
}

// The same for the inputs and targets of a batch.
std::optional<std::string> data_not_finite(const Batch& batch) {
  std::optional<std::string> found = not_finite("input", batch.inputs);
  for (const Tensor& tensor : batch.more_inputs) {
    if (!found) found = not_finite("input", tensor);
  }
  if (!found) found = not_finite("target", batch.targets);
  for (const Tensor& tensor : batch.more_targets) {
    if (!found) found = not_finite("target", tensor);
  }
  return found;
}

void check(const BatchSource& source, const FitOptions& options) {
  if (options.epochs < 0 || source.batches() < 1) {
    throw ValueError("[fit] needs a source with at least one batch and no negative epochs, not " +
                     counted(source.batches(), "batch", "batches") + " and " +
                     counted(options.epochs, "epoch"));
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
        source_(source, nn::device_of(model)),
        options_(options),
        device_(nn::device_of(model)),
        optimizer_(optim::make_optimizer(
            model, options.optimizer,
            {.training_samples = source.samples(), .steps = source.batches() * options.epochs})),
        base_rate_(optimizer_->learning_rate()),
        progress_(options.label, options.progress),
        recorded_(model, options.cuda_graph, optimizer_->generators()),
        state_{.epochs = options.epochs, .batches = source.batches()} {
    if (options.resume) {
      state_ = restore(*options.resume, options.epochs, source.batches(), model, *optimizer_);
      restore_observers(*options.resume);
    }
  }

  std::vector<EpochReport> train() {
    while (state_.epoch < state_.epochs) train_epoch();
    return std::move(state_.reports);
  }

 private:
  void train_epoch() {
    const std::uint64_t first_draw = static_cast<std::uint64_t>(state_.epoch) * kDrawsPerEpoch;
    const nn::DrawsFrom noise(model_, first_draw);
    for (const nn::NamedGenerator& own : optimizer_->generators()) own.generator->seek(first_draw);
    if (state_.batch > 0) restore_noise(*options_.resume, model_, *optimizer_);
    model_.train();
    source_.start_epoch(state_.epoch);
    take_steps();
    require_finite_model();
    EpochReport report = state_.report();
    // A note depends on the results of after_epoch, so the line waits for it.
    if (!options_.epoch_note) progress_.finish_epoch(report);
    if (options_.after_epoch) {
      try {
        options_.after_epoch(report);
      } catch (const Interrupted&) {
        if (options_.epoch_note) progress_.finish_epoch(report);
        save();
        throw;
      }
    }
    if (options_.epoch_note) progress_.finish_epoch(report, options_.epoch_note());
    state_.finish_epoch(std::move(report));
    const bool stop = state_.epoch < state_.epochs && asked_to_stop();
    save();
    if (stop) interrupt();
  }

  // Makes the steps of the epoch that are not done yet.
  void take_steps() {
    sums_.start({.loss = state_.sums.loss, .monitors = state_.sums.monitors});
    Batch batch;
    for (std::int64_t done = 0; done < state_.batch; ++done) source_.next(batch);
    const double seconds_before = state_.sums.seconds;
    const auto begin = std::chrono::steady_clock::now();
    while (source_.next(batch)) {
      progress_.set_unit(batch.inputs.shape().rank() == 4 ? "images" : "samples");
      step(batch);
      ++state_.batch;
      const bool stop = asked_to_stop();
      // Reading the sums waits for a device, so it is done only where needed.
      if (device_ == Device::cpu || stop || progress_.due() || state_.batch == state_.batches) {
        read_sums(batch);
      }
      const std::chrono::duration<double> elapsed = std::chrono::steady_clock::now() - begin;
      state_.sums.seconds = seconds_before + elapsed.count();
      progress_.update(state_.report(), state_.sums.samples, source_.samples());
      if (stop) {
        require_finite_model();
        save();
        interrupt();
      }
    }
  }

  void step(const Batch& batch) {
    const TrainingPosition position{.training_samples = source_.samples(),
                                    .step = optimizer_->steps(),
                                    .steps = state_.batches * state_.epochs,
                                    .batches = state_.batches};
    state_.sums.learning_rate = base_rate_ * options_.schedule(position.step, position.steps);
    optimizer_->set_learning_rate(state_.sums.learning_rate);
    state_.sums.samples += batch.samples();
    optimizer_->begin_step();
    recorded_.run(batch, [&](const Batch& inputs) { return work_of_step(inputs, position); });
    for (const auto& observer : options_.observers) observer->after_step(model_, position);
  }

  // The part of a step that runs on the model's device. Returns whether the next step does the
  // same.
  bool work_of_step(const Batch& batch, const TrainingPosition& position) {
    optimizer_->zero_grad();
    optimizer_->perturb();
    const Loss loss = loss_of(batch, position);
    require_finite("loss", loss.total.value(), batch);
    sums_.add(loss.total.value(), loss.monitors, batch.samples());
    loss.total.backward();
    if (options_.max_gradient_norm > 0) {
      const Tensor norm = optimizer_->clip_gradient_norm(options_.max_gradient_norm);
      require_finite("gradient's norm", norm, batch);
      sums_.add_check(norm);
    }
    optimizer_->update();
    return loss.repeats && optimizer_->repeats();
  }

  Loss loss_of(const Batch& batch, const TrainingPosition& position) {
    if (listing_checked_) return options_.objective(model_, batch, position);
    const nn::ListingCheck check(model_);
    listing_checked_ = true;
    return options_.objective(model_, batch, position);
  }

  // On the CPU, where reading a scalar costs nothing, the check comes before the parameters change.
  void require_finite(const char* what, const Tensor& scalar, const Batch& batch) const {
    if (device_ != Device::cpu || std::isfinite(scalar.item())) return;
    throw_not_finite(what, data_not_finite(batch), "a lower learning rate may help");
  }

  // `batch` is the last one. On a device the fault may come from an earlier one.
  void read_sums(const Batch& batch) {
    RunningSums::Totals totals = sums_.read(state_.sums.samples);
    state_.sums.loss = totals.loss;
    state_.sums.monitors = std::move(totals.monitors);
    if (std::isfinite(totals.loss) && std::isfinite(totals.checks)) return;
    throw_not_finite("loss or gradient's norm", data_not_finite(batch),
                     "a lower learning rate may help, unless inputs of an earlier step were not "
                     "finite");
  }

  [[noreturn]] void throw_not_finite(const char* what, const std::optional<std::string>& data,
                                     const char* hint) const {
    throw Error(std::string("[fit] the ") + what + " is not finite in epoch " +
                std::to_string(state_.epoch + 1) + ", step " + std::to_string(optimizer_->steps()) +
                (data ? ": " + *data : std::string("; ") + hint));
  }

  // A finite loss does not show what the last step did to the parameters. This check comes before
  // anything is saved.
  void require_finite_model() const {
    if (const auto found = nn::find_not_finite(model_)) {
      throw Error("[fit] the model's " + *found + " after step " +
                  std::to_string(optimizer_->steps()) + ", in epoch " +
                  std::to_string(state_.epoch + 1) + "; a lower learning rate may help");
    }
  }

  bool asked_to_stop() const { return options_.stop && options_.stop(); }

  void save() const {
    if (!options_.save) return;
    io::SafeTensors state = to_tensors(state_, model_, *optimizer_);
    for (const auto& observer : options_.observers) {
      for (const NamedTensor& own : observer->state()) {
        state.tensors.push_back({prefix_of(*observer) + own.name, own.tensor});
      }
    }
    options_.save(state);
  }

  static std::string prefix_of(const Observer& observer) {
    return "observer." + observer.name() + '.';
  }

  void restore_observers(const io::SafeTensors& file) const {
    for (const auto& observer : options_.observers) {
      const std::string prefix = prefix_of(*observer);
      io::SafeTensors own;
      for (const NamedTensor& stored : file.tensors) {
        if (!stored.name.starts_with(prefix)) continue;
        own.tensors.push_back({stored.name.substr(prefix.size()), stored.tensor});
      }
      observer->restore(own);
    }
  }

  [[noreturn]] void interrupt() const {
    throw Interrupted("[fit] interrupted after " + std::to_string(optimizer_->steps()) + " of " +
                      counted(state_.batches * state_.epochs, "step"));
  }

  nn::Module& model_;
  DeviceSource source_;
  const FitOptions& options_;
  const Device device_;
  const std::unique_ptr<optim::Optimizer> optimizer_;
  const double base_rate_;
  Progress progress_;
  RecordedStep recorded_;
  RunState state_;
  RunningSums sums_{"fit"};
  bool listing_checked_ = false;
};

}  // namespace

std::vector<EpochReport> fit(nn::Module& model, BatchSource& source, const FitOptions& options) {
  check(source, options);
  return Run(model, source, options).train();
}

}  // namespace credence::train
