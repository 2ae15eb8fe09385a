// Tests of copy_weights and freeze_means: names, shapes, ties, and that a refused copy changes
// nothing.
#include "bayes/convert.hpp"

#include "bayes/elbo.hpp"
#include "bayes/posterior/gaussian.hpp"
#include "bayes/posterior/radial.hpp"
#include "bayes/posterior/variational_dropout.hpp"
#include "bayes/prior/normal.hpp"
#include "bayes/walk.hpp"
#include "framework/base/error.hpp"
#include "framework/optim/optimizer.hpp"
#include "tests/bayes/nested_model.hpp"
#include "tests/bayes/support.hpp"

#include <boost/test/unit_test.hpp>

namespace credence::bayes {

BOOST_AUTO_TEST_SUITE(conversion)

namespace {

// Two layers and a buffer, whose shapes can be chosen.
template <class Layer>
class Small : public nn::Module {
 public:
  Small(Layer first_layer, Layer second_layer, const Shape& statistics_shape = {5})
      : first(std::move(first_layer)),
        second(std::move(second_layer)),
        statistics(Tensor::full(statistics_shape, 0)) {}

  Variable forward(const Variable& x) override { return second(first(x)); }
  void visit(nn::Visitor& visitor) override {
    visitor.module("first", first);
    visitor.buffer("statistics", statistics);
    if (has_second) visitor.module("second", second);
  }

  Layer first;
  Layer second;
  Tensor statistics;
  bool has_second = true;
};

nn::Linear frequentist(std::int64_t in, std::int64_t out, bool bias = true) {
  return {in, out, {.bias = bias}, Generator(1)};
}

BayesianLinear bayesian(std::int64_t in, std::int64_t out,
                        const Posterior& posterior = Gaussian{}) {
  return {in, out, {}, posterior, Generator(2)};
}

Small<nn::Linear> source() {
  Small<nn::Linear> model(frequentist(6, 5), frequentist(5, 3));
  model.statistics.fill(2.5);
  return model;
}

Small<BayesianLinear> target(const Posterior& posterior = Gaussian{}) {
  return {bayesian(6, 5, posterior), bayesian(5, 3, posterior)};
}

Variable input() { return Variable(float_normals({4, 6}, "x")); }

// Whether copy_weights throws Exception with this text and leaves `to` as it was.
template <class Exception, class From, class To>
void check_refused(From& from, To& to, const std::string& text) {
  from.statistics.fill(2.5);
  const std::vector<Tensor> before = parameter_values(to);
  BOOST_CHECK_EXCEPTION(copy_weights(from, to), Exception, says(text));
  BOOST_TEST(same_bits(before, parameter_values(to)));
  BOOST_TEST(to.statistics.template data<float>()[0] == 0.0F);
}

std::vector<std::string> trained(nn::Module& model) {
  std::vector<std::string> names;
  for (const nn::NamedParameter& p : nn::parameters(model)) {
    if (p.parameter->requires_grad()) names.push_back(p.name);
  }
  return names;
}

}  // namespace

BOOST_AUTO_TEST_CASE(weights_biases_and_buffers_are_copied_by_name) {
  Small<nn::Linear> from = source();
  for (const Posterior& posterior : {Posterior(VariationalDropout{}), Posterior(Gaussian{})}) {
    Small<BayesianLinear> to = target(posterior);
    copy_weights(from, to);
    for (const nn::NamedParameter& p : nn::parameters(from)) {
      BOOST_TEST(same_bits(parameter(to, p.name).value(), p.parameter->value()), p.name);
    }
    BOOST_TEST(to.statistics.data<float>()[4] == 2.5F);
    set_sampling(to, Sampling::mean);
    BOOST_TEST(same_bits(to(input()).value(), from(input()).value()));
  }
}

BOOST_AUTO_TEST_CASE(the_variances_stay_as_they_are) {
  Small<nn::Linear> from = source();
  Small<BayesianLinear> to = target(Gaussian{.log_variance = -3});
  copy_weights(from, to);
  BOOST_TEST(parameter(to, "second.log_variance").value().data<float>()[7] == -3.0F);
}

BOOST_AUTO_TEST_CASE(the_models_share_no_memory) {
  Small<nn::Linear> from = source();
  Small<BayesianLinear> to = target();
  copy_weights(from, to);
  const Tensor before = from(input()).value();
  for (const nn::NamedParameter& p : nn::parameters(to)) p.parameter->value().fill(9);
  to.statistics.fill(9);
  BOOST_TEST(same_bits(before, from(input()).value()));
  BOOST_TEST(from.statistics.data<float>()[0] == 2.5F);
}

BOOST_AUTO_TEST_CASE(other_shapes_are_refused_and_nothing_is_copied) {
  Small<nn::Linear> from = source();
  Small<BayesianLinear> wider(bayesian(6, 5), bayesian(5, 4));
  check_refused<ShapeError>(from, wider,
                            "[copy_weights] the parameter \"second.bias\" is [3] float32, but in "
                            "the model that is copied to [4] float32");
  Small<BayesianLinear> other_statistics(bayesian(6, 5), bayesian(5, 3), {6});
  check_refused<ShapeError>(from, other_statistics, "the buffer \"statistics\" is [5] float32");
}

BOOST_AUTO_TEST_CASE(names_that_only_one_model_has_are_refused_and_nothing_is_copied) {
  Small<nn::Linear> from = source();
  Small<BayesianLinear> to = target();
  to.has_second = false;
  check_refused<ValueError>(from, to,
                            "the parameter \"second.bias\", [3] float32, does not exist in the "
                            "model that is copied to");
  to.has_second = true;
  Small<nn::Linear> without_bias(frequentist(6, 5, false), frequentist(5, 3, false));
  check_refused<ValueError>(without_bias, to,
                            "the parameter \"first.bias\", [5] float32, does not exist in the "
                            "model that is copied from");
}

BOOST_AUTO_TEST_CASE(a_bayesian_model_is_not_copied_to_a_frequentist_one) {
  Small<BayesianLinear> from = target();
  Small<nn::Linear> to(frequentist(6, 5), frequentist(5, 3));
  check_refused<ValueError>(from, to, "the parameter \"first.log_variance\", [5, 6] float32");
}

BOOST_AUTO_TEST_CASE(with_frozen_means_only_the_variances_train) {
  NestedModel model;
  const std::vector<std::string> all = trained(model);
  freeze_means(model);
  const std::vector<std::string> variances{"body.0.log_alpha", "body.2.0.log_alpha",
                                           "head.log_variance"};
  BOOST_TEST(trained(model) == variances, boost::test_tools::per_element());
  const std::vector<Tensor> before = parameter_values(model);
  const auto optimizer = optim::make_optimizer(model, optim::Adam{.weight_decay = 0.1});
  const train::Batch batch{input().value(), Tensor::from<std::int64_t>({4}, {0, 2, 1, 2})};
  for (int step = 0; step < 2; ++step) {
    optimizer->zero_grad();
    Elbo{}(model, batch, {100}).total.backward();
    optimizer->step();
  }
  const std::vector<nn::NamedParameter> after = nn::parameters(model);
  for (std::size_t i = 0; i < after.size(); ++i) {
    const bool variance = after[i].name.find(".log_") != std::string::npos;
    BOOST_TEST(credence::same_bits(before[i], after[i].parameter->value()) == !variance,
               after[i].name);
  }
  unfreeze_means(model);
  BOOST_TEST(trained(model) == all, boost::test_tools::per_element());
}

// Two factors that may be copies of one.
class Factors : public nn::Module {
 public:
  explicit Factors(double first_value, double second_value, bool tied)
      : first(Tensor::full({2}, first_value), true),
        second(tied ? first : Variable(Tensor::full({2}, second_value), true)) {}
  Variable forward(const Variable& x) override { return x; }
  void visit(nn::Visitor& visitor) override {
    visitor.parameter("first", first);
    visitor.parameter("second", second);
  }
  Variable first;
  Variable second;
};

BOOST_AUTO_TEST_CASE(moped_centres_priors_and_scales_deviations) {
  nn::Linear from(3, 2, {}, Generator(8));
  const std::vector<double> weights = parameter(from, "weight").value().to_vector<double>();
  for (const Posterior& posterior : {Posterior(Gaussian{}), Posterior(VariationalDropout{}),
                                     Posterior(AdditiveDropout{}), Posterior(Radial{})}) {
    BayesianLinear to(3, 2, {}, {posterior, Normal{.deviation = 2, .centre = Centre::weights}},
                      Generator(1));
    moped(from, to, 0.25);
    BOOST_TEST(same_bits(to.weight().mean().value(), parameter(from, "weight").value()));
    BOOST_TEST(same_bits(*nn::buffers(to).front().buffer, to.weight().mean().value()));
    const std::vector<double> variances = to.weight().variance().value().to_vector<double>();
    for (std::size_t i = 0; i < weights.size(); ++i) {
      const double expected = weights[i] * weights[i] / 16;
      BOOST_TEST(std::abs(variances[i] - expected) < 1e-5 * expected);
    }
  }
  BayesianLinear to(3, 2, {}, Gaussian{}, Generator(1));
  BOOST_CHECK_THROW(moped(from, to, 0), ValueError);
}

BOOST_AUTO_TEST_CASE(tied_weights_are_copied_as_one) {
  Factors tied(3, 3, true);
  Factors other(1, 1, true);
  copy_weights(tied, other);
  BOOST_TEST(other.second.value().data<float>()[1] == 3.0F);
  BOOST_TEST(other.first.value().shares_storage_with(other.second.value()));
  // Two separate parameters both get the value.
  Factors apart(1, 2, false);
  copy_weights(tied, apart);
  BOOST_TEST(apart.first.value().data<float>()[0] == 3.0F);
  BOOST_TEST(apart.second.value().data<float>()[0] == 3.0F);
  BOOST_TEST(!apart.first.value().shares_storage_with(apart.second.value()));
  // Two values do not fit into one parameter.
  BOOST_CHECK_EXCEPTION(copy_weights(apart, tied), ValueError, says("is tied to"));
}

// A parameter is a spread by its role, not by its name.
BOOST_AUTO_TEST_CASE(a_parameter_of_any_name_is_copied_and_frozen) {
  struct Scaled : nn::Module {
    explicit Scaled(bool has_scale) : scaled(has_scale) {}
    Variable forward(const Variable& x) override { return layer(x); }
    void visit(nn::Visitor& visitor) override {
      visitor.module("layer", layer);
      if (scaled) visitor.parameter("log_alpha", log_alpha);
    }
    bool scaled;
    nn::Linear layer = frequentist(3, 2);
    Variable log_alpha{Tensor::full({1}, 0.5), true};
  };
  Scaled without(false);
  Scaled with(true);
  BOOST_CHECK_EXCEPTION(copy_weights(without, with), ValueError,
                        says("[copy_weights] the parameter \"log_alpha\", [1] float32, does not "
                             "exist in the model that is copied from"));
  freeze_means(with);
  BOOST_TEST(!with.log_alpha.requires_grad());
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace credence::bayes
