// Tests of the cases of credence-kernels on the emulated device: they compute the same as on the
// CPU, and all their arrays are in device memory.
#include "benchmarks/kernels/cases.hpp"
#include "benchmarks/kernels/device_stopwatch.hpp"
#include "benchmarks/kernels/peak.hpp"
#include "tests/cuda/device.hpp"

#include <map>

namespace credence {

BOOST_AUTO_TEST_SUITE(kernel_cases)

namespace {

using benchmarks::all_cases;
using benchmarks::Call;
using benchmarks::Case;

constexpr std::int64_t kElements = 65536;

// The smallest case of each kernel and implementation.
std::vector<Case> smallest_cases(Device device) {
  std::map<std::string, Case> smallest;
  for (const Case& item : all_cases(device, {kElements})) {
    Case& known = smallest[item.kernel + "/" + item.implementation];
    if (known.kernel.empty() || item.work.footprint < known.work.footprint) known = item;
  }
  std::vector<Case> cases;
  for (const auto& entry : smallest) cases.push_back(entry.second);
  return cases;
}

Case case_on_cpu(const Case& item) {
  for (const Case& other : all_cases(Device::cpu, {kElements})) {
    if (other.name() == item.name()) return other;
  }
  BOOST_FAIL("no case " + item.name());
  return {};
}

std::size_t host_bytes() { return allocator_statistics(Device::cpu).bytes_in_use; }

BOOST_AUTO_TEST_CASE(all_that_a_case_keeps_is_on_the_device) {
  const std::size_t before = host_bytes();
  for (const Case& item : smallest_cases(Device::cuda)) {
    const Call call = item.prepare({});
    BOOST_TEST(host_bytes() == before, item.name());
    for (const Tensor& result : call.results) BOOST_TEST((result.device() == Device::cuda));
  }
}

BOOST_AUTO_TEST_CASE(cases_compute_the_same_on_both_devices) {
  for (const Case& item : smallest_cases(Device::cuda)) {
    const Call here = case_on_cpu(item).prepare({});
    const Call there = item.prepare({});
    here.run();
    there.run();
    BOOST_TEST_REQUIRE(here.results.size() == there.results.size());
    for (std::size_t i = 0; i < here.results.size(); ++i) {
      BOOST_TEST(largest_difference(there.results[i], here.results[i]) < 1e-4, item.name());
    }
  }
}

BOOST_AUTO_TEST_CASE(a_stopwatch_runs_batches_of_calls) {
  const Tensor x = Tensor::zeros({4096}, DType::float32, Device::cuda);
  int calls = 0;
  benchmarks::DeviceStopwatch stopwatch([&] {
    x.fill(calls);
    ++calls;
  });
  const int before = calls;
  BOOST_TEST(before > 0);
  BOOST_TEST((stopwatch.calls() >= 1 && stopwatch.calls() <= 50));
  BOOST_TEST(stopwatch.batch_seconds() > 0);
  BOOST_TEST(calls - before == stopwatch.calls());
  BOOST_TEST(stopwatch.host_seconds() > 0);
}

BOOST_AUTO_TEST_CASE(the_peaks_of_a_device_name_its_levels) {
  const benchmarks::Peaks peaks =
      benchmarks::measure_device_peaks({.matrix = 32, .cache = 1 << 17, .memory = 1 << 18});
  BOOST_TEST(peaks.gflops > 0);
  BOOST_TEST_REQUIRE(peaks.bandwidth.size() == 2U);
  BOOST_TEST(peaks.bandwidth[0].level == "cache");
  BOOST_TEST(peaks.bandwidth[0].capacity == 1 << 17);
  BOOST_TEST(peaks.bandwidth[0].working_set < 1 << 17);
  BOOST_TEST(peaks.bandwidth[1].level == "memory");
  BOOST_TEST(peaks.bandwidth[1].working_set == 1 << 18);
  for (const benchmarks::Bandwidth& level : peaks.bandwidth) {
    BOOST_TEST(level.walks.size() == 3U);
    BOOST_TEST(level.best() > 0);
  }
  BOOST_TEST(benchmarks::device_sizes().memory > 4 * benchmarks::device_sizes().cache);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace credence
