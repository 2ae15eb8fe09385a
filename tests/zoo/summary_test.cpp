// Tests of the summary of models.
#include "framework/nn/summary.hpp"

#include "bayes/posterior/gaussian.hpp"
#include "bayes/walk.hpp"
#include "framework/base/error.hpp"
#include "framework/nn/dropout.hpp"
#include "framework/nn/normalization.hpp"
#include "tests/framework/training.hpp"
#include "zoo/lenet5.hpp"

#include <boost/test/unit_test.hpp>

namespace credence::nn {

BOOST_AUTO_TEST_SUITE(summary)

namespace {

const auto per_element = boost::test_tools::per_element();

// The same layer in two places, one layer that is never called, and a parameter of the model
// itself.
class Shared : public Module {
 public:
  Variable forward(const Variable& x) override { return again(once(x)); }
  void visit(Visitor& visitor) override {
    visitor.parameter("scale", scale);
    visitor.module("once", once);
    visitor.module("again", once);
    visitor.module("idle", idle);
  }

  Variable scale{Tensor::zeros({7}), true};
  Linear once{4, 4, {}, Generator(1)};
  Linear& again = once;
  Linear idle{4, 2, {.bias = false}, Generator(1)};
};

}  // namespace

BOOST_AUTO_TEST_CASE(lenet5_has_the_known_sizes_and_multiply_adds) {
  zoo::LeNet5<> model({}, Generator(1));
  const Summary summary = summarize(model, {1, 1, 28, 28});
  const std::vector<std::string> paths{"conv1", "conv2", "fc1", "fc2", "fc3"};
  const std::vector<Shape> outputs{{1, 6, 24, 24}, {1, 16, 8, 8}, {1, 120}, {1, 84}, {1, 10}};
  const std::vector<std::int64_t> parameters{6 * 25 + 6, 16 * 150 + 16, 120 * 256 + 120,
                                             84 * 120 + 84, 10 * 84 + 10};
  const std::vector<std::int64_t> multiply_adds{6 * 24 * 24 * 25, 16 * 8 * 8 * 150, 120 * 256,
                                                84 * 120, 10 * 84};
  BOOST_REQUIRE(summary.layers.size() == 5U);
  for (std::size_t i = 0; i < 5; ++i) {
    BOOST_TEST(summary.layers[i].path == paths[i]);
    BOOST_TEST(summary.layers[i].type == (i < 2 ? "Conv2d" : "Linear"));
    BOOST_TEST((summary.layers[i].output == outputs[i]));
    BOOST_TEST(summary.layers[i].parameters == parameters[i]);
    BOOST_TEST(summary.layers[i].bytes == 4 * static_cast<std::size_t>(parameters[i]));
    BOOST_TEST(summary.layers[i].multiply_adds == multiply_adds[i]);
  }
  BOOST_TEST(summary.parameters == 44'426);
  BOOST_TEST(summary.bytes == 177'704U);
  BOOST_TEST(summary.multiply_adds == 281'640);
  BOOST_TEST(summarize(model, {3, 1, 28, 28}).multiply_adds == 3 * 281'640);
}

BOOST_AUTO_TEST_CASE(bayesian_layers_count_the_products_of_mean_and_variance) {
  zoo::BayesianLeNet5 model({}, Generator(1));
  const Summary summary = summarize(model, {1, 1, 28, 28});
  BOOST_TEST(summary.layers[0].type == "BayesianConv2d");
  BOOST_TEST(summary.layers[4].type == "BayesianLinear");
  BOOST_TEST(summary.parameters == 88'616);
  BOOST_TEST(summary.multiply_adds == 2 * 281'640);
  bayes::set_sampling(model, bayes::Sampling::mean);
  BOOST_TEST(summarize(model, {1, 1, 28, 28}).multiply_adds == 281'640);
}

BOOST_AUTO_TEST_CASE(groups_batch_norm_and_functions_in_a_sequential_are_listed) {
  const Generator generator(1);
  Sequential inner(Conv2d(4, 8, {.kernel = 3, .groups = 2, .bias = false}, generator),
                   BatchNorm2d(8), Activation::relu());
  Sequential model(std::move(inner), MaxPool2d({.kernel = 2}), Dropout(0.5, generator), Flatten(),
                   [](const Variable& x) { return x; });
  const Summary summary = summarize(model, {2, 4, 6, 6});
  std::vector<std::string> listed;
  for (const LayerSummary& layer : summary.layers) listed.push_back(layer.path + ' ' + layer.type);
  const std::vector<std::string> expected{"0.0 Conv2d",  "0.1 BatchNorm2d", "0.2 relu",
                                          "1 MaxPool2d", "2 Dropout",       "3 Flatten",
                                          "4 Function"};
  BOOST_TEST(listed == expected, per_element);
  BOOST_TEST(summary.layers[0].multiply_adds == 2 * 8 * 16 * 2 * 9);
  BOOST_TEST(summary.layers[1].multiply_adds == 2 * 8 * 16);
  BOOST_TEST(summary.layers[1].parameters == 16);
  BOOST_TEST((summary.layers[3].output == Shape{2, 8, 2, 2}));
}

BOOST_AUTO_TEST_CASE(shared_idle_and_own_parts_are_counted_once) {
  Shared model;
  const Summary summary = summarize(model, {3, 4});
  BOOST_REQUIRE(summary.layers.size() == 3U);
  BOOST_TEST(summary.layers[0].path == "");
  BOOST_TEST(summary.layers[0].type == "Module");
  BOOST_TEST(summary.layers[0].parameters == 7);
  BOOST_TEST(summary.layers[1].path == "once");
  BOOST_TEST(summary.layers[1].parameters == 20);
  BOOST_TEST(summary.layers[1].multiply_adds == 2 * 3 * 16);
  BOOST_TEST(summary.layers[2].path == "idle");
  BOOST_TEST(!summary.layers[2].output.has_value());
  BOOST_TEST(summary.layers[2].multiply_adds == 0);
  BOOST_TEST(summary.parameters == parameter_count(model));
  BOOST_TEST(summary.bytes == parameter_bytes(model));
  Linear alone(4, 2, {}, Generator(1));
  BOOST_TEST(summarize(alone, {1, 4}).layers[0].type == "Linear");
}

BOOST_AUTO_TEST_CASE(the_model_is_left_as_it_was) {
  const Generator generator(1);
  Sequential model(bayes::BayesianLinear(4, 4, {}, bayes::Gaussian{}, generator), BatchNorm1d(4));
  const Variable x(normals({6, 4}, "x").to(DType::float32));
  Tensor expected;
  {
    const DrawsFrom draws(model, 0);
    expected = model(x).value();
  }
  const Tensor running = buffers(model)[0].buffer->clone();
  summarize(model, {2, 4});
  BOOST_TEST(model.training());
  BOOST_TEST(same_bits(*buffers(model)[0].buffer, running));
  BOOST_TEST(same_bits(model(x).value(), expected));
  BOOST_CHECK_THROW(summarize(model, {2, 5}), ShapeError);
  // The exception leaves no observer behind: this call would reach a destroyed one.
  BOOST_TEST(model(x).defined());
  BOOST_TEST(model.training());
}

BOOST_AUTO_TEST_CASE(observers_nest) {
  class Counter : public CallObserver {
   public:
    void called(const Module&, const Shape&, const Shape&) override { ++calls; }
    int calls = 0;
  };
  Flatten layer;
  const Variable x(Tensor::zeros({2, 3}));
  Counter outer;
  layer(x);
  {
    Counter inner;
    layer(x);
    layer(x);
    BOOST_TEST(inner.calls == 2);
  }
  layer(x);
  BOOST_TEST(outer.calls == 2);
}

BOOST_AUTO_TEST_CASE(the_table_is_aligned_markdown) {
  zoo::LeNet5<> model({}, Generator(1));
  const std::string text = to_string(summarize(model, {1, 1, 28, 28}));
  const std::string expected =
      "| layer | type   | output         | parameters |   bytes | multiply-adds |\n"
      "| ----- | ------ | -------------- | ---------: | ------: | ------------: |\n"
      "| conv1 | Conv2d | [1, 6, 24, 24] |        156 |     624 |        86,400 |\n"
      "| conv2 | Conv2d | [1, 16, 8, 8]  |      2,416 |   9,664 |       153,600 |\n"
      "| fc1   | Linear | [1, 120]       |     30,840 | 123,360 |        30,720 |\n"
      "| fc2   | Linear | [1, 84]        |     10,164 |  40,656 |        10,080 |\n"
      "| fc3   | Linear | [1, 10]        |        850 |   3,400 |           840 |\n"
      "| total |        |                |     44,426 | 177,704 |       281,640 |\n";
  BOOST_TEST(text == expected);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace credence::nn
