// Tests of predictions averaged over posterior samples, against numbers computed by hand and
// PyTorch's values.
#include "bayes/predict.hpp"

#include "bayes/elbo.hpp"
#include "bayes/walk.hpp"
#include "framework/base/error.hpp"
#include "framework/ops/softmax.hpp"
#include "framework/optim/optimizer.hpp"
#include "tests/bayes/nested_model.hpp"
#include "tests/bayes/support.hpp"
#include "tests/reference/reference.hpp"

#include <array>
#include <cmath>

#include <boost/test/unit_test.hpp>

namespace credence::bayes {

BOOST_AUTO_TEST_SUITE(predict)

namespace {

// Gives prepared logits, different ones at each call.
class Prepared : public nn::Module {
 public:
  explicit Prepared(std::vector<Tensor> logits) : logits_(std::move(logits)) {}
  Variable forward(const Variable&) override { return Variable(logits_.at(calls_++)); }
  std::size_t calls() const { return calls_; }

 private:
  std::vector<Tensor> logits_;
  std::size_t calls_ = 0;
};

// Draws noise and then fails.
class Failing : public NestedModel {
 public:
  Variable forward(const Variable& x) override {
    NestedModel::forward(x);
    throw Error("no more");
  }
};

// Records in which mode it is called.
class Watching : public NestedModel {
 public:
  Variable forward(const Variable& x) override {
    saw_training = training() || head.training() || body.training();
    saw_sampling = head.sampling();
    recorded = NestedModel::forward(x).requires_grad();
    return NestedModel::forward(x);
  }
  bool saw_training = true;
  bool recorded = true;
  Sampling saw_sampling = Sampling::sample;
};

Tensor images() { return float_normals({4, 6}, "x"); }
train::Batch batch() { return {images(), Tensor::from<std::int64_t>({4}, {0, 2, 1, 2})}; }

double probability_sum(const Tensor& log_probabilities, std::int64_t row) {
  double sum = 0;
  const std::int64_t classes = log_probabilities.shape()[1];
  for (std::int64_t c = 0; c < classes; ++c) {
    sum += std::exp(static_cast<double>(log_probabilities.data<float>()[row * classes + c]));
  }
  return sum;
}

std::vector<Tensor> train_two_steps(const std::function<void(nn::Module&)>& between) {
  NestedModel model;
  const auto optimizer = optim::make_optimizer(model, optim::Adam{});
  for (int step = 0; step < 2; ++step) {
    optimizer->zero_grad();
    Elbo{}(model, batch(), {100}).total.backward();
    optimizer->step();
    between(model);
  }
  return parameter_values(model);
}

}  // namespace

BOOST_AUTO_TEST_CASE(probabilities_are_averaged_over_the_passes) {
  Prepared model({Tensor::from<float>({1, 2}, {0, 0}), Tensor::from<float>({1, 2}, {0, 200}),
                  Tensor::from<float>({1, 2}, {std::log(3.0F), 0})});
  const Tensor y = predictive_log_probabilities(model, images(), {.samples = 3});
  BOOST_TEST(model.calls() == 3U);
  // (1/2 + 0 + 3/4) / 3 and (1/2 + 1 + 1/4) / 3
  const Tensor expected = Tensor::from<float>({1, 2}, {std::log(1.25F / 3), std::log(1.75F / 3)});
  BOOST_TEST(largest_error(y, expected) < 1e-6);
}

BOOST_AUTO_TEST_CASE(a_class_without_probability_stays_finite) {
  const Tensor certain = Tensor::from<float>({1, 2}, {1000, 0});
  Prepared model({certain, certain});
  const Tensor y = predictive_log_probabilities(model, images(), {.samples = 2});
  BOOST_TEST(model.calls() == 2U);
  BOOST_TEST(std::abs(y.data<float>()[0]) < 1e-6F);
  BOOST_TEST(std::isfinite(y.data<float>()[1]));
  BOOST_TEST(y.data<float>()[1] < -80.0F);
}

// Gives the logits 0 and `certainty` for each image, and other ones at every second call.
class Sure : public nn::Module {
 public:
  Sure(float certainty, float other) : certainty_{certainty, other} {}
  Variable forward(const Variable& x) override {
    std::vector<float> logits;
    for (std::int64_t row = 0; row < x.shape()[0]; ++row) {
      logits.insert(logits.end(), {0, certainty_[calls_ % 2]});
    }
    ++calls_;
    return Variable(Tensor::from({x.shape()[0], 2}, logits));
  }

 private:
  std::array<float, 2> certainty_;
  std::size_t calls_ = 0;
};

BOOST_AUTO_TEST_CASE(a_net_that_is_sure_and_wrong_is_not_flattered) {
  const train::Batch wrong{images(), Tensor::zeros({4}, DType::int64)};
  FixedBatches source({wrong});
  for (const std::int64_t samples : {0, 1, 2, 3, 15, 100}) {
    Sure model(200, 200);
    BOOST_TEST(std::abs(bayes::evaluate(model, source, {.samples = samples}).nll() - 200) < 1e-3);
  }
  // log((e^-200 + e^-100) / 2)
  Sure model(200, 100);
  BOOST_TEST(std::abs(bayes::evaluate(model, source, {.samples = 2}).nll() -
                      (100 + std::log(2.0))) < 1e-3);
}

BOOST_AUTO_TEST_CASE(a_weight_that_is_no_number_is_named) {
  for (const std::int64_t samples : {0, 1, 3}) {
    NestedModel model;
    parameter(model, "tail.weight").value().data<float>()[7] = NAN;
    FixedBatches source({batch()});
    BOOST_CHECK_EXCEPTION(
        bayes::evaluate(model, source, {.samples = samples}), ValueError,
        says("[evaluate] the model's \"tail.weight\" [3, 4] has nan as element 7"));
    BOOST_CHECK_EXCEPTION(predictive_log_probabilities(model, images(), {.samples = samples}),
                          ValueError, says("[predict] the model's \"tail.weight\""));
    BOOST_TEST(model.training());
    NestedModel finite;
    const Tensor broken = images();
    broken.data<float>()[3] = NAN;
    BOOST_CHECK_EXCEPTION(predictive_log_probabilities(finite, broken, {.samples = samples}),
                          ValueError, says("[predict] scores are not numbers"));
  }
}

BOOST_AUTO_TEST_CASE(probabilities_sum_to_one) {
  NestedModel model;
  for (const std::int64_t samples : {0, 1, 2, 15}) {
    const Tensor y = predictive_log_probabilities(model, images(), {.samples = samples});
    BOOST_TEST((y.shape() == Shape{4, 3}));
    for (std::int64_t row = 0; row < 4; ++row) {
      BOOST_TEST(std::abs(probability_sum(y, row) - 1) < 1e-6);
    }
  }
}

BOOST_AUTO_TEST_CASE(no_samples_give_the_posterior_mean) {
  NestedModel model;
  const Tensor y = predictive_log_probabilities(model, images(), {.samples = 0});
  set_sampling(model, Sampling::mean);
  BOOST_TEST(same_bits(y, log_softmax(model(Variable(images()))).value()));
  BOOST_TEST(same_bits(y, predictive_log_probabilities(model, images(), {.samples = 0})));
  BOOST_TEST(!same_bits(y, predictive_log_probabilities(model, images(), {.samples = 1})));
}

BOOST_AUTO_TEST_CASE(the_noise_is_the_same_at_each_call) {
  NestedModel model;
  const Tensor first = predictive_log_probabilities(model, images());
  model(Variable(images()));
  BOOST_TEST(same_bits(first, predictive_log_probabilities(model, images())));
}

BOOST_AUTO_TEST_CASE(the_noise_is_not_that_of_training) {
  NestedModel model;
  const Tensor predicted = predictive_log_probabilities(model, images(), {.samples = 1});
  BOOST_TEST(!same_bits(predicted, log_softmax(model(Variable(images()))).value()));
}

BOOST_AUTO_TEST_CASE(prediction_runs_in_evaluation_mode_and_records_nothing) {
  Watching model;
  predictive_log_probabilities(model, images(), {.samples = 2});
  BOOST_TEST(!model.saw_training);
  BOOST_TEST(!model.recorded);
  BOOST_TEST((model.saw_sampling == Sampling::sample));
  predictive_log_probabilities(model, images(), {.samples = 0});
  BOOST_TEST((model.saw_sampling == Sampling::mean));
  BOOST_TEST(model.training());
  BOOST_TEST(model.head.training());
}

BOOST_AUTO_TEST_CASE(the_modes_are_afterwards_as_they_were) {
  NestedModel model;
  model.head.set_sampling(Sampling::mean);
  model.train(false);
  predictive_log_probabilities(model, images());
  BOOST_TEST((model.head.sampling() == Sampling::mean));
  BOOST_TEST((bayesian_layers(model).front().layer->sampling() == Sampling::sample));
  BOOST_TEST(!model.training());
}

BOOST_AUTO_TEST_CASE(the_modes_are_restored_where_the_model_throws) {
  Failing model;
  const Variable x(images());
  const auto draw = [&] {
    const NoGrad no_grad;
    return model.NestedModel::forward(x).value();
  };
  draw();
  for (const std::int64_t samples : {0, 2}) {
    BOOST_CHECK_THROW(predictive_log_probabilities(model, images(), {.samples = samples}), Error);
    BOOST_TEST(model.training());
    for (const NamedLayer& named : bayesian_layers(model)) {
      BOOST_TEST((named.layer->sampling() == Sampling::sample));
    }
  }
  const Tensor second = draw();
  const nn::DrawsFrom noise(model, 1);
  BOOST_TEST(same_bits(second, draw()));
}

BOOST_AUTO_TEST_CASE(training_goes_on_as_if_there_had_been_no_evaluation) {
  const std::vector<Tensor> alone = train_two_steps([](nn::Module&) {});
  const std::vector<Tensor> evaluated = train_two_steps([](nn::Module& model) {
    FixedBatches source({batch(), batch()});
    bayes::evaluate(model, source, {.samples = 3});
    bayes::evaluate(model, source, {.samples = 0});
  });
  BOOST_TEST(same_bits(alone, evaluated));
  // One more draw would change the parameters, so the comparison above can fail.
  const std::vector<Tensor> disturbed =
      train_two_steps([](nn::Module& model) { model(Variable(images())); });
  BOOST_TEST(!same_bits(alone, disturbed));
}

BOOST_AUTO_TEST_CASE(metrics_are_those_of_the_predictions) {
  NestedModel model;
  const train::Batch labelled = batch();
  FixedBatches source({labelled});
  for (const std::int64_t samples : {0, 1, 5}) {
    const Tensor y = predictive_log_probabilities(model, labelled.inputs, {.samples = samples});
    double nll = 0;
    for (std::int64_t row = 0; row < 4; ++row) {
      const std::int64_t label = labelled.targets.data<std::int64_t>()[row];
      nll -= static_cast<double>(y.data<float>()[row * 3 + label]) / 4;
    }
    const train::Metrics metrics = bayes::evaluate(model, source, {.samples = samples});
    BOOST_TEST(metrics.samples == 4);
    BOOST_TEST(std::abs(metrics.nll() - nll) < 1e-6);
    BOOST_TEST(metrics.accuracy() ==
               static_cast<double>(train::count_correct(y, labelled.targets)) / 4);
  }
}

BOOST_AUTO_TEST_CASE(a_negative_number_of_samples_is_refused_and_changes_nothing) {
  NestedModel model;
  FixedBatches source({batch()});
  BOOST_CHECK_EXCEPTION(predictive_log_probabilities(model, images(), {.samples = -1}), ValueError,
                        says("[predict] the number of samples must not be negative, not -1"));
  BOOST_CHECK_THROW(bayes::evaluate(model, source, {.samples = -2}), ValueError);
  BOOST_TEST(model.training());
  BOOST_TEST((model.head.sampling() == Sampling::sample));
  const Variable x(images());
  const Tensor first = model(x).value();
  const nn::DrawsFrom noise(model, 0);
  BOOST_TEST(same_bits(first, model(x).value()));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace credence::bayes
