// Tests of the models' chains: smaller LeNet5 and VGG give the outputs of those with zeros.
#include "framework/nn/shrink.hpp"

#include "framework/base/error.hpp"
#include "tests/framework/training.hpp"
#include "zoo/lenet5.hpp"
#include "zoo/vgg.hpp"

#include <algorithm>
#include <cmath>

#include <boost/test/unit_test.hpp>

namespace credence {

BOOST_AUTO_TEST_SUITE(zoo_shrinking)

namespace {

using Widths = std::vector<std::int64_t>;

// Zeros in whole rows of every weight but the last, and biases and statistics of all signs.
void make_zeros(nn::Module& model, const std::string& last_layer) {
  for (const nn::NamedParameter& p : nn::parameters(model)) {
    const Tensor& value = p.parameter->value();
    if (p.role != nn::Role::weight) {
      value.copy_from(normals(value.shape(), p.name).to(DType::float32));
      continue;
    }
    if (p.name.starts_with(last_layer)) continue;
    const std::int64_t rows = value.shape()[0];
    for (std::int64_t row = 0; row < rows; ++row) {
      if (row * 7 % 10 < 4) value.slice(row, row + 1).fill(0);
    }
  }
  for (const nn::NamedBuffer& b : nn::buffers(model)) {
    if (b.name.ends_with("mean")) {
      b.buffer->copy_from(normals(b.buffer->shape(), b.name).to(DType::float32));
    }
  }
}

template <class Model, class Options>
void check(Options options, const Shape& images, const std::string& last_layer) {
  const NoGrad no_grad;
  Model model(options, Generator(1));
  make_zeros(model, last_layer);
  model.train(false);
  const nn::Shrunk shrunk = nn::shrink(model, model.chain());
  std::int64_t before = nn::parameter_count(model);
  options.widths = shrunk.widths;
  Model smaller(options, Generator(2));
  nn::load(shrunk, smaller);
  smaller.train(false);
  BOOST_TEST(nn::parameter_count(smaller) < before / 2);
  const Variable x(normals(images, "images").to(DType::float32));
  const std::vector<double> expected = model(x).value().template to_vector<double>();
  const std::vector<double> outputs = smaller(x).value().template to_vector<double>();
  double scale = 1;
  for (const double y : expected) scale = std::max(scale, std::abs(y));
  for (std::size_t i = 0; i < expected.size(); ++i) {
    BOOST_TEST(std::abs(outputs[i] - expected[i]) < 1e-5 * scale);
  }
}

}  // namespace

BOOST_AUTO_TEST_CASE(lenet5_with_zeros_and_the_smaller_one_agree,
                     *boost::unit_test::label("every_isa")) {
  check<zoo::LeNet5<>>(zoo::LeNet5Options{}, {2, 1, 28, 28}, "fc3");
  check<zoo::LeNet5<>>(zoo::LeNet5Options{.widths = {5, 7, 30}}, {2, 1, 28, 28}, "fc3");
}

BOOST_AUTO_TEST_CASE(vgg_with_zeros_and_the_smaller_one_agree) {
  zoo::VggOptions narrow{.widths = {8, 12, 16, 16, 24, 24, 24, 24, 20}};
  check<zoo::VGG<>>(narrow, {2, 3, 32, 32}, "fc2");
  narrow.batch_norm = true;
  check<zoo::VGG<>>(narrow, {2, 3, 32, 32}, "fc2");
}

BOOST_AUTO_TEST_CASE(the_published_widths_are_those_of_the_default_models) {
  const auto same = [](nn::Module& a, nn::Module& b) {
    BOOST_TEST(same_bits(parameter_values(a), parameter_values(b)));
  };
  zoo::LeNet5<> lenet5({}, Generator(1));
  zoo::LeNet5<> also_lenet5({.widths = {6, 16, 120, 84}}, Generator(1));
  same(lenet5, also_lenet5);
  zoo::VGG<> vgg({.depth = 13}, Generator(1));
  zoo::VGG<> also_vgg({.depth = 13, .widths = zoo::vgg_widths(13)}, Generator(1));
  same(vgg, also_vgg);
}

BOOST_AUTO_TEST_CASE(another_number_of_widths_is_refused) {
  BOOST_CHECK_EXCEPTION(zoo::LeNet5<>({.widths = {6, 16}}, Generator(1)), ValueError,
                        says("4 widths"));
  BOOST_CHECK_EXCEPTION(zoo::VGG<>({.widths = {6, 16}}, Generator(1)), ValueError,
                        says("9 widths"));
  BOOST_CHECK_THROW(zoo::LeNet5<>({.widths = {6, 0, 120, 84}}, Generator(1)), ValueError);
}

BOOST_AUTO_TEST_CASE(a_bayesian_chain_is_refused) {
  zoo::BayesianLeNet5 model({}, Generator(1));
  BOOST_CHECK_EXCEPTION(nn::shrink(model, model.chain()), ValueError, says("log_alpha"));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace credence
