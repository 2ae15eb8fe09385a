// Tests of what programs print about themselves: --version, and the command in their results.
#include "benchmarks/common/provenance.hpp"
#include "framework/dispatch/kernels.hpp"
#include "tests/benchmarks/program.hpp"

#include <filesystem>
#include <regex>

#include <boost/test/unit_test.hpp>

namespace credence::test {

BOOST_AUTO_TEST_SUITE(version)

namespace {

// The version that meson.build gives the project.
std::string project_version() {
  const std::string text = read_text(std::string(CREDENCE_SOURCE_ROOT) + "/meson.build");
  std::smatch match;
  BOOST_REQUIRE(std::regex_search(text, match, std::regex(R"(\n  version: '([0-9.]+)',\n)")));
  return match[1];
}

void check_version(const std::string& program) {
  const Outcome outcome = run_program(program, {"--version"});
  const std::string name = std::filesystem::path(program).filename().string();
  BOOST_TEST(outcome.status == 0, name);
  BOOST_TEST(outcome.err == "", outcome.err);
  BOOST_TEST(outcome.out.starts_with(name + " " + project_version() + "\n"), outcome.out);
  BOOST_TEST(line_count(outcome.out) == 4, outcome.out);
  const auto has = [&](const std::string& part) {
    BOOST_TEST(outcome.out.find(part) != std::string::npos, outcome.out);
  };
  has("\ncompiler: ");
  has("\nCPU instruction sets: ");
  has(cpu_instruction_set());
  has("\nCUDA: ");
  has("built in");
}

}  // namespace

BOOST_AUTO_TEST_CASE(every_program_says_its_version) {
  const std::filesystem::path beside = std::filesystem::path(CREDENCE_BENCH).parent_path();
  check_version(CREDENCE_BENCH);
  check_version(beside / "credence-training-step");
  check_version(beside / "credence-cost-curves");
  check_version(beside / "credence-explain-step");
  check_version(beside / "credence-gradient-variance");
  check_version(CREDENCE_TRAIN_MNIST);
  if (!std::string(CREDENCE_KERNELS).empty()) check_version(CREDENCE_KERNELS);
}

BOOST_AUTO_TEST_CASE(a_command_can_be_pasted_into_a_shell) {
  const char* const argv[] = {"credence-bench", "--out", "my results", "--lr", "1e-2", "it's", ""};
  BOOST_TEST(benchmarks::command_text(7, argv) ==
             R"(credence-bench --out 'my results' --lr 1e-2 'it'\''s' '')");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace credence::test
