// Tests of parameter groups: values of PyTorch's param_groups, ranges of the buffer, and the order
// without groups.
#include "framework/base/error.hpp"
#include "framework/optim/optimizer.hpp"
#include "tests/framework/training.hpp"

#include <cmath>
#include <string>
#include <vector>

#include <boost/test/unit_test.hpp>

namespace credence::optim {

BOOST_AUTO_TEST_SUITE(parameter_groups)

namespace {

// PyTorch 1.13 by tests/reference/generate_parameter_groups.py.
const std::vector<double> kSgd{0.861686051,  0.481119096,  -0.341786474, -0.850455165,
                               -0.577219307, 0.226709351,  0.711745322,  0.590822756,
                               -0.109399773, -0.790580392, -0.788931608, -0.00501627894};
const std::vector<double> kMomentum{0.622627556,   0.3366054,   -0.258890182, -0.616363406,
                                    -0.407154888,  0.176389933, 0.306813449,  0.2391157,
                                    -0.0969619527, -0.60128659, -0.687913597, 0.00398179097};
const std::vector<double> kAdam{0.850907087,  0.416236818,  -0.395264655, -0.840476573,
                                -0.521750987, 0.283246845,  0.661744416,  0.482628405,
                                -0.176603556, -0.762780905, -0.768547416, 0.0326179303};
const std::vector<double> kAdamW{0.836880088,  0.411873341,  -0.393623114, -0.826584518,
                                 -0.515224755, 0.283942401,  0.661744416,  0.482628405,
                                 -0.176603556, -0.762780905, -0.76588738,  0.0326295942};
const ParameterGroups kGroups{.weight = {},
                              .bias = {.learning_rate = 2, .weight_decay = 0},
                              .norm = {.weight_decay = 0},
                              .spread = {.learning_rate = 0.5, .weight_decay = 0.5}};

// A parameter of each role, listed in another order than that of their elements' numbers.
class Roles : public nn::Module {
 public:
  Roles() {
    for (Variable* parameter : in_order()) {
      const Tensor& value = parameter->value();
      for (std::int64_t i = 0; i < value.numel(); ++i) {
        value.data<float>()[i] = static_cast<float>(std::cos(number_ + static_cast<double>(i)));
      }
      number_ += static_cast<double>(value.numel());
    }
  }
  Variable forward(const Variable& x) override { return x; }
  void visit(nn::Visitor& visitor) override {
    visitor.parameter("bias", bias, nn::Role::bias);
    visitor.parameter("spread", spread, nn::Role::spread);
    visitor.parameter("weight", weight, nn::Role::weight);
    visitor.parameter("norm", norm, nn::Role::norm);
  }
  std::vector<Variable*> in_order() { return {&weight, &bias, &norm, &spread}; }

  Variable weight{Tensor::zeros({3, 2}), true};
  Variable bias{Tensor::zeros({2}), true};
  Variable norm{Tensor::zeros({2}), true};
  Variable spread{Tensor::zeros({2}), true};

 private:
  double number_ = 0;
};

std::vector<float> after_three_steps(const Factory& factory) {
  Roles model;
  const auto optimizer = make_optimizer(model, factory);
  for (int step = 0; step < 3; ++step) {
    double number = 1 + 7 * step;
    for (Variable* parameter : model.in_order()) {
      for (std::int64_t i = 0; i < parameter->value().numel(); ++i) {
        parameter->grad().data<float>()[i] = static_cast<float>(std::sin(number++));
      }
    }
    optimizer->step();
  }
  std::vector<float> values;
  for (const Variable* parameter : model.in_order()) {
    for (const float value : parameter->value().to_vector<float>()) values.push_back(value);
  }
  return values;
}

void check(const Factory& factory, const std::vector<double>& expected) {
  const std::vector<float> actual = after_three_steps(factory);
  BOOST_REQUIRE(actual.size() == expected.size());
  for (std::size_t i = 0; i < actual.size(); ++i) {
    BOOST_TEST(std::abs(static_cast<double>(actual[i]) - expected[i]) < 3e-7,
               "element " << i << ": " << actual[i] << ", not " << expected[i]);
  }
}

std::int64_t offset_from(const Variable& parameter, const Variable& first) {
  return parameter.value().data<float>() - first.value().data<float>();
}

}  // namespace

BOOST_AUTO_TEST_CASE(groups_step_as_those_of_pytorch, *boost::unit_test::label("every_isa")) {
  check(Sgd{.learning_rate = 0.05, .weight_decay = 0.1, .groups = kGroups}, kSgd);
  check(Sgd{.learning_rate = 0.05,
            .momentum = 0.9,
            .weight_decay = 0.1,
            .nesterov = true,
            .groups = kGroups},
        kMomentum);
  check(Adam{.learning_rate = 0.05, .weight_decay = 0.1, .groups = kGroups}, kAdam);
  check(Adam{.learning_rate = 0.05,
             .weight_decay = 0.1,
             .decoupled_weight_decay = true,
             .groups = kGroups},
        kAdamW);
}

BOOST_AUTO_TEST_CASE(weights_alone_decay_by_default) {
  const auto steps = [](double decay, const ParameterGroups& groups) {
    return after_three_steps(Adam{.weight_decay = decay, .groups = groups});
  };
  const std::vector<float> none = steps(0, {});
  const std::vector<float> weights = steps(0.1, {});
  const std::vector<float> all = steps(0.1, ParameterGroups::uniform());
  for (std::size_t i = 0; i < none.size(); ++i) {
    BOOST_TEST((weights[i] == none[i]) == (i >= 6));
    if (i < 6) BOOST_TEST(weights[i] == all[i]);
  }
  BOOST_TEST((steps(0, ParameterGroups::uniform()) == none));
}

BOOST_AUTO_TEST_CASE(equal_settings_leave_the_order_of_visit) {
  const auto is_in_order = [](const Adam& settings) {
    Roles model;
    const auto optimizer = make_optimizer(model, settings);
    // Each parameter fills one block of 16 elements.
    return offset_from(model.spread, model.bias) == 16 &&
           offset_from(model.weight, model.bias) == 32 && offset_from(model.norm, model.bias) == 48;
  };
  BOOST_TEST(is_in_order({}));
  BOOST_TEST(is_in_order({.weight_decay = 0.1, .groups = ParameterGroups::uniform()}));
  BOOST_TEST(!is_in_order({.weight_decay = 0.1}));
}

BOOST_AUTO_TEST_CASE(a_group_is_one_range_of_the_buffer) {
  // Grants a look at the groups.
  class Seen : public Optimizer {
   public:
    explicit Seen(nn::Module& module) : Optimizer(module, 0.5, 0.1) {}
    void update() override {}
    using Optimizer::groups;
  };
  Roles model;
  const Seen optimizer(model);
  // Bias, spread and norm lie together, in the order of visit, then the weight.
  BOOST_REQUIRE(optimizer.groups().size() == 2U);
  BOOST_TEST(optimizer.groups()[0].begin == 0);
  BOOST_TEST(optimizer.groups()[0].size == 48);
  BOOST_TEST(optimizer.groups()[0].weight_decay == 0.0);
  BOOST_TEST(optimizer.groups()[1].begin == 48);
  BOOST_TEST(optimizer.groups()[1].size == 16);
  BOOST_TEST(optimizer.groups()[1].weight_decay == 0.1);
  BOOST_TEST(offset_from(model.spread, model.bias) == 16);
  BOOST_TEST(offset_from(model.norm, model.bias) == 32);
  BOOST_TEST(offset_from(model.weight, model.bias) == 48);
}

BOOST_AUTO_TEST_CASE(factors_out_of_range_are_refused) {
  Roles model;
  for (const RoleFactors& bad :
       {RoleFactors{.learning_rate = -1}, RoleFactors{.weight_decay = NAN}}) {
    BOOST_CHECK_EXCEPTION(make_optimizer(model, Adam{.groups = {.spread = bad}}), ValueError,
                          says("[optim] the factors of a role must be finite and not negative"));
  }
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace credence::optim
