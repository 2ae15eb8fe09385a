// Tests of credence-kernels with --device cuda: its cases, its message without a device, and a
// card's numbers in its figures.
#include "benchmarks/kernels/labels.hpp"
#include "benchmarks/kernels/measurements.hpp"
#include "benchmarks/kernels/peak.hpp"
#include "benchmarks/kernels/roofline.hpp"
#include "framework/device/backend.hpp"
#include "tests/benchmarks/program.hpp"
#include "tests/framework/support.hpp"

#include <limits>
#include <set>
#include <sstream>

#include <boost/test/unit_test.hpp>

namespace credence::test {

BOOST_AUTO_TEST_SUITE(kernel_benchmarks_on_a_device)

namespace {

using benchmarks::Measurements;

bool not_built() {
  if (!std::string(CREDENCE_KERNELS).empty()) return false;
  BOOST_TEST_MESSAGE("skipped: credence-kernels is not built, Google Benchmark is missing");
  return true;
}

// The names of all cases, "kernel/shape/implementation".
std::vector<std::string> cases_of(const std::string& device) {
  const Outcome outcome =
      run_program(CREDENCE_KERNELS, {"--device", device, "--benchmark_list_tests"});
  BOOST_TEST(outcome.status == 0, outcome.err);
  std::istringstream lines(outcome.out);
  std::vector<std::string> names;
  for (std::string line; std::getline(lines, line);) {
    names.push_back(line.substr(0, line.rfind('/')));
  }
  return names;
}

std::string implementation_of(const std::string& name) { return name.substr(name.rfind('/') + 1); }

// The results of a run on a card: a product, a convolution and an elementwise kernel.
std::filesystem::path write_run_of_a_card(const TemporaryFolder& folder) {
  return folder.write("card.json", R"({"context": {"device": "cuda",
      "device_name": "NVIDIA H100 80GB HBM3, 80 GiB", "peak_gflops": "51342.7",
      "bandwidth_cache": "5512.3", "bandwidth_memory": "2871.4"},
      "benchmarks": [
      {"run_name": "matmul/2048x2048x2048nn/credence/manual_time", "run_type": "iteration",
       "label": "2048³", "GF/s": 48012.5, "GB/s": 140.7},
      {"run_name": "convolution_forward/256x1x28x28-6k5/credence/manual_time",
       "run_type": "iteration", "label": "LeNet5 conv1", "GF/s": 1203.2, "GB/s": 189.1},
      {"run_name": "relu_forward/64MiB/credence/manual_time", "run_type": "iteration",
       "label": "64 MiB", "GB/s": 2810.2, "ns/element": 0.00285}]})");
}

}  // namespace

BOOST_AUTO_TEST_CASE(the_device_has_the_frameworks_cases_and_no_others) {
  if (not_built()) return;
  const std::vector<std::string> on_cpu = cases_of("cpu");
  const std::vector<std::string> on_cuda = cases_of("cuda");
  std::set<std::string> ours;
  for (const std::string& name : on_cpu) {
    const std::string implementation = implementation_of(name);
    if (implementation == "credence" || implementation == "credence_composed") ours.insert(name);
  }
  BOOST_TEST(ours.size() > 150U);
  BOOST_TEST(ours.size() < on_cpu.size());
  BOOST_TEST((std::set<std::string>(on_cuda.begin(), on_cuda.end()) == ours));
}

BOOST_AUTO_TEST_CASE(without_a_device_one_line_says_so) {
  if (not_built()) return;
  if (device::availability().usable) {
    BOOST_TEST_MESSAGE("skipped: there is a CUDA device");
    return;
  }
  const TemporaryFolder folder;
  const std::string prefix = (folder.path() / "card").string();
  const Outcome outcome = run_program(CREDENCE_KERNELS, {"--device", "cuda", "--out", prefix});
  BOOST_TEST(outcome.status == 1);
  BOOST_TEST(outcome.out == "");
  BOOST_TEST(outcome.err == "credence-kernels: [device] CUDA cannot be used: " +
                                device::availability().description + "\n");
  BOOST_TEST(std::filesystem::is_empty(folder.path()));
}

BOOST_AUTO_TEST_CASE(a_device_measures_and_draws) {
  if (not_built()) return;
  if (!device::availability().usable) {
    BOOST_TEST_MESSAGE("skipped: no CUDA device (" + device::availability().description + ")");
    return;
  }
  const TemporaryFolder folder;
  const std::string prefix = (folder.path() / "card").string();
  const Outcome outcome = run_program(
      CREDENCE_KERNELS, {"--device", "cuda", "--out", prefix, "--benchmark_min_time=0.001",
                         "--benchmark_filter=^(matmul/512x512x512nn|relu_forward/2MiB)"});
  BOOST_TEST(outcome.status == 0, outcome.err);
  const Measurements m = benchmarks::read_measurements(prefix + ".json");
  BOOST_TEST((m.device == Device::cuda));
  BOOST_TEST(m.processor == device::availability().description);
  BOOST_TEST(m.peak_gflops > 1);
  BOOST_TEST(m.memory_bandwidth > 1);
  BOOST_TEST_REQUIRE(m.all.size() == 2U);
  // A higher value would mean that the clock was read before the device had finished.
  BOOST_TEST(m.all[0].gflops > 0);
  BOOST_TEST(m.all[0].gflops < 3 * m.peak_gflops);
  BOOST_TEST(m.all[1].gigabytes > 0);
  BOOST_TEST(m.all[1].gigabytes < 3 * m.cache_bandwidth);
  BOOST_TEST(std::filesystem::exists(prefix + ".png"));
  BOOST_TEST(std::filesystem::exists(prefix + "-bandwidth.png"));
}

BOOST_AUTO_TEST_CASE(threads_belong_to_the_cpu) {
  if (not_built()) return;
  const Outcome refused = run_program(CREDENCE_KERNELS, {"--device", "cuda", "--threads", "2"});
  BOOST_TEST(refused.status == 2);
  BOOST_TEST(refused.out == "");
  BOOST_TEST(line_count(refused.err) == 1, refused.err);
  BOOST_TEST(refused.err.find("--threads") != std::string::npos);
  const Outcome unknown = run_program(CREDENCE_KERNELS, {"--device", "tpu"});
  BOOST_TEST(unknown.status == 2);
  BOOST_TEST(line_count(unknown.err) == 1, unknown.err);
}

BOOST_AUTO_TEST_CASE(a_cards_run_is_read_and_drawn) {
  const TemporaryFolder folder;
  const auto file = write_run_of_a_card(folder);
  const Measurements m = benchmarks::read_measurements(file);
  BOOST_TEST((m.device == Device::cuda));
  BOOST_TEST(benchmarks::machine_text(m) == "NVIDIA H100 80GB HBM3, 80 GiB");
  BOOST_TEST(benchmarks::peak_text(m) == "products, 51.3 TF/s");
  BOOST_TEST_REQUIRE(m.all.size() == 3U);
  BOOST_TEST(m.all[0].implementation == "credence");
  benchmarks::draw_roofline(m, folder.path() / "card");
  benchmarks::draw_bandwidth(m, folder.path() / "card-bandwidth");
  for (const char* figure : {"card.png", "card.svg", "card-bandwidth.png", "card-bandwidth.svg"}) {
    BOOST_TEST(std::filesystem::file_size(folder.path() / figure) > 3000U, figure);
  }
}

BOOST_AUTO_TEST_CASE(numbers_have_units_that_suit_their_size) {
  using namespace benchmarks;
  BOOST_TEST(bandwidth_text(23.14) == "23.1 GB/s");
  BOOST_TEST(bandwidth_text(2871.4) == "2.87 TB/s");
  BOOST_TEST(time_text(0.348) == "0.35 ns");
  BOOST_TEST(time_text(12.5) == "12.50 ns");
  BOOST_TEST(time_text(0.00285) == "2.9 ps");
  BOOST_TEST(time_text(0.0853) == "85 ps");
  BOOST_TEST(rate_unit(236).name == "GF/s");
  BOOST_TEST(rate_unit(51342).name == "TF/s");
  Measurements m;
  m.processor = "AMD EPYC";
  m.instruction_set = "avx512";
  m.peak_gflops = 118.4;
  BOOST_TEST(machine_text(m) == "AMD EPYC, 1 thread, avx512");
  m.threads = 2;
  BOOST_TEST(machine_text(m) == "AMD EPYC, 2 threads, avx512");
  BOOST_TEST(peak_text(m) == "multiply-adds, 118 GF/s");
}

BOOST_AUTO_TEST_CASE(a_kernel_is_held_against_the_level_that_holds_its_arrays) {
  const double unlimited = std::numeric_limits<double>::infinity();
  const benchmarks::Peaks peaks{"",
                                51342,
                                {{"cache", 50e6, 25e6, {{"copy", 5100}, {"relu", 5500}}},
                                 {"memory", unlimited, 400e6, {{"copy", 2870}, {"relu", 2800}}}}};
  BOOST_TEST(peaks.bandwidth_for(8e6) == 5500);
  BOOST_TEST(peaks.bandwidth_for(50e6) == 5500);
  BOOST_TEST(peaks.bandwidth_for(60e6) == 2870);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace credence::test
