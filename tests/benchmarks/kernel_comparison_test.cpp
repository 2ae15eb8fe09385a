// Tests of what credence-kernels says about a measurement: disturbed batches, two runs side by
// side, two builds in turn, and the files for other programs.
#include "benchmarks/kernels/comparison.hpp"
#include "benchmarks/kernels/measurements.hpp"
#include "benchmarks/kernels/sampling.hpp"
#include "tests/benchmarks/kernels_program.hpp"
#include "tests/framework/support.hpp"

#include <chrono>
#include <cmath>
#include <numeric>
#include <thread>

#include <boost/test/unit_test.hpp>
#include <nlohmann/json.hpp>

namespace credence::test {

BOOST_AUTO_TEST_SUITE(kernel_comparison)

namespace {

using namespace benchmarks;
using Json = nlohmann::json;

// A run of two cases with these times in microseconds; each time takes one percent more or less.
std::string run_text(double relu, double softplus, double probe_gflops, int repetitions = 12) {
  Json runs = Json::array();
  for (const auto& [name, centre] :
       {std::pair{"relu_forward/relu:1000/credence/manual_time", relu},
        {"softplus_forward/softplus:1000/credence/manual_time", softplus}}) {
    for (int i = 0; i < repetitions; ++i) {
      const double spread = 1 + 0.01 * (2.0 * i / (repetitions - 1) - 1);
      runs.push_back({{"run_name", name},
                      {"run_type", "iteration"},
                      {"real_time", centre * spread},
                      {"time_unit", "us"},
                      {"GB/s", 1},
                      {"at_peak_us", centre * spread * probe_gflops / 100},
                      {"probe_GF/s", probe_gflops}});
    }
  }
  return Json{{"context",
               {{"processor", "p"},
                {"kernels", "avx2"},
                {"threads", 1},
                {"peak_gflops", 100},
                {"capacity_L2_MiB", 1},
                {"bandwidth_L2", 80},
                {"capacity_cache_MiB", 4},
                {"bandwidth_cache", 50},
                {"capacity_memory_MiB", "inf"},
                {"bandwidth_memory", 20}}},
              {"benchmarks", runs}}
      .dump();
}

volatile double sink = 0;

void work_for(std::chrono::microseconds time) {
  const auto begin = std::chrono::steady_clock::now();
  while (std::chrono::steady_clock::now() - begin < time) sink = sink + 1;
}

}  // namespace

BOOST_AUTO_TEST_CASE(batches_are_long_enough_for_the_clock) {
  int calls = 0;
  Sampler sampler([&] { ++calls; }, 1, Probe(1));
  BOOST_TEST(sampler.calls() > 100);
  const int before = calls;
  sampler.sample();
  BOOST_TEST(calls - before == sampler.calls());
  BOOST_TEST(sampler.batches() == 1U);
  BOOST_TEST(sampler.times().size() == 1U);
  BOOST_TEST(sampler.times().front() > 0);
  BOOST_TEST(sampler.times().front() < 1e-6);
  Sampler longer([] { work_for(std::chrono::microseconds(200)); }, 1, Probe(1));
  BOOST_TEST(longer.calls() == 1);
}

// A call that waits does not use the core: the rest of its time belongs to others.
BOOST_AUTO_TEST_CASE(a_core_that_does_something_else_is_seen) {
  Sampler sampler([] { std::this_thread::sleep_for(std::chrono::milliseconds(2)); }, 1, Probe(1));
  for (int i = 0; i < 3; ++i) sampler.sample();
  BOOST_TEST(sampler.stolen_share() == 1);
  // The thread's own time stands in for the wall's.
  for (const double time : sampler.times()) BOOST_TEST(time < 1e-3);
  const StealClock steal;
  BOOST_TEST(steal.share() >= 0);
  BOOST_TEST(steal.share() <= 1);
}

BOOST_AUTO_TEST_CASE(precision_asks_for_more_batches) {
  int call = 0;
  // Alternating times have a relative error of the mean of about 0.33 / √n.
  const auto alternate = [&] { work_for(std::chrono::microseconds(++call % 2 == 0 ? 100 : 200)); };
  Sampler sampler(alternate, 4, Probe(1));
  for (int i = 0; i < 4; ++i) sampler.sample();
  sampler.refine({.precision = 0.05, .most_seconds = 5});
  BOOST_TEST(sampler.batches() > 20U);
  const std::size_t before = sampler.batches();
  sampler.refine({.precision = 0, .most_seconds = 5});
  BOOST_TEST(sampler.batches() == before);
}

BOOST_AUTO_TEST_CASE(two_files_are_compared) {
  const TemporaryFolder folder;
  const auto old_run = folder.write("old.json", run_text(10, 20, 100));
  const auto new_run = folder.write("new.json", run_text(10, 22, 100));
  const Comparison c = compare_runs(read_measurements(old_run), read_measurements(new_run), 0.02);
  BOOST_TEST_REQUIRE(c.judgements.size() == 2U);
  BOOST_TEST((c.judgements[0].verdict == Verdict::same));
  BOOST_TEST((c.judgements[1].verdict == Verdict::slower));
  BOOST_TEST(std::fabs(c.judgements[1].ratio - 1.1) < 1e-9);
  BOOST_TEST(c.margin == 0.02);
  BOOST_TEST((slower_cases(c, 0.05) ==
              std::vector<std::string>{"softplus_forward/softplus:1000/credence"}));
  BOOST_TEST(slower_cases(c, 0.2).empty());
  const std::string text = comparison_text(c);
  BOOST_TEST(text.find("0 faster, 1 same, 1 slower, 0 undecided") != std::string::npos, text);
  BOOST_TEST(text.find("softplus_forward/credence") != std::string::npos, text);
}

// A core that is a tenth slower makes both cases slower by as much: nothing is called.
BOOST_AUTO_TEST_CASE(another_clock_widens_the_margin) {
  const TemporaryFolder folder;
  const auto old_run = folder.write("old.json", run_text(10, 20, 100));
  const auto new_run = folder.write("new.json", run_text(11, 22, 90));
  const Comparison c = compare_runs(read_measurements(old_run), read_measurements(new_run), 0.02);
  BOOST_TEST(c.widened.size() == 2U);
  for (const Judgement& j : c.judgements) BOOST_TEST((j.verdict != Verdict::slower));
}

// The clock of both runs changes by a tenth from repetition to repetition. The first case computes
// and follows it; the second waits for memory and does not.
BOOST_AUTO_TEST_CASE(a_case_takes_the_times_that_spread_less) {
  const auto run = [](double factor) {
    Measurements m;
    Measurement computing{"k", "computing", "i", ""};
    Measurement waiting{"k", "waiting", "i", ""};
    for (int i = 0; i < 20; ++i) {
      const double clock = 1 - 0.1 * (i * 7 % 20) / 20;
      const double jitter = 1 + 0.002 * (i * 3 % 20) / 20;
      computing.microseconds.push_back(factor * jitter * 10 / clock);
      computing.at_peak.push_back(factor * jitter * 10);
      waiting.microseconds.push_back(factor * jitter * 10);
      waiting.at_peak.push_back(factor * jitter * 10 * clock);
      computing.probes.push_back(100 * clock);
      waiting.probes.push_back(100 * clock);
    }
    m.all = {computing, waiting};
    return m;
  };
  const Comparison c = compare_runs(run(1), run(1.05), 0.02);
  BOOST_TEST(c.at_peak == (std::vector<std::string>{"k/computing/i"}),
             boost::test_tools::per_element());
  BOOST_TEST(c.widened.empty());
  for (const Judgement& j : c.judgements) BOOST_TEST((j.verdict == Verdict::slower), j.name);
}

BOOST_AUTO_TEST_CASE(the_program_compares_and_fails_where_asked) {
  const TemporaryFolder folder;
  const std::string old_run = folder.write("old.json", run_text(10, 20, 100)).string();
  const std::string new_run = folder.write("new.json", run_text(10, 21.5, 100)).string();
  const std::string few = folder.write("few.json", run_text(10, 21.5, 100, 3)).string();
  const auto accepted = run_kernels_as_given({"--compare", old_run, new_run});
  if (!accepted) return;
  BOOST_TEST(accepted->status == 0, accepted->err);
  BOOST_TEST(accepted->err == "");
  const auto refused =
      run_kernels_as_given({"--compare", old_run, new_run, "--fail-if-slower", "3%"});
  BOOST_TEST(refused->status == 1);
  BOOST_TEST(refused->out == accepted->out);
  BOOST_TEST(refused->err ==
             "credence-kernels: 1 case slower by more than 3 %: "
             "softplus_forward/softplus:1000/credence\n");
  BOOST_TEST(
      run_kernels_as_given({"--compare", old_run, new_run, "--fail-if-slower", "10%"})->status ==
      0);
  const auto undecided = run_kernels_as_given({"--compare", old_run, few});
  BOOST_TEST(
      undecided->out.find("With 3 repetitions of a case no verdict but same and undecided is "
                          "possible: 2 cases need 5") != std::string::npos,
      undecided->out);
  for (const std::vector<std::string>& arguments :
       {std::vector<std::string>{"--compare", old_run},
        {"--compare", old_run, new_run, "--margin", "3"},
        {"--fail-if-slower", "3%"},
        {"--rounds", "3"},  // neither --out nor --baseline
        {"--rounds", "3", "--compare", old_run, new_run},
        {"--compare", old_run, new_run, "--baseline", "/bin/true"}}) {
    const auto outcome = run_kernels_as_given(arguments);
    BOOST_TEST(outcome->status == 2, outcome->err);
    BOOST_TEST(line_count(outcome->err) == 1, outcome->err);
  }
}

BOOST_AUTO_TEST_CASE(two_builds_measure_in_turn) {
  const TemporaryFolder folder;
  const std::string prefix = (folder.path() / "both").string();
  const std::string peaks = folder.write("peaks.json", run_text(1, 1, 100)).string();
  const auto outcome = run_kernels_as_given(
      {"--threads", "1", "--peaks-of", peaks, "--pointwise", "relu:1000", "--pass", "forward",
       "--filter", "/credence$", "--benchmark_min_time=0.001", "--baseline", CREDENCE_KERNELS,
       "--rounds", "2", "--out", prefix});
  if (!outcome) return;
  BOOST_TEST(outcome->status == 0, outcome->err);
  BOOST_TEST(outcome->out.find("relu_forward/relu:1000/credence") != std::string::npos);
  for (const char* run : {"-old.json", "-new.json"}) {
    const Measurements m = read_measurements(prefix + run);
    BOOST_TEST_REQUIRE(m.all.size() == 1U);
    BOOST_TEST(m.all[0].microseconds.size() == 2U);
  }
  // One build, a process for each round.
  const auto rounds =
      run_kernels_as_given({"--threads", "1", "--peaks-of", peaks, "--pointwise", "relu:1000",
                            "--filter", "forward.*/credence$", "--benchmark_min_time=0.001",
                            "--rounds", "3", "--csv", "--out", prefix});
  BOOST_TEST(rounds->status == 0, rounds->err);
  BOOST_TEST(read_measurements(prefix + ".json").all.at(0).microseconds.size() == 3U);
  BOOST_TEST(line_count(read_text(prefix + ".csv")) == 4);
  const auto broken = run_kernels_as_given({"--threads", "1", "--pointwise", "relu:1000",
                                            "--filter", "/credence$", "--baseline", "/bin/false"});
  BOOST_TEST(broken->status == 1);
  BOOST_TEST(broken->err.find("/bin/false failed") != std::string::npos, broken->err);
}

BOOST_AUTO_TEST_CASE(all_columns_and_files_of_a_run) {
  const TemporaryFolder folder;
  const std::string prefix = (folder.path() / "all").string();
  const auto outcome = run_kernels_as_given({"--threads",
                                             "1",
                                             "--conv",
                                             "mb1ic16ih8oc16kh3ph1",
                                             "--pass",
                                             "forward",
                                             "--filter",
                                             "/credence$",
                                             "--cold",
                                             "--rotate",
                                             "--bitwise",
                                             "--counters",
                                             "--algorithm",
                                             "packed",
                                             "--precision",
                                             "20%",
                                             "--csv",
                                             "--junit",
                                             "--benchmark_min_time=0.001",
                                             "--out",
                                             prefix});
  if (!outcome) return;
  BOOST_TEST(outcome->status == 0, outcome->err);
  const Json results = Json::parse(read_text(prefix + ".json"));
  BOOST_TEST(results.at("context").contains("counters"));
  BOOST_TEST(results.at("context").at("capacity_L2_MiB").is_number());
  const Json& run = results.at("benchmarks").at(0);
  BOOST_TEST(run.at("algorithm") == "packed");
  for (const char* counter :
       {"cold_us", "cold/warm", "cold_GB/s", "rotate_us", "rotate/warm", "stolen%", "steal%",
        "clock%", "probe_GF/s", "at_peak_us", "retakes", "tolerance"}) {
    BOOST_TEST(run.at(counter).is_number(), counter);
  }
  BOOST_TEST(run.at("cold_us") > 0);
  const std::string csv = read_text(prefix + ".csv");
  BOOST_TEST(line_count(csv) == 2);
  BOOST_TEST(csv.find("\"packed\"") != std::string::npos);
  const std::string xml = read_text(prefix + ".xml");
  BOOST_TEST(xml.find(R"(<testsuite name="convolution_forward" tests="1" failures="0">)") !=
                 std::string::npos,
             xml);
  // What an algorithm cannot compute is counted.
  const auto left_out =
      run_kernels_as_given({"--threads", "1", "--list", "--conv", "ic16ih8oc16kh3ph1sh2",
                            "--algorithm", "winograd_4x4", "--pass", "forward"});
  BOOST_TEST(
      left_out->err.find("1 case left out: not supported by winograd_4x4") != std::string::npos,
      left_out->err);
  // Peaks of an earlier run.
  const auto again =
      run_kernels_as_given({"--threads", "1", "--pointwise", "relu:100", "--filter", "/credence$",
                            "--benchmark_min_time=0.001", "--peaks-of", prefix + ".json", "--out",
                            (folder.path() / "again").string()});
  BOOST_TEST(again->status == 0, again->err);
  BOOST_TEST(Json::parse(read_text(folder.path() / "again.json")).at("context").at("peak_gflops") ==
             results.at("context").at("peak_gflops"));
}

// Each algorithm computes what it says it can, on shapes with every kind of edge.
BOOST_AUTO_TEST_CASE(forced_algorithms_are_right) {
  const TemporaryFolder folder;
  const std::string peaks = folder.write("peaks.json", run_text(1, 1, 100)).string();
  for (const char* algorithm :
       {"packed", "direct_rows", "direct_long_row", "image_lanes", "output_lanes", "depthwise",
        "phases", "winograd_2x2", "winograd_4x4", "linear"}) {
    const auto outcome = run_kernels_as_given(
        {"--threads", "1", "--peaks-of", peaks, "--problems", "corner_cases", "--pass", "*",
         "--algorithm", algorithm, "--filter", "^(convolution|linear|moments)_.*/credence$",
         "--benchmark_min_time=0.0001"});
    if (!outcome) return;
    BOOST_TEST(outcome->status == 0, algorithm << ":\n" << outcome->out);
    BOOST_TEST(outcome->out.find(algorithm) != std::string::npos);
  }
}

BOOST_AUTO_TEST_CASE(an_unknown_algorithm_is_an_error) {
  const auto outcome =
      run_kernels_as_given({"--list", "--conv", "ic16ih8oc16kh3ph1", "--algorithm", "fastest"});
  if (!outcome) return;
  BOOST_TEST(outcome->status == 2, outcome->err);
  BOOST_TEST(outcome->err.find("has to be one of empty, linear, winograd_4x4") != std::string::npos,
             outcome->err);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace credence::test
