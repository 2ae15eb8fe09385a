// Tests of the check that `visit` lists all parameters.
#include "framework/nn/listing_check.hpp"

#include "framework/base/error.hpp"
#include "framework/nn/normalization.hpp"
#include "framework/ops/arithmetic.hpp"
#include "framework/ops/reduce.hpp"
#include "framework/train/fit.hpp"
#include "tests/framework/training.hpp"

#include <memory>
#include <vector>

#include <boost/test/unit_test.hpp>

namespace credence::nn {

BOOST_AUTO_TEST_SUITE(listing_check)

namespace {

// A layer and a factor, either of which `visit` may forget.
class Part : public Module {
 public:
  Part(bool lists_layer, bool lists_factor)
      : lists_layer_(lists_layer), lists_factor_(lists_factor) {}
  Variable forward(const Variable& x) override { return layer(x) * factor; }
  void visit(Visitor& visitor) override {
    if (lists_layer_) visitor.module("layer", layer);
    if (lists_factor_) visitor.parameter("factor", factor);
  }
  std::string type_name() const override { return "Part"; }

  Linear layer{4, 2, {.bias = false}, Generator(1)};
  Variable factor{Tensor::full({2}, 1), true};

 private:
  bool lists_layer_;
  bool lists_factor_;
};

// Parts in each kind of container, moved into it.
class Whole : public Module {
 public:
  Whole() {
    parts.emplace_back(2, 2, LinearOptions{}, Generator(2));
    parts.emplace_back(2, 2, LinearOptions{}, Generator(3));
  }
  Variable forward(const Variable& x) override {
    return parts[1](parts[0]((*owned)(x))) * parts[0](Variable(Tensor::full({1, 2}, 1)));
  }
  void visit(Visitor& visitor) override {
    visitor.module("owned", *owned);
    for (std::size_t i = 0; i < parts.size(); ++i) visitor.module(std::to_string(i), parts[i]);
  }

  std::unique_ptr<Module> owned = std::make_unique<Part>(true, true);
  std::vector<Linear> parts;
};

// Uses the weight of another part, which the whole lists there.
class Borrower : public Module {
 public:
  explicit Borrower(Part& part) : part_(&part) {}
  Variable forward(const Variable& x) override { return x * part_->factor; }

 private:
  Part* part_;
};

void call(Module& model) {
  const ListingCheck check(model);
  model(Variable(Tensor::full({3, 4}, 1)));
}

FixedBatches batches() {
  return FixedBatches({{Tensor::full({2, 4}, 1), Tensor::zeros({2}, DType::int64)}});
}

}  // namespace

BOOST_AUTO_TEST_CASE(a_parameter_that_is_not_listed_is_named_by_shape_and_user) {
  Part without_factor(true, false);
  BOOST_CHECK_EXCEPTION(call(without_factor), Error,
                        says("parameter of shape [2] that visit does not list: the model itself "
                             "(Part)"));
  Part without_layer(false, true);
  BOOST_CHECK_EXCEPTION(
      call(without_layer), Error,
      says("parameter of shape [2, 4] that visit does not list: a part that visit does not list "
           "either (Linear)"));
  Sequential nested(Linear(4, 4, {}, Generator(5)), Part(true, false));
  BOOST_CHECK_EXCEPTION(call(nested), Error, says("list: its part 1 (Part)"));
}

BOOST_AUTO_TEST_CASE(what_lists_all_passes_wherever_its_parts_are) {
  Whole whole;
  call(whole);
  Whole moved = std::move(whole);
  call(moved);
  moved.parts.reserve(100);
  call(moved);
  Sequential net(Linear(4, 4, {}, Generator(5)), BatchNorm1d(4), Activation::relu());
  call(net);
  Part part(true, true);
  Sequential outer(std::move(part));
  call(outer);
}

BOOST_AUTO_TEST_CASE(frozen_parameters_and_what_comes_with_the_input_pass) {
  Part part(true, false);
  part.factor.set_requires_grad(false);
  call(part);
  const Variable leaf(Tensor::full({3, 4}, 1), true);
  Part complete(true, true);
  const ListingCheck check(complete);
  complete(leaf * 2.0);
  complete(leaf);
  // The check is not for this other model.
  Part other(false, false);
  other(leaf);
}

BOOST_AUTO_TEST_CASE(a_part_may_use_what_another_part_lists) {
  class Pair : public Module {
   public:
    Variable forward(const Variable& x) override { return borrower(part(x)); }
    void visit(Visitor& visitor) override {
      visitor.module("part", part);
      visitor.module("borrower", borrower);
    }
    Part part{true, true};
    Borrower borrower{part};
  };
  Pair pair;
  call(pair);
}

BOOST_AUTO_TEST_CASE(every_input_and_output_of_a_list_is_looked_at) {
  class Two : public MultiModule {
   public:
    std::vector<Variable> forward_all(const std::vector<Variable>& inputs) override {
      const auto [a, b] = exactly<2>(inputs);
      return {a * listed, b * hidden};
    }
    void visit(Visitor& visitor) override {
      visitor.parameter("listed", listed);
      if (complete) visitor.parameter("hidden", hidden);
    }
    Variable listed{Tensor::full({1}, 1), true};
    Variable hidden{Tensor::full({1}, 1), true};
    bool complete = false;
  };
  const auto run = [](Two& model) {
    const ListingCheck check(model);
    // Both inputs come with parameters of their own, as from an earlier model.
    model({Variable(Tensor::full({2}, 1), true), Variable(Tensor::full({2}, 1), true)});
  };
  Two model;
  BOOST_CHECK_EXCEPTION(run(model), Error, says("a parameter of shape [1] that visit does not"));
  model.complete = true;
  run(model);
}

BOOST_AUTO_TEST_CASE(observers_further_out_are_told_too) {
  class Counter : public CallObserver {
   public:
    void called(const Module&, const Shape&, const Shape&) override { ++calls; }
    int calls = 0;
  };
  Counter counter;
  Part part(true, true);
  call(part);
  BOOST_TEST(counter.calls == 2);
}

BOOST_AUTO_TEST_CASE(training_checks_its_first_step) {
  FixedBatches source = batches();
  Part forgetful(false, true);
  BOOST_CHECK_EXCEPTION(train::fit(forgetful, source, {.epochs = 1, .progress = false}), Error,
                        says("[visit]"));
  BOOST_TEST(forgetful.factor.value().data<float>()[0] == 1.0F);
  Part complete(true, true);
  BOOST_TEST(train::fit(complete, source, {.epochs = 2, .progress = false}).size() == 2U);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace credence::nn
