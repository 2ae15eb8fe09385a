// Batch normalisation between Bayesian layers.
#include "framework/nn/normalization.hpp"

#include "bayes/elbo.hpp"
#include "bayes/layers/layers.hpp"
#include "bayes/posterior/gaussian.hpp"
#include "bayes/walk.hpp"
#include "framework/nn/activation.hpp"
#include "framework/nn/dropout.hpp"
#include "framework/nn/flatten.hpp"
#include "framework/nn/sequential.hpp"
#include "tests/framework/training.hpp"

#include <boost/test/unit_test.hpp>

namespace credence {

BOOST_AUTO_TEST_SUITE(normalization)

namespace {

BOOST_AUTO_TEST_CASE(it_works_inside_a_bayesian_model) {
  const Generator generator(3);
  nn::Sequential model(
      bayes::BayesianConv2d(1, 4, {.kernel = 3}, bayes::Gaussian{}, generator.split("conv")),
      nn::BatchNorm2d(4), nn::Activation::relu(), nn::Dropout(0.25, generator.split("dropout")),
      nn::Flatten(),
      bayes::BayesianLinear(4 * 6 * 6, 3, {}, bayes::Gaussian{}, generator.split("linear")));
  BOOST_TEST(bayes::bayesian_layers(model).size() == 2U);
  const train::Batch batch{normals({5, 1, 8, 8}, "x").to(DType::float32),
                           Tensor::from<std::int64_t>({5}, {0, 1, 2, 0, 1})};
  bayes::Elbo{}(model, batch, {5}).total.backward();
  for (const nn::NamedParameter& p : nn::parameters(model)) {
    BOOST_TEST(p.parameter->grad().defined(), p.name);
  }
  BOOST_TEST(nn::buffers(model)[1].name == "1.running_var");
  const Tensor running = nn::buffers(model)[1].buffer->clone();
  const nn::EvaluationMode evaluation(model);
  model(Variable(batch.inputs));
  BOOST_TEST(same_bits(*nn::buffers(model)[1].buffer, running));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace credence
