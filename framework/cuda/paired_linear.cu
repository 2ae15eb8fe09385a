// Fully connected layers whose outputs are drawn, with the products of mean and variance in one
// call. The library asks that the second matrix of each operand lies behind the first one. Where an
// operand is the caller's, its two arrays lie in either order, so that what this file stores is
// there three times: mean, variance, and the mean again.
#include "framework/cuda/layer_noise.hpp"
#include "framework/cuda/libraries/accounted.hpp"
#include "framework/cuda/loops.hpp"
#include "framework/cuda/paired_linear.hpp"
#include "framework/cuda/parts.hpp"
#include "framework/cuda/rounding.hpp"
#include "framework/formulas/noise.hpp"

namespace credence::cuda {
namespace {

constexpr const char* kName = "linear, two products";

enum class Order : std::uint8_t { mean_first, variance_first, apart };

template <class E>
Order order_of(const E* mean, const E* variance) {
  if (is_pair<const E>({mean, variance})) return Order::mean_first;
  if (is_pair<const E>({variance, mean})) return Order::variance_first;
  return Order::apart;
}

template <class E>
ArrayPair<E> in_order(Order order, E* mean, E* variance) {
  if (order == Order::variance_first) return {variance, mean};
  return {mean, variance};
}

// Mean, variance, and the mean again.
template <class E>
struct Three {
  E* mean = nullptr;
  E* variance = nullptr;
  E* again = nullptr;

  Three(std::int64_t n, Parts& parts)
      : mean(parts.take<E>(n)), variance(parts.take<E>(n)), again(parts.take<E>(n)) {}
  ArrayPair<E> pair(Order order) const {
    return in_order(order, order == Order::variance_first ? again : mean, variance);
  }
  ArrayPair<const E> factors(Order order) const {
    const ArrayPair<E> arrays = pair(order);
    return {arrays[0], arrays[1]};
  }
  Moments<const E*> moments(Order order) const {
    return {order == Order::variance_first ? again : mean, variance};
  }
};

// The parts of `saved`. T is the type of the numbers, F that of the factors.
template <class T, class F>
struct SavedPairs {
  static constexpr bool kRounded = !std::is_same_v<F, T>;

  Parts parts;
  Three<F> inputs;        // x, x², x
  Three<T> moments;       // of the output, without its bias
  Three<F> gradients;     // of the moments
  Moments<F*> weights{};  // rounded

  SavedPairs(const ConvolutionShape& s, void* saved)
      : parts(saved),
        inputs(s.input_numel(), parts),
        moments(s.output_numel(), parts),
        gradients(s.output_numel(), parts) {
    if constexpr (kRounded) {
      weights = {parts.take<F>(s.weight_numel()), parts.take<F>(s.weight_numel())};
    }
  }
  // The factors of the weights.
  Moments<const F*> weight_factors(const T* mean, const T* variance) const {
    return {factor_of<F>(weights.mean, mean), factor_of<F>(weights.variance, variance)};
  }
};

template <class T, class Body>
void with_pairs(const ConvolutionShape& s, const T* saved, Body body) {
  with_factor_type<T>([&]<class F>() { body(SavedPairs<T, F>(s, const_cast<T*>(saved))); });
}

template <class T, class F>
__global__ void store_with_squares(std::int64_t n, const T* x, Three<F> y) {
  for (std::int64_t i = first_index(); i < n; i += index_step()) {
    const T value = x[i];
    y.mean[i] = stored<F>(value);
    y.again[i] = stored<F>(value);
    y.variance[i] = stored<F>(T(value * value));
  }
}

}  // namespace

bool is_paired(const ConvolutionShape& s) {
  constexpr std::int64_t kMost = std::int64_t{1} << 28;
  return s.fully_connected() && !s.empty() && s.batch * s.in_channels * s.out_channels <= kMost;
}

template <class T>
std::int64_t paired_saved(const ConvolutionShape& s) {
  std::int64_t numel = 0;
  with_pairs<T>(s, nullptr, [&](const auto& pairs) {
    numel = pairs.parts.bytes() / static_cast<std::int64_t>(sizeof(T));
  });
  return numel;
}

template <class T>
void paired_forward(const ConvolutionShape& s, const OutputNoise& noise, const T* x,
                    const T* weight_mean, const T* weight_variance, const T* bias, T* y, T* saved) {
  with_pairs<T>(s, saved, [&]<class F>(const SavedPairs<T, F>& pairs) {
    const std::int64_t inputs = s.input_numel();
    launch({"square", "stored"},
           {blocks_for(inputs), elements<T>(inputs, 0, inputs) + elements<F>(0, 3 * inputs)},
           &store_with_squares<T, F>, inputs, x, pairs.inputs);
    if constexpr (SavedPairs<T, F>::kRounded) {
      round_both(s.weight_numel(), {weight_mean, weight_variance}, pairs.weights);
    }
    const Moments<const F*> weights = pairs.weight_factors(weight_mean, weight_variance);
    const Order order = order_of(weights.mean, weights.variance);
    if (order == Order::apart) {
      forward_product<F>(s, pairs.inputs.mean, weights.mean, pairs.moments.mean);
      forward_product<F>(s, pairs.inputs.variance, weights.variance, pairs.moments.variance);
    } else {
      accounted::gemm_pair<F>(kName, forward_of_linear(s), pairs.inputs.factors(order),
                              in_order(order, weights.mean, weights.variance),
                              pairs.moments.pair(order));
    }
    draw_outputs<T, T>(noise, {bias, s.out_channels, 1}, s.output_numel(),
                       pairs.moments.moments(order), y);
  });
}

template <class T>
void paired_backward_output(const ConvolutionShape& s, const OutputNoise& noise, const T* y,
                            const T* grad_y, T* saved, T* grad_mean) {
  with_pairs<T>(s, saved, [&]<class F>(const SavedPairs<T, F>& pairs) {
    const Three<F>& gradients = pairs.gradients;
    output_gradients<T, T, F>(noise, s.output_numel(), y, grad_y, pairs.moments.variance, grad_mean,
                              {gradients.mean, gradients.variance, gradients.again});
  });
}

template <class T>
void paired_backward_data(const ConvolutionShape& s, const T* x, const T* weight_mean,
                          const T* weight_variance, const T* saved, T* grad_x) {
  with_pairs<T>(s, saved, [&]<class F>(const SavedPairs<T, F>& pairs) {
    const std::int64_t n = s.input_numel();
    const Workspace<std::byte> memory(2 * Parts::bytes_of<T>(n));
    Parts parts(memory.data());
    T* const low = parts.take<T>(n);
    T* const high = parts.take<T>(n);
    const Moments<const F*> weights = pairs.weight_factors(weight_mean, weight_variance);
    const Order order = order_of(weights.mean, weights.variance);
    Moments<T*> through{low, high};
    if (order == Order::apart) {
      data_product<F>(s, pairs.gradients.mean, weights.mean, through.mean);
      data_product<F>(s, pairs.gradients.variance, weights.variance, through.variance);
    } else {
      if (order == Order::variance_first) through = {high, low};
      accounted::gemm_pair<F>(kName, data_of_linear(s), pairs.gradients.factors(order),
                              in_order(order, weights.mean, weights.variance), {low, high});
    }
    map("moments", n, grad_x, formulas::MomentsGradient{}, static_cast<const T*>(through.mean),
        static_cast<const T*>(through.variance), x);
  });
}

template <class T>
void paired_backward_weight(const ConvolutionShape& s, const T* saved, T* grad_weight_mean,
                            T* grad_weight_variance) {
  with_pairs<T>(s, saved, [&]<class F>(const SavedPairs<T, F>& pairs) {
    const Order order = order_of(grad_weight_mean, grad_weight_variance);
    if (order == Order::apart) {
      weight_product<F>(s, pairs.inputs.mean, pairs.gradients.mean, grad_weight_mean);
      weight_product<F>(s, pairs.inputs.variance, pairs.gradients.variance, grad_weight_variance);
    } else {
      accounted::gemm_pair<F>(kName, weight_of_linear(s), pairs.gradients.factors(order),
                              pairs.inputs.factors(order),
                              in_order(order, grad_weight_mean, grad_weight_variance));
    }
  });
}

template std::int64_t paired_saved<float>(const ConvolutionShape&);
template std::int64_t paired_saved<double>(const ConvolutionShape&);
template void paired_forward(const ConvolutionShape&, const OutputNoise&, const float*,
                             const float*, const float*, const float*, float*, float*);
template void paired_forward(const ConvolutionShape&, const OutputNoise&, const double*,
                             const double*, const double*, const double*, double*, double*);
template void paired_backward_output(const ConvolutionShape&, const OutputNoise&, const float*,
                                     const float*, float*, float*);
template void paired_backward_output(const ConvolutionShape&, const OutputNoise&, const double*,
                                     const double*, double*, double*);
template void paired_backward_data(const ConvolutionShape&, const float*, const float*,
                                   const float*, const float*, float*);
template void paired_backward_data(const ConvolutionShape&, const double*, const double*,
                                   const double*, const double*, double*);
template void paired_backward_weight(const ConvolutionShape&, const float*, float*, float*);
template void paired_backward_weight(const ConvolutionShape&, const double*, double*, double*);

}  // namespace credence::cuda
