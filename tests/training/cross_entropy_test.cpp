// Tests of class weights and label smoothing, as an objective and as a likelihood, against PyTorch.
#include "bayes/elbo.hpp"
#include "bayes/layers/layers.hpp"
#include "framework/autograd/gradcheck.hpp"
#include "framework/base/error.hpp"
#include "framework/ops/arithmetic.hpp"
#include "framework/ops/reduce.hpp"
#include "framework/ops/softmax.hpp"
#include "framework/train/fit.hpp"
#include "tests/framework/training.hpp"
#include "tests/reference/reference.hpp"

#include <cmath>
#include <limits>
#include <vector>

#include <boost/test/unit_test.hpp>

namespace credence::train {

BOOST_AUTO_TEST_SUITE(class_weights_and_smoothing, *boost::unit_test::label("every_isa"))

namespace {

const std::vector<double> kLogits{0.5,  -1.0, 2.0,   1.5, 0.25, -0.75,
                                  -0.5, 0.0,  0.125, 2.0, 2.5,  -3.0};
const std::vector<double> kWeights{0.5, 2.0, 1.25};

// The loss and then its gradient, by tests/reference/generate_cross_entropy.py (PyTorch 1.13).
const std::vector<double> kWeighted{
    0.89915477330840565,   0.038106606986964497, 0.0085027333197146629, -0.046609340306679153,
    0.24989229257428344,   -0.27623074643559947, 0.026338453861316002,  -0.067705436365397331,
    0.031739673939737888,  0.03596576242565945,  0.13098528670227175,   -0.13186785862173167,
    0.00088257191945992136};
const std::vector<double> kSmoothed{
    1.1036939109761461,   0.027155931368342507, -0.0068885233489948041, -0.020267408019347705,
    0.16294341862109957,  -0.16520751566725378, 0.002264097046154212,   -0.16131979621718401,
    0.074584895910079774, 0.086734900307104262, 0.077479008150591167,   -0.061446690051036312,
    -0.016032318099554847};
const std::vector<double> kBoth{1.032285078526634,     0.032309505537689139,  -0.014685672477386787,
                                -0.017623833060302355, 0.22535326918193685,   -0.23522358538046576,
                                0.0098703161985289004, -0.050335907854726684, 0.018073170324557807,
                                0.032262737530168881,  0.11536428875032603,   -0.10168791415263803,
                                -0.013676374597687979};
// The term of each sample, with both.
const std::vector<double> kTerms{0.75163912082144624, 2.9659109940700317, 0.86134652092139696,
                                 1.3567425657152712};

// x + shift, so that the gradient of the shift is that of the logits.
class Shift : public nn::Module {
 public:
  explicit Shift(DType dtype) : shift(Tensor::zeros({4, 3}, dtype), true) {}
  Variable forward(const Variable& x) override { return x + shift; }
  void visit(nn::Visitor& visitor) override { visitor.parameter("shift", shift); }
  Variable shift;
};

Tensor weights(DType dtype = DType::float64) { return Tensor::from({3}, kWeights).to(dtype); }
Batch batch(DType dtype = DType::float64) {
  return {Tensor::from({4, 3}, kLogits).to(dtype), Tensor::from<std::int64_t>({4}, {2, 1, 0, 1})};
}

void check(const CrossEntropyOptions& targets, const std::vector<double>& expected) {
  for (const DType dtype : {DType::float32, DType::float64}) {
    const double tolerance = dtype == DType::float32 ? 2e-6 : 1e-14;
    Shift model(dtype);
    const Loss loss = CrossEntropy{targets}(model, batch(dtype), {});
    BOOST_TEST(std::abs(loss.total.value().item() - expected[0]) < tolerance);
    loss.total.backward();
    const Tensor gradient =
        Tensor::from({4, 3}, std::vector<double>{expected.begin() + 1, expected.end()});
    BOOST_TEST(largest_error(model.shift.grad(), gradient) < tolerance);
    // What is reported is the plain likelihood.
    const double nll = cross_entropy(model, batch(dtype), {}).total.value().item();
    BOOST_TEST(loss.monitors[0].name == "nll");
    BOOST_TEST(loss.monitors[0].value.item() == nll);
    BOOST_TEST(loss.monitors[1].name == "accuracy");
    BOOST_TEST(loss.repeats);
  }
}

double nll_of(const bayes::CategoricalLikelihood& likelihood) {
  return likelihood.negative_log_likelihood(Variable(batch().inputs), batch().targets)
      .value()
      .item();
}

}  // namespace

BOOST_AUTO_TEST_CASE(the_objective_is_that_of_pytorch) {
  check({.classes = {.weight = weights()}}, kWeighted);
  check({.label_smoothing = 0.2}, kSmoothed);
  check({.classes = {.weight = weights()}, .label_smoothing = 0.2}, kBoth);
}

BOOST_AUTO_TEST_CASE(without_weights_and_smoothing_it_is_the_cross_entropy_bit_for_bit) {
  const auto trained = [](const Objective& objective) {
    Shift model(DType::float32);
    FixedBatches source({batch(DType::float32)});
    FitOptions options{.epochs = 3, .objective = objective, .progress = false};
    fit(model, source, options);
    return parameter_values(model);
  };
  BOOST_TEST(same_bits(trained(CrossEntropy{}), trained(cross_entropy)));
  BOOST_TEST(!same_bits(trained(CrossEntropy{{.label_smoothing = 0.1}}), trained(cross_entropy)));
}

BOOST_AUTO_TEST_CASE(the_likelihood_has_the_terms_of_pytorch) {
  const bayes::CategoricalLikelihood likelihood(
      CrossEntropyOptions{.classes = {.weight = weights()}, .label_smoothing = 0.2});
  const Variable logits(batch().inputs);
  const Variable density = likelihood.log_density(logits, batch().targets);
  std::vector<double> minus;
  for (const double term : kTerms) minus.push_back(-term);
  BOOST_TEST(largest_error(density.value(), Tensor::from({4}, minus)) < 1e-14);
  const auto total = [&](const std::vector<Variable>& inputs) {
    return sum(likelihood.log_density(inputs[0], batch().targets));
  };
  BOOST_TEST(gradcheck(total, std::vector<Tensor>{batch().inputs}).passed);
  // The mean is over samples, not over weights.
  const double mean = (kTerms[0] + kTerms[1] + kTerms[2] + kTerms[3]) / 4;
  BOOST_TEST(std::abs(nll_of(likelihood) - mean) < 1e-14);
  const bayes::CategoricalLikelihood plain;
  BOOST_TEST(nll_of(plain) ==
             credence::cross_entropy(Variable(batch().inputs), batch().targets).value().item());
}

// The statement about smoothing in likelihood.hpp.
BOOST_AUTO_TEST_CASE(a_smoothed_density_is_at_most_that_of_noisy_labels) {
  const bayes::CategoricalLikelihood smoothed(CrossEntropyOptions{.label_smoothing = 0.2});
  const std::vector<double> density =
      smoothed.log_density(Variable(batch().inputs), batch().targets).value().to_vector<double>();
  const std::vector<double> p = softmax(Variable(batch().inputs)).value().to_vector<double>();
  const std::vector<std::size_t> labels{2, 1, 0, 1};
  for (std::size_t n = 0; n < 4; ++n) {
    const double noisy =
        0.8 * p[3 * n + labels[n]] + 0.2 / 3 * (p[3 * n] + p[3 * n + 1] + p[3 * n + 2]);
    BOOST_TEST(density[n] < std::log(noisy));
  }
}

BOOST_AUTO_TEST_CASE(the_lower_bound_takes_such_a_likelihood) {
  nn::Sequential model(bayes::BayesianLinear(3, 3, {}, bayes::VariationalDropout{}, Generator(1)));
  const auto loss_with = [&](const CrossEntropyOptions& targets) {
    for (const nn::NamedGenerator& g : nn::generators(model)) g.generator->seek(0);
    const bayes::Elbo objective{.likelihood = bayes::CategoricalLikelihood(targets)};
    return objective(model, batch(DType::float32), {.training_samples = 4});
  };
  const Loss plain = loss_with({});
  const Loss doubled = loss_with({.classes = {.weight = Tensor::full({3}, 2)}});
  const double kl = plain.monitors[1].value.item();
  // N · mean NLL doubles, and the divergence does not.
  BOOST_TEST(std::abs(doubled.total.value().item() - kl - 2 * (plain.total.value().item() - kl)) <
             1e-4);
}

BOOST_AUTO_TEST_CASE(what_does_not_fit_is_refused) {
  Shift model(DType::float64);
  const auto refused = [&](const CrossEntropyOptions& targets, const char* why) {
    BOOST_CHECK_EXCEPTION((CrossEntropy{targets}(model, batch(), {})), Error, says(why));
  };
  refused({.classes = {.weight = Tensor::full({2}, 1)}},
          "[cross_entropy] dimension 0 of the weight must be 3");
  refused({.label_smoothing = 1.5}, "label_smoothing must be in [0, 1], not 1.5");
  refused({.label_smoothing = std::nan("")}, "label_smoothing");
  Batch wrong = batch();
  wrong.targets = Tensor::from<std::int64_t>({4}, {0, 1, 3, 0});
  BOOST_CHECK_EXCEPTION((CrossEntropy{{.label_smoothing = 0.1}}(model, wrong, {})), ValueError,
                        says("below 3: row 2 has 3"));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace credence::train
