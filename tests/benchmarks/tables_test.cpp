// Tests of tables as data sets of credence-bench: which rows and classes they are, what a model of
// them keeps, and the messages about what cannot be used.
#include "benchmarks/driver/tables.hpp"

#include "data/npy.hpp"
#include "framework/base/error.hpp"
#include "framework/io/safetensors.hpp"
#include "tests/benchmarks/program.hpp"

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <string>
#include <utility>
#include <vector>

#include <boost/test/unit_test.hpp>
#include <fmt/core.h>
#include <nlohmann/json.hpp>

namespace credence::benchmarks {

BOOST_AUTO_TEST_SUITE(tables)

namespace {

using Json = nlohmann::json;
using Arguments = std::vector<std::string>;
using test::Outcome;

const auto per_element = boost::test_tools::per_element();

Outcome bench(const Arguments& arguments) { return test::run_program(CREDENCE_BENCH, arguments); }

void check_failure(const Outcome& outcome, int status, const std::string& message) {
  BOOST_TEST(outcome.status == status, outcome.err);
  BOOST_TEST(outcome.out == "");
  BOOST_TEST(test::line_count(outcome.err) == 1, outcome.err);
  BOOST_TEST(outcome.err.starts_with("credence-bench: " + message), outcome.err);
}

// Three kinds in turn, which `size` tells apart: 10, 20 or 30 and at most 1 more. `weight` says
// nothing and is far from 0.
std::string three_kinds(int rows) {
  const std::vector<std::string> kinds{"pear", "apple", "fig, dried"};
  std::string text = "size,kind,weight\n";
  for (int i = 0; i < rows; ++i) {
    const auto kind = static_cast<std::size_t>(i % 3);
    text += fmt::format("{},\"{}\",{}\n", 10.0 * (i % 3 + 1) + (i % 7) / 6.0, kinds[kind],
                        1000 + i % 5);
  }
  return text;
}

std::filesystem::path numpy_file(const std::string& name) {
  return std::filesystem::path(CREDENCE_TEST_REFERENCE) / "numpy" / name;
}

// Both parts of the rows, each row as its inputs and its target.
std::vector<std::vector<double>> rows_of(const RunSets& sets) {
  std::vector<std::vector<double>> rows;
  for (const data::Dataset* set : {&sets.train, &sets.test}) {
    const std::vector<double> inputs = set->inputs.to_vector<double>();
    const std::vector<double> targets = set->targets.to_vector<double>();
    const auto columns = static_cast<std::ptrdiff_t>(inputs.size() / targets.size());
    for (std::size_t i = 0; i < targets.size(); ++i) {
      const auto begin = inputs.begin() + static_cast<std::ptrdiff_t>(i) * columns;
      rows.emplace_back(begin, begin + columns).push_back(targets[i]);
    }
  }
  std::sort(rows.begin(), rows.end());
  return rows;
}

}  // namespace

BOOST_AUTO_TEST_CASE(texts_become_classes_in_ascending_order) {
  const test::TemporaryFolder folder;
  const auto file = folder.write("fruit.csv", three_kinds(30));
  const RunSets sets = class_sets(file, 1, "kind");
  BOOST_TEST(sets.train.name == "fruit");
  BOOST_TEST(sets.train.size() == 24);
  BOOST_TEST(sets.test.size() == 6);
  BOOST_TEST(sets.train.classes == 3);
  const std::vector<std::string> names{"apple", "fig, dried", "pear"};
  BOOST_TEST(sets.train.class_names == names, per_element);
  BOOST_TEST(sets.columns == (std::vector<std::string>{"size", "weight"}), per_element);
  BOOST_TEST(sets.target == "kind");
  for (const std::vector<double>& row : rows_of(sets)) {
    const std::vector<double> label_of_ten{2, 0, 1};
    BOOST_TEST(row[2] == label_of_ten[static_cast<std::size_t>(row[0] / 10) - 1]);
    BOOST_TEST(row[1] >= 1000);
  }
}

BOOST_AUTO_TEST_CASE(integers_become_classes_by_their_value) {
  const test::TemporaryFolder folder;
  std::string text;
  for (int i = 0; i < 12; ++i) text += fmt::format("{} {}\n", i, i % 3 == 0 ? -2 : i % 3 * 9);
  const RunSets sets = class_sets(folder.write("digits.txt", text), 1);
  BOOST_TEST(sets.train.class_names == (std::vector<std::string>{"-2", "9", "18"}), per_element);
}

BOOST_AUTO_TEST_CASE(arrays_of_numpy_are_tables) {
  std::vector<std::vector<double>> numbers;
  std::vector<std::vector<double>> classes;
  for (int i = 0; i < 12; ++i) {
    numbers.push_back({1.0 * i, 1.0 * i * i, i / 8.0});
    classes.push_back({1.0 * i, 1.0 * i * i, 1.0 * (i % 3)});
  }
  BOOST_TEST((rows_of(table_sets(numpy_file("table.npz"), 1)) == numbers));
  const RunSets sets = class_sets(numpy_file("table.npz"), 1, "kinds");
  BOOST_TEST((rows_of(sets) == classes));
  BOOST_TEST(sets.train.class_names == (std::vector<std::string>{"8", "9", "10"}), per_element);

  const test::TemporaryFolder folder;
  const std::filesystem::path x = folder.path() / "x.npy";
  const std::filesystem::path y = folder.path() / "y.npy";
  data::write_npy(x, Tensor::from<float>({12, 1, 1}, {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11}));
  data::write_npy(y, Tensor::from<double>({12, 1}, {0, 2, 4, 6, 8, 10, 12, 14, 16, 18, 20, 22}));
  for (const std::vector<double>& row : rows_of(table_sets(x, 1, y.string()))) {
    BOOST_TEST(row[1] == 2 * row[0]);
  }
}

BOOST_AUTO_TEST_CASE(scales_are_means_and_deviations_of_the_training_rows) {
  const Tensor values = Tensor::from<float>({4, 2}, {1, 7, 1000, 7, 2, 7, 3, 7});
  const zoo::Scale scale = scale_of(values, {0, 2, 3});
  BOOST_TEST(scale.mean == (std::vector<float>{2, 7}), per_element);
  BOOST_TEST(scale.deviation[0] == std::sqrt(2.0F / 3), boost::test_tools::tolerance(1e-6F));
  BOOST_TEST(scale.deviation[1] == 1);  // of a column that never changes
}

BOOST_AUTO_TEST_CASE(a_table_of_classes_is_learned_kept_and_evaluated) {
  const test::TemporaryFolder folder;
  const std::string file = folder.write("fruit.csv", three_kinds(150)).string();
  const std::filesystem::path out = folder.path() / "out";
  const Outcome outcome =
      bench({"--dataset", file, "--target", "kind", "--epochs", "30", "--widths", "8,8", "--lr",
             "2e-2", "2e-2", "--threads", "1", "--no-progress", "--out", out.string()});
  BOOST_TEST_REQUIRE(outcome.status == 0, outcome.err);
  const Json json = Json::parse(test::read_text(out / "results.json"));
  BOOST_TEST(json.at("model") == "MLP");
  BOOST_TEST(json.at("training_rows") == 108);
  BOOST_TEST(json.at("validation_rows") == 12);
  BOOST_TEST(json.at("test_rows") == 30);
  BOOST_TEST(json.at("settings").at("target") == "kind");
  for (const Json& family : json.at("families")) {
    BOOST_TEST(family.at("test_after_last_epoch").at("accuracy") == 1);
  }
  for (const char* name : {"frequentist", "bayesian"}) {
    const std::filesystem::path checkpoint = out / (name + std::string(".safetensors"));
    const io::SafeTensors stored = io::load_safetensors(checkpoint);
    BOOST_TEST(stored.metadata.at("class_names") == "apple\nfig, dried\npear\n");
    BOOST_TEST(stored.metadata.at("columns") == "size\nweight\n");
    BOOST_TEST(stored.metadata.at("target") == "kind");
    BOOST_TEST(stored.find("input_mean")->data<float>()[1] == 1002,
               boost::test_tools::tolerance(1e-3F));
    // Of 0 to 4 with the same probability: √2.
    BOOST_TEST(stored.find("input_deviation")->data<float>()[1] == std::sqrt(2.0F),
               boost::test_tools::tolerance(0.1F));

    const Outcome evaluated = bench({"evaluate", "--checkpoint", checkpoint.string(), "--dataset",
                                     file, "--json", "-", "--samples", "5"});
    BOOST_TEST_REQUIRE(evaluated.status == 0, evaluated.err);
    const Json scores = Json::parse(evaluated.out);
    BOOST_TEST(scores.at("rows") == 150);
    const char* const way = name == std::string("bayesian") ? "posterior_samples" : "weights";
    BOOST_TEST(scores.at(way).at("accuracy") == 1);
  }
  const std::string checkpoint = (out / "bayesian.safetensors").string();
  const Outcome exported = bench(
      {"export", "--checkpoint", checkpoint, "--out", (out / "net.onnx").string(), "--json", "-"});
  BOOST_TEST_REQUIRE(exported.status == 0, exported.err);
  BOOST_TEST(Json::parse(exported.out).at("input").at("shape") == (Json{2}));
  const auto fails = [&](const Arguments& more, const std::string& message) {
    Arguments arguments{"evaluate", "--checkpoint", checkpoint};
    arguments.insert(arguments.end(), more.begin(), more.end());
    check_failure(bench(arguments), 1, message);
  };
  fails({},
        "[evaluate] MLP was trained on a table; --dataset FILE.csv, FILE.npy or FILE.npz names");
  const std::string other =
      folder.write("other.csv", "size,kind,weight\n10,pear,1\n20,plum,1\n").string();
  fails({"--dataset", other},
        other + ": line 3: column 2 (kind): \"plum\", expected one of the model's classes: apple");
  const std::string swapped = folder.write("swapped.csv", "weight,size,kind\n1,2,pear\n").string();
  fails({"--dataset", swapped},
        swapped + ": has the inputs weight, size, expected those of the model: size, weight");
  fails({"--dataset", "mnist"}, "[evaluate] MLP was trained on a table");
}

BOOST_AUTO_TEST_CASE(the_target_may_be_any_column_with_the_same_results) {
  const test::TemporaryFolder folder;
  std::string last = "a,b,price\n";
  std::string first = "price,a,b\n";
  for (int i = 0; i < 40; ++i) {
    const double a = i % 7;
    const double b = i % 11;
    last += fmt::format("{},{},{}\n", a, b, a - 2 * b);
    first += fmt::format("{},{},{}\n", a - 2 * b, a, b);
  }
  folder.write("last.csv", last);
  folder.write("first.csv", first);
  const auto run = [&](const Arguments& data) {
    Arguments arguments{"--task",    "regress", "--epochs",      "2",      "--samples", "3",
                        "--threads", "1",       "--no-progress", "--json", "-"};
    arguments.insert(arguments.end(), data.begin(), data.end());
    const Outcome outcome = bench(arguments);
    BOOST_TEST_REQUIRE(outcome.status == 0, outcome.err);
    const Json json = Json::parse(outcome.out);
    return std::pair(json.at("data_checksum"), json.at("families").at(1).at("report"));
  };
  const std::string at_the_end = (folder.path() / "last.csv").string();
  const std::string in_front = (folder.path() / "first.csv").string();
  const auto wanted = run({"--regression-data", at_the_end});
  BOOST_TEST((run({"--model", "MLP", "--dataset", at_the_end}) == wanted));
  BOOST_TEST((run({"--dataset", in_front, "--target", "price"}) == wanted));
}

BOOST_AUTO_TEST_CASE(tables_that_cannot_be_used_are_named) {
  const test::TemporaryFolder folder;
  const auto check = [&](const std::string& text, const std::string& target,
                         const std::string& message) {
    const std::string file = folder.write("table.csv", text).string();
    BOOST_CHECK_EXCEPTION(class_sets(file, 1, target), FileError, [&](const FileError& error) {
      BOOST_TEST(std::string(error.what()).starts_with(file + ": " + message), error.what());
      return true;
    });
  };
  const auto rows = [](const std::string& row) {
    std::string text = "x,kind\n";
    for (int i = 0; i < 12; ++i) text += fmt::format(fmt::runtime(row), i);
    return text;
  };
  check(three_kinds(12), "knid",
        "has no column \"knid\"; the nearest name is \"kind\"; its columns are size, kind, weight");
  check(three_kinds(12), "size", "line 2: column 2 (kind): \"pear\", expected a finite number");
  check(rows("{},1.5\n"), "kind",
        "line 2: column 2 (kind): \"1.5\", expected texts or integers as "
        "classes; --task regress predicts numbers");
  check(rows("{0},k{0}\n"), "kind", "column 2 (kind), the target, has 12 classes in 12 rows");
  check(rows("{},red\n"), "kind", "column 2 (kind), the target, is \"red\" in every row");
  check("x,kind\n1,red\n2,\n", "kind", "line 3: column 2 (kind): missing value \"\"");
  check("x,kind\n1,red\n2,blue\n", "kind", "has 2 rows, expected at least 10");

  const std::string archive = numpy_file("table.npz").string();
  BOOST_CHECK_EXCEPTION(class_sets(archive, 1, "knids"), FileError, [&](const FileError& error) {
    BOOST_TEST(error.what() == archive +
                                   ": has no array \"knids\"; the nearest name is "
                                   "\"kinds\"; its arrays are x, kinds, y");
    return true;
  });
  BOOST_CHECK_THROW(class_sets(archive, 1), FileError);  // its y are no integers
}

BOOST_AUTO_TEST_CASE(options_that_do_not_fit_a_table_are_wrong_usage) {
  const auto check = [](const Arguments& arguments, const std::string& message) {
    check_failure(bench(arguments), 2, message);
  };
  check({"--target", "a"}, "--target: needs a table, --dataset FILE.csv, FILE.npy or FILE.npz");
  check({"--dataset", "a.csv", "--model", "LeNet5"},
        "--model: LeNet5 takes images, not the rows of a table, as MLP does");
  check({"--dataset", "a.csv", "--task", "calib"},
        "--dataset: a table is for the tasks acc and regress");
  check({"--dataset", "a.csv", "--data-dir", "b"}, "--data-dir: is for data sets of images");
  check({"--task", "regress", "--dataset", "a.csv", "--regression-data", "b"},
        "--dataset: a table is given by --regression-data too");
  check({"--dataset", "a.xls"}, "--dataset: a.xls not in {");
  check_failure(bench({"--dataset", "/nonexistent/a.csv"}), 1, "/nonexistent/a.csv: ");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace credence::benchmarks
