// Tests of the statistics of two samples, against scipy 1.10.1 and closed forms, and of the
// verdicts on synthetic times.
#include "benchmarks/kernels/statistics.hpp"
#include "benchmarks/kernels/verdict.hpp"
#include "framework/base/error.hpp"

#include <cmath>
#include <random>

#include <boost/test/unit_test.hpp>

namespace credence::test {

BOOST_AUTO_TEST_SUITE(kernel_statistics)

namespace {

using namespace benchmarks;

bool near(double found, double expected, double relative = 1e-12) {
  return std::fabs(found - expected) <= relative * std::fabs(expected);
}

// Times around `centre` as those of a kernel are: log-normal, with a spread of one percent, and
// every tenth one late by up to a fifth.
std::vector<double> synthetic_times(std::mt19937& engine, double centre, int count) {
  std::normal_distribution<double> normal;
  std::uniform_real_distribution<double> uniform;
  std::vector<double> times;
  for (int i = 0; i < count; ++i) {
    const double late = uniform(engine) < 0.1 ? 0.2 * uniform(engine) : 0;
    times.push_back(centre * (1 + late) * std::exp(0.01 * normal(engine)));
  }
  return times;
}

std::vector<Pair> synthetic_pairs(std::mt19937& engine, int cases, double factor_of_first) {
  std::vector<Pair> pairs;
  for (int i = 0; i < cases; ++i) {
    const double centre = 10.0 * (i + 1);
    pairs.push_back({"case" + std::to_string(i), "kernel", synthetic_times(engine, centre, 20),
                     synthetic_times(engine, i == 0 ? centre * factor_of_first : centre, 20),
                     0.02});
  }
  return pairs;
}

}  // namespace

BOOST_AUTO_TEST_CASE(the_mann_whitney_test_is_that_of_scipy) {
  const std::vector<double> x{1.83, 0.50, 1.62, 2.48, 1.68, 1.88, 1.55, 3.06, 1.30};
  const std::vector<double> y{0.878, 0.647, 0.598, 2.05, 1.06, 1.29, 1.065, 3.14, 1.285};
  // mannwhitneyu(y, x, method="exact")
  const MannWhitney exact = mann_whitney(x, y);
  BOOST_TEST(exact.u == 23);
  BOOST_TEST(near(exact.two_sided(), 0.13591114767585355));
  BOOST_TEST(near(exact.less, 0.06795557383792677));
  BOOST_TEST(near(exact.greater, 0.9432538050185106));
  // Ties: mannwhitneyu(y, x, method="asymptotic")
  const MannWhitney tied = mann_whitney({1, 2, 2, 3, 4, 5}, {2, 3, 4, 4, 6, 7, 8});
  BOOST_TEST(tied.u == 32.5);
  BOOST_TEST(near(tied.two_sided(), 0.1115593054507822));
  BOOST_TEST(near(tied.less, 0.9587074803213799));
  BOOST_TEST(near(tied.greater, 0.0557796527253911));
  std::vector<double> many_x;
  std::vector<double> many_y;
  for (int i = 0; i < 60; ++i) many_x.push_back(i * 37 % 101);
  for (int i = 0; i < 55; ++i) many_y.push_back(i * 53 % 97 + 8.5);
  const MannWhitney many = mann_whitney(many_x, many_y);
  BOOST_TEST(many.u == 1826);
  BOOST_TEST(near(many.two_sided(), 0.32579875284280246));
  BOOST_TEST(near(many.greater, 0.16289937642140123));
}

BOOST_AUTO_TEST_CASE(extreme_samples_have_the_least_p) {
  // 2 / C(6, 3) and 2 / C(10, 5)
  BOOST_TEST(near(mann_whitney({1, 2, 3}, {4, 5, 6}).two_sided(), 2.0 / 20));
  BOOST_TEST(near(least_p(3, 3), 2.0 / 20, 1e-9));
  BOOST_TEST(near(least_p(5, 5), 2.0 / 252, 1e-9));
  BOOST_TEST(mann_whitney({2, 2}, {2, 2}).two_sided() == 1);
  BOOST_CHECK_THROW(mann_whitney({}, {1}), ValueError);
}

// With four values in each sample U = 0 alone has a chance below 2.5 % (1 / 70), so that the ends
// are the extreme ratios; with five U ≤ 2 (4 / 252), so that they are the third from each end.
BOOST_AUTO_TEST_CASE(the_interval_of_the_ratio_is_made_of_order_statistics) {
  const Interval95 four = ratio_interval({1, 2, 3, 4}, {10, 20, 30, 40});
  BOOST_TEST(four.low == 2.5);
  BOOST_TEST(four.high == 40);
  const std::vector<double> y{101, 103, 107, 109, 113};
  const Interval95 five = ratio_interval({1, 1, 1, 1, 1}, y);
  // Each ratio stands five times.
  BOOST_TEST(five.low == 101);
  BOOST_TEST(five.high == 113);
  BOOST_TEST(std::isinf(ratio_interval({1, 2, 3}, {1, 2, 3}).high));
  // The test does not reject factors inside and rejects those outside.
  const std::vector<double> a{9.7, 10.1, 10.3, 10.6, 9.9, 10.05, 10.22};
  const std::vector<double> b{10.4, 10.9, 11.3, 10.7, 11.1, 10.35, 10.88};
  const Interval95 interval = ratio_interval(a, b);
  const auto p_at = [&](double factor) {
    std::vector<double> scaled = a;
    for (double& value : scaled) value *= factor;
    return mann_whitney(scaled, b).two_sided();
  };
  BOOST_TEST(p_at(interval.low * 1.0001) > 0.05);
  BOOST_TEST(p_at(interval.high * 0.9999) > 0.05);
  BOOST_TEST(p_at(interval.low * 0.9999) <= 0.05);
  BOOST_TEST(p_at(interval.high * 1.0001) <= 0.05);
}

// The example of Holm 1979: p-values 0.01, 0.02, 0.03 and 0.04 become 0.04, 0.06, 0.06 and 0.06.
BOOST_AUTO_TEST_CASE(holm_adjusts_for_the_number_of_tests) {
  const std::vector<double> adjusted = holm({0.03, 0.01, 0.04, 0.02});
  const std::vector<double> expected{0.06, 0.04, 0.06, 0.06};
  for (std::size_t i = 0; i < expected.size(); ++i) BOOST_TEST(near(adjusted[i], expected[i]));
  BOOST_TEST(holm({0.9, 0.8}).front() == 1);
  BOOST_TEST(holm({}).empty());
}

BOOST_AUTO_TEST_CASE(means) {
  BOOST_TEST(near(geometric_mean({2, 8}), 4.0));
  BOOST_CHECK_THROW(geometric_mean({1, 0}), ValueError);
  // Standard deviation 1, mean 2, three values.
  BOOST_TEST(near(relative_error_of_mean({1, 2, 3}), 1 / std::sqrt(3.0) / 2));
  BOOST_TEST(std::isinf(relative_error_of_mean({1})));
}

BOOST_AUTO_TEST_CASE(repetitions_that_a_verdict_needs) {
  // 2 / C(8, 4) = 0.029 and 2 / C(6, 3) = 0.1; for 100 cases 2 / C(16, 8) = 1.6e-4 and 2 / C(14, 7)
  // = 5.8e-4 against 5e-4.
  BOOST_TEST(least_repetitions(1) == 4);
  BOOST_TEST(least_repetitions(100) == 8);
}

BOOST_AUTO_TEST_CASE(verdicts_say_what_the_times_say) {
  const std::vector<double> base{100, 100.2, 99.9, 100.1, 99.8, 100.3, 100.05, 99.95};
  const auto times = [&](double factor) {
    std::vector<double> scaled = base;
    for (double& value : scaled) value *= factor;
    return scaled;
  };
  const std::vector<Judgement> all = judge({{"same", "k", base, times(1.001), 0.02},
                                            {"slower", "k", base, times(1.06), 0.02},
                                            {"faster", "k", base, times(0.93), 0.02},
                                            {"within", "k", base, times(1.015), 0.02},
                                            {"few", "k", {100, 101}, {150, 151}, 0.02}});
  BOOST_TEST((all[0].verdict == Verdict::same));
  BOOST_TEST((all[1].verdict == Verdict::slower));
  BOOST_TEST(near(all[1].ratio, 1.06));
  BOOST_TEST((all[2].verdict == Verdict::faster));
  // A difference below the margin is none, however sure it is.
  BOOST_TEST((all[3].verdict == Verdict::same));
  BOOST_TEST(all[3].p < 0.01);
  BOOST_TEST((all[4].verdict == Verdict::undecided));
}

// 200 comparisons of 40 cases each. Of those without a change at most 5 % may call a case; twenty
// repetitions with the spread of synthetic_times find a case that is slower by 5 % in at least 95
// %.
BOOST_AUTO_TEST_CASE(errors_of_both_kinds_are_rare) {
  std::mt19937 engine(20260101);
  int false_calls = 0;
  int found = 0;
  constexpr int kComparisons = 200;
  for (int i = 0; i < kComparisons; ++i) {
    bool called = false;
    for (const Judgement& j : judge(synthetic_pairs(engine, 40, 1))) {
      called = called || j.verdict == Verdict::faster || j.verdict == Verdict::slower;
    }
    false_calls += called ? 1 : 0;
    const std::vector<Judgement> slowed = judge(synthetic_pairs(engine, 40, 1.05));
    found += slowed[0].verdict == Verdict::slower ? 1 : 0;
  }
  BOOST_TEST(false_calls <= kComparisons / 20);
  BOOST_TEST_MESSAGE(false_calls << " false, " << found << " found of " << kComparisons);
  BOOST_TEST(found >= 0.95 * kComparisons);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace credence::test
