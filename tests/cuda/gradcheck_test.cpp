// Tests of gradients on the device: the ops of the models, against difference quotients.
#include "framework/autograd/gradcheck.hpp"

#include "framework/nn/gradcheck.hpp"
#include "framework/nn/normalization.hpp"
#include "framework/ops/arithmetic.hpp"
#include "framework/ops/convolution.hpp"
#include "framework/ops/matmul.hpp"
#include "framework/ops/normalization.hpp"
#include "framework/ops/pointwise.hpp"
#include "framework/ops/pooling.hpp"
#include "framework/ops/random_convolution.hpp"
#include "framework/ops/reduce.hpp"
#include "framework/ops/softmax.hpp"
#include "framework/ops/transposed_convolution.hpp"
#include "tests/cuda/agreement.hpp"
#include "tests/framework/training.hpp"

namespace credence {

BOOST_AUTO_TEST_SUITE(device_gradients)

namespace {

using Variables = std::vector<Variable>;

void check(const std::string& name, const std::function<Variable(const Variables&)>& function,
           const Tensors& inputs) {
  GradcheckOptions options;
  options.device = Device::cuda;
  const GradcheckResult result = gradcheck(function, inputs, options);
  BOOST_TEST(result.passed, name << ": " << result.message);
}

BOOST_AUTO_TEST_CASE(ops_have_the_right_derivatives_on_the_device) {
  if (no_device()) return;
  check("broadcast arithmetic", [](const Variables& x) { return x[0] * x[1] + x[0] - x[1]; },
        {draws({2, 3, 4}, 1), draws({3, 1}, 2)});
  check("softplus and sums",
        [](const Variables& x) { return sum(softplus(x[0], 2), {0}) * mean(x[0]); },
        {draws({3, 4}, 3)});
  check("matmul", [](const Variables& x) { return matmul(x[0], x[1]); },
        {draws({3, 4}, 4), draws({4, 2}, 5)});
  check("linear", [](const Variables& x) { return linear(x[0], x[1], x[2]); },
        {draws({3, 4}, 6), draws({2, 4}, 7), draws({2}, 8)});
  check(
      "convolution",
      [](const Variables& x) { return convolution(x[0], x[1], x[2], {.stride = 2, .padding = 1}); },
      {draws({2, 2, 5, 5}, 9), draws({3, 2, 3, 3}, 10), draws({3}, 11)});
  const auto transposed = [](const TransposedConvolutionOptions& options) {
    return [=](const Variables& x) {
      return transposed_convolution(x[0], x[1], x[2], options, Activation::softplus());
    };
  };
  check("transposed_convolution", transposed({.stride = 2, .padding = 1, .output_padding = 1}),
        {draws({2, 3, 3, 2}, 22), draws({3, 2, 3, 3}, 23), draws({2}, 24)});
  check("transposed_convolution in groups", transposed({.groups = 2}),
        {draws({2, 4, 3}, 25), draws({4, 1, 3}, 26), draws({2}, 27)});
  check("transposed_convolution with output rows beyond the windows",
        transposed({.padding = 1, .output_padding = {0, 2, 1}, .dilation = 3}),
        {draws({1, 2, 2, 3, 2}, 28), draws({2, 2, 2, 2, 2}, 29), draws({2}, 30)});
  check(
      "local_reparameterization",
      [](const Variables& x) {
        const ConvolutionShape shape =
            convolution_shape("convolution", x[0].shape(), x[1].shape(), {.padding = 1});
        return random_convolution("convolution", shape, x[0], x[1], square(x[2]), x[3],
                                  RandomStream{5, 6});
      },
      {draws({2, 2, 4, 4}, 14), draws({3, 2, 3, 3}, 15), draws({3, 2, 3, 3}, 16), draws({3}, 17)});
  check("max_pool", [](const Variables& x) { return max_pool2d(x[0], {.kernel = 2}); },
        {draws({1, 2, 4, 4}, 12)});
  check("average_pool",
        [](const Variables& x) { return average_pool2d(x[0], {.kernel = 3, .padding = 1}); },
        {draws({1, 2, 4, 4}, 18)});
  check("batch_norm",
        [](const Variables& x) {
          const auto statistic = [&](double value) {
            return Tensor::full({2}, value, x[0].dtype(), x[0].device());
          };
          return batch_norm(x[0], x[1], x[2], statistic(0), statistic(1), {.training = true});
        },
        {draws({3, 2, 4}, 19), draws({2}, 20), draws({2}, 21)});
  check("filter_response_norm",
        [](const Variables& x) {
          return filter_response_norm(x[0], x[1], x[2], {}, Activation::silu());
        },
        {draws({3, 2, 4}, 22), draws({2}, 23), draws({2}, 24)});
  check("log_softmax", [](const Variables& x) { return log_softmax(x[0]); }, {draws({3, 5}, 13)});
}

BOOST_AUTO_TEST_CASE(a_module_on_the_device_has_the_right_derivatives) {
  if (no_device()) return;
  nn::Sequential model(nn::Conv2d(1, 2, {.kernel = 3}, Generator(1)), nn::BatchNorm2d(2),
                       nn::Activation::softplus(), nn::Flatten(),
                       nn::Linear(18, 3, {}, Generator(2)));
  nn::move_to(model, Device::cuda);
  const GradcheckResult result = nn::gradcheck(model, draws({2, 1, 5, 5}, 31));
  BOOST_TEST(result.passed, result.message);
  BOOST_TEST((nn::device_of(model) == Device::cuda));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace credence
