// The layers of the zoo's models as the kernels see them.
#pragma once

#include "benchmarks/kernels/cases.hpp"
#include "framework/kernels/shapes.hpp"

#include <string>
#include <vector>

namespace credence::benchmarks {

/// The three products of a layer.
using Pass = ConvolutionPass;
inline constexpr Pass kPasses[] = {Pass::forward, Pass::backward_data, Pass::backward_weight};
const char* to_string(Pass pass);

struct Layer {
  std::string label;  ///< "LeNet5 conv1", "64→128, 16×16"
  ConvolutionShape shape;
  std::string descriptor{};  ///< the shape's text where a user gave it

  bool fully_connected() const { return ConvolutionShape::volume(shape.input) == 1; }
  /// Whether training runs this pass: the images themselves get no gradient.
  bool needs(Pass pass) const { return pass != Pass::backward_data || shape.in_channels > 3; }
  /// "256x1x28x28-6k5", or "256x120-84" for a fully connected layer; the descriptor where there is
  /// one.
  std::string text() const;
  /// Two for each multiply-add of the direct convolution.
  double flops() const;
  /// Of x, weight and y, which every pass reads or writes.
  double bytes() const;
};

/// The convolutions of LeNet5 (batches of 256), VGG11 and VGG16 (batches of 64), each shape once.
std::vector<Layer> convolution_layers();
/// Their fully connected layers with the same batches, and two with a batch of one image.
std::vector<Layer> fully_connected_layers();

/// Two operands and the result of a pass: (x, weight, y), (grad_y, weight, grad_x), (x, grad_y,
/// grad_weight), all on one device. The result is uninitialised.
struct PassTensors {
  Tensor first;
  Tensor second;
  Tensor result;
};
PassTensors make_tensors(Pass pass, const ConvolutionShape& shape, Device device, const Fill& fill);

/// A case of one layer's pass: `family` ("convolution") and the pass name its kernel, `make`
/// prepares it on operands of its own, which lie on the device.
Case layer_case(const char* family, Pass pass, const Layer& layer, Device device,
                const char* implementation, std::function<Call(const PassTensors&)> make);

/// How far a sum of so many products of normal numbers may be from the right one, over the largest
/// of such sums. Rounding errors add up like a random walk (Higham and Mary 2019, A new approach to
/// probabilistic rounding error analysis): u √depth, u = 2⁻²⁴, of which this is 16 times.
double sum_tolerance(std::int64_t depth);

/// Whether sums of so many products of whole numbers up to 4 (Fill) are exact in float32; `largest`
/// is the largest absolute value of a term.
bool sums_are_exact(std::int64_t depth, double largest = 16);
bool sums_are_exact(Pass pass, const ConvolutionShape& shape, double largest = 16);

/// The name of the framework's algorithm (cpu_convolution_algorithm) on the CPU; empty elsewhere.
std::string algorithm_of(Pass pass, const ConvolutionShape& shape, Device device);
/// Whether the algorithm of this name adds products as they are; Winograd's has fractions.
bool has_exact_sums(const std::string& algorithm);

/// That of a layer's pass, larger where Winograd's algorithm may compute it.
double tolerance_of(Pass pass, const ConvolutionShape& shape);

/// Whether the loops of the ladder compute it: images, in one group, without dilation.
bool is_plain(const ConvolutionShape& shape);

/// An element of the result of a pass from its definition, as Call::definition has it.
std::function<double(std::size_t, std::int64_t)> definition_of(Pass pass,
                                                               const ConvolutionShape& shape,
                                                               const PassTensors& tensors);

/// The framework's kernel for a pass, without a bias, on the operands' device.
Call credence_call(Pass pass, const ConvolutionShape& shape, const PassTensors& tensors);

}  // namespace credence::benchmarks
