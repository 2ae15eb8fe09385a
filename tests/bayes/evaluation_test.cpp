// Tests of passes with posterior samples: folded passes equal separate ones, and models that cannot
// be folded get separate ones.
#include "bayes/evaluation.hpp"

#include "bayes/posterior/gaussian.hpp"
#include "framework/base/error.hpp"
#include "framework/ops/arithmetic.hpp"
#include "framework/ops/pointwise.hpp"
#include "framework/ops/shape_ops.hpp"
#include "tests/bayes/nested_model.hpp"
#include "tests/bayes/passes.hpp"
#include "tests/bayes/support.hpp"

#include <algorithm>
#include <cmath>

#include <boost/test/unit_test.hpp>

namespace credence::bayes {

BOOST_AUTO_TEST_SUITE(evaluation)

namespace {

// Counts its forward passes and remembers whether the last one was recorded.
class Counting : public NestedModel {
 public:
  Variable forward(const Variable& x) override {
    ++calls;
    const Variable y = NestedModel::forward(x);
    recorded = y.requires_grad();
    return y;
  }
  int calls = 0;
  bool recorded = true;
};

// Counts the forward passes of another module.
class CallCounter : public nn::Module {
 public:
  explicit CallCounter(nn::Module& counted) : counted_(counted) {}
  Variable forward(const Variable& x) override {
    ++calls;
    return counted_(x);
  }
  void visit(nn::Visitor& visitor) override { visitor.module("counted", counted_); }
  int calls = 0;

 private:
  nn::Module& counted_;
};

// y = W₂ softplus(x + W₁ x): the rows of images meet those of samples.
class Residual : public nn::Module {
 public:
  Variable forward(const Variable& x) override {
    ++calls;
    return last(softplus(x + first(x)));
  }
  void visit(nn::Visitor& visitor) override {
    visitor.module("first", first);
    visitor.module("last", last);
  }
  BayesianLinear first{6, 6, {}, Gaussian{.log_variance = -2}, Generator(1)};
  BayesianLinear last{6, 3, {}, Gaussian{.log_variance = -2}, Generator(2)};
  int calls = 0;
};

// The same with a Bayesian layer in both branches, one of which is called twice.
class TwoBranches : public Residual {
 public:
  Variable forward(const Variable& x) override {
    ++calls;
    return last(softplus(first(first(x)) + second(x)));
  }
  void visit(nn::Visitor& visitor) override {
    visitor.module("second", second);
    Residual::visit(visitor);
  }
  BayesianLinear second{6, 6, {}, Gaussian{.log_variance = -2}, Generator(3)};
};

// Adds noise of its own, even in evaluation mode, before the first Bayesian layer.
class OwnNoise : public NestedModel {
 public:
  Variable forward(const Variable& x) override {
    const Tensor noise = Tensor::empty_like(x.value());
    const RandomStream stream = generator_.next();
    for (std::int64_t i = 0; i < noise.numel(); ++i) {
      noise.data<float>()[i] = static_cast<float>(stream.normal(i));
    }
    ++calls;
    return NestedModel::forward(x + Variable(noise));
  }
  void visit(nn::Visitor& visitor) override {
    visitor.generator("own", generator_);
    NestedModel::visit(visitor);
  }
  int calls = 0;

 private:
  Generator generator_{9};
};

// Treats each image as three rows. With three samples, rows and samples have the same number.
class Rows : public nn::Module {
 public:
  Variable forward(const Variable& x) override {
    const std::int64_t images = x.shape()[0];
    return reshape(layer(reshape(x, {3 * images, 2})), {images, 6});
  }
  void visit(nn::Visitor& visitor) override { visitor.module("layer", layer); }
  BayesianLinear layer{2, 2, {}, Gaussian{}, Generator(1)};
};

Tensor images(std::int64_t count) { return float_normals({count, 6}, "x"); }

std::vector<Tensor> passes(nn::Module& model, const Tensor& x, std::int64_t samples) {
  Evaluation evaluation(model, samples);
  return passes(evaluation, x);
}

// The passes as the model gives them one by one.
std::vector<Tensor> plain_passes(nn::Module& model, const Tensor& x, std::int64_t samples) {
  const NoGrad no_grad;
  const nn::EvaluationMode mode(model);
  const nn::DrawsFrom noise(model, std::uint64_t{1} << 63);
  std::vector<Tensor> outputs;
  for (std::int64_t s = 0; s < samples; ++s) outputs.push_back(model(Variable(x)).value());
  return outputs;
}

double largest_difference(const std::vector<Tensor>& a, const std::vector<Tensor>& b) {
  BOOST_REQUIRE(a.size() == b.size());
  double largest = 0;
  for (std::size_t i = 0; i < a.size(); ++i) {
    BOOST_REQUIRE(a[i].shape() == b[i].shape());
    for (std::int64_t e = 0; e < a[i].numel(); ++e) {
      largest = std::max(
          largest, static_cast<double>(std::abs(a[i].data<float>()[e] - b[i].data<float>()[e])));
    }
  }
  return largest;
}

}  // namespace

BOOST_AUTO_TEST_CASE(passes_in_one_are_those_made_one_by_one) {
  Counting model;
  const std::vector<Tensor> folded = passes(model, images(4), 5);
  BOOST_TEST(model.calls == 1);
  BOOST_TEST(!model.recorded);
  const std::vector<Tensor> plain = plain_passes(model, images(4), 5);
  BOOST_TEST(largest_difference(folded, plain) < 1e-6);
  BOOST_TEST(!same_bits(folded[0], folded[1]));
}

BOOST_AUTO_TEST_CASE(passes_do_not_depend_on_how_many_are_made_in_one) {
  // 1 500 images: two forward passes with two samples each, then one with one.
  Counting model;
  const Tensor x = images(1500);
  const std::vector<Tensor> all = passes(model, x, 5);
  BOOST_TEST(model.calls == 3);
  const std::vector<Tensor> few = passes(model, x, 3);
  BOOST_TEST(largest_difference({all.begin(), all.begin() + 3}, few) < 1e-6);
  BOOST_TEST(largest_difference(all, plain_passes(model, x, 5)) < 1e-6);
}

BOOST_AUTO_TEST_CASE(batches_too_large_for_two_passes_get_one_each) {
  Counting model;
  BOOST_TEST(passes(model, images(Evaluation::kFoldedImages + 1), 2).size() == 2U);
  BOOST_TEST(model.calls == 2);
}

BOOST_AUTO_TEST_CASE(large_images_get_fewer_passes_in_one) {
  // Two images with an eighth of the limit each: three forward passes with four samples each.
  constexpr std::int64_t kFeatures = Evaluation::kFoldedElements / 8;
  BayesianLinear layer(kFeatures, 1, {}, Gaussian{}, Generator(1));
  CallCounter model(layer);
  BOOST_TEST(passes(model, Tensor::zeros({2, kFeatures}), 9).size() == 9U);
  BOOST_TEST(model.calls == 3);
}

BOOST_AUTO_TEST_CASE(a_second_batch_has_other_noise) {
  NestedModel model;
  Evaluation evaluation(model, 2);
  const std::vector<Tensor> first = passes(evaluation, images(4));
  const std::vector<Tensor> second = passes(evaluation, images(4));
  const std::vector<Tensor> four = passes(model, images(4), 4);
  BOOST_TEST(largest_difference(first, {four[0], four[1]}) < 1e-6);
  BOOST_TEST(largest_difference(second, {four[2], four[3]}) < 1e-6);
}

BOOST_AUTO_TEST_CASE(a_residual_model_gets_its_passes_one_by_one) {
  Residual model;
  Evaluation evaluation(model, 4);
  const std::vector<Tensor> outputs = passes(evaluation, images(5));
  BOOST_TEST(model.calls == 5);
  BOOST_TEST(same_bits(outputs, plain_passes(model, images(5), 4)));
  // Folding is not tried again for the next batch.
  model.calls = 0;
  passes(evaluation, images(5));
  BOOST_TEST(model.calls == 4);
}

BOOST_AUTO_TEST_CASE(a_single_image_of_a_residual_model_broadcasts_to_its_samples) {
  Residual model;
  const std::vector<Tensor> outputs = passes(model, images(1), 4);
  BOOST_TEST(model.calls == 1);
  BOOST_TEST(largest_difference(outputs, plain_passes(model, images(1), 4)) < 1e-6);
}

BOOST_AUTO_TEST_CASE(a_failure_to_fold_in_a_later_batch_goes_on_with_new_noise) {
  Residual model;
  Evaluation evaluation(model, 2);
  passes(evaluation, images(1));
  const std::vector<Tensor> outputs = passes(evaluation, images(5));
  const std::vector<Tensor> plain = plain_passes(model, images(5), 4);
  BOOST_TEST(same_bits(outputs, {plain[2], plain[3]}));
}

BOOST_AUTO_TEST_CASE(branches_that_all_have_a_bayesian_layer_fold) {
  TwoBranches model;
  const std::vector<Tensor> five = passes(model, images(4), 5);
  BOOST_TEST(model.calls == 1);
  // A layer that is called twice in a pass has different noise than in separate passes, but its
  // noise does not depend on how the passes are folded.
  const std::vector<Tensor> two = passes(model, images(4), 2);
  BOOST_TEST(largest_difference({five[0], five[1]}, two) < 1e-6);
  BOOST_TEST(largest_difference({five[0]}, {five[1]}) > 1e-2);
}

BOOST_AUTO_TEST_CASE(noise_of_other_modules_is_not_shared_between_the_samples) {
  OwnNoise model;
  const std::vector<Tensor> outputs = passes(model, images(4), 3);
  BOOST_TEST(model.calls == 4);
  BOOST_TEST(same_bits(outputs, plain_passes(model, images(4), 3)));
}

BOOST_AUTO_TEST_CASE(rows_that_are_neither_images_nor_samples_are_found_out) {
  Rows model;
  for (const std::int64_t samples : {2, 3, 4}) {
    BOOST_TEST(
        same_bits(passes(model, images(5), samples), plain_passes(model, images(5), samples)));
  }
}

BOOST_AUTO_TEST_CASE(images_that_do_not_fit_are_still_refused) {
  NestedModel model;
  const Tensor x = float_normals({4, 7}, "x");
  BOOST_CHECK_EXCEPTION(passes(model, x, 3), ShapeError, says("input [4, 7], weight [5, 6]"));
  BOOST_CHECK_THROW(passes(model, Tensor::zeros({}), 3), ShapeError);
  BOOST_TEST(model.training());
}

BOOST_AUTO_TEST_CASE(no_images_give_no_rows) {
  NestedModel model;
  const std::vector<Tensor> outputs = passes(model, Tensor::zeros({0, 6}), 3);
  BOOST_TEST(outputs.size() == 3U);
  BOOST_TEST((outputs[2].shape() == Shape{0, 3}));
}

BOOST_AUTO_TEST_CASE(a_receiver_that_throws_leaves_the_model_as_it_was) {
  NestedModel model;
  const auto run = [&] {
    Evaluation evaluation(model, 3);
    evaluation.for_each_pass(images(4), [](const Variable&) { throw Error("enough"); });
  };
  const Tensor before = plain_passes(model, images(4), 1).front();
  BOOST_CHECK_THROW(run(), Error);
  BOOST_TEST(model.training());
  BOOST_TEST(same_bits(before, plain_passes(model, images(4), 1).front()));
  BOOST_TEST((model(Variable(images(4))).shape() == Shape{4, 3}));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace credence::bayes
