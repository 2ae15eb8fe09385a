#pragma once

#include "framework/base/dtype.hpp"
#include "framework/core/shape.hpp"
#include "framework/core/storage.hpp"
#include "framework/device/device.hpp"

#include <cstdint>
#include <vector>

namespace credence {

/// A handle to a contiguous, row-major array. Copying the handle shares the elements; `clone`
/// copies them. `reshape` and `slice` are views of the same storage; everything else that yields a
/// tensor copies. A Tensor carries no mathematics: the ops do.
class Tensor {
 public:
  /// No tensor: `defined()` is false, and all that reads, copies or views elements throws Error.
  Tensor() = default;

  /// Uninitialised elements.
  static Tensor empty(const Shape& shape, DType dtype = DType::float32,
                      Device device = Device::cpu);
  static Tensor zeros(const Shape& shape, DType dtype = DType::float32,
                      Device device = Device::cpu);
  static Tensor full(const Shape& shape, double value, DType dtype = DType::float32,
                     Device device = Device::cpu);
  /// Uninitialised, with the shape, type and device of another tensor.
  static Tensor empty_like(const Tensor& other);
  static Tensor zeros_like(const Tensor& other);
  /// Copies `values`, whose count must be shape.numel(), to the host. T is one of the element
  /// types.
  template <class T>
  static Tensor from(const Shape& shape, const std::vector<T>& values);

  bool defined() const { return static_cast<bool>(storage_); }
  const Shape& shape() const { return shape_; }
  std::int64_t numel() const { return numel_; }
  DType dtype() const { return dtype_; }
  Device device() const { return storage_.device(); }
  std::size_t bytes() const { return static_cast<std::size_t>(numel_) * size_of(dtype_); }

  /// The elements, which host code may read only of a tensor on the CPU. Throws Error where T is
  /// not the tensor's element type or nothing is defined.
  template <class T>
  T* data() const {
    require_dtype(dtype_of<T>);
    return reinterpret_cast<T*>(storage_.data() + byte_offset_);
  }
  /// The elements' bytes, whatever their type.
  std::byte* raw_data() const { return storage_.data() + byte_offset_; }

  /// The value of a tensor with one element, as double, from wherever it is.
  double item() const;
  /// The elements converted to T, on the host.
  template <class T>
  std::vector<T> to_vector() const;

  /// A view with another shape of as many elements; one extent may be -1 and is then inferred.
  /// Throws ShapeError for another number of elements, and for -1 beside an extent of 0, where any
  /// extent would fit.
  Tensor reshape(std::initializer_list<std::int64_t> extents) const;
  Tensor reshape(const Shape& shape) const;
  /// A view of the elements [begin, end) of dimension 0. Throws ShapeError outside the shape.
  Tensor slice(std::int64_t begin, std::int64_t end) const;
  /// A view of `shape.numel()` elements of a flat buffer, starting at element `offset`. Throws
  /// ShapeError where they do not lie inside it.
  Tensor view_at(std::int64_t offset, const Shape& shape) const;

  Tensor clone() const;
  /// A copy with the elements converted; a shared handle where the type is the same.
  Tensor to(DType dtype) const;
  /// A copy on another device; a shared handle where it is on this one.
  Tensor to(Device device) const;
  /// Copies the elements of a tensor of the same shape and type into this one, from whichever
  /// device; on the CPU the two may overlap. Throws ShapeError where they differ.
  void copy_from(const Tensor& source) const;
  void fill(double value) const;

  /// Whether no other handle shares the storage, so that it may be written in place.
  bool unique() const { return storage_.unique(); }
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

/// Calls `function` with a null pointer of the element type of `dtype`.
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
