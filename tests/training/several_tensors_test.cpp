// Training of models that take or give several tensors, from sources of a program's own, against
// steps computed by hand and solutions in closed form.
#include "data/loader.hpp"
#include "framework/base/error.hpp"
#include "framework/ops/arithmetic.hpp"
#include "framework/ops/pointwise.hpp"
#include "framework/ops/reduce.hpp"
#include "framework/train/evaluate.hpp"
#include "framework/train/fit.hpp"
#include "tests/framework/training.hpp"

#include <cmath>
#include <vector>

#include <boost/test/unit_test.hpp>

namespace credence::train {

BOOST_AUTO_TEST_SUITE(several_tensors)

namespace {

// The logits (left · a) + (right · b) of images [N, 2] and numbers [N, 2].
class Sum : public nn::MultiModule {
 public:
  std::vector<Variable> forward_all(const std::vector<Variable>& inputs) override {
    const auto [left, right] = nn::exactly<2>(inputs);
    return {left * a + right * b};
  }
  void visit(nn::Visitor& visitor) override {
    visitor.parameter("a", a);
    visitor.parameter("b", b);
  }
  Variable a{Tensor::full({1}, 0), true};
  Variable b{Tensor::full({1}, 0), true};
};

// The lines a · x and b · x.
class TwoLines : public nn::MultiModule {
 public:
  std::vector<Variable> forward_all(const std::vector<Variable>& inputs) override {
    const auto [x] = nn::exactly<1>(inputs);
    return {x * a, x * b};
  }
  void visit(nn::Visitor& visitor) override {
    visitor.parameter("a", a);
    visitor.parameter("b", b);
  }
  Variable a{Tensor::full({1}, 0), true};
  Variable b{Tensor::full({1}, 0), true};
};

// Ten batches of four samples; the second tensor alone tells the class.
class Pairs : public BatchSource {
 public:
  std::int64_t samples() const override { return 40; }
  std::int64_t batches() const override { return 10; }
  void start_epoch(std::int64_t) override { next_ = 0; }
  bool next(Batch& batch) override {
    if (next_ == batches()) return false;
    ++next_;
    batch = {.inputs = Tensor::from<float>({4, 2}, {1, -1, 1, -1, -1, 1, -1, 1}),
             .targets = Tensor::from<std::int64_t>({4}, {0, 1, 0, 1}),
             .more_inputs = {Tensor::from<float>({4, 2}, {2, 0, 0, 2, 2, 0, 0, 2})}};
    return true;
  }

 private:
  std::int64_t next_ = 0;
};

BOOST_AUTO_TEST_CASE(a_model_of_two_inputs_trains_from_a_source_of_its_own) {
  Sum model;
  Pairs pairs;
  // At a = b = 0 both classes have probability 1/2. The mean gradient of the cross-entropy by b is
  // (p − 1) · 2 + p · 0 = −1 and that by a is 0, as left is +1 and −1 equally often.
  FitOptions options{.epochs = 1, .optimizer = optim::Sgd{.learning_rate = 0.5}, .progress = false};
  std::vector<double> losses;
  options.objective = [&](nn::Module& module, const Batch& batch,
                          const TrainingPosition& position) {
    if (losses.size() == 1) {
      BOOST_TEST(model.a.value().item() == 0);
      BOOST_TEST(model.b.value().item() == 0.5);
    }
    const Loss loss = cross_entropy(module, batch, position);
    losses.push_back(loss.total.value().item());
    return loss;
  };
  fit(model, pairs, options);
  BOOST_TEST(std::abs(losses[0] - std::log(2.0)) < 1e-6);
  BOOST_TEST(std::abs(losses[1] - std::log1p(std::exp(-1.0))) < 1e-6);
  BOOST_TEST(losses.back() < 0.1);
  BOOST_TEST(evaluate(model, pairs).accuracy() == 1.0);
}

BOOST_AUTO_TEST_CASE(a_model_of_two_outputs_trains_by_an_objective_of_its_own) {
  TwoLines model;
  const Tensor x = Tensor::from<float>({3, 1}, {-1, 1, 2});
  FixedBatches source({{.inputs = x,
                        .targets = (Variable(x) * 3.0).value(),
                        .more_targets = {(Variable(x) * -2.0).value()}}});
  FitOptions options{
      .epochs = 60, .optimizer = optim::Sgd{.learning_rate = 0.1}, .progress = false};
  options.objective = [](nn::Module& module, const Batch& batch, const TrainingPosition&) -> Loss {
    const std::vector<Variable> lines = outputs_of(module, batch);
    const Variable first = mean(square(lines.at(0) - Variable(batch.targets)));
    const Variable second = mean(square(lines.at(1) - Variable(batch.more_targets.at(0))));
    return {first + second};
  };
  fit(model, source, options);
  // The mean of x² is 2: each step multiplies the error by 1 − 0.1 · 2 · 2.
  BOOST_TEST(std::abs(model.a.value().item() - 3) < 1e-5);
  BOOST_TEST(std::abs(model.b.value().item() + 2) < 1e-5);
}

BOOST_AUTO_TEST_CASE(an_objective_of_one_output_refuses_two) {
  TwoLines model;
  FixedBatches source({{Tensor::full({2, 2}, 1), Tensor::zeros({2}, DType::int64)}});
  BOOST_CHECK_EXCEPTION(fit(model, source, {.epochs = 1, .progress = false}), ShapeError,
                        says("1 output expected, found 2"));
}

BOOST_AUTO_TEST_CASE(a_batch_counts_its_samples_and_lists_its_tensors) {
  const Batch batch{.inputs = Tensor::zeros({3, 2}),
                    .targets = Tensor(),
                    .more_inputs = {Tensor::zeros({3})},
                    .more_targets = {Tensor::zeros({3, 4}, DType::int64)}};
  BOOST_TEST(batch.samples() == 3);
  BOOST_TEST(tensors_of(batch).size() == 3U);
  const Batch halves = map_tensors(batch, [](const Tensor& tensor) { return tensor.slice(0, 1); });
  BOOST_TEST(!halves.targets.defined());
  BOOST_TEST(halves.more_targets[0].shape() == Shape({1, 4}));
  BOOST_TEST(halves.more_inputs[0].shape() == Shape({1}));
  BOOST_CHECK_THROW(Batch{}.samples(), ShapeError);
  BOOST_CHECK_THROW((Batch{Tensor::zeros({}), Tensor()}.samples()), ShapeError);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace credence::train
