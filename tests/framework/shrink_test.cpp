// Tests of shrinking: the smaller chain has the outputs of the one with zeros, for random zeros.
#include "framework/nn/shrink.hpp"

#include "framework/base/error.hpp"
#include "framework/nn/kept_zeros.hpp"
#include "framework/nn/layers.hpp"
#include "framework/nn/normalization.hpp"
#include "framework/nn/weight_counts.hpp"
#include "framework/ops/pooling.hpp"
#include "framework/ops/shape_ops.hpp"
#include "framework/optim/optimizer.hpp"
#include "tests/framework/training.hpp"

#include <memory>

#include <boost/test/unit_test.hpp>

namespace credence::nn {

BOOST_AUTO_TEST_SUITE(shrinking)

namespace {

using Widths = std::vector<std::int64_t>;

// Convolution, pooling, padded convolution, pooling, two fully connected layers, on images
// [N, 2, 12, 12]; `norms` adds batch normalisation, without which the convolutions have no bias
// unless `biases`.
class Net : public Module {
 public:
  Net(const Widths& w, bool norms, bool biases, const Activation& activation_)
      : activation(activation_),
        conv1(2, w[0], {.kernel = 3, .bias = biases}, Generator(1)),
        conv2(w[0], w[1], {.kernel = 3, .padding = 1, .bias = biases}, Generator(2)),
        fc1(w[1] * 4, w[2], {}, Generator(3)),
        fc2(w[2], 5, {}, Generator(4)) {
    if (!norms) return;
    norm1 = std::make_unique<BatchNorm2d>(w[0]);
    norm2 = std::make_unique<BatchNorm2d>(w[1]);
    norm3 = std::make_unique<BatchNorm1d>(w[2]);
  }

  Variable forward(const Variable& x) override {
    Variable h = activation(max_pool2d(normed(norm1, conv1(x)), {.kernel = 2}));
    h = max_pool2d(activation(normed(norm2, conv2(h))), {.kernel = 2});
    return fc2(activation(normed(norm3, fc1(flatten(h)))));
  }
  void visit(Visitor& visitor) override {
    visitor.module("conv1", conv1);
    visitor.module("conv2", conv2);
    visitor.module("fc1", fc1);
    visitor.module("fc2", fc2);
    if (norm1) visitor.module("norm1", *norm1);
    if (norm2) visitor.module("norm2", *norm2);
    if (norm3) visitor.module("norm3", *norm3);
  }
  std::vector<ChainLayer> chain() {
    return {{.layer = &conv1, .norm = norm1.get(), .activation = activation},
            {.layer = &conv2, .norm = norm2.get(), .activation = activation, .padded = true},
            {.layer = &fc1, .norm = norm3.get(), .activation = activation},
            {.layer = &fc2}};
  }

  template <class Norm>
  static Variable normed(std::unique_ptr<Norm>& norm, const Variable& x) {
    return norm ? (*norm)(x) : x;
  }

  Activation activation;
  Conv2d conv1;
  Conv2d conv2;
  Linear fc1;
  Linear fc2;
  std::unique_ptr<BatchNorm2d> norm1;
  std::unique_ptr<BatchNorm2d> norm2;
  std::unique_ptr<BatchNorm1d> norm3;
};

const Tensor& tensor(Module& model, const std::string& path) {
  for (const NamedParameter& p : parameters(model)) {
    if (p.name == path) return p.parameter->value();
  }
  throw ValueError("no " + path);
}

// Random statistics and biases, so that nothing is 0 or 1 by default.
void scatter(Module& model) {
  for (const NamedParameter& p : parameters(model)) {
    if (p.role == Role::weight) continue;
    const Tensor noise = normals(p.parameter->shape(), p.name).to(DType::float32);
    p.parameter->value().copy_from(noise);
  }
  for (const NamedBuffer& b : buffers(model)) {
    const Tensor noise = normals(b.buffer->shape(), b.name).to(DType::float32);
    for (std::int64_t i = 0; i < noise.numel(); ++i) {
      const float z = noise.data<float>()[i];
      b.buffer->data<float>()[i] = b.name.ends_with("var") ? 0.5F + z * z : z;
    }
  }
}

// Sets a share of single weights, of rows and of columns (of `taps` weights) to zero.
void make_zeros(const Tensor& weight, std::int64_t taps, double share, const RandomStream& random) {
  const std::int64_t rows = weight.shape()[0];
  const std::int64_t size = weight.numel() / rows;
  std::int64_t next = 0;
  const auto hit = [&](double probability) { return random.uniform(next++) < probability; };
  std::vector<bool> columns;
  for (std::int64_t c = 0; c < size / taps; ++c) columns.push_back(hit(share));
  for (std::int64_t r = 0; r < rows; ++r) {
    const bool row = hit(share);
    for (std::int64_t i = 0; i < size; ++i) {
      const bool single = hit(share);
      if (row || single || columns[static_cast<std::size_t>(i / taps)]) {
        weight.data<float>()[r * size + i] = 0;
      }
    }
  }
}

Variable images() { return Variable(normals({3, 2, 12, 12}, "images").to(DType::float32)); }

void check_outputs(Net& net, const std::vector<double>& expected) {
  const EvaluationMode evaluation(net);
  const std::vector<double> outputs = net(images()).value().to_vector<double>();
  double largest = 0;
  double scale = 1;
  for (std::size_t i = 0; i < expected.size(); ++i) {
    largest = std::max(largest, std::abs(outputs[i] - expected[i]));
    scale = std::max(scale, std::abs(expected[i]));
  }
  BOOST_TEST(largest < 1e-5 * scale);
}

std::int64_t nonzero_weights(Module& model) {
  std::int64_t count = 0;
  for (const WeightCount& layer : weight_counts(model)) count += layer.nonzero();
  return count;
}

// The widths of the smaller net; checks that it has the same outputs, and that the net itself still
// has them when it is left with the smaller one's weights.
Widths check_shrunk(Net& net, bool norms, bool biases) {
  const NoGrad no_grad;
  const EvaluationMode evaluation(net);
  const std::vector<ChainLayer> chain = net.chain();
  const std::vector<double> expected = net(images()).value().to_vector<double>();
  const Shrunk shrunk = shrink(net, chain);
  Net smaller(shrunk.widths, norms, biases, net.activation);
  load(shrunk, smaller);
  check_outputs(smaller, expected);
  widen(shrunk, smaller, net, chain);
  check_outputs(net, expected);
  BOOST_TEST(nonzero_weights(net) == nonzero_weights(smaller));
  return shrunk.widths;
}

}  // namespace

BOOST_AUTO_TEST_CASE(random_zeros_give_the_same_outputs) {
  std::int64_t removed = 0;
  for (const Activation& activation :
       {Activation::relu(), Activation::softplus(), Activation::tanh()}) {
    for (const bool norms : {false, true}) {
      for (const bool biases : {false, true}) {
        for (std::uint64_t draw = 0; draw < 8; ++draw) {
          const Widths widths{7, 9, 11};
          Net net(widths, norms, biases, activation);
          scatter(net);
          const double share = 0.1 + 0.1 * static_cast<double>(draw);
          make_zeros(tensor(net, "conv1.weight"), 9, share, {draw, 0});
          make_zeros(tensor(net, "conv2.weight"), 9, share, {draw, 1});
          make_zeros(tensor(net, "fc1.weight"), 4, share, {draw, 2});
          make_zeros(tensor(net, "fc2.weight"), 1, share, {draw, 3});
          const Widths left = check_shrunk(net, norms, biases);
          for (std::size_t l = 0; l < 3; ++l) removed += widths[l] - left[l];
        }
      }
    }
  }
  BOOST_TEST(removed > 500);
}

BOOST_AUTO_TEST_CASE(a_net_without_zeros_keeps_its_bits) {
  Net net({7, 9, 11}, true, true, Activation::relu());
  scatter(net);
  const Shrunk shrunk = shrink(net, net.chain());
  BOOST_TEST(shrunk.widths == (Widths{7, 9, 11}), boost::test_tools::per_element());
  Net same({7, 9, 11}, true, true, Activation::relu());
  load(shrunk, same);
  const auto values = [](Net& model) {
    std::vector<Tensor> tensors = parameter_values(model);
    for (const NamedBuffer& b : buffers(model)) tensors.push_back(b.buffer->clone());
    return tensors;
  };
  BOOST_TEST(same_bits(values(net), values(same)));
}

// Rows of zeros whose constants are all above 0.
BOOST_AUTO_TEST_CASE(constant_units_go_into_the_bias_or_become_one) {
  const auto make = [] {
    auto net = std::make_unique<Net>(Widths{7, 9, 11}, false, true, Activation::softplus());
    for (const char* path : {"conv1.weight", "conv2.weight", "fc1.weight"}) {
      const Tensor& weight = tensor(*net, path);
      weight.slice(2, 6).fill(0);
    }
    return net;
  };
  // The padded convolution keeps one of the four constant channels before it.
  BOOST_TEST(check_shrunk(*make(), false, true) == (Widths{4, 5, 7}),
             boost::test_tools::per_element());
  // With relu and negative biases the constants are 0.
  const auto zero = make();
  zero->activation = Activation::relu();
  for (const char* path : {"conv1.bias", "conv2.bias", "fc1.bias"}) tensor(*zero, path).fill(-0.1);
  BOOST_TEST(check_shrunk(*zero, false, true) == (Widths{3, 5, 7}),
             boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(what_nothing_reads_goes_with_all_before_it) {
  Net net({7, 9, 11}, false, true, Activation::relu());
  // fc2 reads unit 3 of fc1 alone, and that one reads channel 5 of conv2 alone.
  const Tensor& last = tensor(net, "fc2.weight");
  for (std::int64_t i = 0; i < last.numel(); ++i) {
    if (i % 11 != 3) last.data<float>()[i] = 0;
  }
  const Tensor& first = tensor(net, "fc1.weight");
  for (std::int64_t i = 0; i < first.numel(); ++i) {
    if (i % 36 / 4 != 5) first.data<float>()[i] = 0;
  }
  BOOST_TEST(check_shrunk(net, false, true) == (Widths{7, 1, 1}), boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(a_net_of_zeros_keeps_one_unit_a_layer) {
  Net net({7, 9, 11}, true, true, Activation::relu());
  scatter(net);
  for (const NamedParameter& p : parameters(net)) {
    if (p.role == Role::weight) p.parameter->value().fill(0);
  }
  BOOST_TEST(check_shrunk(net, true, true) == (Widths{1, 1, 1}), boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(what_is_no_chain_is_an_error) {
  Net net({7, 9, 11}, false, true, Activation::relu());
  BOOST_CHECK_EXCEPTION(shrink(net, {}), ValueError, says("no layer"));
  Linear stranger(4, 4, {}, Generator(1));
  std::vector<ChainLayer> chain{{.layer = &stranger}};
  BOOST_CHECK_EXCEPTION(shrink(net, chain), ValueError, says("not a part"));
  chain = {{.layer = &net.conv1}, {.layer = &net.fc2}};
  BOOST_CHECK_EXCEPTION(shrink(net, chain), ValueError, says("fc2"));
  BatchNorm2d norm(7);
  chain = {{.layer = &net.conv1, .norm = &norm}};
  BOOST_CHECK_EXCEPTION(shrink(net, chain), ValueError, says("not a part"));
  Net other({6, 9, 11}, false, true, Activation::relu());
  const Shrunk shrunk = shrink(net, net.chain());
  BOOST_CHECK_EXCEPTION(load(shrunk, other), ShapeError, says("conv1"));
  Net normalised({7, 9, 11}, true, true, Activation::relu());
  BOOST_CHECK_EXCEPTION(load(shrunk, normalised), ValueError, says("norm1"));
  BOOST_CHECK_EXCEPTION(widen(shrunk, net, net, {}), ValueError, says("as many layers"));
  BOOST_CHECK_EXCEPTION(widen(shrunk, other, net, net.chain()), ShapeError, says("conv1"));
  BOOST_CHECK_EXCEPTION(widen(shrunk, stranger, net, net.chain()), ValueError, says("conv1"));
}

// An optimiser moves the parameters into a buffer of its own and changes them there.
BOOST_AUTO_TEST_CASE(zeros_come_back_and_other_weights_stay) {
  Linear layer(2, 2, {}, Generator(1));
  const Tensor& weight = tensor(layer, "weight");
  weight.copy_from(Tensor::from<float>({2, 2}, {0, 1, 2, 0}));
  const KeptZeros zeros(layer);
  const auto optimizer = optim::make_optimizer(layer, optim::Sgd{});  // has memory of its own
  weight.copy_from(Tensor::from<float>({2, 2}, {5, 6, 7, 8}));
  tensor(layer, "bias").fill(3);
  zeros.restore();
  BOOST_TEST(tensor(layer, "weight").to_vector<float>() == (std::vector<float>{0, 6, 7, 0}),
             boost::test_tools::per_element());
  BOOST_TEST(tensor(layer, "bias").to_vector<float>() == (std::vector<float>{3, 3}),
             boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(zeros_are_counted_by_tensor_and_row) {
  Linear layer(3, 4, {}, Generator(1));
  tensor(layer, "weight")
      .copy_from(Tensor::from<float>({4, 3}, {0, 0, 0, 1, 0, 2, 0, 0, 3, -0.0F, 0, 0}));
  const std::vector<WeightCount> counts = weight_counts(layer);
  BOOST_TEST_REQUIRE(counts.size() == 1U);
  BOOST_TEST(counts[0].name == "weight");
  BOOST_TEST(counts[0].weights == 12);
  BOOST_TEST(counts[0].zeros == 9);
  BOOST_TEST(counts[0].nonzero() == 3);
  BOOST_TEST(counts[0].rows == 4);
  BOOST_TEST(counts[0].rows_left == 2);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace credence::nn
