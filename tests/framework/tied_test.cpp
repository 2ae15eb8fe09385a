// Tests of tied parameters: copies of a Variable in several modules are counted, moved and stored
// as one.
#include "framework/base/error.hpp"
#include "framework/io/checkpoint.hpp"
#include "framework/nn/summary.hpp"
#include "framework/ops/arithmetic.hpp"
#include "framework/ops/reduce.hpp"
#include "framework/optim/optimizer.hpp"
#include "tests/data/temporary_folder.hpp"
#include "tests/framework/training.hpp"

#include <string>
#include <vector>

#include <boost/test/unit_test.hpp>

namespace credence::nn {

BOOST_AUTO_TEST_SUITE(tied_parameters)

namespace {

const auto per_element = boost::test_tools::per_element();

// y = w · x, with running statistics.
class Factor : public Module {
 public:
  explicit Factor(double w) : weight(Tensor::full({1}, w), true) {}
  Variable forward(const Variable& x) override { return x * weight; }
  void visit(Visitor& visitor) override {
    visitor.parameter("weight", weight);
    visitor.buffer("mean", mean);
  }
  std::string type_name() const override { return "Factor"; }

  Variable weight;
  Tensor mean = Tensor::full({3}, 0.5);
};

// y = w · w · x, where the weights are copies of one Variable and the statistics are handles to one
// tensor.
class Twice : public Module {
 public:
  explicit Twice(double w, bool tied = true) : first(w), second(w) {
    if (!tied) return;
    second.weight = first.weight;
    second.mean = first.mean;
  }
  Variable forward(const Variable& x) override { return second(first(x)); }
  void visit(Visitor& visitor) override {
    visitor.module("first", first);
    visitor.module("second", second);
  }

  Factor first;
  Factor second;
};

float value_of(const Variable& scalar) { return scalar.value().data<float>()[0]; }

// The weights after a step on y = w · w · x at x = 1: w − rate · 2 w.
std::vector<float> after_a_step(const optim::Factory& settings) {
  Twice model(2);
  const auto optimizer = optim::make_optimizer(model, settings);
  optimizer->zero_grad();
  sum(model(Variable(Tensor::full({1}, 1)))).backward();
  optimizer->step();
  return {value_of(model.first.weight), value_of(model.second.weight)};
}

struct Folder {
  test::TemporaryFolder folder;
  std::filesystem::path path = folder.path() / "model.safetensors";
};

}  // namespace

BOOST_AUTO_TEST_CASE(they_are_trained_as_one) {
  // The gradient at w = 2 is 2 w = 4; with momentum the first step is the same.
  for (const optim::Sgd& sgd :
       {optim::Sgd{.learning_rate = 0.1}, optim::Sgd{.learning_rate = 0.1, .momentum = 0.9}}) {
    const std::vector<float> weights = after_a_step(sgd);
    BOOST_TEST(std::abs(weights[0] - 1.6F) < 1e-6F);
    BOOST_TEST(weights[1] == weights[0]);
  }
  // Adam's first step is the rate.
  const std::vector<float> weights = after_a_step(optim::Adam{.learning_rate = 0.5});
  BOOST_TEST(std::abs(weights[0] - 1.5F) < 1e-6F);
  BOOST_TEST(weights[1] == weights[0]);
}

BOOST_AUTO_TEST_CASE(they_are_listed_and_counted_once_by_their_first_path) {
  Twice model(2);
  BOOST_TEST(parameter_count(model) == 1);
  BOOST_TEST(parameter_bytes(model) == 4U);
  const std::vector<NamedParameter> listed = parameters(model);
  BOOST_TEST_REQUIRE(listed.size() == 1U);
  BOOST_TEST(listed[0].name == "first.weight");
  BOOST_TEST(listed[0].other_names == std::vector<std::string>{"second.weight"}, per_element);
  const std::vector<NamedBuffer> statistics = buffers(model);
  BOOST_TEST_REQUIRE(statistics.size() == 1U);
  BOOST_TEST(statistics[0].name == "first.mean");
  Twice apart(2, false);
  BOOST_TEST(parameter_count(apart) == 2);
  BOOST_TEST(buffers(apart).size() == 2U);
  const Summary summary = summarize(model, {1});
  BOOST_TEST(summary.parameters == 1);
  BOOST_TEST_REQUIRE(summary.layers.size() == 2U);
  BOOST_TEST(summary.layers[0].parameters == 1);
  BOOST_TEST(summary.layers[1].parameters == 0);
}

BOOST_AUTO_TEST_CASE(a_new_value_is_that_of_all_copies) {
  Twice model(2);
  model.second.weight.set_value(Tensor::full({1}, 7));
  BOOST_TEST(value_of(model.first.weight) == 7.0F);
  const Variable copy = model.first.weight;
  model.first.weight.set_value(Tensor::full({1}, 8));
  BOOST_TEST(value_of(copy) == 8.0F);
  move_to(model, Device::cpu);
  BOOST_TEST(model.first.weight.value().shares_storage_with(model.second.weight.value()));
}

BOOST_AUTO_TEST_CASE(they_are_frozen_as_one) {
  Twice model(2);
  parameters(model)[0].parameter->set_requires_grad(false);
  BOOST_TEST(!model.second.weight.requires_grad());
  BOOST_CHECK_THROW(optim::make_optimizer(model, optim::Sgd{}), Error);
}

BOOST_FIXTURE_TEST_CASE(they_are_stored_once_and_loaded_as_one, Folder) {
  Twice saved(3);
  saved.first.mean.fill(4);
  io::save_checkpoint(path, saved);
  const io::SafeTensors file = io::load_safetensors(path);
  BOOST_TEST(file.tensors.size() == 2U);
  BOOST_TEST(file.find("first.weight") != nullptr);
  Twice loaded(2);
  io::load_checkpoint(path, loaded);
  BOOST_TEST(value_of(loaded.first.weight) == 3.0F);
  BOOST_TEST(value_of(loaded.second.weight) == 3.0F);
  BOOST_TEST(loaded.second.mean.data<float>()[2] == 4.0F);
}

BOOST_FIXTURE_TEST_CASE(a_file_may_have_them_under_any_of_their_names, Folder) {
  const auto of = [](double value) { return Tensor::full({1}, value); };
  const io::NamedTensor mean{"second.mean", Tensor::full({3}, 4)};
  const auto write = [&](std::vector<io::NamedTensor> tensors) {
    tensors.push_back(mean);
    io::save_safetensors(path, tensors);
  };
  write({{"second.weight", of(5)}});
  Twice model(2);
  io::load_checkpoint(path, model);
  BOOST_TEST(value_of(model.first.weight) == 5.0F);
  BOOST_TEST(model.first.mean.data<float>()[0] == 4.0F);
  // PyTorch's state_dict contains all names.
  write({{"first.weight", of(6)}, {"second.weight", of(6)}});
  io::load_checkpoint(path, model);
  BOOST_TEST(value_of(model.second.weight) == 6.0F);
  write({{"first.weight", of(7)}, {"second.weight", of(8)}});
  BOOST_CHECK_EXCEPTION(io::load_checkpoint(path, model), FileError,
                        says("\"first.weight\" and \"second.weight\" differ"));
  BOOST_TEST(value_of(model.first.weight) == 6.0F);
  write({});
  BOOST_CHECK_EXCEPTION(io::load_checkpoint(path, model), FileError,
                        says("has no tensor \"first.weight\""));
  Twice apart(2, false);
  BOOST_CHECK_THROW(io::load_checkpoint(path, apart), FileError);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace credence::nn
