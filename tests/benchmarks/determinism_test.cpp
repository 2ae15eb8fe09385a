// Tests of what runs of credence-bench promise: the same checkpoints for any number of threads and
// workers, and the same scores up to rounding on every instruction set. docs/reliability.md lists
// the promises.
#include "framework/dispatch/kernels.hpp"
#include "tests/benchmarks/program.hpp"
#include "tests/benchmarks/small_mnist.hpp"

#include <cmath>
#include <string>
#include <vector>

#include <boost/test/unit_test.hpp>
#include <nlohmann/json.hpp>

namespace credence::test {

BOOST_AUTO_TEST_SUITE(determinism)

namespace {

using Arguments = std::vector<std::string>;

const std::vector<std::string> kFiles{"frequentist.safetensors", "bayesian.safetensors"};

// The checkpoints of a short run of both families, byte for byte.
std::vector<std::string> checkpoints(const TemporaryFolder& data, const Arguments& more) {
  const TemporaryFolder out;
  Arguments arguments{"--data-dir",   data.path().string(),
                      "--out",        (out.path() / "run").string(),
                      "--epochs",     "2",
                      "--batch-size", "64",
                      "--validation", "20",
                      "--samples",    "2",
                      "--no-progress"};
  arguments.insert(arguments.end(), more.begin(), more.end());
  const Outcome outcome = run_program(CREDENCE_BENCH, arguments);
  BOOST_TEST_REQUIRE(outcome.status == 0, outcome.err);
  std::vector<std::string> bytes;
  for (const std::string& file : kFiles) {
    bytes.push_back(read_file(out.path() / "run" / file));
    BOOST_TEST_REQUIRE(!bytes.back().empty(), file);
  }
  return bytes;
}

}  // namespace

BOOST_AUTO_TEST_CASE(threads_and_workers_change_no_byte_of_a_checkpoint) {
  const TemporaryFolder data;
  write_small_mnist(data, 200, 30);
  const std::vector<std::string> expected =
      checkpoints(data, {"--threads", "1", "--n-workers", "0"});
  for (const Arguments& counts : {Arguments{"--threads", "2", "--n-workers", "1"},
                                  Arguments{"--threads", "3", "--n-workers", "3"}}) {
    const std::vector<std::string> actual = checkpoints(data, counts);
    for (std::size_t i = 0; i < kFiles.size(); ++i) {
      BOOST_TEST((actual[i] == expected[i]),
                 kFiles[i] << " with " << counts[1] << " threads and " << counts[3] << " workers");
    }
  }
  BOOST_TEST((checkpoints(data, {"--seed", "2"}) != expected), "another seed");
}

BOOST_AUTO_TEST_CASE(instruction_sets_agree_up_to_rounding) {
  const TemporaryFolder data;
  write_small_mnist(data, 200, 100);
  const TemporaryFolder out;
  const std::string run = (out.path() / "run").string();
  const Outcome trained =
      run_program(CREDENCE_BENCH, {"--data-dir", data.path().string(), "--out", run, "--epochs",
                                   "1", "--validation", "0", "--samples", "2", "--no-progress"});
  BOOST_TEST_REQUIRE(trained.status == 0, trained.err);
  for (const std::string& file : kFiles) {
    const auto nll = [&](const std::string& isa) {
      const Outcome outcome =
          run_program(CREDENCE_BENCH,
                      {"evaluate", "--checkpoint", run + "/" + file, "--dataset", "mnist",
                       "--data-dir", data.path().string(), "--samples", "3", "--json", "-"},
                      {"CREDENCE_ISA=" + isa});
      BOOST_TEST_REQUIRE(outcome.status == 0, isa << ": " << outcome.err);
      const auto json = nlohmann::json::parse(outcome.out);
      const bool bayesian = file.starts_with("bayesian");
      return json.at(bayesian ? "posterior_samples" : "weights").at("nll").get<double>();
    };
    const double expected = nll("");
    for (const std::string& isa : cpu_instruction_sets()) {
      BOOST_TEST(std::abs(nll(isa) - expected) < 1e-5 * expected, file << " with " << isa);
    }
  }
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace credence::test
