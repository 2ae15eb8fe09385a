// The tensor: a shape, an element type and shared memory, without any mathematics.
#pragma once

#include "framework/base/dtype.hpp"
#include "framework/core/shape.hpp"
#include "framework/core/storage.hpp"
#include "framework/device/device.hpp"

#include <cstdint>
#include <vector>

namespace credence {

/// A handle to a contiguous, row-major array. A copy of the handle shares the elements. `reshape`,
/// `slice` and `view_at` are views of the same storage; `clone` and `to` copy. Computations on
/// tensors are in framework/ops.
class Tensor {
 public:
  /// An undefined tensor: `defined()` is false, and every function that reads, copies or views
  /// elements throws Error.
  Tensor() = default;

  /// A new tensor with uninitialised elements. Throws Error where no memory is left, as all
  /// functions do that allocate.
  static Tensor empty(const Shape& shape, DType dtype = DType::float32,
                      Device device = Device::cpu);
  /// A new tensor whose elements are all 0, or `value`.
  static Tensor zeros(const Shape& shape, DType dtype = DType::float32,
                      Device device = Device::cpu);
  static Tensor full(const Shape& shape, double value, DType dtype = DType::float32,
                     Device device = Device::cpu);
  /// A new tensor with uninitialised elements and the shape, type and device of `other`.
  static Tensor empty_like(const Tensor& other);
  static Tensor zeros_like(const Tensor& other);
  /// A CPU tensor with these elements in row-major order; its type is that of T, one of the element
  /// types. Throws ShapeError where there are not shape.numel() values.
  template <class T>
  static Tensor from(const Shape& shape, const std::vector<T>& values);

  bool defined() const { return static_cast<bool>(storage_); }
  const Shape& shape() const { return shape_; }
  std::int64_t numel() const { return numel_; }
  DType dtype() const { return dtype_; }
  Device device() const { return storage_.device(); }
  std::size_t bytes() const { return static_cast<std::size_t>(numel_) * size_of(dtype_); }

  /// The elements, in row-major order. Host code may read them on the CPU only. Throws Error where
  /// T is not the tensor's element type and where the tensor is undefined.
  template <class T>
  T* data() const {
    require_dtype(dtype_of<T>);
    return reinterpret_cast<T*>(storage_.data() + byte_offset_);
  }
  /// The bytes of the elements. The type is not checked.
  std::byte* raw_data() const { return storage_.data() + byte_offset_; }

  /// The only element of a tensor, as double, from any device. Throws ShapeError where there are
  /// more or fewer elements.
  double item() const;
  /// A copy of the elements, converted to T, on the host.
  template <class T>
  std::vector<T> to_vector() const;

  /// A view with another shape that has the same number of elements. The first form accepts one
  /// extent of -1 and infers it. Throws ShapeError for a different number of elements, and for -1
  /// beside an extent of 0, where any extent would fit.
  Tensor reshape(std::initializer_list<std::int64_t> extents) const;
  Tensor reshape(const Shape& shape) const;
  /// The first form for a rank that is known at run time only.
  Tensor reshape(std::vector<std::int64_t> extents) const;
  /// A view of the indices [begin, end) of dimension 0. Throws ShapeError outside the shape.
  Tensor slice(std::int64_t begin, std::int64_t end) const;
  /// A view, with the given shape, of the elements from number `offset` on. Throws ShapeError where
  /// they do not lie inside this tensor.
  Tensor view_at(std::int64_t offset, const Shape& shape) const;

  /// A copy of the elements in memory of its own.
  Tensor clone() const;
  /// A copy with each element converted as static_cast does. Where the type is the same, this
  /// tensor itself.
  Tensor to(DType dtype) const;
  /// A copy on `device`. Where the tensor is there already, this tensor itself.
  Tensor to(Device device) const;
  /// Copies all elements of `source`, from any device, into this tensor. On the CPU the two may
  /// overlap. Throws ShapeError where shapes or types differ.
  void copy_from(const Tensor& source) const;
  /// Sets every element to `value`, converted to the element type.
  void fill(double value) const;

  /// Whether no other handle shares the storage. Only then may an op write the tensor in place.
  bool unique() const { return storage_.unique(); }
  /// Whether both tensors are views of one storage.
  bool shares_storage_with(const Tensor& other) const {
    return storage_.same_block(other.storage_);
  }

 private:
  void require_defined(const char* operation) const;
  void require_dtype(DType wanted) const;

  Storage storage_;
  Shape shape_;
  std::int64_t numel_ = 0;
  std::size_t byte_offset_ = 0;
  DType dtype_ = DType::float32;
};

/// Calls `function` with a null pointer to the element type of `dtype`, and returns its result.
template <class Function>
decltype(auto) visit_dtype(DType dtype, Function&& function) {
  switch (dtype) {
    case DType::float64:
      return function(static_cast<double*>(nullptr));
    case DType::uint8:
      return function(static_cast<std::uint8_t*>(nullptr));
    case DType::int32:
      return function(static_cast<std::int32_t*>(nullptr));
    case DType::int64:
      return function(static_cast<std::int64_t*>(nullptr));
    case DType::float32:
      break;
  }
  return function(static_cast<float*>(nullptr));
}

}  // namespace credence
