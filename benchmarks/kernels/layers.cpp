// The layers of LeNet5 and the VGGs as shapes of kernels, and calls of the kernels on them.
#include "benchmarks/kernels/layers.hpp"

#include "benchmarks/kernels/definition.hpp"
#include "framework/dispatch/kernels.hpp"
#include "zoo/vgg.hpp"

#include <algorithm>
#include <cmath>

namespace credence::benchmarks {
namespace {

constexpr std::int64_t kLeNetBatch = 256;
constexpr std::int64_t kVggBatch = 64;
// Winograd's F(4 × 4, 3 × 3) multiplies by up to 8 and adds numbers of different signs: it loses
// about one decimal digit (docs/numerics.md).
constexpr double kWinogradFactor = 10;

Layer convolution(const std::string& label, std::int64_t batch, std::int64_t in, std::int64_t out,
                  std::int64_t side, std::int64_t kernel, std::int64_t padding) {
  ConvolutionShape shape;
  shape.batch = batch;
  shape.in_channels = in;
  shape.out_channels = out;
  shape.input = {1, side, side};
  shape.kernel = {1, kernel, kernel};
  shape.padding = {0, padding, padding};
  const std::int64_t out_side = side + 2 * padding - kernel + 1;
  shape.output = {1, out_side, out_side};
  return {label, shape, {}};
}

Layer fully_connected(const std::string& label, std::int64_t batch, std::int64_t in,
                      std::int64_t out) {
  ConvolutionShape shape;
  shape.batch = batch;
  shape.in_channels = in;
  shape.out_channels = out;
  return {label, shape, {}};
}

}  // namespace

std::string Layer::text() const {
  if (!descriptor.empty()) return descriptor;
  if (fully_connected()) {
    return joined({shape.batch, shape.in_channels}, "x") + "-" + std::to_string(shape.out_channels);
  }
  return joined({shape.batch, shape.in_channels, shape.input[1], shape.input[2]}, "x") + "-" +
         joined({shape.out_channels, shape.kernel[1]}, "k");
}

double Layer::flops() const {
  return 2.0 * static_cast<double>(shape.output_numel() * (shape.in_channels / shape.groups) *
                                   ConvolutionShape::volume(shape.kernel));
}

double Layer::bytes() const {
  return sizeof(float) *
         static_cast<double>(shape.input_numel() + shape.weight_numel() + shape.output_numel());
}

std::vector<Layer> convolution_layers() {
  std::vector<Layer> layers{convolution("LeNet5 conv1", kLeNetBatch, 1, 6, 28, 5, 0),
                            convolution("LeNet5 conv2", kLeNetBatch, 6, 16, 12, 5, 0)};
  for (const int depth : {11, 16}) {
    std::int64_t in = 3;
    std::int64_t out = 64;
    std::int64_t side = 32;
    for (const int count : zoo::vgg_blocks(depth)) {
      for (int i = 0; i < count; ++i) {
        const Layer layer = convolution(joined({in, out}, "→") + ", " + joined({side, side}, "×"),
                                        kVggBatch, in, out, side, 3, 1);
        const bool known = std::any_of(layers.begin(), layers.end(), [&](const Layer& other) {
          return other.text() == layer.text();
        });
        if (!known) layers.push_back(layer);
        in = out;
      }
      out = std::min<std::int64_t>(2 * out, 512);
      side /= 2;
    }
  }
  return layers;
}

std::vector<Layer> fully_connected_layers() {
  return {fully_connected("LeNet5 fc1", kLeNetBatch, 256, 120),
          fully_connected("LeNet5 fc2", kLeNetBatch, 120, 84),
          fully_connected("LeNet5 fc3", kLeNetBatch, 84, 10),
          fully_connected("VGG fc1", kVggBatch, 512, 512),
          fully_connected("VGG fc2", kVggBatch, 512, 10),
          fully_connected("LeNet5 fc1, one image", 1, 256, 120),
          fully_connected("VGG fc1, one image", 1, 512, 512)};
}

const char* to_string(Pass pass) {
  switch (pass) {
    case Pass::forward:
      return "forward";
    case Pass::backward_data:
      return "backward_data";
    case Pass::backward_weight:
      return "backward_weight";
  }
  return "";
}

PassTensors make_tensors(Pass pass, const ConvolutionShape& shape, Device device,
                         const Fill& fill) {
  const Shape x{shape.input_numel()};
  const Shape weight{shape.weight_numel()};
  const Shape y{shape.output_numel()};
  const auto operand = [&](const Shape& of, const char* name) {
    return filled(fill, of, name, device);
  };
  const auto result = [&](const Shape& of) { return Tensor::empty(of, DType::float32, device); };
  switch (pass) {
    case Pass::forward:
      return {operand(x, "x"), operand(weight, "weight"), result(y)};
    case Pass::backward_data:
      return {operand(y, "grad_y"), operand(weight, "weight"), result(x)};
    case Pass::backward_weight:
      return {operand(x, "x"), operand(y, "grad_y"), result(weight)};
  }
  return {};
}

double sum_tolerance(std::int64_t depth) {
  return 16 * std::ldexp(1.0, -24) * std::sqrt(static_cast<double>(depth));
}

bool sums_are_exact(std::int64_t depth, double largest) {
  return largest * static_cast<double>(depth) < std::ldexp(1.0, 24);
}

bool sums_are_exact(Pass pass, const ConvolutionShape& shape, double largest) {
  return sums_are_exact(convolution_depth(pass, shape), largest);
}

std::string algorithm_of(Pass pass, const ConvolutionShape& shape, Device device) {
  return device == Device::cpu ? cpu_convolution_algorithm(shape, pass) : "";
}

bool has_exact_sums(const std::string& algorithm) { return !algorithm.starts_with("winograd"); }

double tolerance_of(Pass pass, const ConvolutionShape& shape) {
  const bool winograd = shape.kernel == Extents3{1, 3, 3} && shape.stride == Extents3{1, 1, 1};
  return (winograd ? kWinogradFactor : 1) * sum_tolerance(convolution_depth(pass, shape));
}

Case layer_case(const char* family, Pass pass, const Layer& layer, Device device,
                const char* implementation, std::function<Call(const PassTensors&)> make) {
  return {std::string(family) + "_" + to_string(pass),
          layer.text(),
          implementation,
          layer.label,
          {.flops = layer.flops(), .bytes = layer.bytes(), .footprint = layer.bytes()},
          [=, shape = layer.shape](const Fill& fill) {
            return make(make_tensors(pass, shape, device, fill));
          },
          tolerance_of(pass, layer.shape)};
}

bool is_plain(const ConvolutionShape& s) {
  return s.groups == 1 && s.kernel[0] == 1 && s.input[0] == 1 && s.output[0] == 1 &&
         s.dilation == Extents3{1, 1, 1};
}

std::function<double(std::size_t, std::int64_t)> definition_of(Pass pass,
                                                               const ConvolutionShape& shape,
                                                               const PassTensors& tensors) {
  return [=](std::size_t, std::int64_t index) {
    return convolution_element(pass, shape, tensors.first.data<float>(),
                               tensors.second.data<float>(), index);
  };
}

Call credence_call(Pass pass, const ConvolutionShape& shape, const PassTensors& tensors) {
  return {[=] {
            const Kernels<float>& k = kernels<float>(tensors.result.device());
            const float* const first = tensors.first.data<float>();
            const float* const second = tensors.second.data<float>();
            float* const result = tensors.result.data<float>();
            switch (pass) {
              case Pass::forward:
                return k.convolution_forward(shape, first, second, {}, result);
              case Pass::backward_data:
                return k.convolution_backward_data(shape, first, second, result);
              case Pass::backward_weight:
                return k.convolution_backward_weight(shape, first, second, result);
            }
          },
          {tensors.result},
          {},
          definition_of(pass, shape, tensors)};
}

}  // namespace credence::benchmarks
