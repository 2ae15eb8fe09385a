// Tests of the residual networks: numbers of parameters, names, the shortcut, gradients,
// conversion, and folded posterior samples.
#include "zoo/resnet.hpp"

#include "bayes/folded_samples.hpp"
#include "bayes/walk.hpp"
#include "framework/base/error.hpp"
#include "framework/nn/gradcheck.hpp"
#include "tests/bayes/support.hpp"
#include "tests/reference/reference.hpp"
#include "tests/zoo/waves.hpp"
#include "zoo/convert.hpp"

#include <cmath>
#include <map>

#include <boost/test/unit_test.hpp>

namespace credence::zoo {

BOOST_AUTO_TEST_SUITE(resnet)

namespace {

using bayes::float_normals;

constexpr Norm kNorms[] = {Norm::none, Norm::batch, Norm::filter_response};

std::vector<std::string> names(nn::Module& model) {
  std::vector<std::string> result;
  for (const nn::NamedParameter& p : nn::parameters(model)) {
    if (p.role != nn::Role::spread) result.push_back(p.name);
  }
  return result;
}

std::int64_t count(int depth, Norm norm) {
  ResNet<> model({.depth = depth, .norm = norm}, Generator(1));
  return nn::parameter_count(model);
}

}  // namespace

// 267,696 weights of convolutions, 650 of the last layer, and 1,376 of the normalisations; the
// depths as published (He et al. 2015, table 6: 0.27, 0.46, 0.66 and 0.85 million).
BOOST_AUTO_TEST_CASE(the_depths_have_their_published_numbers_of_parameters) {
  BOOST_TEST(count(20, Norm::batch) == 267'696 + 650 + 1'376);
  const std::map<int, double> published{{20, 0.27}, {32, 0.46}, {44, 0.66}, {56, 0.85}};
  for (const auto& [depth, millions] : published) {
    BOOST_TEST(std::abs(static_cast<double>(count(depth, Norm::batch)) / 1e6 - millions) < 0.0051);
  }
  // 688 channels, each with a bias of its convolution.
  BOOST_TEST(count(20, Norm::filter_response) == 269'722 + 688);
  BOOST_TEST(count(20, Norm::none) == 267'696 + 650 + 688);
}

BOOST_AUTO_TEST_CASE(both_families_give_logits_and_share_their_names) {
  for (const Norm norm : kNorms) {
    ResNet<> frequentist({.depth = 8, .classes = 7, .norm = norm}, Generator(1));
    BayesianResNet bayesian({.depth = 8, .classes = 7, .norm = norm}, Generator(1));
    BOOST_TEST(names(frequentist) == names(bayesian), boost::test_tools::per_element());
    BOOST_TEST(names(frequentist).front() == "stem.conv.weight");
    const NoGrad no_grad;
    const Variable images(float_normals({2, 3, 32, 32}, "x"));
    BOOST_TEST((frequentist(images).shape() == Shape{2, 7}));
    BOOST_TEST((bayesian(images).shape() == Shape{2, 7}));
  }
}

// With F = 0 a block is the activation of its shortcut.
BOOST_AUTO_TEST_CASE(the_shortcut_takes_every_second_pixel_and_fills_channels_with_zeros) {
  BasicBlock<Frequentist> block(2, 4, 2, Norm::none, Generator(1), Frequentist{});
  for (const nn::NamedParameter& p : nn::parameters(block)) p.parameter->value().fill(0);
  const Tensor x = Tensor::empty({1, 2, 4, 4});
  for (std::int64_t i = 0; i < 32; ++i) x.data<float>()[i] = static_cast<float>(i);
  const Tensor y = block(Variable(x)).value();
  BOOST_TEST((y.shape() == Shape{1, 4, 2, 2}));
  const std::vector<float> expected{0, 2, 8, 10, 16, 18, 24, 26, 0, 0, 0, 0, 0, 0, 0, 0};
  BOOST_TEST(y.to_vector<float>() == expected, boost::test_tools::per_element());
  BasicBlock<Frequentist> same(2, 2, 1, Norm::none, Generator(1), Frequentist{});
  for (const nn::NamedParameter& p : nn::parameters(same)) p.parameter->value().fill(0);
  BOOST_TEST(same_bits(same(Variable(x)).value(), x));
}

BOOST_AUTO_TEST_CASE(values_and_gradients_agree_with_pytorch) {
  ResNet<> model({.depth = 8, .norm = Norm::filter_response}, Generator(1),
                 {.activation = nn::Activation::silu()});
  for (const nn::NamedParameter& p : nn::parameters(model)) {
    const Tensor& value = p.parameter->value();
    if (p.role == nn::Role::bias) fill_with_waves(value, 0.1);
    if (p.role != nn::Role::weight) continue;
    fill_with_waves(value, 2 / std::sqrt(static_cast<double>(value.shape().numel_from(1))));
  }
  const Variable y = model(Variable(waves({2, 3, 8, 8}, 1)));
  y.backward(waves({2, 10}, 10));
  const Reference& expected = reference("resnet8_silu");
  BOOST_TEST(largest_error(y.value(), expected.at("y")) < 5e-6);
  for (const char* path :
       {"stem.conv.bias", "block2.first.norm.weight", "block3.second.conv.bias"}) {
    BOOST_TEST(largest_error(bayes::parameter(model, path).grad(), expected.at(path)) < 2e-5, path);
  }
}

BOOST_AUTO_TEST_CASE(a_block_has_the_right_derivatives) {
  const Tensor images = normals({2, 2, 4, 4}, "image");
  for (const Norm norm : kNorms) {
    BasicBlock<Frequentist> frequentist(2, 4, 2, norm, Generator(1),
                                        {.activation = nn::Activation::silu()});
    const GradcheckResult one = nn::gradcheck(frequentist, images, {.elements = 6});
    BOOST_TEST(one.passed, one.message);
    BasicBlock<Bayesian> bayesian(2, 4, 2, norm, Generator(1), {});
    const GradcheckResult other = nn::gradcheck(bayesian, images, {.elements = 6});
    BOOST_TEST(other.passed, other.message);
  }
}

BOOST_AUTO_TEST_CASE(every_parameter_gets_a_gradient) {
  for (const Norm norm : kNorms) {
    BayesianResNet model({.depth = 8, .norm = norm}, Generator(1));
    const Variable logits = model(Variable(float_normals({2, 3, 16, 16}, "x")));
    logits.backward(Tensor::full(logits.shape(), 1));
    for (const nn::NamedParameter& p : nn::parameters(model)) {
      BOOST_TEST(p.parameter->grad().defined(), p.name);
    }
  }
}

BOOST_AUTO_TEST_CASE(in_mean_mode_the_converted_model_is_the_frequentist_one_bit_for_bit) {
  for (const Norm norm : kNorms) {
    const nn::Activation activation =
        norm == Norm::filter_response ? nn::Activation::silu() : nn::Activation::relu();
    ResNet<> from({.norm = norm}, Generator(1), {.activation = activation});
    BayesianResNet to({.norm = norm}, Generator(2), {.activation = activation});
    const NoGrad no_grad;
    const Variable x(float_normals({2, 3, 32, 32}, "x"));
    from(x);  // moves the running statistics of batch normalisation
    convert(from, to);
    from.train(false);
    to.train(false);
    bayes::set_sampling(to, bayes::Sampling::mean);
    BOOST_TEST(same_bits(to(x).value(), from(x).value()));
    bayes::set_sampling(to, bayes::Sampling::sample);
    BOOST_TEST(!same_bits(to(x).value(), from(x).value()));
  }
}

// The stem is the first Bayesian layer, and no shortcut goes around it.
BOOST_AUTO_TEST_CASE(folded_samples_are_those_of_separate_passes) {
  constexpr std::int64_t kSamples = 3;
  constexpr std::int64_t kImages = 4;
  for (const Norm norm : kNorms) {
    BayesianResNet model({.depth = 14, .norm = norm}, Generator(1));
    model.train(false);
    const NoGrad no_grad;
    const Variable x(float_normals({kImages, 3, 32, 32}, "x"));
    std::vector<Tensor> expected;
    {
      const nn::DrawsFrom noise(model, 7);
      for (std::int64_t s = 0; s < kSamples; ++s) expected.push_back(model(x).value());
    }
    const nn::DrawsFrom noise(model, 7);
    const bayes::FoldedSamples folded(model, {kSamples, kImages});
    const Tensor y = model(x).value();
    BOOST_TEST((y.shape() == Shape{kSamples * kImages, 10}));
    BOOST_TEST(!same_bits(expected[0], expected[1]));
    for (std::int64_t s = 0; s < kSamples; ++s) {
      BOOST_TEST(largest_error(y.slice(s * kImages, (s + 1) * kImages),
                               expected[static_cast<std::size_t>(s)]) < 1e-5);
    }
  }
}

BOOST_AUTO_TEST_CASE(another_depth_is_refused) {
  for (const int depth : {2, 7, 18, 21}) {
    BOOST_CHECK_EXCEPTION(ResNet<>({.depth = depth}, Generator(1)), ValueError,
                          says("[ResNet] the depth must be 6n + 2"));
  }
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace credence::zoo
