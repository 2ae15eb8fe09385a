// Tests of the program examples/train_mnist.
#include "tests/benchmarks/program.hpp"
#include "tests/benchmarks/small_mnist.hpp"

#include <regex>

#include <boost/test/unit_test.hpp>

namespace credence::test {

BOOST_AUTO_TEST_SUITE(train_mnist)

namespace {

bool is_result(const std::string& text, const std::string& dataset) {
  const std::regex form(
      dataset + R"(: \d+\.\d\d % of \d+ test images right, negative log-likelihood \d+\.\d{4}\n)");
  return std::regex_match(text, form);
}

}  // namespace

BOOST_AUTO_TEST_CASE(it_trains_on_the_files_of_a_folder) {
  const TemporaryFolder folder;
  write_small_mnist(folder, 300, 100);
  const Outcome outcome = run_program(CREDENCE_TRAIN_MNIST, {folder.path().string(), "1"});
  BOOST_TEST(outcome.status == 0);
  BOOST_TEST(is_result(outcome.out, "mnist"), outcome.out);
  BOOST_TEST(line_count(outcome.err) == 1);
}

BOOST_AUTO_TEST_CASE(it_draws_digits_where_there_is_no_data) {
  const Outcome outcome = run_program(CREDENCE_TRAIN_MNIST, {"", "1"});
  BOOST_TEST(outcome.status == 0);
  BOOST_TEST(is_result(outcome.out, "synthetic-digits"), outcome.out);
}

BOOST_AUTO_TEST_CASE(epochs_that_are_no_number_are_wrong_usage) {
  for (const char* epochs : {"3x", "1e1", "0", "-1", "", "0x2", "99999999999999999999"}) {
    const Outcome outcome = run_program(CREDENCE_TRAIN_MNIST, {"", epochs});
    BOOST_TEST(outcome.status == 2, epochs);
    BOOST_TEST(outcome.out == "");
    BOOST_TEST(outcome.err == "train_mnist: takes [FOLDER [EPOCHS]], EPOCHS from 1 on\n");
  }
}

BOOST_AUTO_TEST_CASE(a_folder_without_data_is_an_error) {
  const TemporaryFolder folder;
  const Outcome outcome = run_program(CREDENCE_TRAIN_MNIST, {folder.path().string()});
  BOOST_TEST(outcome.status == 1);
  BOOST_TEST(outcome.out == "");
  BOOST_TEST(outcome.err.starts_with("train_mnist: " + folder.path().string()), outcome.err);
  BOOST_TEST(line_count(outcome.err) == 1);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace credence::test
