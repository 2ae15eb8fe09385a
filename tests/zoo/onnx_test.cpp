// Tests of the export of the zoo's models to ONNX: in ONNX Runtime, where that is installed, each
// form of each model gives our outputs to 1e-5.
#include "bayes/onnx.hpp"

#include "bayes/function_draw.hpp"
#include "bayes/walk.hpp"
#include "framework/base/error.hpp"
#include "framework/ops/pointwise.hpp"
#include "framework/ops/softmax.hpp"
#include "tests/bayes/support.hpp"
#include "tests/framework/onnx_runtime.hpp"
#include "tests/framework/support.hpp"
#include "zoo/lenet5.hpp"
#include "zoo/mlp.hpp"
#include "zoo/regression_net.hpp"
#include "zoo/resnet.hpp"
#include "zoo/vgg.hpp"

#include <cmath>

#include <boost/test/unit_test.hpp>

namespace credence::bayes {

BOOST_AUTO_TEST_SUITE(onnx_forms)

namespace {

using io::onnx::Graph;
using test::OnnxFiles;

constexpr std::int64_t kBatch = 5;

Shape batch_of(const Shape& one) {
  std::vector<std::int64_t> extents{kBatch};
  extents.insert(extents.end(), one.begin(), one.end());
  return Shape(extents);
}

// Moves running statistics away from 0 and 1.
void move_statistics(nn::Module& model, const Shape& one) {
  const NoGrad no_grad;
  set_sampling(model, Sampling::mean);
  for (const char* name : {"first", "second"}) {
    model(Variable(float_normals(batch_of(one), name)));
  }
  set_sampling(model, Sampling::sample);
}

// Mean and variance over the first dimension of [S, N, C], with the divisor S, in float64.
std::vector<NamedTensor> moments_of(const std::vector<Tensor>& samples) {
  const std::int64_t count = samples.front().numel();
  const Tensor mean = Tensor::zeros(samples.front().shape(), DType::float64);
  const Tensor variance = Tensor::zeros_like(mean);
  const auto share = 1.0 / static_cast<double>(samples.size());
  for (const Tensor& sample : samples) {
    const std::vector<double> p = sample.to_vector<double>();
    for (std::int64_t i = 0; i < count; ++i) {
      mean.data<double>()[i] += share * p[static_cast<std::size_t>(i)];
    }
  }
  for (const Tensor& sample : samples) {
    const std::vector<double> p = sample.to_vector<double>();
    for (std::int64_t i = 0; i < count; ++i) {
      const double difference = p[static_cast<std::size_t>(i)] - mean.data<double>()[i];
      variance.data<double>()[i] += share * difference * difference;
    }
  }
  return {{"mean", mean}, {"variance", variance}};
}

// The outputs of the form, computed by the model itself.
std::vector<NamedTensor> ours(nn::Module& model, const OnnxOptions& options, const Variable& x) {
  const NoGrad no_grad;
  const nn::EvaluationMode evaluation(model);
  const bool mean = options.form == OnnxForm::mean;
  set_sampling(model, mean ? Sampling::mean : Sampling::sample);
  std::vector<Tensor> samples;
  Tensor logits;
  const std::int64_t count = options.form == OnnxForm::moments ? options.samples : 1;
  for (std::int64_t k = 0; k < count; ++k) {
    const FunctionDraw draw(model, onnx_draw(options.seed, k));
    const Variable y = model(x);
    logits = y.value();
    samples.push_back(softmax(y).value());
  }
  set_sampling(model, Sampling::sample);
  if (options.form == OnnxForm::moments) return moments_of(samples);
  return {{"logits", logits}, {"probabilities", samples.front()}};
}

// The model in all forms that it has.
void add_forms(const OnnxFiles& files, const std::string& name, nn::Module& model,
               const Shape& one) {
  move_statistics(model, one);
  for (const NamedLayer& named : bayesian_layers(model)) named.layer->set_relative_deviation(0.5);
  const Variable x(float_normals(batch_of(one), name));
  const auto add = [&](const std::string& form, const OnnxOptions& options) {
    std::vector<NamedTensor> tensors = ours(model, options, x);
    tensors.push_back({"input", x.value()});
    files.add(name + "_" + form, to_onnx(model, options), tensors);
  };
  OnnxOptions options{.input = one, .samples = 3, .seed = 7};
  add("mean", options);
  if (bayesian_layers(model).empty()) return;
  options.form = OnnxForm::sample;
  add("sample", options);
  options.form = OnnxForm::moments;
  add("moments", options);
}

template <template <class> class Model, class Options>
void add_families(const OnnxFiles& files, const std::string& name, const Options& options,
                  const Shape& one) {
  Model<zoo::Frequentist> frequentist(options, Generator(3));
  add_forms(files, name, frequentist, one);
  Model<zoo::Bayesian> bayesian(options, Generator(3));
  add_forms(files, "Bayesian" + name, bayesian, one);
}

// The moments of a mixture of normal distributions, and the scale of the inputs.
void add_regression(const OnnxFiles& files) {
  zoo::RegressionNet<zoo::Bayesian> model({.inputs = {.mean = {1, -2}, .deviation = {2, 0.5F}},
                                           .target = {.mean = {3}, .deviation = {4}}},
                                          Generator(3));
  const Variable x(float_normals({kBatch, 2}, "regression"));
  OnnxOptions options{
      .input = {2}, .form = OnnxForm::moments, .outputs = OnnxOutputs::normal, .samples = 3};
  const Graph graph = to_onnx(model, options);
  const NoGrad no_grad;
  std::vector<Tensor> means;
  std::vector<double> within(kBatch, 0.0);
  for (std::int64_t k = 0; k < 3; ++k) {
    const FunctionDraw draw(model, onnx_draw(0, k));
    const std::vector<double> y = model(x).value().to_vector<double>();
    means.push_back(Tensor::zeros({kBatch, 1}, DType::float64));
    for (std::size_t i = 0; i < within.size(); ++i) {
      means.back().data<double>()[i] = y[2 * i];
      within[i] += std::exp(y[2 * i + 1]) / 3;
    }
  }
  std::vector<NamedTensor> tensors = moments_of(means);
  for (std::size_t i = 0; i < within.size(); ++i) tensors[1].tensor.data<double>()[i] += within[i];
  tensors.push_back({"input", x.value()});
  files.add("regression_moments", graph, tensors);
}

// Bytes in, the scale in the graph.
void add_pixels(const OnnxFiles& files) {
  zoo::LeNet5<> model({}, Generator(3));
  const Tensor pixels = Tensor::empty({kBatch, 1, 28, 28}, DType::uint8);
  const RandomStream stream = Generator(1).next();
  for (std::int64_t i = 0; i < pixels.numel(); ++i) {
    pixels.data<std::uint8_t>()[i] = static_cast<std::uint8_t>(stream.below(i, 256));
  }
  const OnnxOptions options{.input = {1, 28, 28}, .pixels = OnnxPixels{{0.1F}, {0.3F}}};
  const Variable scaled =
      (Variable(pixels.to(DType::float32)) * (1 / 255.0) - double{0.1F}) * (1 / double{0.3F});
  std::vector<NamedTensor> tensors = ours(model, options, scaled);
  tensors.push_back({"pixels", pixels});
  files.add("LeNet5_pixels", to_onnx(model, options), tensors);
}

}  // namespace

BOOST_AUTO_TEST_CASE(every_form_equals_ours_in_onnx_runtime) {
  const std::string python = test::onnx_python();
  if (python.empty()) return;
  const OnnxFiles files;
  add_families<zoo::MLP>(files, "MLP", zoo::MLPOptions{.hidden = {50, 30}, .dropout = 0.5},
                         {1, 28, 28});
  add_families<zoo::LeNet5>(files, "LeNet5", zoo::LeNet5Options{.dropout = 0.2}, {1, 28, 28});
  add_families<zoo::VGG>(files, "VGG11", zoo::VggOptions{.batch_norm = true}, {3, 32, 32});
  add_families<zoo::ResNet>(files, "ResNet20", zoo::ResNetOptions{}, {3, 32, 32});
  add_families<zoo::ResNet>(files, "ResNet8_frn",
                            zoo::ResNetOptions{.depth = 8, .norm = zoo::Norm::filter_response},
                            {3, 32, 32});
  add_regression(files);
  add_pixels(files);
  files.check(python);
}

BOOST_AUTO_TEST_CASE(samples_share_what_is_not_random) {
  zoo::BayesianResNet model({.depth = 8}, Generator(3));
  const auto graph = [&](std::int64_t samples) {
    return to_onnx(model, {.input = {3, 32, 32}, .form = OnnxForm::moments, .samples = samples});
  };
  // A further sample has 8 weights of its own: 7 convolutions' and the last layer's. Of two
  // paddings it has the counts and the number, and it has the shape before the last layer. It
  // shares the last layer's bias and the 4 tensors of each normalisation.
  BOOST_TEST(graph(2).constants() - graph(1).constants() == 8U + 2 * 2 + 1);
  const std::string bytes = graph(2).bytes();
  BOOST_TEST(model.training());
  for (const NamedLayer& named : bayesian_layers(model)) {
    BOOST_TEST((named.layer->sampling() == Sampling::sample));
    BOOST_TEST(bytes.find("sample1/" + named.name + ".weight") != std::string::npos);
  }
}

BOOST_AUTO_TEST_CASE(draws_follow_the_seed) {
  zoo::BayesianMLP model({.features = 4, .hidden = {3}, .classes = 2}, Generator(3));
  OnnxOptions options{.input = {4}, .form = OnnxForm::sample};
  const std::string first = to_onnx(model, options).bytes();
  BOOST_TEST((to_onnx(model, options).bytes() == first));
  options.seed = 1;
  BOOST_TEST((to_onnx(model, options).bytes() != first));
}

BOOST_AUTO_TEST_CASE(wrong_forms_are_errors) {
  zoo::MLP<> frequentist({.features = 4, .hidden = {3}, .classes = 2}, Generator(3));
  zoo::BayesianMLP bayesian({.features = 4, .hidden = {3}, .classes = 3}, Generator(3));
  const auto refuse = [](nn::Module& model, const OnnxOptions& options, const char* text) {
    BOOST_CHECK_EXCEPTION(to_onnx(model, options), ValueError, says(text));
  };
  refuse(frequentist, {.input = {4}, .form = OnnxForm::sample}, "no Bayesian layers");
  refuse(bayesian, {.input = {4}, .form = OnnxForm::moments, .samples = 0}, "at least one sample");
  refuse(bayesian, {.input = {4}, .form = OnnxForm::sample, .seed = std::uint64_t{1} << 32},
         "below 2^32");
  refuse(bayesian, {.input = {4}, .outputs = OnnxOutputs::normal}, "must be [N, 2]");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace credence::bayes
