// The catalogue of pointwise functions. A functor states its formula once for any number type V: a
// vector register on the CPU, a double in the reference kernels, a float on a GPU (which may call
// the functor because it is constexpr). The kernels' loops, the gradient checks and the comparison
// of devices all follow from the list in this file.
//
// Each functor has
//   forward(x)          the value y
//   backward(v, grad)   dL/dx from dL/dy = grad and v, which is y where `kKeepsOutput` is set, else
//   x
//   kDomain             an interval from which tests draw x; they avoid the kinks at 0
// Each is correct for all x, infinities and both zeros included, as far as V can hold the result;
// NaN gives NaN. docs/numerics.md states what holds at kinks, at NaN and near the ends of the
// range.
#pragma once

#include "framework/formulas/activation_functors.hpp"
#include "framework/formulas/elementary_functors.hpp"
#include "framework/formulas/log_uniform_functor.hpp"

#include <cstddef>
#include <type_traits>

namespace credence::pointwise {

/// A list of functor types.
template <class... Functors>
struct List {
  static constexpr std::size_t kSize = sizeof...(Functors);

  /// The position of a functor in the list, which is its index in the kernel table.
  template <class Functor>
  static constexpr std::size_t index_of() {
    constexpr bool matches[] = {std::is_same_v<Functor, Functors>...};
    std::size_t index = 0;
    while (!matches[index]) ++index;
    return index;
  }
};

/// All pointwise functions.
using Catalogue = List<Relu, LeakyRelu, Elu, Softplus, LogSigmoid, Sigmoid, Silu, Tanh, Exp, Log,
                       Log1p, Sqrt, Square, Abs, Reciprocal, Affine, Clamp, NormalDivergence,
                       LogUniformDivergence, Power, Gelu, GeluTanh>;

/// What ops need to know about a functor.
struct Entry {
  const char* name;
  std::size_t index;
  bool keeps_output;
};

template <class Functor>
inline constexpr Entry kEntry{Functor::kName, Catalogue::index_of<Functor>(),
                              Functor::kKeepsOutput};

/// A function of the catalogue with its parameters.
struct Function {
  Entry entry;
  PointwiseParameters parameters;
};

}  // namespace credence::pointwise
