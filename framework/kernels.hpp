// The kernel table: for each device and element type, one function per kernel, taking pointers and
// sizes. This is the one place that knows which devices a build has. A slot that a device does not
// fill throws.
#pragma once

#include "framework/core/error.hpp"
#include "framework/core/random.hpp"
#include "framework/core/tensor.hpp"
#include "framework/ops/arithmetic.hpp"
#include "framework/ops/augmentation.hpp"
#include "framework/ops/fused_activation.hpp"

#include <array>
#include <cstdint>
#include <string>
#include <vector>

namespace credence {

using Extents3 = std::array<std::int64_t, 3>;

/// A loop over up to kMaxRank extents with the element strides of two operands; 0 where one is
/// broadcast. Neighbouring dimensions that can be walked as one are merged, so that the last is as
/// long as can be.
struct BroadcastLoop {
  int rank = 0;
  std::array<std::int64_t, Shape::kMaxRank> extents{};
  std::array<std::int64_t, Shape::kMaxRank> a_strides{};
  std::array<std::int64_t, Shape::kMaxRank> b_strides{};
  std::int64_t numel = 1;
};

/// The loop over the common shape of a and b. Throws ShapeError, naming `op`, where they do not
/// broadcast.
BroadcastLoop broadcast_loop(const Shape& a, const Shape& b, const char* op);

/// A loop's dimensions in two groups: those that the second operand has, and those over which it is
/// broadcast, so that a sum onto its shape runs over them. The first group's b strides lead to the
/// result.
struct Reduction {
  BroadcastLoop kept;
  BroadcastLoop summed;
};
Reduction split_reduction(const BroadcastLoop& loop);

/// A convolution of up to three spatial dimensions (depth, height, width; the absent ones have
/// extent 1): input [N, C, D, H, W], weight [O, C / groups, KD, KH, KW], output [N, O, OD, OH, OW].
/// A fully connected layer is the case whose spatial extents are all 1.
struct ConvolutionShape {
  std::int64_t batch = 1;
  std::int64_t groups = 1;
  std::int64_t in_channels = 1;
  std::int64_t out_channels = 1;
  Extents3 input{1, 1, 1};
  Extents3 output{1, 1, 1};
  Extents3 kernel{1, 1, 1};
  Extents3 stride{1, 1, 1};
  Extents3 padding{0, 0, 0};
  Extents3 dilation{1, 1, 1};

  static constexpr std::int64_t volume(const Extents3& e) { return e[0] * e[1] * e[2]; }
  std::int64_t input_numel() const { return batch * in_channels * volume(input); }
  std::int64_t output_numel() const { return batch * out_channels * volume(output); }
  std::int64_t weight_numel() const {
    return out_channels * (in_channels / groups) * volume(kernel);
  }
  /// Whether no product belongs to it: there is no image, no channel or no pixel. Outputs that it
  /// has are then the bias, and all gradients but the bias's are 0.
  bool empty() const { return input_numel() == 0 || output_numel() == 0; }
};

/// Pooling windows over `planes` images (batch times channels) of up to three spatial dimensions.
struct PoolShape {
  std::int64_t planes = 1;
  Extents3 input{1, 1, 1};
  Extents3 output{1, 1, 1};
  Extents3 kernel{1, 1, 1};
  Extents3 stride{1, 1, 1};
  Extents3 padding{0, 0, 0};
};

/// Batch normalisation of an array [batch, channels, volume].
struct BatchNormShape {
  std::int64_t batch = 1;
  std::int64_t channels = 1;
  std::int64_t volume = 1;

  /// The elements of one channel.
  std::int64_t count() const { return batch * volume; }
};

/// One step of Adam (Kingma and Ba 2015) with the bias corrections 1 - beta^step worked out.
struct AdamStep {
  double learning_rate;
  double beta1;
  double beta2;
  double epsilon;
  double weight_decay;
  bool decoupled_weight_decay;
  double correction1;
  double correction2;
};

/// One step of stochastic gradient descent: v = momentum v + (grad + weight_decay p), p -= rate v
/// (rate (grad + momentum v) with Nesterov's form).
struct SgdStep {
  double learning_rate;
  double momentum;
  double weight_decay;
  bool nesterov;
};

/// What the sums of a product become before they are stored: the bias of their channel is added,
/// then the activation is applied. Either may be absent.
template <class T>
struct Epilogue {
  const T* bias = nullptr;
  const pointwise::FusedActivation* activation = nullptr;
};

/// How outputs are drawn: y = activation(mean + √(variance + epsilon) · noise), the noise standard
/// normal from the stream. The activation may be absent.
struct OutputNoise {
  RandomStream stream;
  double epsilon = 0;
  const pointwise::FusedActivation* activation = nullptr;
};

/// Up to eight scalars in the memory of one device.
template <class T>
struct Scalars {
  static constexpr int kMost = 8;
  int count = 0;
  std::array<const T*, kMost> values{};
};

/// Throws Error: the device does not have this kernel.
[[noreturn]] void throw_no_kernel(const char* name, Device device);

/// A slot of the kernel table. An empty one knows what it stands for, and says so when it is
/// called.
template <class Signature>
class Kernel;

template <class Result, class... Arguments>
class Kernel<Result(Arguments...)> {
 public:
  using Function = Result (*)(Arguments...);

  /// An empty slot of this name in the table of this device.
  constexpr Kernel(const char* name, Device device) : name_(name), device_(device) {}
  constexpr Kernel(Function function)  // NOLINT: implicit, so that a table reads as a list
      : function_(function) {}

  Result operator()(Arguments... arguments) const {
    if (function_ == nullptr) throw_no_kernel(name_, device_);
    return function_(arguments...);
  }

 private:
  Function function_ = nullptr;
  const char* name_ = nullptr;
  Device device_ = Device::cpu;
};

/// Empty slots for the functors of a catalogue, with their names.
template <class Slot, class... Functors>
constexpr std::array<Slot, sizeof...(Functors)> empty_slots(pointwise::List<Functors...>,
                                                            Device device) {
  return {Slot(Functors::kName, device)...};
}

/// The kernels of one device for the element type T. All arrays are contiguous; outputs are
/// overwritten unless the name says accumulate; no kernel keeps a pointer.
template <class T>
struct Kernels {
  using PointwiseForward =
      Kernel<void(const PointwiseParameters&, std::int64_t n, const T* x, T* y)>;
  /// `kept` is y or x, as the functor says.
  using PointwiseBackward = Kernel<void(const PointwiseParameters&, std::int64_t n, const T* kept,
                                        const T* grad_y, T* grad_x)>;
  using ArithmeticForward = Kernel<void(const BroadcastLoop&, const T* a, const T* b, T* y)>;
  /// grad_a and grad_b have y's shape; a null pointer where one is not wanted.
  using ArithmeticBackward = Kernel<void(const BroadcastLoop&, const T* a, const T* b,
                                         const T* grad_y, T* grad_a, T* grad_b)>;

  Device device = Device::cpu;

  std::array<PointwiseForward, pointwise::Catalogue::kSize> pointwise_forward =
      empty_slots<PointwiseForward>(pointwise::Catalogue{}, device);
  std::array<PointwiseBackward, pointwise::Catalogue::kSize> pointwise_backward =
      empty_slots<PointwiseBackward>(pointwise::Catalogue{}, device);
  std::array<ArithmeticForward, arithmetic::Catalogue::kSize> arithmetic_forward =
      empty_slots<ArithmeticForward>(arithmetic::Catalogue{}, device);
  std::array<ArithmeticBackward, arithmetic::Catalogue::kSize> arithmetic_backward =
      empty_slots<ArithmeticBackward>(arithmetic::Catalogue{}, device);

  /// y += x
  Kernel<void(std::int64_t n, const T* x, T* y)> accumulate{"accumulate", device};
  /// y (walked by the loop's b strides) = the sum of x (its a strides) over the broadcast
  /// dimensions.
  Kernel<void(const BroadcastLoop&, const T* x, T* y)> sum_to{"sum_to", device};
  /// The first of equal ones; a NaN is larger than any number. There is a column.
  Kernel<void(std::int64_t rows, std::int64_t columns, const T* x, std::int64_t* index)> argmax{
      "argmax", device};

  /// C [m, n] = A [m, k] B [k, n], with A and B given by the strides of their rows and columns.
  Kernel<void(std::int64_t m, std::int64_t n, std::int64_t k, const T* a, std::int64_t a_row,
              std::int64_t a_column, const T* b, std::int64_t b_row, std::int64_t b_column, T* c)>
      matmul{"matmul", device};

  Kernel<void(const ConvolutionShape&, const T* x, const T* weight, const Epilogue<T>&, T* y)>
      convolution_forward{"convolution_forward", device};
  Kernel<void(const ConvolutionShape&, const T* grad_y, const T* weight, T* grad_x)>
      convolution_backward_data{"convolution_backward_data", device};
  Kernel<void(const ConvolutionShape&, const T* x, const T* grad_y, T* grad_weight)>
      convolution_backward_weight{"convolution_backward_weight", device};
  Kernel<void(const ConvolutionShape&, const T* grad_y, T* grad_bias)> convolution_backward_bias{
      "convolution_backward_bias", device};

  /// The moments of a convolution whose weights are independent random variables of given mean and
  /// variance: mean = conv(x, weight_mean) + bias, variance = conv(x², weight_variance), never
  /// negative. `bias` [O] may be null.
  Kernel<void(const ConvolutionShape&, const T* x, const T* weight_mean, const T* weight_variance,
              const T* bias, T* mean, T* variance)>
      moments_forward{"moments_forward", device};
  /// Outputs drawn from such moments, and in `kept` what add_noise_backward takes from there.
  Kernel<void(const ConvolutionShape&, const OutputNoise&, const T* x, const T* weight_mean,
              const T* weight_variance, const T* bias, T* y, T* kept)>
      random_convolution_forward{"random_convolution_forward", device};
  /// grad_x = conv'(grad_mean, weight_mean) + 2 x conv'(grad_variance, weight_variance)
  Kernel<void(const ConvolutionShape&, const T* x, const T* weight_mean, const T* weight_variance,
              const T* grad_mean, const T* grad_variance, T* grad_x)>
      moments_backward_data{"moments_backward_data", device};
  Kernel<void(const ConvolutionShape&, const T* x, const T* grad_mean, const T* grad_variance,
              T* grad_weight_mean, T* grad_weight_variance)>
      moments_backward_weight{"moments_backward_weight", device};

  /// On entry y holds the mean and `kept` the variance; on return y is drawn from them and `kept`
  /// is what the device's add_noise_backward takes: on the CPU noise / (2 √(variance + epsilon)),
  /// the derivative of what the activation gets by the variance; on CUDA, where numbers are drawn
  /// faster than they are stored and loaded, still the variance.
  Kernel<void(const OutputNoise&, std::int64_t n, T* y, T* kept)> add_noise_forward{
      "add_noise_forward", device};
  /// The same y; `mean` and `variance` stay as they are.
  Kernel<void(const OutputNoise&, std::int64_t n, const T* mean, const T* variance, T* y)>
      draw_normal{"draw_normal", device};
  /// grad_mean = grad_y · activation'(y) and grad_variance = grad_mean · noise / (2 √(variance +
  /// epsilon)), the noise that of the forward pass, which got the same OutputNoise. Without an
  /// activation grad_mean would be grad_y: it and y are then not used and may be null.
  /// grad_variance may be `kept`.
  Kernel<void(const OutputNoise&, std::int64_t n, const T* y, const T* grad_y, const T* kept,
              T* grad_mean, T* grad_variance)>
      add_noise_backward{"add_noise_backward", device};
  /// Standard normal numbers: elements 0…n-1 of the stream.
  Kernel<void(RandomStream, std::int64_t n, T* y)> normal{"normal", device};

  /// `index` is the offset of the largest element in the input plane.
  Kernel<void(const PoolShape&, const T* x, T* y, std::int32_t* index)> max_pool_forward{
      "max_pool_forward", device};
  Kernel<void(const PoolShape&, const T* grad_y, const std::int32_t* index, T* grad_x)>
      max_pool_backward{"max_pool_backward", device};
  Kernel<void(const PoolShape&, const T* x, T* y)> average_pool_forward{"average_pool_forward",
                                                                        device};
  Kernel<void(const PoolShape&, const T* grad_y, T* grad_x)> average_pool_backward{
      "average_pool_backward", device};

  Kernel<void(std::int64_t rows, std::int64_t columns, const T* x, T* y)> log_softmax_forward{
      "log_softmax_forward", device};
  Kernel<void(std::int64_t rows, std::int64_t columns, const T* y, const T* grad_y, T* grad_x)>
      log_softmax_backward{"log_softmax_backward", device};
  /// loss = -mean over rows of log_probability[row, label[row]]. The caller checks labels that are
  /// on the host; elsewhere one outside [0, columns) makes the loss not a number.
  Kernel<void(std::int64_t rows, std::int64_t columns, const T* log_probability,
              const std::int64_t* label, T* loss)>
      nll_loss_forward{"nll_loss_forward", device};
  Kernel<void(std::int64_t rows, std::int64_t columns, const std::int64_t* label,
              const T* grad_loss, T* grad_x)>
      nll_loss_backward{"nll_loss_backward", device};

  /// y = (x - mean) / sqrt(variance + epsilon) · weight + bias with the batch's mean and biased
  /// variance of each channel; the running ones move towards its mean and unbiased variance.
  /// inverse_deviation = 1 / sqrt(variance + epsilon).
  Kernel<void(const BatchNormShape&, double epsilon, double momentum, const T* x, const T* weight,
              const T* bias, T* running_mean, T* running_variance, T* y, T* mean,
              T* inverse_deviation)>
      batch_norm_training_forward{"batch_norm_training_forward", device};
  /// The same with the mean and the variance given.
  Kernel<void(const BatchNormShape&, double epsilon, const T* x, const T* weight, const T* bias,
              const T* mean, const T* variance, T* y, T* inverse_deviation)>
      batch_norm_forward{"batch_norm_forward", device};
  /// In training the gradient passes through mean and variance too. grad_x may be null.
  Kernel<void(const BatchNormShape&, bool training, const T* x, const T* weight, const T* mean,
              const T* inverse_deviation, const T* grad_y, T* grad_x, T* grad_weight, T* grad_bias)>
      batch_norm_backward{"batch_norm_backward", device};

  /// y = 0 where the stream's uniform number is below the probability, x / (1 - probability)
  /// elsewhere.
  Kernel<void(RandomStream, double probability, std::int64_t n, const T* x, T* y)> dropout{
      "dropout", device};

  /// A batch of the images `samples` [n] of a data set, moved, normalised and made noisy:
  /// batch_images [n, C, H, W] from images [N, C, H, W], batch_labels [n] from labels [N].
  /// `levels` [C, 256] has the float of each byte, `noise_deviation` [C] the standard deviation of
  /// the noise on these floats; null for none. Sample s draws from the stream {key, s}. Devices
  /// alone have it: on the host, data::SampleTransform does the same for one sample at a time, in
  /// threads of its loader, and rounds turned pixels alike on all instruction sets.
  Kernel<void(const Augmentation&, std::uint64_t key, std::int64_t n, const std::uint8_t* images,
              const std::int64_t* labels, const std::int64_t* samples, const T* levels,
              const T* noise_deviation, T* batch_images, std::int64_t* batch_labels)>
      augment_images{"augment_images", device};

  /// The settings of a step are in the device's memory, so that work which was recorded once can
  /// be replayed with others.
  Kernel<void(const AdamStep*, std::int64_t n, const T* grad, T* parameter, T* mean, T* variance)>
      adam_step{"adam_step", device};
  /// `velocity` may be null where the momentum is 0.
  Kernel<void(const SgdStep*, std::int64_t n, const T* grad, T* parameter, T* velocity)> sgd_step{
      "sgd_step", device};
  /// sum = Σ x², in double precision, which holds the squares of all of float32's numbers.
  Kernel<void(std::int64_t n, const T* x, double* sum)> square_sum{"square_sum", device};
  /// norm = √square_sum; x is scaled by max_norm / (norm + 1e-6) where that is below 1.
  Kernel<void(double max_norm, std::int64_t n, const double* square_sum, T* norm, T* x)> clip_norm{
      "clip_norm", device};

  /// totals[i] += factor · value i
  Kernel<void(const Scalars<T>&, double factor, double* totals)> add_scalars{"add_scalars", device};
  /// total += how many of the rows are largest at their label, the first of equal ones counting; a
  /// row with a NaN counts as wrong. Not a number where a label is outside [0, columns).
  Kernel<void(std::int64_t rows, std::int64_t columns, const T* x, const std::int64_t* label,
              double* total)>
      add_correct{"add_correct", device};
};

/// The kernels of a device for float or double. Throws Error for a device that the build does not
/// have.
template <class T>
const Kernels<T>& kernels(Device device);

/// The instruction sets for which this build has CPU kernels and that this processor can run, the
/// widest last: "baseline", then on x86-64 "avx2" (with FMA) and "avx512" (F, BW, DQ and VL).
std::vector<std::string> cpu_instruction_sets();

/// The one of them that the CPU kernels run: the widest, or what the environment variable
/// CREDENCE_ISA names, for tests and comparisons. Throws ValueError, as kernels() of a CPU does,
/// where that is another name, or a set that the processor lacks.
const char* cpu_instruction_set();

/// Calls function.template operator()<T>(kernels<T>(device)) for the tensor's element type and
/// device. Throws Error where the type is neither float32 nor float64.
template <class Function>
void visit_kernels(const Tensor& tensor, Function&& function) {
  switch (tensor.dtype()) {
    case DType::float32:
      function.template operator()<float>(kernels<float>(tensor.device()));
      return;
    case DType::float64:
      function.template operator()<double>(kernels<double>(tensor.device()));
      return;
    default:
      throw Error(std::string("[kernel] floating-point elements are needed, not ") +
                  to_string(tensor.dtype()));
  }
}

}  // namespace credence
