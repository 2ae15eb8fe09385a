// Tests of monitors: the rules against numbers computed by hand, merged sums, and what running sums
// refuse.
#include "framework/base/error.hpp"
#include "framework/train/running_sums.hpp"
#include "tests/framework/support.hpp"

#include <cmath>
#include <limits>
#include <string>
#include <vector>

#include <boost/test/unit_test.hpp>

namespace credence::train {

BOOST_AUTO_TEST_SUITE(monitors)

namespace {

template <class T = float>
Tensor scalar(double value) {
  return Tensor::full({}, value, dtype_of<T>);
}

// One monitor of each rule. The batch's errors are given.
std::vector<Monitor> all_rules(const std::vector<double>& errors) {
  double sum = 0;
  double squares = 0;
  double large = 0;
  for (const double error : errors) {
    sum += error;
    squares += error * error;
    large += error > 2 ? 1 : 0;
  }
  const auto count = static_cast<double>(errors.size());
  return {
      {.name = "mean", .value = scalar(sum / count)},
      {.name = "rmse", .value = scalar(squares / count), .rule = Rule::root_mean},
      {.name = "sum", .value = scalar(sum), .rule = Rule::sum},
      {.name = "large share", .value = scalar(large), .rule = Rule::ratio},
      {.name = "large part", .value = scalar(sum), .rule = Rule::ratio, .divisor = scalar(large)},
      {.name = "added", .rule = Rule::sum, .add_to = [sum](double* total) { *total += sum; }}};
}

void add(RunningSums& sums, const std::vector<double>& errors) {
  sums.add(scalar(errors.front()), all_rules(errors), static_cast<std::int64_t>(errors.size()));
}

const std::vector<double> kFirst{1, 3, 4};
const std::vector<double> kSecond{8};

std::vector<double> numbers(const std::vector<MonitorSum>& sums) {
  std::vector<double> values;
  for (const NamedValue& value : values_of(sums)) values.push_back(value.value);
  return values;
}

// Of the errors 1, 3, 4 and 8: squares 1 + 9 + 16 + 64 = 90, three of them above 2.
const std::vector<double> kExpected{4, std::sqrt(22.5), 16, 0.75, 16.0 / 3, 16};

bool near(const std::vector<double>& actual, const std::vector<double>& expected) {
  bool same = actual.size() == expected.size();
  for (std::size_t i = 0; same && i < actual.size(); ++i) {
    same = std::abs(actual[i] - expected[i]) < 1e-6;
  }
  return same;
}

}  // namespace

BOOST_AUTO_TEST_CASE(each_rule_gives_the_number_of_all_samples) {
  RunningSums sums("test");
  sums.start({});
  add(sums, kFirst);
  add(sums, kSecond);
  const RunningSums::Totals totals = sums.read(4);
  BOOST_TEST(totals.loss == 3 * 1 + 8);
  BOOST_TEST(near(numbers(totals.monitors), kExpected));
}

BOOST_AUTO_TEST_CASE(sums_of_parts_merge_to_those_of_the_whole) {
  const auto of = [](const std::vector<double>& errors) {
    RunningSums sums("test");
    add(sums, errors);
    return sums.read(static_cast<std::int64_t>(errors.size())).monitors;
  };
  std::vector<MonitorSum> merged = of(kFirst);
  const std::vector<MonitorSum> other = of(kSecond);
  for (std::size_t i = 0; i < merged.size(); ++i) merged[i].merge(other[i]);
  BOOST_TEST(near(numbers(merged), kExpected));
  BOOST_CHECK_EXCEPTION(merged[0].merge(other[1]), ValueError,
                        says("the sums of \"rmse\" cannot be added to those of \"mean\""));
}

BOOST_AUTO_TEST_CASE(sums_go_on_from_what_was_read) {
  RunningSums first("test");
  add(first, kFirst);
  const RunningSums::Totals begun = first.read(3);
  RunningSums second("test");
  second.start(begun);
  add(second, kSecond);
  BOOST_TEST(near(numbers(second.read(4).monitors), kExpected));
  // Another epoch begins at 0.
  second.start({});
  add(second, kSecond);
  BOOST_TEST(near(numbers(second.read(1).monitors), {8, 8, 8, 1, 8, 8}));
}

BOOST_AUTO_TEST_CASE(there_may_be_more_monitors_than_one_kernel_adds) {
  std::vector<Monitor> many;
  for (int i = 0; i < 20; ++i) {
    many.push_back({.name = std::to_string(i),
                    .value = scalar(i),
                    .rule = i % 7 == 0 ? Rule::sum : Rule::mean});
  }
  RunningSums sums("test");
  sums.add(scalar(0), many, 5);
  sums.add(scalar(0), many, 3);
  const std::vector<double> values = numbers(sums.read(8).monitors);
  BOOST_REQUIRE(values.size() == 20U);
  for (int i = 0; i < 20; ++i) {
    BOOST_TEST(values[static_cast<std::size_t>(i)] == (i % 7 == 0 ? 2 * i : i));
  }
}

BOOST_AUTO_TEST_CASE(a_monitor_in_double_precision_belongs_to_such_a_loss) {
  RunningSums sums("test");
  sums.add(scalar<double>(0), {{.name = "third", .value = scalar<double>(1.0 / 3)}}, 2);
  BOOST_TEST(sums.read(2).monitors[0].value() == 1.0 / 3);
  RunningSums mixed("test");
  BOOST_CHECK_EXCEPTION(
      mixed.add(scalar<double>(0), {{.name = "third", .value = scalar(1)}}, 2), Error,
      says("[test] the monitor \"third\" must be a scalar like the loss, which is float64 on cpu, "
           "not float32 [] on cpu"));
  BOOST_CHECK_THROW(mixed.add(scalar<double>(0), {{.name = "third"}}, 2), Error);
}

BOOST_AUTO_TEST_CASE(the_monitors_of_all_batches_are_the_same) {
  RunningSums sums("test");
  sums.add(scalar(0), {{"a", scalar(1)}}, 1);
  const auto different = says("[test] the objective must report the same monitors");
  BOOST_CHECK_EXCEPTION(sums.add(scalar(0), {{"b", scalar(1)}}, 1), Error, different);
  BOOST_CHECK_EXCEPTION(sums.add(scalar(0), {{"a", scalar(1), Rule::sum}}, 1), Error, different);
  BOOST_CHECK_EXCEPTION(sums.add(scalar(0), {}, 1), Error, different);
  for (const std::string& name : {std::string(), std::string("two\nlines")}) {
    RunningSums unusable("test");
    BOOST_CHECK_EXCEPTION(unusable.add(scalar(0), {{name, scalar(1)}}, 1), Error,
                          says("[test] the monitors of an objective need names"));
  }
  RunningSums twice("test");
  BOOST_CHECK_THROW(twice.add(scalar(0), {{"a", scalar(1)}, {"a", scalar(2)}}, 1), Error);
}

BOOST_AUTO_TEST_CASE(a_total_that_is_no_number_means_what_its_monitor_says) {
  const double nan = std::numeric_limits<double>::quiet_NaN();
  RunningSums silent("test");
  silent.add(scalar(0), {{"a", scalar(nan)}}, 1);
  BOOST_TEST(std::isnan(silent.read(1).monitors[0].value()));
  RunningSums speaking("test");
  speaking.add(scalar(0), {{.name = "a", .value = scalar(nan), .if_nan = "a bad target"}}, 1);
  BOOST_CHECK_EXCEPTION(speaking.read(1), ValueError, says("[test] a bad target"));
}

BOOST_AUTO_TEST_CASE(accuracy_counts_rows_and_knows_bad_labels) {
  const Tensor scores = Tensor::from<float>({4, 3}, {1, 2, 3, 9, 8, 7, -1, -2, -3, 0, 5, 5});
  RunningSums sums("test");
  sums.add(scalar(0), {accuracy(scores, Tensor::from<std::int64_t>({4}, {2, 0, 1, 1}))}, 4);
  BOOST_TEST(sums.read(4).monitors[0].value() == 0.75);
  RunningSums bad("test");
  bad.add(scalar(0), {accuracy(scores, Tensor::from<std::int64_t>({4}, {2, 0, 1, 3}))}, 4);
  BOOST_CHECK_EXCEPTION(bad.read(4), ValueError, says("[test] a label is outside [0, C)"));
  BOOST_CHECK_THROW(accuracy(scores, Tensor::zeros({3}, DType::int64)), ShapeError);
}

BOOST_AUTO_TEST_CASE(a_value_is_found_by_its_name) {
  const std::vector<NamedValue> values{{"rmse", 0.5}, {"nll", 2}};
  BOOST_TEST(value_of(values, "nll") == 2);
  BOOST_CHECK_EXCEPTION(value_of(values, "accuracy"), ValueError,
                        says("nothing is named \"accuracy\"; there are: rmse, nll"));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace credence::train
