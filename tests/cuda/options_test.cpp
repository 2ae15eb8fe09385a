// Tests of ops with the options of PyTorch's, and of the kernels that choose elements, on the
// device against the CPU.
#include "framework/ops/arithmetic.hpp"
#include "framework/ops/convolution.hpp"
#include "framework/ops/index_ops.hpp"
#include "framework/ops/losses.hpp"
#include "framework/ops/matmul.hpp"
#include "framework/ops/normalization.hpp"
#include "framework/ops/pointwise.hpp"
#include "framework/ops/pooling.hpp"
#include "framework/ops/shape_ops.hpp"
#include "framework/ops/softmax.hpp"
#include "tests/cuda/agreement.hpp"

#include <functional>

namespace credence {

BOOST_AUTO_TEST_SUITE(device_options)

namespace {

using Variables = std::vector<Variable>;
using Op = std::function<Variable(const Variables&)>;

// The value of op(inputs) and the gradients of all inputs on a device.
Tensors results(const Op& op, const Tensors& inputs, DType dtype, Device device) {
  Variables variables;
  for (const Tensor& input : inputs) variables.emplace_back(input.to(dtype).to(device), true);
  const Variable y = op(variables);
  y.backward(draws(y.shape(), 99).to(dtype).to(device));
  Tensors all{y.value()};
  for (const Variable& variable : variables) {
    if (variable.grad().defined()) all.push_back(variable.grad());
  }
  return all;
}

void check(const char* name, const Op& op, const Tensors& inputs) {
  const Tensors expected = results(op, inputs, DType::float64, Device::cpu);
  for (const DType dtype : {DType::float32, DType::float64}) {
    const Tensors actual = results(op, inputs, dtype, Device::cuda);
    BOOST_TEST_REQUIRE(actual.size() == expected.size());
    for (std::size_t i = 0; i < actual.size(); ++i) {
      BOOST_TEST((actual[i].device() == Device::cuda));
      const double difference = largest_difference(actual[i], expected[i]);
      BOOST_TEST(difference <= (dtype == DType::float32 ? 2e-5 : 1e-11),
                 name << ", " << to_string(dtype) << ", output " << i << ": " << difference);
    }
  }
}

Tensor on(const Tensor& x, const Variable& like) { return x.to(like.device()); }

BOOST_AUTO_TEST_CASE(other_layouts_are_the_cpus) {
  if (no_device()) return;
  const Tensor x = draws({3, 4, 5}, 1);
  check("transpose", [](const Variables& v) { return transpose(v[0], 0, 2); }, {x});
  check("permute", [](const Variables& v) { return permute(v[0], {1, 2, 0}); }, {x});
  check("slice", [](const Variables& v) { return slice(v[0], 1, 1, 4, 2); }, {x});
  check("last slice", [](const Variables& v) { return slice(v[0], 2, 0, 5, 3); }, {x});
  check("one element", [](const Variables& v) { return slice(v[0], 0, 2, 3); }, {draws({3}, 2)});
  check("broadcast_to",
        [](const Variables& v) {
          return broadcast_to(v[0], {2, 3, 4});
        },
        {draws({3, 1}, 3)});
  check("pad", [](const Variables& v) { return pad(v[0], 2, 1, 2, 0.5); }, {x});
  check("circular", [](const Variables& v) { return pad(v[0], 1, 2, 1, 0, PaddingMode::circular); },
        {x});
  check("softmax", [](const Variables& v) { return softmax(v[0], 1); }, {x});
  check("matmul", [](const Variables& v) { return matmul(v[0], v[1]); },
        {x, draws({2, 1, 5, 2}, 4)});
  check("linear", [](const Variables& v) { return linear(v[0], v[1], {}); }, {x, draws({2, 5}, 5)});
}

BOOST_AUTO_TEST_CASE(chosen_elements_are_the_cpus) {
  if (no_device()) return;
  const Tensor index = Tensor::from<std::int64_t>({2, 3, 2}, {0, 3, 3, -7, 2, 2, 0, 1, 1, 1, 0, 3});
  check("gather", [&](const Variables& v) { return gather(v[0], 1, on(index, v[0]), -7); },
        {draws({2, 4, 3}, 1)});
  const Tensor rows = Tensor::from<std::int64_t>({5}, {4, 0, 4, 2, 1});
  check("embedding", [&](const Variables& v) { return embedding(v[0], on(rows, v[0]), 2); },
        {draws({5, 70}, 2)});
  const Tensor hot = one_hot(rows.to(Device::cuda), 5);
  BOOST_TEST(largest_difference(hot, one_hot(rows, 5, DType::float64)) == 0);
  const Tensor condition = Tensor::from<std::uint8_t>({3, 1}, {1, 0, 2});
  check("where", [&](const Variables& v) { return where(on(condition, v[0]), v[0], v[1]); },
        {draws({3, 4}, 3), draws({4}, 4)});
  check("clamp", [](const Variables& v) { return clamp(v[0], v[1], v[2]); },
        {draws({3, 4}, 5), draws({4}, 6), draws({3, 1}, 7)});
  // An index outside is not waited for.
  const Variable x(draws({2, 4}, 8).to(Device::cuda), true);
  const Tensor outside = Tensor::from<std::int64_t>({2, 1}, {4, 1}).to(Device::cuda);
  const Variable y = gather(x, 1, outside);
  BOOST_TEST(std::isnan(y.value().to_vector<double>()[0]));
  BOOST_TEST(!std::isnan(y.value().to_vector<double>()[1]));
}

BOOST_AUTO_TEST_CASE(losses_are_the_cpus) {
  if (no_device()) return;
  const Tensor labels = Tensor::from<std::int64_t>({2, 3}, {0, 3, 3, 1, 2, 1});
  const Tensor weight = Tensor::from<double>({4}, {0.5, 2, 1, 3});
  for (const LossReduction reduction :
       {LossReduction::none, LossReduction::mean, LossReduction::sum}) {
    const auto classes = [&, reduction = reduction](const Variable& x) {
      return ClassLossOptions{on(weight.to(x.dtype()), x), 1, reduction};
    };
    check("cross_entropy",
          [&](const Variables& v) {
            return cross_entropy(v[0], on(labels, v[0]), {classes(v[0]), 0.1});
          },
          {draws({2, 4, 3}, 1)});
    check(
        "focal_loss",
        [&](const Variables& v) { return focal_loss(v[0], on(labels, v[0]), 1.5, classes(v[0])); },
        {draws({2, 4, 3}, 2)});
    check("huber_loss", [&](const Variables& v) { return huber_loss(v[0], v[1], 0.8, reduction); },
          {draws({3, 4}, 3), draws({3, 4}, 4)});
    check("bce",
          [&](const Variables& v) {
            return binary_cross_entropy_with_logits(v[0], v[1], {.reduction = reduction});
          },
          {draws({3, 4}, 5), positive({3, 4}, 6)});
  }
}

BOOST_AUTO_TEST_CASE(windows_and_normalisations_are_the_cpus) {
  if (no_device()) return;
  const Tensor x = draws({2, 4, 6, 7}, 1);
  check("dilated",
        [](const Variables& v) {
          return max_pool2d(v[0], {.kernel = 2, .stride = 2, .padding = 1, .dilation = 2});
        },
        {x});
  check("ceil",
        [](const Variables& v) {
          return max_pool2d(v[0], {.kernel = 3, .stride = 2, .ceil_mode = true});
        },
        {x});
  check("average",
        [](const Variables& v) {
          return average_pool2d(v[0], {.kernel = 3,
                                       .stride = 2,
                                       .padding = 1,
                                       .ceil_mode = true,
                                       .count_include_pad = false});
        },
        {x});
  check("adaptive", [](const Variables& v) { return adaptive_average_pool2d(v[0], {4, 3}); }, {x});
  check("layer_norm",
        [](const Variables& v) {
          return layer_norm(v[0], {6, 7}, v[1], v[2]);
        },
        {x, draws({6, 7}, 2), draws({6, 7}, 3)});
  check("group_norm", [](const Variables& v) { return group_norm(v[0], 2, v[1], v[2]); },
        {x, draws({4}, 2), draws({4}, 3)});
  check("batch_norm", [](const Variables& v) { return batch_norm(v[0], v[1], {}, {}, {}); },
        {x, draws({4}, 2)});
  check("circular convolution",
        [](const Variables& v) {
          return convolution(v[0], v[1], {}, {.padding = 1, .padding_mode = PaddingMode::circular});
        },
        {x, draws({3, 4, 3, 3}, 2)});
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace credence
