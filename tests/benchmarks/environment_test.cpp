// Tests of the environment variables that the programs read.
#include "framework/core/cpu_quota.hpp"
#include "framework/dispatch/kernels.hpp"
#include "tests/benchmarks/program.hpp"

#include <algorithm>
#include <cmath>
#include <sstream>

#include <boost/test/unit_test.hpp>
#include <nlohmann/json.hpp>
#include <sched.h>

namespace credence::test {

BOOST_AUTO_TEST_SUITE(environment)

namespace {

using Json = nlohmann::json;

#ifdef __clang__
constexpr bool kOpenmpOfLlvm = true;
#else
constexpr bool kOpenmpOfLlvm = false;
#endif

#ifdef __aarch64__
const std::string kLowestSet = "neon";
#else
const std::string kLowestSet = "baseline";
#endif

// Runs credence-training-step with two images in this environment.
Outcome run_step(const std::vector<std::string>& environment) {
  const std::filesystem::path beside = std::filesystem::path(CREDENCE_BENCH).parent_path();
  return run_program((beside / "credence-training-step").string(),
                     {"--batch-size", "2", "--seconds", "0", "--json"}, environment);
}

bool is_listed(const std::string& set) {
  const std::vector<std::string> sets = cpu_instruction_sets();
  return std::find(sets.begin(), sets.end(), set) != sets.end();
}

// The words of the processor's flags, as Linux lists them; none on another processor than x86.
std::vector<std::string> processor_flags() {
  std::ifstream file("/proc/cpuinfo");
  for (std::string line; std::getline(file, line);) {
    if (!line.starts_with("flags")) continue;
    std::istringstream words(line.substr(line.find(':') + 1));
    return {std::istream_iterator<std::string>(words), {}};
  }
  return {};
}

bool has_all(const std::vector<std::string>& flags, const std::vector<std::string>& wanted) {
  return std::all_of(wanted.begin(), wanted.end(), [&](const std::string& flag) {
    return std::find(flags.begin(), flags.end(), flag) != flags.end();
  });
}

// The cores that this process may run on, or the quota of its cgroup where that is less.
int available_cores() {
  cpu_set_t set;
  BOOST_REQUIRE(sched_getaffinity(0, sizeof(set), &set) == 0);
  const int cores = CPU_COUNT(&set);
  const double quota = cgroup_cpu_quota().value_or(cores);
  return quota < cores ? static_cast<int>(std::ceil(quota)) : cores;
}

}  // namespace

BOOST_AUTO_TEST_CASE(the_instruction_sets_are_those_of_the_processor) {
  BOOST_TEST(cpu_instruction_sets().front() == kLowestSet);
  BOOST_TEST(is_listed(cpu_instruction_set()));
#ifdef CREDENCE_X86_KERNELS
  const std::vector<std::string> flags = processor_flags();
  BOOST_TEST(is_listed("avx2") == has_all(flags, {"avx2", "fma"}));
  BOOST_TEST(is_listed("avx512") ==
             has_all(flags, {"avx2", "fma", "avx512f", "avx512bw", "avx512dq", "avx512vl"}));
#endif
}

BOOST_AUTO_TEST_CASE(a_name_that_is_no_instruction_set_is_refused_with_the_choices) {
  for (const std::string name : {"foo", "avx", "AVX2", "avx2 ", "baseline,avx2"}) {
    const Outcome outcome = run_step({"CREDENCE_ISA=" + name});
    BOOST_TEST(outcome.status == 1);
    BOOST_TEST(outcome.out == "");
    BOOST_TEST(line_count(outcome.err) == 1);
    BOOST_TEST(
        outcome.err.starts_with("credence-training-step: [kernel] CREDENCE_ISA=" + name +
                                " names no instruction set of this build, which has " + kLowestSet),
        outcome.err);
  }
}

BOOST_AUTO_TEST_CASE(an_instruction_set_that_can_run_is_used_and_another_one_refused) {
#ifdef CREDENCE_X86_KERNELS
  const std::vector<std::string> built{kLowestSet, "avx2", "avx512"};
#else
  const std::vector<std::string> built{kLowestSet};
#endif
  for (const std::string& name : built) {
    const Outcome outcome = run_step({"CREDENCE_ISA=" + name, "OMP_NUM_THREADS=1"});
    if (is_listed(name)) {
      BOOST_TEST(outcome.status == 0, outcome.err);
      BOOST_TEST(Json::parse(outcome.out).at("kernels") == name);
    } else {
      BOOST_TEST(outcome.status == 1);
      BOOST_TEST(outcome.err.find("CREDENCE_ISA=" + name +
                                  ": this processor lacks that instruction set, it can run " +
                                  kLowestSet) != std::string::npos,
                 outcome.err);
    }
  }
  BOOST_TEST(Json::parse(run_step({"CREDENCE_ISA="}).out).at("kernels") ==
             cpu_instruction_sets().back());
}

BOOST_AUTO_TEST_CASE(the_programs_say_what_is_wrong_before_they_begin) {
  const std::vector<std::string> wrong{"CREDENCE_ISA=foo"};
  for (const std::vector<std::string>& arguments :
       {std::vector<std::string>{}, {"evaluate", "--checkpoint", "/nonexistent"}}) {
    const Outcome outcome = run_program(CREDENCE_BENCH, arguments, wrong);
    BOOST_TEST(outcome.status == 1);
    BOOST_TEST(outcome.out == "");
    BOOST_TEST(outcome.err.starts_with("credence-bench: [kernel] CREDENCE_ISA=foo"), outcome.err);
    BOOST_TEST(line_count(outcome.err) == 1);
  }
  const Outcome outcome = run_program(CREDENCE_TRAIN_MNIST, {}, wrong);
  BOOST_TEST(outcome.status == 1);
  BOOST_TEST(outcome.err.find("CREDENCE_ISA=foo") != std::string::npos, outcome.err);
}

BOOST_AUTO_TEST_CASE(the_number_of_threads_is_the_first_of_the_variable) {
  const auto threads = [](const std::string& value) {
    return Json::parse(run_step({"OMP_NUM_THREADS=" + value}).out).at("threads").get<int>();
  };
  BOOST_TEST(threads("3") == 3);
  BOOST_TEST(threads("4,2") == 4);
  BOOST_TEST(threads("1025") == 1024);
  if (kOpenmpOfLlvm) {
    BOOST_TEST_MESSAGE("LLVM's OpenMP reads values outside the standard in its own way");
    return;
  }
  for (const char* many : {"99999999999", "2147483648", "4294967295"}) {
    BOOST_TEST(threads(many) == 1024, many);
  }
  for (const char* nothing : {"0", "abc", "-1", ""}) {
    BOOST_TEST(threads(nothing) == available_cores(), nothing);
  }
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace credence::test
