// How a kernel's pointers are given: as pointers, or as the tensors that hold the elements.
#pragma once

#include "framework/core/tensor.hpp"

#include <type_traits>

namespace credence {

/// The elements of a tensor, or a null pointer where none is defined: for an operand that a kernel
/// can do without.
class IfDefined {
 public:
  explicit IfDefined(const Tensor& tensor) : tensor_(tensor) {}

  /// Throws Error where E is not the tensor's element type.
  template <class E>
  operator E*() const {  // NOLINT: implicit, as an argument of a kernel
    return tensor_.defined() ? tensor_.data<std::remove_const_t<E>>() : nullptr;
  }

 private:
  const Tensor& tensor_;
};

/// A kernel's argument of the type E*, given as such a pointer or as a tensor.
template <class E>
class Elements {
 public:
  Elements(E* pointer) : pointer_(pointer) {}  // NOLINT: implicit, as all constructors here
  /// Throws Error where nothing is defined or E is not the tensor's element type.
  Elements(const Tensor& tensor)  // NOLINT
      : pointer_(tensor.data<std::remove_const_t<E>>()) {}
  Elements(const IfDefined& tensor) : pointer_(tensor) {}  // NOLINT

  operator E*() const { return pointer_; }  // NOLINT

 private:
  E* pointer_;
};

namespace detail {
template <class T>
inline constexpr bool is_element =
    std::is_arithmetic_v<std::remove_const_t<std::remove_pointer_t<T>>>&& std::is_pointer_v<T>;
}

/// What stands for a parameter of the type T in the call of a kernel.
template <class T>
using Argument = std::conditional_t<detail::is_element<T>, Elements<std::remove_pointer_t<T>>, T>;

}  // namespace credence
