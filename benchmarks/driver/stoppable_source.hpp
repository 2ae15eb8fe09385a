// A source of batches that a run can be stopped at.
#pragma once

#include "framework/train/fit.hpp"

#include <functional>

namespace credence::benchmarks {

/// Another source's batches, until `stop` says to end; then it throws train::Interrupted.
class StoppableSource : public train::BatchSource {
 public:
  StoppableSource(train::BatchSource& source, const std::function<bool()>& stop)
      : source_(source), stop_(stop) {}

  std::int64_t samples() const override { return source_.samples(); }
  std::int64_t batches() const override { return source_.batches(); }
  std::int64_t classes() const override { return source_.classes(); }
  void start_epoch(std::int64_t epoch) override { source_.start_epoch(epoch); }
  bool next(train::Batch& batch) override {
    if (stop_ && stop_()) throw train::Interrupted("[evaluation] interrupted");
    return source_.next(batch);
  }
  bool take_share(const BatchShare& share) override { return source_.take_share(share); }

 private:
  train::BatchSource& source_;
  const std::function<bool()>& stop_;
};

}  // namespace credence::benchmarks
