// Tests of the account of a device's work: what each call moves and computes, and the nodes of a
// training step.
#include "framework/device/account.hpp"

#include "framework/core/device_graph.hpp"
#include "framework/device/precision.hpp"
#include "framework/dispatch/kernels.hpp"
#include "framework/nn/activation.hpp"
#include "framework/nn/flatten.hpp"
#include "framework/nn/layers.hpp"
#include "framework/nn/sequential.hpp"
#include "framework/optim/optimizer.hpp"
#include "framework/train/objective.hpp"
#include "tests/cuda/device.hpp"

#include <functional>
#include <map>

namespace credence {

BOOST_AUTO_TEST_SUITE(device_account)

namespace {

using device::Account;
using device::Arithmetic;
using device::Call;
using device::Source;

std::vector<Call> calls_of(const std::function<void()>& work) {
  std::vector<Call> calls;
  const Account account([&](const Call& call) { calls.push_back(call); });
  work();
  return calls;
}

void check(const Call& call, const std::string& name, Source source, const device::Work& work) {
  BOOST_TEST(call.name == name);
  BOOST_TEST((call.source == source), name);
  BOOST_TEST(call.work.read_bytes == work.read_bytes, name);
  BOOST_TEST(call.work.written_bytes == work.written_bytes, name);
  BOOST_TEST(call.work.flops == work.flops, name);
}

// Sets the precision and restores it.
struct InPrecision {
  explicit InPrecision(Precision wanted) { set_precision(wanted); }
  ~InPrecision() { set_precision(Precision::fp32); }
  InPrecision(const InPrecision&) = delete;
  InPrecision& operator=(const InPrecision&) = delete;
};

Tensor on_device(const Shape& shape) { return Tensor::zeros(shape, DType::float32, Device::cuda); }

// The calls of a [3, 5] = [3, 7] [7, 5].
std::vector<Call> product_calls(Precision precision) {
  const InPrecision set(precision);
  const Tensor a = on_device({3, 7});
  const Tensor b = on_device({7, 5});
  const Tensor c = on_device({3, 5});
  return calls_of([&] {
    kernels<float>(Device::cuda)
        .matmul(3, 5, 7, a.data<float>(), 7, 1, b.data<float>(), 5, 1, c.data<float>());
  });
}

// 2 images of 4 channels and 5 × 6 pixels, in two groups; 6 kernels of 3 × 2 without padding, so
// that outputs have 3 × 5 pixels.
ConvolutionShape small_convolution() {
  return {.batch = 2,
          .groups = 2,
          .in_channels = 4,
          .out_channels = 6,
          .input = {1, 5, 6},
          .output = {1, 3, 5},
          .kernel = {1, 3, 2}};
}
constexpr std::int64_t kImages = 2 * 4 * 5 * 6;
constexpr std::int64_t kWeights = 6 * 2 * 3 * 2;
constexpr std::int64_t kResults = 2 * 6 * 3 * 5;
// 2 for each result and each of the 2 · 3 · 2 weights of its channel.
constexpr std::int64_t kConvolutionFlops = 2 * kResults * 12;

BOOST_AUTO_TEST_CASE(nothing_is_told_without_an_account) {
  if (no_device()) return;
  BOOST_TEST(!device::account_listens());
  std::vector<Call> calls;
  {
    const Account account([&](const Call& call) { calls.push_back(call); });
    BOOST_TEST(device::account_listens());
    {
      const Account inner([](const Call&) {});
      on_device({4});
    }
    BOOST_TEST(calls.empty());
    on_device({4});
  }
  on_device({4});
  BOOST_TEST_REQUIRE(calls.size() == 1U);
  check(calls[0], "fill", Source::kernel, {0, 16, 0});
}

BOOST_AUTO_TEST_CASE(a_product_is_two_flops_for_each_pair_of_factors) {
  if (no_device()) return;
  const std::vector<Call> single = product_calls(Precision::fp32);
  BOOST_TEST_REQUIRE(single.size() == 1U);
  check(single[0], "matmul", Source::cublas_lt, {4 * (3 * 7 + 7 * 5), 4 * 3 * 5, 2 * 3 * 7 * 5});
  BOOST_TEST((single[0].arithmetic == Arithmetic::fp32));
  BOOST_TEST((product_calls(Precision::tf32)[0].arithmetic == Arithmetic::tf32));
  // The factors are rounded first.
  const std::vector<Call> rounded = product_calls(Precision::bf16);
  BOOST_TEST_REQUIRE(rounded.size() == 3U);
  check(rounded[0], "bfloat16 rounded", Source::kernel, {4 * 21, 2 * 21, 0});
  check(rounded[1], "bfloat16 rounded", Source::kernel, {4 * 35, 2 * 35, 0});
  check(rounded[2], "matmul", Source::cublas_lt, {2 * 56, 4 * 15, 210});
  BOOST_TEST((rounded[2].arithmetic == Arithmetic::bf16));
}

BOOST_AUTO_TEST_CASE(each_pass_of_a_convolution_has_the_same_flops) {
  if (no_device()) return;
  const Tensor x = on_device({kImages});
  const Tensor w = on_device({kWeights});
  const Tensor y = on_device({kResults});
  const Kernels<float>& table = kernels<float>(Device::cuda);
  const std::vector<Call> calls = calls_of([&] {
    const ConvolutionShape s = small_convolution();
    table.convolution_forward(s, x.data<float>(), w.data<float>(), {}, y.data<float>());
    table.convolution_backward_data(s, y.data<float>(), w.data<float>(), x.data<float>());
    table.convolution_backward_weight(s, x.data<float>(), y.data<float>(), w.data<float>());
  });
  BOOST_TEST_REQUIRE(calls.size() == 3U);
  check(calls[0], "convolution", Source::cudnn,
        {4 * (kImages + kWeights), 4 * kResults, kConvolutionFlops});
  check(calls[1], "convolution backward data", Source::cudnn,
        {4 * (kResults + kWeights), 4 * kImages, kConvolutionFlops});
  check(calls[2], "convolution backward weight", Source::cudnn,
        {4 * (kImages + kResults), 4 * kWeights, kConvolutionFlops});
}

BOOST_AUTO_TEST_CASE(copies_are_told_with_their_direction) {
  if (no_device()) return;
  const Tensor host = Tensor::zeros({4});
  const Tensor first = on_device({4});
  const Tensor second = on_device({4});
  const std::vector<Call> calls = calls_of([&] {
    first.copy_from(host);
    second.copy_from(first);
    host.copy_from(second);
  });
  BOOST_TEST_REQUIRE(calls.size() == 3U);
  check(calls[0], "copy", Source::copy, {0, 16, 0});
  check(calls[1], "copy", Source::copy, {16, 16, 0});
  check(calls[2], "copy", Source::copy, {16, 0, 0});
}

// A network of two layers, 16 → 8 → 4, on 8 samples.
struct Step {
  Step() {
    nn::move_to(model, Device::cuda);
    optimizer = optim::make_optimizer(model, optim::Adam{});
  }
  std::vector<Call> recorded() {
    optimizer->begin_step();
    return calls_of([&] {
      DeviceGraph::record([&] {
        optimizer->zero_grad();
        train::cross_entropy(model, batch, {8}).total.backward();
        optimizer->update();
      });
    });
  }

  nn::Sequential model{nn::Flatten(), nn::Linear(16, 8, {}, Generator(1)), nn::Activation::relu(),
                       nn::Linear(8, 4, {}, Generator(2))};
  std::unique_ptr<optim::Optimizer> optimizer;
  train::Batch batch{on_device({8, 1, 4, 4}), Tensor::zeros({8}, DType::int64, Device::cuda)};
};

BOOST_AUTO_TEST_CASE(the_nodes_of_a_small_step_are_known) {
  if (no_device()) return;
  Step step;
  std::map<std::string, int> nodes;
  for (const Call& call : step.recorded()) ++nodes[call.name];
  const std::map<std::string, int>
      expected{{"fill", 2},    // the gradients, and the loss's own
               {"linear", 5},  // two forward, two weights, one input
               {"log_softmax", 1}, {"log_softmax backward", 1},
               {"nll_loss", 1},    {"nll_loss backward", 1},
               {"relu", 1},        {"relu backward", 1},
               {"sum", 2},         // the gradients of the biases, of 8 samples each
               {"accumulate", 1},  // of four parameters
               {"adam", 1}};
  for (const auto& [name, count] : expected) BOOST_TEST(nodes[name] == count, name);
  BOOST_TEST(nodes.size() == expected.size());
}

// What is recorded first is what is recorded after a step has run.
BOOST_AUTO_TEST_CASE(a_first_step_has_the_nodes_of_later_ones) {
  if (no_device()) return;
  Step step;
  const std::vector<Call> first = step.recorded();
  const std::vector<Call> second = step.recorded();
  BOOST_TEST_REQUIRE(first.size() == second.size());
  for (std::size_t i = 0; i < first.size(); ++i) BOOST_TEST(first[i].name == second[i].name);
}

// Each call of a step moves something; the floats of Adam are seven for each parameter.
BOOST_AUTO_TEST_CASE(all_calls_of_a_step_have_bytes) {
  if (no_device()) return;
  Step step;
  for (const Call& call : step.recorded()) {
    BOOST_TEST(call.work.read_bytes + call.work.written_bytes > 0, call.name);
    if (call.name != "adam") continue;
    constexpr std::int64_t kParameters = 16 * 8 + 8 + 8 * 4 + 4;
    BOOST_TEST(call.work.read_bytes >= 4 * 4 * kParameters);
    BOOST_TEST(call.work.written_bytes >= 4 * 3 * kParameters);
  }
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace credence
