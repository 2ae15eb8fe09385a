// Emptied caches and rotated operands.
#include "benchmarks/kernels/cold.hpp"

#include "benchmarks/common/median.hpp"
#include "benchmarks/kernels/instruction_sets.hpp"
#include "framework/core/parallel.hpp"

#include <algorithm>
#include <chrono>
#include <cmath>

namespace credence::benchmarks {
namespace {

using Clock = std::chrono::steady_clock;

constexpr double kLeastSeconds = 0.5;
constexpr std::size_t kLeastCalls = 3;
constexpr double kMostCopies = 4096;
constexpr std::size_t kMostCalls = 50;
constexpr double kLeastArray = 262144;

const PeakLoops& loops() { return runnable_instruction_sets().back()->peak; }

template <class Function>
double seconds_of(Function function) {
  const Clock::time_point begin = Clock::now();
  function();
  return std::chrono::duration<double>(Clock::now() - begin).count();
}

}  // namespace

CacheEraser::CacheEraser(double last_level)
    : walked_(Tensor::full({static_cast<std::int64_t>(2 * last_level / sizeof(float))}, 1)) {}

void CacheEraser::erase() const {
  const std::int64_t grain = std::max<std::int64_t>(1, walked_.numel() / num_threads());
  parallel_for(walked_.numel(), grain, [&](std::int64_t begin, std::int64_t end) {
    loops().update(end - begin, 1, walked_.data<float>() + begin);
  });
}

double CacheEraser::bandwidth_after(double bytes) const {
  const auto n = static_cast<std::int64_t>(std::max(kLeastArray, bytes) / sizeof(float));
  const Tensor array = Tensor::full({n}, 1);
  std::vector<double> seconds;
  for (int attempt = 0; attempt < 3; ++attempt) {
    erase();
    float sum = 0;
    seconds.push_back(seconds_of([&] { loops().read(n, array.data<float>(), &sum); }));
  }
  return sizeof(float) * static_cast<double>(n) / median(seconds) / 1e9;
}

ColdTime cold_time(const Call& call, const CacheEraser& eraser, double footprint) {
  std::vector<double> seconds;
  const Clock::time_point begin = Clock::now();
  const auto goes_on = [&] {
    const double elapsed = std::chrono::duration<double>(Clock::now() - begin).count();
    return seconds.size() < kLeastCalls || (elapsed < kLeastSeconds && seconds.size() < kMostCalls);
  };
  while (goes_on()) {
    eraser.erase();
    seconds.push_back(seconds_of(call.run));
  }
  return {median(seconds), eraser.bandwidth_after(footprint)};
}

double rotated_time(const Case& item, double last_level, double warm) {
  const double wanted = std::min(kMostCopies, std::ceil(2 * last_level / item.work.footprint));
  const auto copies = static_cast<std::size_t>(std::max(2.0, std::min(wanted, 1 / warm)));
  std::vector<Call> calls;
  for (std::size_t i = 0; i < copies; ++i) calls.push_back(item.prepare({}));
  for (const Call& call : calls) call.run();
  std::vector<double> seconds;
  double elapsed = 0;
  while (seconds.size() < 2 || (elapsed < kLeastSeconds && seconds.size() < kMostCalls)) {
    const double pass = seconds_of([&] {
      for (const Call& call : calls) call.run();
    });
    elapsed += pass;
    seconds.push_back(pass / static_cast<double>(copies));
  }
  return median(seconds);
}

}  // namespace credence::benchmarks
