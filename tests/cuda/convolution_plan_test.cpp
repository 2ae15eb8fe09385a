// Tests of cuDNN's plans for the models' convolutions on a card that need not be present.
#include "framework/cuda/libraries/convolution_plan.hpp"

#include "framework/base/error.hpp"
#include "framework/kernels/shapes.hpp"

#include <string>
#include <vector>

#include <boost/test/unit_test.hpp>

namespace credence {

BOOST_AUTO_TEST_SUITE(convolution_plans)

namespace {

// An H100 SXM: the limits of compute capability 9.0 (CUDA C++ programming guide) and the numbers of
// NVIDIA's data sheet.
const std::string kCard = R"({
  "deviceName": "NVIDIA H100 80GB HBM3", "cudaDeviceId": 0, "deviceVer": 900, "driverVer": 13000,
  "maxGridSize": [2147483647, 65535, 65535], "maxBlockSize": [1024, 1024, 64],
  "totalGlobalMem": 85899345920, "regsPerBlock": 65536, "multiProcessorCount": 132, "warpSize": 32,
  "maxSharedMemoryPerBlock": 49152, "maxSharedMemoryPerBlockOptin": 232448,
  "reservedSharedMemoryPerBlock": 1024, "maxRegistersPerSM": 65536, "maxCtasPerSM": 32,
  "maxThreadsPerBlock": 1024, "maxThreadsPerSM": 2048, "pciDeviceId": 0, "isTccDriver": 0,
  "supportCoopLaunch": 1, "smClockRateKHz": 1980000, "memClockRateKHz": 2619000,
  "l2CacheSize": 52428800})";

ConvolutionShape square_kernel(std::int64_t batch, std::int64_t in, std::int64_t out,
                               std::int64_t edge, std::int64_t kernel, std::int64_t padding) {
  const std::int64_t output = edge + 2 * padding - kernel + 1;
  return {.batch = batch,
          .in_channels = in,
          .out_channels = out,
          .input = {1, edge, edge},
          .output = {1, output, output},
          .kernel = {1, kernel, kernel},
          .padding = {0, padding, padding}};
}

// The convolutions of LeNet5 and VGG16.
std::vector<ConvolutionShape> model_shapes() {
  std::vector<ConvolutionShape> shapes{square_kernel(256, 1, 6, 28, 5, 0),
                                       square_kernel(256, 6, 16, 12, 5, 0)};
  struct Layer {
    std::int64_t in;
    std::int64_t out;
    std::int64_t edge;
  };
  for (const Layer& layer : {Layer{3, 64, 32}, Layer{64, 64, 32}, Layer{64, 128, 16},
                             Layer{128, 128, 16}, Layer{128, 256, 8}, Layer{256, 256, 8},
                             Layer{256, 512, 4}, Layer{512, 512, 4}, Layer{512, 512, 2}}) {
    shapes.push_back(square_kernel(64, layer.in, layer.out, layer.edge, 3, 1));
  }
  return shapes;
}

bool too_old() {
  if (cuda::can_describe_devices()) return false;
  BOOST_TEST_MESSAGE("skipped: cuDNN before 9.8 takes no description of a device");
  return true;
}

BOOST_AUTO_TEST_CASE(the_models_convolutions_have_one_with_bias_that_keeps_to_the_precision) {
  if (too_old()) return;
  for (const Precision precision : {Precision::fp32, Precision::tf32}) {
    for (const ConvolutionShape& s : model_shapes()) {
      for (const bool relu : {false, true}) {
        const auto plan = cuda::plan_on(kCard, DType::float32, precision, s,
                                        {.wide = true, .bias = true, .relu = relu});
        const std::string name =
            std::to_string(s.in_channels) + " to " + std::to_string(s.out_channels) + " channels" +
            (relu ? ", ReLU" : "") + (precision == Precision::fp32 ? ", fp32" : ", tf32");
        BOOST_TEST(plan.has_value(), name);
        if (!plan) continue;
        BOOST_TEST_MESSAGE(name << ": " << plan->workspace_bytes << " bytes"
                                << (plan->notes.tensor_cores ? ", tensor cores" : ""));
        BOOST_TEST(!plan->notes.nondeterministic, name);
        // Few channels do not fill tensor cores.
        const bool wants_tensor_cores = precision == Precision::tf32 && s.in_channels >= 64;
        BOOST_TEST(plan->notes.tensor_cores == wants_tensor_cores, name);
      }
    }
  }
}

// Beside those of the models: kernels of 1 × 1, strides, groups, dilation, and a third dimension.
std::vector<ConvolutionShape> all_shapes() {
  std::vector<ConvolutionShape> shapes = model_shapes();
  shapes.push_back(square_kernel(32, 64, 256, 56, 1, 0));
  shapes.push_back(square_kernel(5, 7, 9, 11, 3, 1));
  ConvolutionShape strided = square_kernel(32, 64, 128, 56, 3, 1);
  strided.stride = {1, 2, 2};
  strided.output = {1, 28, 28};
  ConvolutionShape depthwise = square_kernel(32, 128, 128, 56, 3, 1);
  depthwise.groups = 128;
  ConvolutionShape grouped = square_kernel(4, 6, 8, 9, 3, 1);
  grouped.groups = 2;
  ConvolutionShape dilated = square_kernel(4, 8, 8, 12, 3, 2);
  dilated.dilation = {1, 2, 2};
  dilated.output = {1, 12, 12};
  const ConvolutionShape deep{.batch = 2,
                              .in_channels = 8,
                              .out_channels = 12,
                              .input = {6, 8, 8},
                              .output = {6, 8, 8},
                              .kernel = {3, 3, 3},
                              .padding = {1, 1, 1}};
  for (const ConvolutionShape& s : {strided, depthwise, grouped, dilated, deep}) {
    shapes.push_back(s);
  }
  return shapes;
}

BOOST_AUTO_TEST_CASE(each_pass_of_each_convolution_has_one_in_each_precision) {
  if (too_old()) return;
  struct Factors {
    DType dtype;
    Precision precision;
    const char* name;
  };
  for (const ConvolutionShape& s : all_shapes()) {
    for (const Factors& factors : {Factors{DType::float64, Precision::fp32, "fp64"},
                                   Factors{DType::float32, Precision::fp32, "fp32"},
                                   Factors{DType::float32, Precision::tf32, "tf32"},
                                   Factors{DType::float32, Precision::bf16, "bf16"}}) {
      for (const ConvolutionPass pass : {ConvolutionPass::forward, ConvolutionPass::backward_data,
                                         ConvolutionPass::backward_weight}) {
        const auto plan = cuda::plan_on(kCard, factors.dtype, factors.precision, s, {.pass = pass});
        const std::string name = std::to_string(s.in_channels) + " to " +
                                 std::to_string(s.out_channels) + " channels, " + factors.name +
                                 ", pass " + std::to_string(static_cast<int>(pass));
        BOOST_TEST(plan.has_value(), name);
        if (!plan) continue;
        BOOST_TEST(!plan->notes.nondeterministic, name);
        BOOST_TEST(!plan->notes.transforms, name);
        BOOST_TEST(plan->workspace_bytes <= std::int64_t{1} << 30, name);
        const bool may_round = factors.precision != Precision::fp32;
        BOOST_TEST((may_round || !plan->notes.tensor_cores), name);
        const bool fills_tensor_cores = s.groups == 1 && s.in_channels >= 64;
        if (may_round && fills_tensor_cores) BOOST_TEST(plan->notes.tensor_cores, name);
      }
    }
  }
}

BOOST_AUTO_TEST_CASE(a_description_that_is_none_is_refused) {
  if (too_old()) return;
  BOOST_CHECK_THROW(cuda::plan_on("{}", DType::float32, Precision::fp32, model_shapes()[0], {}),
                    Error);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace credence
