// Products of the libraries (libraries.hpp) as kernels use them: the factors in the precision of
// set_precision, convolutions and fully connected layers behind one name, and what follows a
// product.
#pragma once

#include "framework/cuda/libraries/libraries.hpp"
#include "framework/cuda/runtime/workspace.hpp"
#include "framework/device/precision.hpp"
#include "framework/kernels/table.hpp"

#include <type_traits>

namespace credence::cuda {

/// Calls body.template operator()<F>() with the type of the factors of products of numbers of type
/// T: BFloat16 for float in Precision::bf16, else T itself.
template <class T, class Body>
void with_factor_type(Body body) {
  if constexpr (std::is_same_v<T, float>) {
    if (precision() == Precision::bf16) {
      body.template operator()<BFloat16>();
      return;
    }
  }
  body.template operator()<T>();
}

/// n numbers as factors of type F: themselves, or rounded into working memory.
template <class F>
class Factors {
 public:
  Factors(std::int64_t n, const SumOf<F>* x);
  const F* data() const { return data_; }

 private:
  static constexpr bool kRounded = !std::is_same_v<F, SumOf<F>>;

  Workspace<F> rounded_;
  const F* data_;
};

/// What was rounded to factors of type F, or the numbers themselves where those are their factors.
template <class F>
const F* factor_of([[maybe_unused]] const F* rounded, [[maybe_unused]] const SumOf<F>* x) {
  if constexpr (std::is_same_v<F, SumOf<F>>) {
    return x;
  } else {
    return rounded;
  }
}

/// Two arrays that belong to a mean and a variance.
template <class Pointer>
struct Moments {
  Pointer mean;
  Pointer variance;
};

/// The numbers of x and their squares as factors. `copy` is written where F is BFloat16 only.
template <class F>
void square(std::int64_t n, const SumOf<F>* x, F* copy, F* squares);
/// Two arrays of n numbers, rounded or widened by one kernel.
void round_both(std::int64_t n, const Moments<const float*>& x, const Moments<BFloat16*>& y);
void widen_both(std::int64_t n, const Moments<const BFloat16*>& x, const Moments<float*>& y);

/// Calls body.template operator()<R>() with the type of the products that needs the fewest
/// conversions: for convolutions that of their factors, for fully connected layers that of the
/// sums.
template <class F, class Body>
void with_product_type(const ConvolutionShape& shape, Body body) {
  if (shape.fully_connected()) {
    body.template operator()<SumOf<F>>();
  } else {
    body.template operator()<F>();
  }
}

// The three passes of a convolution or a fully connected layer. The results have type SumOf<F>, or
// for convolutions also type F. Arrays without elements are allowed: an empty sum is 0.

/// y = conv(x, weight)
template <class F, class R>
void forward_product(const ConvolutionShape& shape, const F* x, const F* weight, R* y);
/// The gradient of x.
template <class F, class R>
void data_product(const ConvolutionShape& shape, const F* grad_y, const F* weight, R* grad_x);
/// The gradient of the weight.
template <class F, class R>
void weight_product(const ConvolutionShape& shape, const F* x, const F* grad_y, R* grad_weight);

// The matrix products of a fully connected layer's passes.

/// y = x · weight'
Product forward_of_linear(const ConvolutionShape& shape);
/// grad_x = grad_y · weight
Product data_of_linear(const ConvolutionShape& shape);
/// grad_weight = grad_y' · x
Product weight_of_linear(const ConvolutionShape& shape);

/// y = activation(conv(x, weight) + bias), with as much as the library supports in its own kernel.
template <class F>
void finished_product(const ConvolutionShape& shape, const F* x, const F* weight,
                      const Epilogue<SumOf<F>>& epilogue, SumOf<F>* y);

}  // namespace credence::cuda
