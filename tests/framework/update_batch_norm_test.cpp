// Tests of the recomputation of batch normalisation statistics.
#include "framework/base/error.hpp"
#include "framework/nn/dropout.hpp"
#include "framework/nn/layers.hpp"
#include "framework/nn/normalization.hpp"
#include "framework/train/batch_norm.hpp"
#include "tests/framework/training.hpp"

#include <limits>
#include <vector>

#include <boost/test/unit_test.hpp>

namespace credence::train {

BOOST_AUTO_TEST_SUITE(update_batch_norm_statistics)

namespace {

// One channel; batches of two and three samples.
FixedBatches two_batches() {
  return FixedBatches({{Tensor::from<float>({2, 1}, {1, 3}), Tensor()},
                       {Tensor::from<float>({3, 1}, {5, 7, 12}), Tensor()}});
}

// The batches have the means 2 and 8 and the unbiased variances 2 and 13. As PyTorch's update_bn,
// each batch counts as one.
BOOST_AUTO_TEST_CASE(statistics_are_averages_over_batches, *boost::unit_test::label("every_isa")) {
  nn::Sequential model(nn::BatchNorm1d(1, {.momentum = 0.3}));
  const std::vector<Tensor> statistics = batch_norm_statistics(model);
  BOOST_REQUIRE(statistics.size() == 2U);
  // What was there does not matter.
  statistics[0].fill(std::numeric_limits<double>::infinity());
  FixedBatches source = two_batches();
  model.train(false);
  for (int repetition = 0; repetition < 2; ++repetition) {
    update_batch_norm(model, source);
    BOOST_TEST(statistics[0].item() == 5, boost::test_tools::tolerance(1e-6));
    BOOST_TEST(statistics[1].item() == 7.5, boost::test_tools::tolerance(1e-6));
  }
  BOOST_TEST(!model.training());
  // The momentum is again 0.3: a batch of mean 2 and variance 2 counts so much.
  model.train();
  model(Variable(Tensor::from<float>({2, 1}, {1, 3})));
  BOOST_TEST(statistics[0].item() == 0.7 * 5 + 0.3 * 2, boost::test_tools::tolerance(1e-6));
  BOOST_TEST(statistics[1].item() == 0.7 * 7.5 + 0.3 * 2, boost::test_tools::tolerance(1e-6));
}

BOOST_AUTO_TEST_CASE(draws_of_dropout_are_the_same_each_time_and_do_not_advance) {
  nn::Sequential model(nn::Dropout(0.5, Generator(3)), nn::BatchNorm1d(1));
  const std::vector<Tensor> statistics = batch_norm_statistics(model);
  FixedBatches source = two_batches();
  update_batch_norm(model, source);
  const std::vector<float> first = statistics[0].to_vector<float>();
  update_batch_norm(model, source);
  BOOST_TEST(first == statistics[0].to_vector<float>(), boost::test_tools::per_element());
  BOOST_TEST(nn::generators(model)[0].generator->draws() == 0U);
}

BOOST_AUTO_TEST_CASE(a_model_without_batch_normalisation_does_not_read_the_source) {
  nn::Sequential model(nn::Linear(1, 1, {}, Generator(1)));
  FixedBatches empty({});
  update_batch_norm(model, empty);
  BOOST_TEST(batch_norm_statistics(model).empty());
  nn::Sequential other(nn::BatchNorm1d(1));
  BOOST_CHECK_EXCEPTION(update_batch_norm(other, empty), ValueError, says("[update_batch_norm]"));
  nn::BatchNorm1d layer(1);
  BOOST_CHECK_THROW(layer.set_momentum(1.5), ValueError);
  nn::Sequential wrong(nn::BatchNorm1d(1, {.momentum = 2}));
  FixedBatches one({{Tensor::zeros({2, 1}), Tensor()}});
  BOOST_CHECK_EXCEPTION(update_batch_norm(wrong, one), ValueError, says("momentum"));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace credence::train
