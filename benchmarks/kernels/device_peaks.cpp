// A CUDA device's peaks: the fastest product, and the bandwidth of its cache and its memory.
#include "benchmarks/kernels/device_stopwatch.hpp"
#include "benchmarks/kernels/peak.hpp"
#include "framework/dispatch/kernels.hpp"
#include "framework/ops/arithmetic.hpp"

#include <algorithm>
#include <limits>

namespace credence::benchmarks {
namespace {

constexpr int kAttempts = 4;

const Kernels<float>& device_kernels() { return kernels<float>(Device::cuda); }

// Numbers as they occur: a card that multiplies constants draws less power, and is faster.
Tensor numbers(std::int64_t n) {
  const Tensor x = Tensor::empty({n}, DType::float32, Device::cuda);
  device_kernels().normal(Generator(7).next(), n, x.data<float>());
  return x;
}

// Seconds of one call, the shortest of several batches' averages.
double shortest(std::function<void()> call) {
  DeviceStopwatch stopwatch(std::move(call));
  double best = std::numeric_limits<double>::infinity();
  for (int attempt = 0; attempt < kAttempts; ++attempt) {
    best = std::min(best, stopwatch.batch_seconds() / stopwatch.calls());
  }
  return best;
}

double product_gflops(std::int64_t n) {
  const Tensor a = numbers(n * n);
  const Tensor b = numbers(n * n);
  const Tensor c = numbers(n * n);
  double best = std::numeric_limits<double>::infinity();
  for (const bool transpose_a : {false, true}) {
    for (const bool transpose_b : {false, true}) {
      best = std::min(best, shortest([&] {
                        device_kernels().matmul(n, n, n, a.data<float>(), transpose_a ? 1 : n,
                                                transpose_a ? n : 1, b.data<float>(),
                                                transpose_b ? 1 : n, transpose_b ? n : 1,
                                                c.data<float>());
                      }));
    }
  }
  const auto extent = static_cast<double>(n);
  return 2 * extent * extent * extent / best / 1e9;
}

// `walk(arrays, n)` on `count` arrays of n elements that make up the working set.
template <class Function>
Walk walk_of(const char* name, double working_set, int count, Function walk) {
  // Whole vectors: a remainder would be a launch of its own.
  constexpr std::int64_t kMultiple = 1024;
  const std::int64_t n =
      static_cast<std::int64_t>(working_set / count / sizeof(float)) / kMultiple * kMultiple;
  std::vector<Tensor> arrays;
  for (int i = 0; i < count; ++i) arrays.push_back(numbers(n));
  const double bytes = static_cast<double>(n) * count * sizeof(float);
  return {name, bytes / shortest([&] { walk(arrays, n); }) / 1e9};
}

Bandwidth measure_bandwidth(const char* level, double capacity, double working_set) {
  constexpr std::size_t kRelu = pointwise::kEntry<pointwise::Relu>.index;
  constexpr std::size_t kAdd = arithmetic::Catalogue::index_of<arithmetic::Add>();
  const auto at = [](const Tensor& tensor) { return tensor.data<float>(); };
  const Walk copy = walk_of("copy", working_set, 2, [](const std::vector<Tensor>& x, std::int64_t) {
    x[1].copy_from(x[0]);
  });
  const Walk relu = walk_of("relu", working_set, 2, [&](const auto& x, std::int64_t n) {
    device_kernels().pointwise_forward[kRelu]({}, n, at(x[0]), at(x[1]));
  });
  const Walk add = walk_of("add", working_set, 3, [&](const auto& x, std::int64_t n) {
    device_kernels().arithmetic_forward[kAdd](broadcast_loop({n}, {n}, "add"), at(x[0]), at(x[1]),
                                              at(x[2]));
  });
  return {level, capacity, working_set, {copy, relu, add}};
}

}  // namespace

DeviceSizes device_sizes() {
  const auto cache = static_cast<double>(device::backend().cache_bytes());
  constexpr double kMebibyte = 1048576;
  return {.matrix = 4096, .cache = cache, .memory = std::max(8 * cache, 256 * kMebibyte)};
}

Peaks measure_device_peaks(const DeviceSizes& sizes) {
  // What suits best depends on the card: small arrays end before the device is busy, large ones
  // do not fit where a cache is made of parts.
  Bandwidth cache;
  for (const double part : {0.125, 0.25, 0.5}) {
    const Bandwidth found = measure_bandwidth("cache", sizes.cache, part * sizes.cache);
    if (found.best() > cache.best()) cache = found;
  }
  const Bandwidth memory =
      measure_bandwidth("memory", std::numeric_limits<double>::infinity(), sizes.memory);
  const Peaks peaks{"", product_gflops(sizes.matrix), {cache, memory}};
  release_cached_memory(Device::cuda);
  return peaks;
}

}  // namespace credence::benchmarks
