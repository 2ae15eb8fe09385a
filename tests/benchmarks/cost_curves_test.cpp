// Tests of cost curves: what counts as a cliff, and the program credence-cost-curves.
#include "benchmarks/steps/cost_figure.hpp"
#include "framework/base/error.hpp"
#include "tests/benchmarks/program.hpp"
#include "tests/framework/support.hpp"

#include <boost/test/unit_test.hpp>
#include <nlohmann/json.hpp>

namespace credence::test {

BOOST_AUTO_TEST_SUITE(cost_curves)

namespace {

using benchmarks::CostCurve;
using benchmarks::CostCurves;
using Json = nlohmann::json;

// A training step over 1, 2, 4, … images.
CostCurve doubling(const std::vector<double>& milliseconds) {
  CostCurve curve{"training step", "batch size", "image", {}};
  std::int64_t size = 1;
  for (const double time : milliseconds) {
    curve.points.push_back({size, time, time, 3});
    size *= 2;
  }
  return curve;
}

CostCurves of_lenet5(const CostCurve& curve) {
  return {"LeNet5", benchmarks::Family::bayesian, "cpu", "device cpu", "fp32", 1, {curve}};
}

bool contains(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

Outcome run_curves(const std::vector<std::string>& arguments) {
  const std::filesystem::path beside = std::filesystem::path(CREDENCE_BENCH).parent_path();
  return run_program((beside / "credence-cost-curves").string(), arguments);
}

}  // namespace

BOOST_AUTO_TEST_CASE(a_cliff_is_a_quarter_more_than_proportional) {
  using Indices = std::vector<std::size_t>;
  const auto found = [](const CostCurve& curve) { return benchmarks::cliffs(curve); };
  BOOST_TEST(found(doubling({1, 2, 4, 8})) == Indices{});
  BOOST_TEST(found(doubling({1, 1, 1.5, 3.7})) == Indices{});
  BOOST_TEST(found(doubling({1, 2.5, 6.25})) == Indices{});
  BOOST_TEST(found(doubling({1, 2.51, 5, 15, 31})) == (Indices{1, 3}));
  BOOST_TEST(found(doubling({7})) == Indices{});
}

BOOST_AUTO_TEST_CASE(growth_counts_for_sizes_that_do_not_double) {
  BOOST_TEST(benchmarks::growth({8, 2, 2, 3}, {16, 6, 6, 3}) == 6.0 / 2);
  BOOST_TEST(benchmarks::growth({8, 2, 2, 3}, {32, 8, 8, 3}) == 2);
  BOOST_TEST(benchmarks::growth({10, 2, 2, 3}, {15, 3, 3, 3}) == 2);
}

BOOST_AUTO_TEST_CASE(the_text_names_each_cliff) {
  const std::string text = benchmarks::cost_text(of_lenet5(doubling({1, 3, 5, 15})));
  BOOST_TEST(contains(text, "\ncliff: training step, batch size 1 to 2: factor 3.00\n"), text);
  BOOST_TEST(contains(text, "\ncliff: training step, batch size 4 to 8: factor 3.00\n"), text);
  BOOST_TEST(!contains(text, "batch size 2 to 4"), text);
  BOOST_TEST(!contains(text, "no cliff"), text);
  BOOST_TEST(contains(text, "|          4 |    5.000 ms |    1.250 ms |   1.67 |\n"), text);
}

BOOST_AUTO_TEST_CASE(the_text_says_where_there_is_no_cliff) {
  const std::string text = benchmarks::cost_text(of_lenet5(doubling({0.25, 0.5})));
  BOOST_TEST(contains(text, "\nno cliff: "), text);
  BOOST_TEST(!contains(text, "\ncliff: "), text);
  BOOST_TEST(contains(text, "250.0 µs |   2.00 |\n"), text);
}

BOOST_AUTO_TEST_CASE(the_json_holds_all_points) {
  const Json json = Json::parse(benchmarks::cost_json(of_lenet5(doubling({1, 3, 5}))));
  BOOST_TEST(json.at("model") == "LeNet5");
  BOOST_TEST(json.at("threads") == 1);
  const Json& curve = json.at("curves").at(0);
  BOOST_TEST(curve.at("points").size() == 3U);
  BOOST_TEST(!curve.at("points").at(0).contains("factor"));
  BOOST_TEST(curve.at("points").at(1).at("size") == 2);
  BOOST_TEST(curve.at("points").at(1).at("median_ms") == 3);
  BOOST_TEST(curve.at("points").at(1).at("ms_each") == 1.5);
  BOOST_TEST(curve.at("points").at(1).at("factor") == 3);
  BOOST_TEST(curve.at("cliffs_at") == Json{2});
}

BOOST_AUTO_TEST_CASE(any_curve_with_points_can_be_drawn) {
  const TemporaryFolder folder;
  const std::filesystem::path stem = folder.path() / "cost";
  for (const CostCurve& curve :
       {doubling({7}), doubling({3, 3, 3}), doubling({1e-3, 1, 1e4}), doubling({5, 4, 1})}) {
    benchmarks::draw_cost(of_lenet5(curve), stem);
    // Coordinates that are not finite would be written like this.
    const std::string svg = read_text(stem.string() + ".svg");
    BOOST_TEST(contains(svg, "</svg>"));
    BOOST_TEST(!contains(svg, "nan"));
    BOOST_TEST(!contains(svg, "inf"));
  }
  BOOST_CHECK_THROW(benchmarks::draw_cost(of_lenet5(doubling({})), stem), ValueError);
}

BOOST_AUTO_TEST_CASE(a_run_leaves_tables_json_and_figures) {
  const TemporaryFolder folder;
  const std::string prefix = (folder.path() / "curves").string();
  const Outcome outcome =
      run_curves({"--batch-sizes", "1", "2", "4", "--samples", "1", "3", "--prediction-batch", "2",
                  "--seconds", "0", "--threads", "1", "--out", prefix});
  BOOST_TEST(outcome.status == 0, outcome.err);
  BOOST_TEST(outcome.out.starts_with("BayesianLeNet5, device cpu"), outcome.out);
  BOOST_TEST(contains(outcome.out, "prediction of 2 images"), outcome.out);
  BOOST_TEST(contains(outcome.out, "cliff: "), outcome.out);
  const Json json = Json::parse(read_text(prefix + ".json"));
  BOOST_TEST_REQUIRE(json.at("curves").size() == 2U);
  for (const Json& curve : json.at("curves")) {
    for (const Json& point : curve.at("points")) {
      BOOST_TEST(point.at("median_ms") > 0);
      BOOST_TEST(point.at("median_ms") >= point.at("least_ms"));
      BOOST_TEST(point.at("repeats") >= 3);
    }
  }
  BOOST_TEST(json.at("curves").at(0).at("points").size() == 3U);
  BOOST_TEST(json.at("curves").at(1).at("points").at(1).at("size") == 3);
  const std::string png = read_text(prefix + ".png");
  BOOST_TEST(png.substr(1, 3) == "PNG");
  BOOST_TEST(png.size() > 5000U);
  const std::string svg = read_text(prefix + ".svg");
  BOOST_TEST(svg.size() > 5000U);
  BOOST_TEST(contains(svg, "</svg>"));
  BOOST_TEST(json.at("program").at("name") == "credence-cost-curves");
}

BOOST_AUTO_TEST_CASE(files_of_an_earlier_run_are_replaced_by_force_alone) {
  const TemporaryFolder folder;
  const std::string prefix = (folder.path() / "curves").string();
  const std::filesystem::path figure = folder.write("curves.svg", "drawn before");
  const std::vector<std::string> arguments{"--family",  "frequentist", "--batch-sizes", "010",
                                           "--seconds", "0",           "--threads",     "1",
                                           "--out",     prefix};
  const Outcome refused = run_curves(arguments);
  BOOST_TEST(refused.status == 1);
  BOOST_TEST(refused.out == "");
  BOOST_TEST(refused.err == "credence-cost-curves: " + figure.string() +
                                ": is there already; --force replaces it\n");
  BOOST_TEST(read_text(figure) == "drawn before");
  std::vector<std::string> forced = arguments;
  forced.emplace_back("--force");
  const Outcome outcome = run_curves(forced);
  BOOST_TEST(outcome.status == 0, outcome.err);
  BOOST_TEST(contains(read_text(figure), "</svg>"));
  const Json json = Json::parse(read_text(prefix + ".json"));
  BOOST_TEST(json.at("curves").at(0).at("points").at(0).at("size") == 10);
}

BOOST_AUTO_TEST_CASE(frequentist_models_have_training_steps_alone) {
  const Outcome outcome = run_curves(
      {"--family", "frequentist", "--batch-sizes", "1", "--seconds", "0", "--threads", "1"});
  BOOST_TEST(outcome.status == 0, outcome.err);
  BOOST_TEST(outcome.out.starts_with("LeNet5, "), outcome.out);
  BOOST_TEST(!contains(outcome.out, "prediction"), outcome.out);
}

BOOST_AUTO_TEST_CASE(wrong_usage_of_cost_curves_is_one_line_and_status_two) {
  const auto check = [](const std::vector<std::string>& arguments, const std::string& message) {
    const Outcome outcome = run_curves(arguments);
    BOOST_TEST(outcome.status == 2, message);
    BOOST_TEST(outcome.out == "");
    BOOST_TEST(outcome.err.starts_with("credence-cost-curves: "), outcome.err);
    BOOST_TEST(contains(outcome.err, message), outcome.err);
    BOOST_TEST(line_count(outcome.err) == 1, outcome.err);
  };
  check({"--fast"}, "--fast");
  check({"--model", "LeNet6"}, "--model");
  check({"--batch-sizes", "4", "2"}, "--batch-sizes");
  check({"--batch-sizes", "0"}, "--batch-sizes");
  check({"--batch-sizes", "1", "0x2"}, "--batch-sizes");
  check({"--prediction-batch", "1e1"}, "--prediction-batch");
  check({"--force"}, "--out");
  check({"--samples", "2", "2"}, "--samples");
  check({"--samples", "4", "--family", "frequentist"}, "--family bayesian");
  check({"--precision", "bf16"}, "--device cuda");
  check({"--precision", "fp16", "--device", "cuda"}, "--precision");
  const Outcome unwritable = run_curves({"--out", "/nonexistent/curves"});
  BOOST_TEST(unwritable.status == 1);
  BOOST_TEST(line_count(unwritable.err) == 1, unwritable.err);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace credence::test
