// Tests of the evaluation of models on data sets.
#include "framework/train/evaluate.hpp"

#include "framework/base/error.hpp"
#include "framework/ops/arithmetic.hpp"
#include "framework/ops/pointwise.hpp"
#include "tests/framework/training.hpp"

#include <cmath>
#include <vector>

#include <boost/test/unit_test.hpp>

namespace credence::train {

BOOST_AUTO_TEST_SUITE(evaluate_functions)

namespace {

Batch batch_of(const std::vector<float>& images, const std::vector<std::int64_t>& labels) {
  const auto count = static_cast<std::int64_t>(labels.size());
  return {Tensor::from({count, 2}, images), Tensor::from({count}, labels)};
}

// Three samples of two classes in batches of different size. Two of the three rows, as
// log-probabilities, are largest at the label.
FixedBatches batches() {
  const auto log = [](double p) { return static_cast<float>(std::log(p)); };
  return FixedBatches({batch_of({log(0.9), log(0.1), log(0.4), log(0.6)}, {0, 0}),
                       batch_of({log(0.2), log(0.8)}, {1})});
}

// Its logits are the images. It records how it was called.
class Echo : public nn::Module {
 public:
  Variable forward(const Variable& x) override {
    seen_training = seen_training || training();
    seen_recording = seen_recording || !NoGrad::active();
    return x * weight;
  }
  Variable weight{Tensor::full({}, 1), true};
  bool seen_training = false;
  bool seen_recording = false;
};

constexpr double kTolerance = 1e-6;
const double kNll = -(std::log(0.9) + std::log(0.4) + std::log(0.8)) / 3;

}  // namespace

BOOST_AUTO_TEST_CASE(rows_count_whose_largest_score_is_at_the_label) {
  const Tensor scores = Tensor::from<float>({4, 3}, {1, 2, 3, 9, 8, 7, -1, -2, -3, 0, 5, 5});
  BOOST_TEST(count_correct(scores, Tensor::from<std::int64_t>({4}, {2, 0, 1, 1})) == 3);
  BOOST_TEST(count_correct(scores, Tensor::from<std::int64_t>({4}, {0, 1, 2, 2})) == 0);
}

BOOST_AUTO_TEST_CASE(metrics_are_means_over_samples_whatever_the_batches) {
  FixedBatches source = batches();
  const Metrics metrics = evaluate(source, [](const Tensor& images) { return images; });
  BOOST_TEST(metrics.samples == 3);
  BOOST_TEST(metrics.accuracy() == 2.0 / 3);
  BOOST_TEST(std::abs(metrics.nll() - kNll) < kTolerance);
  FixedBatches none({});
  BOOST_TEST(evaluate(none, [](const Tensor& images) { return images; }).samples == 0);
}

BOOST_AUTO_TEST_CASE(logits_are_normalised) {
  std::vector<Batch> shifted;
  FixedBatches source = batches();
  source.start_epoch(0);
  for (Batch batch; source.next(batch);) {
    shifted.push_back({(Variable(batch.inputs) + 3.0).value(), batch.targets});
  }
  FixedBatches logits(shifted);
  Echo model;
  const Metrics metrics = evaluate(model, logits);
  BOOST_TEST(metrics.accuracy() == 2.0 / 3);
  BOOST_TEST(std::abs(metrics.nll() - kNll) < kTolerance);
}

BOOST_AUTO_TEST_CASE(a_model_is_evaluated_in_its_mode_for_that_and_gets_its_own_back) {
  FixedBatches source = batches();
  Echo model;
  evaluate(model, source);
  BOOST_TEST(!model.seen_training);
  BOOST_TEST(!model.seen_recording);
  BOOST_TEST(model.training());
  BOOST_TEST(!NoGrad::active());
  model.train(false);
  evaluate(model, source);
  BOOST_TEST(!model.training());
}

// Lists its factor, and fails at the second call if asked to.
class Fragile : public Echo {
 public:
  Variable forward(const Variable& x) override {
    if (++calls == fails_at) throw Error("no more");
    return Echo::forward(x);
  }
  void visit(nn::Visitor& visitor) override { visitor.parameter("weight", weight); }
  int calls = 0;
  int fails_at = 0;
};

BOOST_AUTO_TEST_CASE(the_mode_comes_back_where_the_model_throws) {
  FixedBatches source = batches();
  Fragile model;
  model.fails_at = 2;
  BOOST_CHECK_THROW(evaluate(model, source), Error);
  BOOST_TEST(model.training());
}

BOOST_AUTO_TEST_CASE(a_weight_that_is_no_number_is_named) {
  FixedBatches source = batches();
  for (const double value : {std::nan(""), static_cast<double>(INFINITY)}) {
    Fragile model;
    model.weight.value().fill(value);
    BOOST_CHECK_EXCEPTION(evaluate(model, source), ValueError,
                          says("[evaluate] the model's \"weight\""));
    BOOST_TEST(model.training());
    BOOST_TEST(model.calls == 0);
  }
}

// The NaN score is neither the label's nor the first.
BOOST_AUTO_TEST_CASE(scores_that_are_no_numbers_are_no_prediction) {
  FixedBatches source = batches();
  const auto with = [](float value) {
    return [value](const Tensor& images) {
      const Tensor scores = images.clone();
      if (scores.shape()[0] == 2) scores.data<float>()[1] = value;
      return scores;
    };
  };
  BOOST_CHECK_EXCEPTION(evaluate(source, with(NAN)), ValueError,
                        says("[evaluate] scores are not numbers"));
  BOOST_TEST(!NoGrad::active());
  // A probability of 0 is a prediction.
  BOOST_TEST(std::abs(evaluate(source, with(-INFINITY)).nll() - kNll) < kTolerance);
}

BOOST_AUTO_TEST_CASE(rows_are_not_counted_by_labels_that_are_no_classes) {
  const Tensor scores = Tensor::from<float>({2, 2}, {1, 2, 2, 1});
  for (const std::int64_t label : {std::int64_t{2}, std::int64_t{-1}}) {
    BOOST_CHECK_EXCEPTION(count_correct(scores, Tensor::from<std::int64_t>({2}, {0, label})),
                          ValueError, says("[count_correct] a label is outside"));
  }
}

BOOST_AUTO_TEST_CASE(a_label_outside_the_classes_is_refused) {
  FixedBatches source({batch_of({0, 0}, {2})});
  Echo model;
  BOOST_CHECK_THROW(evaluate(model, source), ValueError);
  BOOST_TEST(!NoGrad::active());
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace credence::train
