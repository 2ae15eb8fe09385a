// The training loop. A step is: zero the gradients, let the optimiser perturb the parameters, for
// each batch of the step compute the loss and backward, clip the gradient's norm, update the
// parameters. The run's state after each step is a RunState, from which an interrupted run resumes.
#include "framework/train/fit.hpp"

#include "framework/base/counted.hpp"
#include "framework/nn/listing_check.hpp"
#include "framework/ops/arithmetic.hpp"
#include "framework/train/device_source.hpp"
#include "framework/train/epoch_watch.hpp"
#include "framework/train/fit_checks.hpp"
#include "framework/train/group_step.hpp"
#include "framework/train/recorded_step.hpp"
#include "framework/train/run_state.hpp"
#include "framework/train/running_sums.hpp"
#include "framework/train/step_check.hpp"

#include <algorithm>
#include <chrono>
#include <utility>

namespace credence::train {
namespace {

constexpr std::uint64_t kDrawsPerEpoch = std::uint64_t{1} << 32;

// Of one epoch.
std::int64_t steps_of(const BatchSource& source, const FitOptions& options) {
  return (source.batches() + options.accumulate - 1) / options.accumulate;
}

// The sums over the samples that `after` has in addition to `before`, which is empty or has the
// same monitors.
std::vector<MonitorSum> difference(const std::vector<MonitorSum>& after,
                                   const std::vector<MonitorSum>& before) {
  std::vector<MonitorSum> sums = after;
  for (std::size_t i = 0; i < before.size(); ++i) {
    sums[i].total -= before[i].total;
    sums[i].divisor -= before[i].divisor;
  }
  return sums;
}

// A batch's place in its step.
struct Part {
  bool first = true;
  bool last = true;
  double weight = 1;   ///< of its loss: its samples over those of the step's first batch
  double divisor = 1;  ///< of the gradients' sum: the weights of all batches of the step
};

// Divides the gradients of all parameters.
void divide_gradients(nn::Module& model, double divisor) {
  if (divisor == 1) return;
  const NoGrad no_grad;
  for (const nn::NamedParameter& p : nn::parameters(model)) {
    if (!p.parameter->requires_grad()) continue;
    const Tensor gradient = p.parameter->grad();
    gradient.copy_from((Variable(gradient) * (1 / divisor)).value());
  }
}

class Run {
 public:
  Run(nn::Module& model, BatchSource& source, const FitOptions& options)
      : model_(model),
        source_(source, nn::device_of(model)),
        options_(options),
        device_(nn::device_of(model)),
        optimizer_(optim::make_optimizer(model, options.optimizer,
                                         {.training_samples = source.samples(),
                                          .steps = steps_of(source, options) * options.epochs})),
        base_rate_(optimizer_->learning_rate()),
        group_(options.parallel, model, *optimizer_, source, sums_),
        progress_(options.label, options.progress && group_.is_first_rank()),
        recorded_(model, options.cuda_graph && options.accumulate == 1 && !group_.shares(),
                  optimizer_->generators()),
        watch_(options.watch, options.plateau, options.early_stopping, options.keep_best),
        check_(model, *optimizer_, options, sums_),
        state_{.epochs = options.epochs, .batches = source.batches()} {
    progress_.set_later_epochs(options.later_epochs);
    if (options.resume) {
      require_accumulate(*options.resume, options.accumulate);
      watch_.restore(*options.resume, model);
      state_ = restore(*options.resume, options.epochs, source.batches(), model, *optimizer_);
      restore_observers(*options.resume);
      check_.note_saved(optimizer_->steps());
    }
  }

  std::vector<EpochReport> train() {
    while (state_.epoch < state_.epochs && !watch_.stopped()) train_epoch();
    watch_.restore_best(model_);
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
    progress_.begin_training();
    take_steps();
    progress_.end_training();
    group_.merge_statistics();
    check_.require_finite_model();
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
    watch_.update(report, model_);
    for (const auto& observer : options_.observers) observer->report_epoch(model_, report);
    state_.finish_epoch(std::move(report));
    const bool ends = state_.epoch == state_.epochs || watch_.stopped();
    if (watch_.stopped()) progress_.say("ends early: " + watch_.reason());
    const bool stop = !ends && asked_to_stop();
    save();
    if (stop) interrupt();
  }

  // Makes the steps of the epoch that are not done yet.
  void take_steps() {
    start_sums();
    check_.start_epoch(state_.epoch, steps_of(source_, options_),
                       state_.batch / options_.accumulate);
    Batch batch;
    std::int64_t samples = 0;
    for (std::int64_t done = 0; done < state_.batch; ++done) {
      source_.next(batch);
      samples += batch.all_samples();
    }
    const double seconds_before = state_.sums.seconds;
    const auto begin = std::chrono::steady_clock::now();
    while (source_.next(batch)) {
      progress_.set_unit(batch.inputs.shape().rank() == 4 ? "images" : "samples");
      samples += batch.all_samples();
      const bool step_done = take_batch(batch);
      ++state_.batch;
      const bool stop = step_done && asked_to_stop();
      // Reading the sums waits for a device, so it is done only where needed. A run that skips has
      // read them at the end of its step.
      if (!check_.skips() && (device_ == Device::cpu || stop || step_start_ || progress_.due() ||
                              state_.batch == state_.batches || group_.shares())) {
        keep(group_.read_sums(state_.sums.samples));
        check_.read(batch);
      }
      const std::chrono::duration<double> elapsed = std::chrono::steady_clock::now() - begin;
      state_.sums.seconds = seconds_before + elapsed.count();
      if (step_done) report_step();
      progress_.update(state_.report(), samples, source_.samples());
      if (stop) {
        check_.require_finite_model();
        save();
        interrupt();
      }
    }
    if (state_.sums.samples > 0 || state_.sums.dropped_steps == 0) return;
    throw Error("[fit] all " + counted(state_.sums.dropped_steps, "step") + " of epoch " +
                std::to_string(state_.epoch + 1) +
                " were dropped, because the loss or the gradient was not finite; a lower learning "
                "rate may help");
  }

  // Adds a batch to its step. Returns whether the step is done.
  bool take_batch(const Batch& batch) {
    const std::int64_t in_step = state_.batch % options_.accumulate;
    Part part{.first = in_step == 0,
              .last = in_step + 1 == options_.accumulate || state_.batch + 1 == state_.batches};
    const std::int64_t samples = batch.all_samples();
    if (part.first) begin_step(samples);
    part.weight = static_cast<double>(samples) / static_cast<double>(first_samples_);
    step_samples_ += samples;
    part.divisor = static_cast<double>(step_samples_) / static_cast<double>(first_samples_);
    state_.sums.samples += samples;
    recorded_.run(batch, [&](const Batch& inputs) { return work_of_batch(inputs, part); });
    report_failed_recording();
    if (!part.last) return false;
    if (check_.skips()) {
      make_or_drop_step();
    } else {
      check_.step_done();
    }
    for (const auto& observer : options_.observers) observer->after_step(model_, position_);
    return true;
  }

  // Once in a run: all steps after a failure run directly.
  void report_failed_recording() {
    if (recorded_.failure().empty() || failed_recording_reported_) return;
    failed_recording_reported_ = true;
    progress_.say("the step could not be recorded and runs kernel by kernel: " +
                  recorded_.failure());
  }

  void begin_step(std::int64_t samples) {
    const std::int64_t epoch_steps = steps_of(source_, options_);
    position_ = {.training_samples = source_.samples(),
                 .step = optimizer_->steps(),
                 .steps = epoch_steps * state_.epochs,
                 .batches = epoch_steps};
    first_samples_ = samples;
    step_samples_ = 0;
    note_step_start();
    state_.sums.learning_rate =
        base_rate_ * options_.schedule(position_.step, position_.steps) * watch_.factor();
    optimizer_->set_learning_rate(state_.sums.learning_rate);
    optimizer_->begin_step();
    group_.begin_step();
    check_.begin_step(position_);
    if (!check_.skips()) return;
    before_step_ = state_.sums;
    begin_gradient();
  }

  void begin_gradient() {
    optimizer_->zero_grad();
    optimizer_->perturb();
  }

  // The end of a step in a run that skips: whether it is made is known on the host alone.
  void make_or_drop_step() {
    RunningSums::Totals totals = group_.read_sums(state_.sums.samples);
    const auto fault = check_.fault(totals);
    if (!fault) {
      optimizer_->update();
      if (device_ == Device::cpu) check_.update_done();
      keep(std::move(totals));
      return;
    }
    const bool first = before_step_.dropped_steps == 0;
    state_.sums = before_step_;
    ++state_.sums.dropped_steps;
    start_sums();
    check_.drop();
    step_start_.reset();
    if (!first) return;
    progress_.say("step " + std::to_string(optimizer_->steps()) + " is dropped, as " + *fault +
                  " is not finite; the epoch's line counts such steps");
  }

  void start_sums() {
    group_.start_sums({.loss = state_.sums.loss, .monitors = state_.sums.monitors});
  }

  bool reports_this_step(const Observer& observer) const {
    const std::int64_t every = observer.reported_steps();
    return every > 0 && (position_.step + 1) % every == 0;
  }

  // Keeps the sums before a step that is to be reported.
  void note_step_start() {
    step_start_.reset();
    const auto& all = options_.observers;
    if (std::none_of(all.begin(), all.end(),
                     [&](const auto& observer) { return reports_this_step(*observer); })) {
      return;
    }
    step_start_ = state_.sums;
    if (device_ == Device::cpu || state_.batch == 0 || group_.shares()) return;
    RunningSums::Totals totals = sums_.read(state_.sums.samples);
    step_start_->loss = totals.loss;
    step_start_->monitors = std::move(totals.monitors);
  }

  void report_step() {
    if (!step_start_) return;
    const EpochSums& now = state_.sums;
    StepReport report{.position = position_,
                      .epoch = state_.epoch,
                      .samples = now.samples - step_start_->samples,
                      .learning_rate = now.learning_rate,
                      .seconds = now.seconds};
    report.loss = (now.loss - step_start_->loss) / static_cast<double>(report.samples);
    report.monitors = values_of(difference(now.monitors, step_start_->monitors));
    for (const auto& observer : options_.observers) {
      if (reports_this_step(*observer)) observer->report_step(model_, report);
    }
  }

  // The part of a batch's work that runs on the model's device. Returns whether the next step does
  // the same.
  bool work_of_batch(const Batch& batch, const Part& part) {
    if (part.first && !check_.skips()) begin_gradient();
    bool repeats = optimizer_->repeats();
    group_.measure_passes([&] { options_.objective(model_, batch, position_); });
    group_.for_each_part(batch, [&](const PartOfBatch& rows) {
      const Loss loss = loss_of(rows.rows, position_);
      if (rows.weight > 0) check_.loss_done(loss.total.value(), rows.rows);
      sums_.add(loss.total.value(), loss.monitors, rows.rows.samples(), rows.share);
      const double weight = part.weight * rows.weight;
      group_.backward(weight == 1 ? loss.total : loss.total * weight, part.last);
      repeats = repeats && loss.repeats;
    });
    if (part.last) finish_step(batch, part);
    return repeats;
  }

  void finish_step(const Batch& batch, const Part& part) {
    group_.reduce_gradients();
    divide_gradients(model_, part.divisor);
    check_.gradient_done(batch);
    if (options_.max_gradient_norm > 0) optimizer_->clip_gradient_norm(options_.max_gradient_norm);
    if (check_.skips()) return;
    optimizer_->update();
    check_.update_done();
  }

  Loss loss_of(const Batch& batch, const TrainingPosition& position) {
    if (first_checked_) return options_.objective(model_, batch, position);
    const nn::ListingCheck check(model_);
    first_checked_ = true;
    Loss loss = options_.objective(model_, batch, position);
    require_classes(source_, loss.monitors);
    return loss;
  }

  void keep(RunningSums::Totals totals) {
    state_.sums.loss = totals.loss;
    state_.sums.monitors = std::move(totals.monitors);
  }

  // Where one rank is asked to, all stop at the same step.
  bool asked_to_stop() const {
    return on_some_rank(group_.group(), options_.stop && options_.stop());
  }

  void save() {
    group_.merge_statistics();
    if (!group_.is_first_rank() || !options_.save) return;
    io::SafeTensors state = to_tensors(state_, model_, *optimizer_);
    if (options_.accumulate != 1) state.metadata[kAccumulate] = std::to_string(options_.accumulate);
    watch_.add_to(state);
    for (const auto& observer : options_.observers) {
      for (const NamedTensor& own : observer->state()) {
        state.tensors.push_back({prefix_of(*observer) + own.name, own.tensor});
      }
    }
    options_.save(state);
    check_.note_saved(optimizer_->steps());
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
                      counted(steps_of(source_, options_) * state_.epochs, "step"));
  }

  nn::Module& model_;
  DeviceSource source_;
  const FitOptions& options_;
  const Device device_;
  const std::unique_ptr<optim::Optimizer> optimizer_;
  const double base_rate_;
  RunningSums sums_{"fit"};
  GroupStep group_;
  Progress progress_;
  RecordedStep recorded_;
  EpochWatch watch_;
  StepCheck check_;
  RunState state_;
  EpochSums before_step_;                ///< where steps may be dropped
  std::optional<EpochSums> step_start_;  ///< before the current step, where it is to be reported
  TrainingPosition position_;            ///< of the current step
  std::int64_t first_samples_ = 1;       ///< of the current step's first batch
  std::int64_t step_samples_ = 0;        ///< of its batches so far
  bool first_checked_ = false;           ///< whether the first loss was
  bool failed_recording_reported_ = false;
};

}  // namespace

std::vector<EpochReport> fit(nn::Module& model, BatchSource& source, const FitOptions& options) {
  check_options(source, options);
  try {
    return Run(model, source, options).train();
  } catch (const Interrupted&) {
    throw;  // on all ranks
  } catch (const std::exception& error) {
    options.parallel.group->fail(error.what());
    throw;
  }
}

}  // namespace credence::train
