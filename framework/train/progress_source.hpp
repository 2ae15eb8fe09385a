// A source of batches that shows its progress.
#pragma once

#include "framework/base/status_line.hpp"
#include "framework/train/batch.hpp"

#include <chrono>
#include <string>

namespace credence::train {

/// Passes on the batches of another source. A bar on stderr (see StatusLine) shows how many of
/// them are done, for example during an evaluation.
class ProgressSource : public BatchSource {
 public:
  /// `label` and `work` begin the line. `source` must outlive the object. A disabled object shows
  /// nothing.
  ProgressSource(BatchSource& source, std::string label, std::string work, bool enabled = true);

  std::int64_t samples() const override { return source_.samples(); }
  std::int64_t batches() const override { return source_.batches(); }
  std::int64_t classes() const override { return source_.classes(); }
  void start_epoch(std::int64_t epoch) override;
  bool next(Batch& batch) override;
  bool take_share(const BatchShare& share) override { return source_.take_share(share); }

 private:
  BatchSource& source_;
  std::string label_;
  std::string work_;
  StatusLine line_;
  std::int64_t handed_out_ = 0;  ///< samples of this epoch so far
  std::chrono::steady_clock::time_point begin_ = std::chrono::steady_clock::now();
};

}  // namespace credence::train
