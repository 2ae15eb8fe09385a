#include "framework/train/fit.hpp"

#include "framework/core/error.hpp"
#include "framework/train/evaluate.hpp"

#include <chrono>
#include <cmath>

namespace credence::train {
namespace {

constexpr std::uint64_t kDrawsPerEpoch = std::uint64_t{1} << 32;

// Sums over an epoch's samples.
class RunningMeans {
 public:
  void add(const Loss& loss, double value, const Batch& batch) {
    const auto count = static_cast<double>(batch.labels.numel());
    samples_ += batch.labels.numel();
    correct_ += count_correct(loss.scores, batch.labels);
    loss_ += value * count;
    if (terms_.empty()) {
      for (const Term& term : loss.terms) terms_.emplace_back(term.name, 0.0);
    }
    if (loss.terms.size() != terms_.size()) {
      throw Error("[fit] the objective must report the same terms for every batch");
    }
    for (std::size_t i = 0; i < terms_.size(); ++i) {
      terms_[i].second += loss.terms[i].value.item() * count;
    }
  }

  std::int64_t samples() const { return samples_; }

  void report(EpochReport& report, double seconds) const {
    const auto count = static_cast<double>(samples_);
    report.loss = loss_ / count;
    report.accuracy = static_cast<double>(correct_) / count;
    report.terms = terms_;
    for (auto& [name, value] : report.terms) value /= count;
    report.seconds = seconds;
    report.images_per_second = seconds > 0 ? count / seconds : 0;
  }

 private:
  std::int64_t samples_ = 0;
  std::int64_t correct_ = 0;
  double loss_ = 0;
  std::vector<std::pair<std::string, double>> terms_;
};

}  // namespace

std::vector<EpochReport> fit(nn::Module& model, BatchSource& source, const FitOptions& options) {
  if (options.epochs < 0 || source.batches() < 1) {
    throw ValueError("[fit] needs a source with at least one batch and no negative epochs, not " +
                     std::to_string(source.batches()) + " batches and " +
                     std::to_string(options.epochs) + " epochs");
  }
  const std::unique_ptr<optim::Optimizer> optimizer =
      optim::make_optimizer(model, options.optimizer);
  const double base_rate = optimizer->learning_rate();
  const std::int64_t steps = source.batches() * options.epochs;
  Progress progress(options.label, options.progress);
  std::vector<EpochReport> reports;
  for (std::int64_t epoch = 0; epoch < options.epochs; ++epoch) {
    const auto begin = std::chrono::steady_clock::now();
    const auto elapsed = [&] {
      return std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
    };
    const nn::DrawsFrom noise(model, static_cast<std::uint64_t>(epoch) * kDrawsPerEpoch);
    RunningMeans means;
    EpochReport report;
    report.epoch = epoch;
    report.epochs = options.epochs;
    model.train();
    source.start_epoch(epoch);
    for (Batch batch; source.next(batch);) {
      report.learning_rate = base_rate * options.schedule(optimizer->steps(), steps);
      optimizer->set_learning_rate(report.learning_rate);
      optimizer->zero_grad();
      const Loss loss = options.objective(model, batch, source.samples());
      const double value = loss.total.value().item();
      if (!std::isfinite(value)) {
        throw Error("[fit] the loss is not finite in epoch " + std::to_string(epoch + 1) +
                    ", step " + std::to_string(optimizer->steps() + 1) +
                    "; a lower learning rate may help");
      }
      loss.total.backward();
      optimizer->step();
      means.add(loss, value, batch);
      means.report(report, elapsed());
      progress.update(report, means.samples(), source.samples());
    }
    progress.finish_epoch(report);
    if (options.after_epoch) options.after_epoch(report);
    reports.push_back(report);
  }
  return reports;
}

}  // namespace credence::train
