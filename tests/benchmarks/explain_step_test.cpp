// Tests of the account of a training step: its sums, the times that follow from a card, and the
// program credence-explain-step.
#include "benchmarks/steps/step_account.hpp"
#include "tests/benchmarks/program.hpp"

#include <boost/test/unit_test.hpp>
#include <nlohmann/json.hpp>

namespace credence::test {

BOOST_AUTO_TEST_SUITE(explain_step)

namespace {

using benchmarks::Card;
using device::Arithmetic;
using device::Source;
using Json = nlohmann::json;

Outcome explained(const std::vector<std::string>& arguments) {
  const std::filesystem::path beside = std::filesystem::path(CREDENCE_BENCH).parent_path();
  return run_program((beside / "credence-explain-step").string(), arguments);
}

Json json_of(std::vector<std::string> arguments) {
  arguments.push_back("--json");
  const Outcome outcome = explained(arguments);
  BOOST_TEST_REQUIRE(outcome.status == 0, outcome.err);
  return Json::parse(outcome.out);
}

// The row of this name; null where there is none.
Json row_of(const Json& account, const std::string& name, const std::string& arithmetic = "fp32") {
  for (const Json& row : account.at("calls")) {
    if (row.at("name") == name && row.at("arithmetic") == arithmetic) return row;
  }
  return nullptr;
}

}  // namespace

BOOST_AUTO_TEST_CASE(a_call_takes_the_time_of_its_bytes_or_of_its_flops) {
  const Card card{.terabytes = 2, .fp32 = 10, .tf32 = 100, .bf16 = 200, .fp64 = 5};
  const device::Work work{3'000'000, 1'000'000, 40'000'000};
  const auto seconds = [&](Arithmetic arithmetic) {
    return benchmarks::least_seconds({"product", Source::cublas_lt, arithmetic, work}, card);
  };
  const auto close = boost::test_tools::tolerance(1e-12);
  BOOST_TEST(seconds(Arithmetic::fp32) == 4e-6, close);
  BOOST_TEST(seconds(Arithmetic::fp64) == 8e-6, close);
  // The bytes: 4 MB at 2 TB/s.
  BOOST_TEST(seconds(Arithmetic::tf32) == 2e-6, close);
  BOOST_TEST(seconds(Arithmetic::bf16) == 2e-6, close);
}

BOOST_AUTO_TEST_CASE(calls_of_one_name_source_and_arithmetic_are_one_row) {
  const std::vector<device::Call> calls{
      {"linear", Source::kernel, Arithmetic::fp32, {1, 2, 3}},
      {"linear", Source::cublas_lt, Arithmetic::fp32, {10'000'000, 0, 0}},
      {"linear", Source::cublas_lt, Arithmetic::tf32, {4, 5, 6}},
      {"linear", Source::cublas_lt, Arithmetic::fp32, {0, 20'000'000, 7}}};
  const auto rows = benchmarks::account_of(calls, {.terabytes = 1});
  BOOST_TEST_REQUIRE(rows.size() == 3U);
  BOOST_TEST(rows[0].launches == 2);
  BOOST_TEST(rows[0].call.work.read_bytes == 10'000'000);
  BOOST_TEST(rows[0].call.work.written_bytes == 20'000'000);
  BOOST_TEST(rows[0].call.work.flops == 7);
  BOOST_TEST(rows[0].seconds == 30e-6, boost::test_tools::tolerance(1e-12));
  const benchmarks::AccountRow total = benchmarks::total_of(rows);
  BOOST_TEST(total.launches == 4);
  BOOST_TEST(total.call.work.flops == 16);
}

// LeNet5 takes 28 × 28 pixels. Its convolutions have 6 · 24² outputs of 25 weights and 16 · 8² of
// 6 · 25; its fully connected layers are 256 → 120 → 84 → 10, of which the first two have ReLU.
BOOST_AUTO_TEST_CASE(the_products_of_lenet5_have_the_flops_of_their_shapes) {
  constexpr std::int64_t kBatch = 3;
  const Json account = json_of({"--batch-size", "3"});
  BOOST_TEST(account.at("model") == "LeNet5");
  BOOST_TEST(account.at("precision") == "fp32");
  const auto check = [&](const char* name, int launches, std::int64_t flops) {
    const Json row = row_of(account, name);
    BOOST_TEST_REQUIRE(row.is_object(), name);
    BOOST_TEST(row.at("launches") == launches, name);
    BOOST_TEST(row.at("flops") == kBatch * flops, name);
  };
  constexpr std::int64_t kFirst = 2 * 6 * 24 * 24 * 25;
  constexpr std::int64_t kSecond = 2 * 16 * 8 * 8 * 150;
  check("convolution with epilogue", 2, kFirst + kSecond + 6 * 24 * 24 + 16 * 8 * 8);
  check("convolution backward weight", 2, kFirst + kSecond);
  // The first convolution's input is the image, which needs no gradient.
  check("convolution backward data", 1, kSecond);
  constexpr std::int64_t kLinear = 2 * (256 * 120 + 120 * 84 + 84 * 10);
  check("linear", 9, 3 * kLinear + 120 + 84 + 10 + 120 + 84);
  std::int64_t nodes = 0;
  for (const Json& row : account.at("calls")) nodes += row.at("launches").get<std::int64_t>();
  BOOST_TEST(account.at("total").at("launches") == nodes);
  const Json adam = row_of(account, "adam");
  BOOST_TEST(adam.at("launches") == 1);
  // Reads gradient, parameter and two moments of the 44 426 parameters; the flat buffer pads each
  // to whole cache lines.
  BOOST_TEST(adam.at("read_bytes").get<std::int64_t>() >= 4 * 4 * 44426);
  BOOST_TEST(adam.at("read_bytes").get<std::int64_t>() < 4 * 4 * (44426 + 10 * 64));
}

BOOST_AUTO_TEST_CASE(a_bayesian_step_has_two_products_for_each_of_the_other) {
  const Json other = json_of({"--batch-size", "2"});
  const Json bayesian = json_of({"--batch-size", "2", "--family", "bayesian"});
  const auto launches = [](const Json& step, const char* name) {
    return row_of(step, name).at("launches").get<int>();
  };
  for (const char* name : {"convolution backward weight", "convolution backward data"}) {
    BOOST_TEST(launches(bayesian, name) == 2 * launches(other, name), name);
  }
  // Both in one call.
  BOOST_TEST(launches(bayesian, "linear, two products") == launches(other, "linear"));
  BOOST_TEST(row_of(bayesian, "add_noise").at("launches") == 5);
  BOOST_TEST(row_of(bayesian, "add_noise backward").at("launches") == 5);
}

BOOST_AUTO_TEST_CASE(a_card_and_a_precision_change_the_times) {
  const auto least = [](std::vector<std::string> arguments) {
    arguments.insert(arguments.end(), {"--batch-size", "2"});
    return json_of(arguments).at("total").at("least_us").get<double>();
  };
  const auto close = boost::test_tools::tolerance(1e-9);
  const double twice = least({"--card-bandwidth", "9.6", "--card-fp32", "134"});
  BOOST_TEST(least({}) == 2 * twice, close);
  const Json tensor = json_of({"--batch-size", "2", "--precision", "tf32"});
  BOOST_TEST(row_of(tensor, "linear", "tf32").is_object());
  BOOST_TEST(row_of(tensor, "linear", "fp32").is_null());
}

BOOST_AUTO_TEST_CASE(the_table_has_a_line_for_each_kernel_and_for_the_total) {
  const Outcome outcome = explained({"--batch-size", "2"});
  BOOST_TEST_REQUIRE(outcome.status == 0, outcome.err);
  for (const char* text :
       {"LeNet5, batch 2, fp32: ", "4.8 TB/s", "| kernel or library call",
        "\n| cuDNN convolution with epilogue, fp32 ", "\n| adam ", "\n| total "}) {
    BOOST_TEST(outcome.out.find(text) != std::string::npos, text << outcome.out);
  }
}

BOOST_AUTO_TEST_CASE(wrong_usage_of_explain_step_is_one_line_and_status_two) {
  const auto check = [](const std::vector<std::string>& arguments, const std::string& message) {
    const Outcome outcome = explained(arguments);
    BOOST_TEST(outcome.status == 2, message);
    BOOST_TEST(outcome.out == "", outcome.out);
    BOOST_TEST(outcome.err.starts_with("credence-explain-step: "), outcome.err);
    BOOST_TEST(outcome.err.find(message) != std::string::npos, outcome.err);
    BOOST_TEST(line_count(outcome.err) == 1, outcome.err);
  };
  check({"--device", "cuda"}, "--device");
  check({"--card-bandwidth", "0"}, "--card-bandwidth");
  check({"--norm", "batch"}, "LeNet5 has no such normalisation, only none");
}

BOOST_AUTO_TEST_CASE(a_step_on_the_cpu_is_not_explained) {
  const std::filesystem::path beside = std::filesystem::path(CREDENCE_BENCH).parent_path();
  const std::string program = (beside / "credence-training-step").string();
  const Outcome on_cpu = run_program(program, {"--explain"});
  BOOST_TEST(on_cpu.status == 2);
  BOOST_TEST(on_cpu.err.find("--explain needs --device cuda") != std::string::npos, on_cpu.err);
  const Outcome twice = run_program(program, {"--explain", "--device", "cuda", "--samples", "1"});
  BOOST_TEST(twice.status == 2);
  const Outcome on_cuda =
      run_program(program, {"--explain", "--device", "cuda", "--batch-size", "2"});
  if (on_cuda.status == 0) {
    BOOST_TEST(on_cuda.out.find("| total ") != std::string::npos, on_cuda.out);
    return;
  }
  BOOST_TEST(on_cuda.status == 1);
  BOOST_TEST(line_count(on_cuda.err) == 1, on_cuda.err);
  BOOST_TEST(
      on_cuda.err.find("credence-explain-step gives the account without one") != std::string::npos,
      on_cuda.err);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace credence::test
