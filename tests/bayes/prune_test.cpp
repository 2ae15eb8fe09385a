// Tests of pruning: which weights each rule names, against numpy, and what becomes of them.
#include "bayes/prune.hpp"

#include "bayes/convert.hpp"
#include "bayes/posterior/gaussian.hpp"
#include "bayes/posterior/radial.hpp"
#include "bayes/walk.hpp"
#include "framework/base/error.hpp"
#include "framework/nn/sequential.hpp"
#include "framework/nn/weight_counts.hpp"
#include "tests/bayes/nested_model.hpp"
#include "tests/bayes/support.hpp"

#include <cmath>
#include <limits>

#include <boost/test/unit_test.hpp>

namespace credence::bayes {

BOOST_AUTO_TEST_SUITE(pruning)

namespace {

using Counts = std::vector<std::int64_t>;

// Two layers whose means and spreads are the formulas of tests/reference/prune_counts.py.
class TwoLayers : public nn::Module {
 public:
  explicit TwoLayers(const Posterior& posterior)
      : first(13, 11, {}, posterior, Generator(1)), second(11, 5, {}, posterior, Generator(2)) {
    fill("first.", 0);
    fill("second.", 1000);
  }
  Variable forward(const Variable& x) override { return second(first(x)); }
  void visit(nn::Visitor& visitor) override {
    visitor.module("first", first);
    visitor.module("second", second);
  }

  BayesianLinear first;
  BayesianLinear second;

 private:
  void fill(const std::string& layer, std::int64_t start) {
    for (const nn::NamedParameter& p : nn::parameters(*this)) {
      if (!p.name.starts_with(layer) || p.role == nn::Role::bias) continue;
      float* const values = p.parameter->value().data<float>();
      for (std::int64_t i = 0; i < p.parameter->value().numel(); ++i) {
        const std::int64_t k = start + i;
        values[i] = p.role == nn::Role::weight ? static_cast<float>(k * 37 % 101 - 50) / 25.0F
                                               : static_cast<float>(k * 53 % 97) / 8.0F - 8.0F;
      }
    }
  }
};

// Zeros of both layers, and their rows that are left.
Counts counts_of(nn::Module& model) {
  Counts counts;
  for (const nn::WeightCount& c : nn::weight_counts(model)) {
    counts.push_back(c.zeros);
    counts.push_back(c.rows_left);
  }
  return counts;
}

Counts pruned(const Posterior& posterior, const PruningRule& rule) {
  TwoLayers model(posterior);
  prune(model, rule);
  return counts_of(model);
}

template <class Layer>
double largest_variance_of_zeros(Layer& layer) {
  const std::vector<double> means = layer.weight().mean().value().template to_vector<double>();
  const std::vector<double> variances =
      layer.weight().variance().value().template to_vector<double>();
  double largest = 0;
  for (std::size_t i = 0; i < means.size(); ++i) {
    if (means[i] == 0) largest = std::max(largest, variances[i]);
  }
  return largest;
}

}  // namespace

// The counts are those of tests/reference/prune_counts.py.
BOOST_AUTO_TEST_CASE(each_rule_prunes_what_numpy_counts) {
  const auto check = [](const Posterior& posterior, const PruningRule& rule,
                        const Counts& expected) {
    const Counts counts = pruned(posterior, rule);
    BOOST_TEST(counts == expected, boost::test_tools::per_element());
  };
  check(VariationalDropout{}, LogAlphaAbove{3.05}, {14, 11, 6, 5});
  check(VariationalDropout{}, LogAlphaAbove{-1.01}, {61, 11, 26, 5});
  check(VariationalDropout{}, SignalToNoiseBelow{0.3}, {19, 11, 10, 5});
  check(VariationalDropout{}, SignalToNoiseBelow{2.77}, {73, 11, 30, 5});
  check(VariationalDropout{}, LargestUnits{{4}}, {92, 4, 1, 5});
  check(AdditiveDropout{}, LogAlphaAbove{3.05}, {18, 11, 8, 5});
  check(AdditiveDropout{}, LogAlphaAbove{-1.01}, {65, 11, 23, 5});
  check(AdditiveDropout{}, SignalToNoiseBelow{0.3}, {30, 11, 10, 5});
  check(AdditiveDropout{}, SignalToNoiseBelow{2.77}, {73, 11, 30, 5});
  check(AdditiveDropout{}, SmallestShare{0.5}, {70, 11, 29, 5});
  check(AdditiveDropout{}, SmallestShare{0.97}, {137, 5, 55, 0});
  check(AdditiveDropout{}, LargestUnits{{4}}, {92, 4, 1, 5});
  check(Gaussian{}, LogAlphaAbove{3.05}, {18, 11, 8, 5});
  check(Gaussian{}, LogAlphaAbove{-1.01}, {65, 11, 23, 5});
  check(Gaussian{}, SignalToNoiseBelow{0.3}, {30, 11, 10, 5});
  check(Gaussian{}, SignalToNoiseBelow{2.77}, {73, 11, 30, 5});
  check(Gaussian{}, SmallestShare{0.5}, {70, 11, 29, 5});
  check(Gaussian{}, SmallestShare{0.97}, {137, 5, 55, 0});
  check(Gaussian{}, LargestUnits{{4}}, {92, 4, 1, 5});
}

BOOST_AUTO_TEST_CASE(a_share_is_exact_and_zeros_count_first) {
  for (const double share : {0.0, 0.25, 0.9, 1.0}) {
    TwoLayers model(Gaussian{});
    parameter(model, "second.weight").value().fill(0);
    const std::int64_t wanted = std::llround(share * (143 + 55));
    BOOST_TEST(prune(model, SmallestShare{share}) == wanted);
    const Counts counts = counts_of(model);
    // The two weights whose formula is 0 in the first layer (37 k ≡ 50 modulo 101) are among the
    // zeros.
    BOOST_TEST(counts[0] + counts[2] == std::max<std::int64_t>(wanted, 55 + 2));
    BOOST_TEST(counts[3] == 0);
  }
}

// Means of 1, 2, 3 and 2 with deviations of 1, 1, 2 and 1 have ratios of 1, 2, 1.5 and 2: the rows
// sum to 2, 8, 4.5 and 8 over two inputs.
BOOST_AUTO_TEST_CASE(the_largest_units_stay_whole) {
  const std::vector<float> means{1, 1, 2, -2, 3, 3, 2, 2};
  const auto kept = [&](std::int64_t width) {
    nn::Sequential model(BayesianLinear(2, 4, {}, Gaussian{.log_variance = 0}, Generator(1)),
                         BayesianLinear(4, 2, {}, Gaussian{}, Generator(2)));
    const Tensor weight = parameter(model, "0.weight").value();
    std::copy(means.begin(), means.end(), weight.data<float>());
    float* const spread = parameter(model, "0.log_variance").value().data<float>();
    spread[4] = spread[5] = static_cast<float>(2 * std::log(2.0));
    const Tensor last = parameter(model, "1.weight").value().clone();
    prune(model, LargestUnits{{width}});
    BOOST_TEST(same_bits({last}, {parameter(model, "1.weight").value()}));
    return weight.to_vector<float>();
  };
  const auto check = [&](std::int64_t width, const std::vector<float>& expected) {
    BOOST_TEST(kept(width) == expected, boost::test_tools::per_element());
  };
  check(4, means);
  check(3, {0, 0, 2, -2, 3, 3, 2, 2});
  check(2, {0, 0, 2, -2, 0, 0, 2, 2});
  check(1, {0, 0, 2, -2, 0, 0, 0, 0});
}

// After half of the steps 1 - (1/2)^3 = 7/8 of the way is done: of 7 rows to prune 6.125.
BOOST_AUTO_TEST_CASE(a_rule_comes_in_steps) {
  TwoLayers model(Gaussian{});
  const auto share = [&](std::int64_t step, std::int64_t steps) {
    return std::get<SmallestShare>(rule_of_step(SmallestShare{0.8}, model, step, steps)).share;
  };
  BOOST_TEST(share(1, 1) == 0.8);
  BOOST_TEST(share(2, 2) == 0.8);
  BOOST_TEST(share(1, 2) == 0.7, boost::test_tools::tolerance(1e-12));
  BOOST_TEST(share(1, 4) == 0.8 * 37 / 64, boost::test_tools::tolerance(1e-12));
  const auto width = [&](std::int64_t step, std::int64_t steps) {
    return std::get<LargestUnits>(rule_of_step(LargestUnits{{4}}, model, step, steps))
        .widths.front();
  };
  BOOST_TEST(width(1, 2) == 5);
  BOOST_TEST(width(2, 2) == 4);
  BOOST_TEST(std::get<LogAlphaAbove>(rule_of_step(LogAlphaAbove{2}, model, 1, 3)).threshold == 2);
  BOOST_CHECK_EXCEPTION(rule_of_step(LogAlphaAbove{}, model, 0, 3), ValueError, says("step 0"));
  BOOST_CHECK_EXCEPTION(rule_of_step(LogAlphaAbove{}, model, 4, 3), ValueError, says("step 4"));
  BOOST_CHECK_EXCEPTION(rule_of_step(LargestUnits{{12}}, model, 1, 3), ValueError, says("11"));
}

BOOST_AUTO_TEST_CASE(pruned_weights_have_no_noise_and_the_others_stay) {
  for (const Posterior& posterior : {Posterior(VariationalDropout{}), Posterior(AdditiveDropout{}),
                                     Posterior(Gaussian{}), Posterior(Radial{})}) {
    TwoLayers model(posterior);
    const TwoLayers before(posterior);
    prune(model, SignalToNoiseBelow{1});
    BOOST_TEST(counts_of(model)[0] > 2);
    for (const auto& [layer, old] :
         {std::pair{&model.first, &before.first}, std::pair{&model.second, &before.second}}) {
      BOOST_TEST(largest_variance_of_zeros(*layer) == 0);
      const auto means = layer->weight().mean().value().to_vector<float>();
      const auto old_means = old->weight().mean().value().to_vector<float>();
      const auto variances = layer->weight().variance().value().to_vector<float>();
      const auto old_variances = old->weight().variance().value().to_vector<float>();
      const auto draw = layer->weight().posterior().sample({3, 4}).value().to_vector<float>();
      bool same = true;
      bool zero = true;
      for (std::size_t i = 0; i < means.size(); ++i) {
        if (means[i] == 0) {
          zero = zero && draw[i] == 0;
        } else {
          same = same && means[i] == old_means[i] && variances[i] == old_variances[i];
        }
      }
      BOOST_TEST(same);
      BOOST_TEST(zero);
    }
    // A second pruning by the same rule finds the same weights.
    const Counts once = counts_of(model);
    prune(model, SignalToNoiseBelow{1});
    BOOST_TEST(counts_of(model) == once, boost::test_tools::per_element());
  }
}

BOOST_AUTO_TEST_CASE(frequentist_layers_stay) {
  NestedModel model;
  const Tensor tail = parameter(model, "tail.weight").value().clone();
  BOOST_TEST(prune(model, SmallestShare{1}) == 30 + 20 + 16);
  BOOST_TEST(same_bits({tail}, {parameter(model, "tail.weight").value()}));
}

namespace {

// A Gaussian posterior that does not say how a weight loses its variance.
class Stubborn : public WeightPosterior {
 public:
  explicit Stubborn(const Variable& mean) : mean_(mean) {}
  Variable mean() const override { return mean_; }
  Variable variance() const override { return Variable(Tensor::full(mean_.shape(), 0.1)); }
  Variable sample(const RandomStream&) const override { return mean_; }
  Prior default_prior() const override { return Gaussian{}(mean_)->default_prior(); }
  void set_relative_deviation(double) override {}
  void visit(nn::Visitor& visitor) override { visitor.parameter("weight", mean_); }

 private:
  Variable mean_;
};

}  // namespace

BOOST_AUTO_TEST_CASE(what_cannot_be_pruned_is_an_error) {
  nn::Linear frequentist(2, 2, {}, Generator(1));
  BOOST_CHECK_EXCEPTION(prune(frequentist, LogAlphaAbove{}), ValueError, says("no Bayesian layer"));
  TwoLayers model(Gaussian{});
  const double nan = std::numeric_limits<double>::quiet_NaN();
  for (const double share : {-0.1, 1.1, nan}) {
    BOOST_CHECK_EXCEPTION(prune(model, SmallestShare{share}), ValueError, says("between 0 and 1"));
  }
  BOOST_CHECK_THROW(prune(model, LogAlphaAbove{nan}), ValueError);
  BOOST_CHECK_EXCEPTION(prune(model, LargestUnits{{3, 4}}), ValueError, says("must be 1 width"));
  BOOST_CHECK_EXCEPTION(prune(model, LargestUnits{{0}}), ValueError, says("cannot keep 0"));
  BOOST_CHECK_EXCEPTION(prune(model, LargestUnits{{12}}), ValueError, says("cannot keep 12"));
  BOOST_CHECK_THROW(prune(model, SignalToNoiseBelow{nan}), ValueError);
  BOOST_TEST(counts_of(model)[0] == 2);  // as it was made
  BayesianLinear own(
      3, 3, {}, Posterior([](const Variable& mean) { return std::make_unique<Stubborn>(mean); }),
      Generator(1));
  BOOST_CHECK_EXCEPTION(prune(own, SmallestShare{0.5}), Error, says("override"));
}

BOOST_AUTO_TEST_CASE(means_are_copied_to_the_frequentist_model) {
  nn::Linear plain(6, 4, {}, Generator(1));
  BayesianLinear random(6, 4, {}, Gaussian{}, Generator(2));
  prune(random, SmallestShare{0.5});
  copy_means(random, plain);
  random.set_sampling(Sampling::mean);
  const Variable x(float_normals({3, 6}, "x"));
  BOOST_TEST(same_bits({random(x).value()}, {plain(x).value()}));
  BOOST_TEST(nn::weight_counts(plain).front().zeros == 12);
  nn::Linear other(6, 5, {}, Generator(1));
  BOOST_CHECK_EXCEPTION(copy_means(random, other), ShapeError, says("[copy_means]"));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace credence::bayes
