#include "framework/train/evaluate.hpp"

#include "framework/core/error.hpp"
#include "framework/ops/arithmetic.hpp"
#include "tests/framework/training.hpp"

#include <cmath>
#include <vector>

#include <boost/test/unit_test.hpp>

namespace credence::train {
namespace {

Batch batch_of(const std::vector<float>& images, const std::vector<std::int64_t>& labels) {
  const auto count = static_cast<std::int64_t>(labels.size());
  return {Tensor::from({count, 2}, images), Tensor::from({count}, labels)};
}

// Three samples of two classes in batches of different size. As log-probabilities, two of three
// are largest at the label.
FixedBatches batches() {
  const auto log = [](double p) { return static_cast<float>(std::log(p)); };
  return FixedBatches({batch_of({log(0.9), log(0.1), log(0.4), log(0.6)}, {0, 0}),
                       batch_of({log(0.2), log(0.8)}, {1})});
}

// Its logits are the images; it notes how it was called.
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

BOOST_AUTO_TEST_SUITE(evaluate_functions)

BOOST_AUTO_TEST_CASE(rows_count_whose_largest_score_is_at_the_label) {
  const Tensor scores = Tensor::from<float>({4, 3}, {1, 2, 3, 9, 8, 7, -1, -2, -3, 0, 5, 5});
  BOOST_TEST(count_correct(scores, Tensor::from<std::int64_t>({4}, {2, 0, 1, 1})) == 3);
  BOOST_TEST(count_correct(scores, Tensor::from<std::int64_t>({4}, {0, 1, 2, 2})) == 0);
}

BOOST_AUTO_TEST_CASE(metrics_are_means_over_samples_whatever_the_batches) {
  FixedBatches source = batches();
  const Metrics metrics = evaluate(source, [](const Tensor& images) { return images; });
  BOOST_TEST(metrics.samples == 3);
  BOOST_TEST(metrics.accuracy == 2.0 / 3);
  BOOST_TEST(std::abs(metrics.nll - kNll) < kTolerance);
  FixedBatches none({});
  BOOST_TEST(evaluate(none, [](const Tensor& images) { return images; }).samples == 0);
}

BOOST_AUTO_TEST_CASE(logits_are_normalised) {
  std::vector<Batch> shifted;
  FixedBatches source = batches();
  source.start_epoch(0);
  for (Batch batch; source.next(batch);) {
    shifted.push_back({(Variable(batch.images) + 3.0).value(), batch.labels});
  }
  FixedBatches logits(shifted);
  Echo model;
  const Metrics metrics = evaluate(model, logits);
  BOOST_TEST(metrics.accuracy == 2.0 / 3);
  BOOST_TEST(std::abs(metrics.nll - kNll) < kTolerance);
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

BOOST_AUTO_TEST_CASE(a_label_outside_the_classes_is_refused) {
  FixedBatches source({batch_of({0, 0}, {2})});
  Echo model;
  BOOST_CHECK_THROW(evaluate(model, source), ValueError);
  BOOST_TEST(!NoGrad::active());
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace credence::train
