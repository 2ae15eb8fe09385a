// The kernel table: what a device must offer. For each device and element type it has one function
// per kernel, taking pointers and sizes. A slot that a device does not fill throws.
#pragma once

#include "framework/base/error.hpp"
#include "framework/core/random.hpp"
#include "framework/device/device.hpp"
#include "framework/formulas/arithmetic.hpp"
#include "framework/formulas/augmentation.hpp"
#include "framework/formulas/fused_activation.hpp"
#include "framework/formulas/gather.hpp"
#include "framework/formulas/optimizer.hpp"
#include "framework/kernels/argument.hpp"
#include "framework/kernels/shapes.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

namespace credence {

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

/// Scalars and what each is multiplied by.
template <class T>
struct WeightedScalars {
  Scalars<T> x;
  std::array<double, Scalars<T>::kMost> factors{};
};

/// The kernels of several arrays take a list of one of the following. A device passes over so many
/// of them by one kernel, because starting a kernel costs as much as the work on a small array. No
/// output is in a list twice.
inline constexpr std::size_t kArraysOfKernel = 32;

/// n elements of x.
template <class T>
struct Array {
  std::int64_t n = 0;
  const T* x = nullptr;
};

/// y += x
template <class T>
struct Addition {
  std::int64_t n = 0;
  const T* x = nullptr;
  T* y = nullptr;
};

/// y = exp(log_scale) · x²
template <class T>
struct ScaledSquare {
  std::int64_t n = 0;
  const T* log_scale = nullptr;
  const T* x = nullptr;
  T* y = nullptr;
};

/// Its gradients; a null pointer where one is not wanted.
template <class T>
struct ScaledSquareGradient {
  std::int64_t n = 0;
  const T* log_scale = nullptr;
  const T* x = nullptr;
  const T* grad_y = nullptr;
  T* grad_log_scale = nullptr;
  T* grad_x = nullptr;
};

/// grad_x = f'(x) · the gradient of a sum of f(x)
template <class T>
struct SumGradient {
  std::int64_t n = 0;
  const T* x = nullptr;
  T* grad_x = nullptr;
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

  /// Pointers to elements may be given as tensors (see Elements).
  Result operator()(Argument<Arguments>... arguments) const {
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

/// The kernels of one device for elements T. Arrays are contiguous, no kernel keeps a pointer, and
/// outputs are overwritten unless the name says accumulate. An elementwise output may be an input.
template <class T>
struct Kernels {
  using PointwiseForward =
      Kernel<void(const PointwiseParameters&, std::int64_t n, const T* x, T* y)>;
  /// grad_x = f'(x) · grad_y. `saved` is y where the functor has kKeepsOutput, else x.
  using PointwiseBackward = Kernel<void(const PointwiseParameters&, std::int64_t n, const T* saved,
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

  Kernel<void(std::span<const Addition<T>>)> accumulate{"accumulate", device};
  Kernel<void(std::span<const ScaledSquare<T>>)> scaled_squares_forward{"scaled_squares_forward",
                                                                        device};
  Kernel<void(std::span<const ScaledSquareGradient<T>>)> scaled_squares_backward{
      "scaled_squares_backward", device};
  /// sum = factor · Σ log(sigmoid(x)) over the elements of all arrays.
  Kernel<void(std::span<const Array<T>>, double factor, T* sum)> log_sigmoid_sum_forward{
      "log_sigmoid_sum_forward", device};
  Kernel<void(std::span<const SumGradient<T>>, double factor, const T* grad_sum)>
      log_sigmoid_sum_backward{"log_sigmoid_sum_backward", device};

  /// y = Σ factors[i] · x[i], summed in double precision.
  Kernel<void(const WeightedScalars<T>&, T* y)> weighted_sum_forward{"weighted_sum_forward",
                                                                     device};
  /// grad_x[i] = factors[i] · grad_y. The scalars themselves are not read.
  Kernel<void(const WeightedScalars<T>&, const T* grad_y, T* grad_x)> weighted_sum_backward{
      "weighted_sum_backward", device};

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
  /// grad_x = conv'(grad_mean, weight_mean) + 2 x conv'(grad_variance, weight_variance)
  Kernel<void(const ConvolutionShape&, const T* x, const T* weight_mean, const T* weight_variance,
              const T* grad_mean, const T* grad_variance, T* grad_x)>
      moments_backward_data{"moments_backward_data", device};
  Kernel<void(const ConvolutionShape&, const T* x, const T* grad_mean, const T* grad_variance,
              T* grad_weight_mean, T* grad_weight_variance)>
      moments_backward_weight{"moments_backward_weight", device};

  /// How many elements of T `saved` has in the four kernels that follow, which are the passes of
  /// one layer. In it the forward pass leaves what the device's own backward pass reads. It must be
  /// aligned as an allocation is. On CUDA its size and contents depend on the precision.
  Kernel<std::int64_t(const ConvolutionShape&)> random_convolution_saved{"random_convolution_saved",
                                                                         device};
  /// y is drawn from the moments above (see OutputNoise).
  Kernel<void(const ConvolutionShape&, const OutputNoise&, const T* x, const T* weight_mean,
              const T* weight_variance, const T* bias, T* y, T* saved)>
      random_convolution_forward{"random_convolution_forward", device};
  /// grad_mean = grad_y · activation'(y), and in `saved` the gradient of the variance (see
  /// add_noise_backward). Without an activation grad_mean equals grad_y: y and grad_mean are not
  /// used and may be null.
  Kernel<void(const ConvolutionShape&, const OutputNoise&, const T* y, const T* grad_y, T* saved,
              T* grad_mean)>
      random_convolution_backward_output{"random_convolution_backward_output", device};
  /// moments_backward_data and moments_backward_weight with the gradients that
  /// random_convolution_backward_output has left. `x` and the weights are those of the forward
  /// pass.
  Kernel<void(const ConvolutionShape&, const T* x, const T* weight_mean, const T* weight_variance,
              const T* grad_mean, const T* saved, T* grad_x)>
      random_convolution_backward_data{"random_convolution_backward_data", device};
  Kernel<void(const ConvolutionShape&, const T* x, const T* grad_mean, const T* saved,
              T* grad_weight_mean, T* grad_weight_variance)>
      random_convolution_backward_weight{"random_convolution_backward_weight", device};

  /// On entry y holds the mean and `saved` the variance. On return y is drawn from them (see
  /// OutputNoise), and `saved` holds what the same device's add_noise_backward reads: on the CPU
  /// noise / (2 √(variance + epsilon)), the derivative of the activation's argument by the
  /// variance; on CUDA the variance itself, as drawing the noise again is faster there than loading
  /// it.
  Kernel<void(const OutputNoise&, std::int64_t n, T* y, T* saved)> add_noise_forward{
      "add_noise_forward", device};
  /// The same y; `mean` and `variance` are not written.
  Kernel<void(const OutputNoise&, std::int64_t n, const T* mean, const T* variance, T* y)>
      draw_normal{"draw_normal", device};
  /// grad_mean = grad_y · activation'(y) and grad_variance = grad_mean · noise / (2 √(variance +
  /// epsilon)), the noise being that of the forward pass for the same OutputNoise. Without an
  /// activation grad_mean equals grad_y: y and grad_mean are not used and may be null.
  /// grad_variance may be `saved`.
  Kernel<void(const OutputNoise&, std::int64_t n, const T* y, const T* grad_y, const T* saved,
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
  Kernel<void(const NormalizationShape&, double epsilon, double momentum, const T* x,
              const T* weight, const T* bias, T* running_mean, T* running_variance, T* y, T* mean,
              T* inverse_deviation)>
      batch_norm_training_forward{"batch_norm_training_forward", device};
  /// The same with the mean and the variance given.
  Kernel<void(const NormalizationShape&, double epsilon, const T* x, const T* weight, const T* bias,
              const T* mean, const T* variance, T* y, T* inverse_deviation)>
      batch_norm_forward{"batch_norm_forward", device};
  /// In training the gradient passes through mean and variance too. grad_x may be null.
  Kernel<void(const NormalizationShape&, bool training, const T* x, const T* weight, const T* mean,
              const T* inverse_deviation, const T* grad_y, T* grad_x, T* grad_weight, T* grad_bias)>
      batch_norm_backward{"batch_norm_backward", device};

  /// y = activation(x · inverse_root · weight + bias) with inverse_root [batch, channels] = 1 /
  /// sqrt(mean(x²) + epsilon), the mean being over the plane of one channel in one image. The
  /// activation may be absent (null).
  Kernel<void(const NormalizationShape&, double epsilon, const pointwise::RecomputedActivation*,
              const T* x, const T* weight, const T* bias, T* y, T* inverse_root)>
      filter_response_norm_forward{"filter_response_norm_forward", device};
  /// The gradient passes through the mean too.
  Kernel<void(const NormalizationShape&, const pointwise::RecomputedActivation*, const T* x,
              const T* weight, const T* bias, const T* inverse_root, const T* grad_y, T* grad_x,
              T* grad_weight, T* grad_bias)>
      filter_response_norm_backward{"filter_response_norm_backward", device};

  /// y = 0 where the stream's uniform number is below the probability, x / (1 - probability)
  /// elsewhere.
  Kernel<void(RandomStream, double probability, std::int64_t n, const T* x, T* y)> dropout{
      "dropout", device};

  /// A batch of the images `samples` [n] of a data set, moved, normalised and made noisy:
  /// batch_images [n, C, H, W] from images [N, C, H, W], batch_labels [n] from labels [N], both
  /// null for none.
  /// `levels` [C, 256] has the float of each byte, `noise_deviation` [C] the standard deviation of
  /// the noise on these floats; null for none. Sample s draws from the stream {key, s}. Devices
  /// alone have it: on the host, data::SampleTransform does the same for one sample at a time, in
  /// threads of its loader, and rounds rotated pixels alike on all instruction sets.
  Kernel<void(const Augmentation&, std::uint64_t key, std::int64_t n, const std::uint8_t* images,
              const std::int64_t* labels, const std::int64_t* samples, const T* levels,
              const T* noise_deviation, T* batch_images, std::int64_t* batch_labels)>
      augment_images{"augment_images", device};
  /// y [n] = the rows `row` [n] of x, each of so many bytes. Devices alone have it: on the host,
  /// the threads of data::Loader copy one row at a time.
  Kernel<void(std::int64_t n, std::int64_t row_bytes, const std::uint8_t* x,
              const std::int64_t* row, std::uint8_t* y)>
      gather_rows{"gather_rows", device};

  /// y [outer, count, inner] = the elements of x that the indices choose. The caller checks indices
  /// that are on the host; elsewhere one outside the extent gives a y that is not a number.
  Kernel<void(const GatherShape&, const T* x, const std::int64_t* index, T* y)> gather{"gather",
                                                                                       device};
  /// grad_x at each index += grad_y, in the order of `count`; indices outside the extent add
  /// nothing.
  Kernel<void(const GatherShape&, const T* grad_y, const std::int64_t* index, T* grad_x)>
      scatter_add{"scatter_add", device};

  /// The settings of a step are in the device's memory, so that work which was recorded once can
  /// be replayed with others. `largest` is the largest variance so far, which AMSGrad divides by;
  /// null for Adam.
  Kernel<void(const AdamStep*, std::int64_t n, const T* grad, T* parameter, T* mean, T* variance,
              T* largest)>
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

}  // namespace credence
