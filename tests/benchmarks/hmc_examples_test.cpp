// Tests of examples/hmc_digits and examples/regression_methods, in short runs: the tables are
// complete, and the posterior is at distance 0 from itself.
#include "tests/benchmarks/program.hpp"
#include "tests/framework/support.hpp"

#include <filesystem>
#include <map>
#include <sstream>

#include <boost/test/unit_test.hpp>

namespace credence::test {

BOOST_AUTO_TEST_SUITE(hmc_examples)

namespace {

std::string example(const char* name) {
  return (std::filesystem::path(CREDENCE_TRAIN_MNIST).parent_path() / name).string();
}

// The numbers of each row of the table, by the method's name.
std::map<std::string, std::vector<double>> table(const std::string& text) {
  std::map<std::string, std::vector<double>> rows;
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) {
    if (!line.starts_with("| ") || line.starts_with("| method") || line.starts_with("| ---")) {
      continue;
    }
    std::istringstream cells(line.substr(2));
    std::string name;
    std::getline(cells, name, '|');
    std::vector<double>& numbers = rows[name.substr(0, name.size() - 1)];
    for (std::string cell; std::getline(cells, cell, '|');) numbers.push_back(std::stod(cell));
  }
  return rows;
}

const char* const kMethods[] = {"trained network",
                                "ensemble of 5",
                                "MC dropout",
                                "SWAG",
                                "IVON",
                                "Laplace, last layer, full",
                                "Laplace, all layers, Kronecker",
                                "cyclical SGLD",
                                "cyclical SGHMC",
                                "variational, Gaussian",
                                "variational, dropout",
                                "HMC, chains 1 and 2",
                                "HMC, chains 3 and 4"};

}  // namespace

BOOST_AUTO_TEST_CASE(digits_are_compared_by_agreement_and_total_variation) {
  const Outcome outcome = run_program(example("hmc_digits"), {"--quick"});
  BOOST_REQUIRE(outcome.status == 0);
  const auto rows = table(outcome.out);
  BOOST_TEST(rows.size() == std::size(kMethods));
  for (const char* name : kMethods) {
    BOOST_REQUIRE(rows.contains(name));
    const std::vector<double>& row = rows.at(name);
    BOOST_REQUIRE(row.size() == 6U);
    BOOST_TEST(row[1] > 0, name);
    const bool itself = std::string(name) == "HMC, chains 1 and 2";
    BOOST_TEST((row[3] == 1 || !itself), name);
    BOOST_TEST((row[4] == 0) == itself, name);
    BOOST_TEST(row[4] < 1, name);
  }
  BOOST_TEST(outcome.out.find("split R-hat of probabilities") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(regressions_are_compared_by_their_densities_and_drawn) {
  const TemporaryFolder folder;
  const std::filesystem::path stem = folder.path() / "methods";
  const Outcome outcome = run_program(example("regression_methods"), {"--quick", stem.string()});
  BOOST_REQUIRE(outcome.status == 0);
  const auto rows = table(outcome.out);
  BOOST_TEST(rows.size() == std::size(kMethods));
  for (const char* name : kMethods) {
    BOOST_REQUIRE(rows.contains(name));
    const std::vector<double>& row = rows.at(name);
    BOOST_REQUIRE(row.size() == 8U);
    const bool itself = std::string(name) == "HMC, chains 1 and 2";
    for (const std::size_t distance : {4U, 5U, 6U}) BOOST_TEST((row[distance] == 0) == itself, name);
    BOOST_TEST(row[6] <= 1, name);
    const bool one_function = std::string(name) == "trained network";
    BOOST_TEST((row[2] == 0) == one_function, name);
  }
  BOOST_TEST(std::filesystem::file_size(stem.string() + ".png") > 10'000U);
  BOOST_TEST(std::filesystem::exists(stem.string() + ".svg"));
}

BOOST_AUTO_TEST_CASE(other_arguments_are_refused) {
  for (const char* name : {"hmc_digits", "regression_methods"}) {
    const Outcome outcome = run_program(example(name), {"--fast"});
    BOOST_TEST(outcome.status == 2);
    BOOST_TEST(outcome.err.find("--fast") != std::string::npos);
  }
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace credence::test
