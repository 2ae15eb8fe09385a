// The progress bar of a pass over a source.
#include "framework/train/progress_source.hpp"

#include <utility>

namespace credence::train {

ProgressSource::ProgressSource(BatchSource& source, std::string label, std::string work,
                               bool enabled)
    : source_(source), label_(std::move(label)), work_(std::move(work)), line_(enabled) {}

void ProgressSource::start_epoch(std::int64_t epoch) {
  handed_out_ = 0;
  begin_ = std::chrono::steady_clock::now();
  source_.start_epoch(epoch);
}

bool ProgressSource::next(Batch& batch) {
  if (line_.due() && samples() > 0) {
    const std::chrono::duration<double> elapsed = std::chrono::steady_clock::now() - begin_;
    const double share = static_cast<double>(handed_out_) / static_cast<double>(samples());
    std::vector<std::string> figures;
    if (share > 0) figures.push_back(time_left(elapsed.count(), share));
    line_.show(bar_text(label_, work_, share, figures, line_.columns()));
  }
  if (!source_.next(batch)) return false;
  handed_out_ += batch.all_samples();
  return true;
}

}  // namespace credence::train
