// Tensor: creation, views, copies and conversions.
#include "framework/core/tensor.hpp"

#include "framework/base/error.hpp"
#include "framework/device/backend.hpp"

#include <algorithm>
#include <cstring>
#include <limits>
#include <string>
#include <type_traits>

namespace credence {
namespace {

template <class Pointer>
using Element = std::remove_pointer_t<Pointer>;

}  // namespace

Tensor Tensor::empty(const Shape& shape, DType dtype, Device device) {
  Tensor tensor;
  tensor.shape_ = shape;
  tensor.numel_ = shape.numel();
  // Compared in 64 bits: where size_t has 32, the count itself may not fit into it.
  if (static_cast<std::uint64_t>(tensor.numel_) >
      std::numeric_limits<std::size_t>::max() / size_of(dtype)) {
    throw Error("[tensor] out of memory: asked for " + std::to_string(tensor.numel_) +
                " elements of " + std::to_string(size_of(dtype)) + " bytes");
  }
  tensor.dtype_ = dtype;
  tensor.storage_ = Storage(tensor.bytes(), device);
  return tensor;
}

Tensor Tensor::zeros(const Shape& shape, DType dtype, Device device) {
  const Tensor tensor = empty(shape, dtype, device);
  tensor.fill(0);
  return tensor;
}

Tensor Tensor::full(const Shape& shape, double value, DType dtype, Device device) {
  const Tensor tensor = empty(shape, dtype, device);
  tensor.fill(value);
  return tensor;
}

Tensor Tensor::empty_like(const Tensor& other) {
  other.require_defined("empty_like");
  return empty(other.shape(), other.dtype(), other.device());
}

Tensor Tensor::zeros_like(const Tensor& other) {
  other.require_defined("zeros_like");
  return zeros(other.shape(), other.dtype(), other.device());
}

template <class T>
Tensor Tensor::from(const Shape& shape, const std::vector<T>& values) {
  if (static_cast<std::int64_t>(values.size()) != shape.numel()) {
    throw ShapeError("[tensor] " + std::to_string(values.size()) +
                     " values do not fill the shape " + shape.to_string());
  }
  const Tensor tensor = empty(shape, dtype_of<T>);
  std::copy(values.begin(), values.end(), tensor.data<T>());
  return tensor;
}

template Tensor Tensor::from(const Shape&, const std::vector<float>&);
template Tensor Tensor::from(const Shape&, const std::vector<double>&);
template Tensor Tensor::from(const Shape&, const std::vector<std::uint8_t>&);
template Tensor Tensor::from(const Shape&, const std::vector<std::int32_t>&);
template Tensor Tensor::from(const Shape&, const std::vector<std::int64_t>&);

void Tensor::require_defined(const char* operation) const {
  if (!defined()) throw Error(std::string("[") + operation + "] the tensor is undefined");
}

void Tensor::require_dtype(DType wanted) const {
  if (!defined()) throw Error("[tensor] an undefined tensor has no elements");
  if (dtype_ != wanted) {
    throw Error(std::string("[tensor] elements are ") + to_string(dtype_) + ", read as " +
                to_string(wanted));
  }
}

double Tensor::item() const {
  require_defined("item");
  if (numel_ != 1) {
    throw ShapeError("[item] a tensor of shape " + shape_.to_string() + " has " +
                     std::to_string(numel_) + " elements, not one");
  }
  return to_vector<double>()[0];
}

template <class T>
std::vector<T> Tensor::to_vector() const {
  if (device() != Device::cpu) return to(Device::cpu).to_vector<T>();
  return visit_dtype(dtype_, [&](auto* tag) {
    const auto* source = data<Element<decltype(tag)>>();
    std::vector<T> values(static_cast<std::size_t>(numel_));
    std::transform(source, source + numel_, values.begin(),
                   [](auto value) { return static_cast<T>(value); });
    return values;
  });
}

template std::vector<float> Tensor::to_vector() const;
template std::vector<double> Tensor::to_vector() const;
template std::vector<std::uint8_t> Tensor::to_vector() const;
template std::vector<std::int32_t> Tensor::to_vector() const;
template std::vector<std::int64_t> Tensor::to_vector() const;

Tensor Tensor::reshape(std::initializer_list<std::int64_t> extents) const {
  return reshape(std::vector<std::int64_t>(extents));
}

Tensor Tensor::reshape(std::vector<std::int64_t> wanted) const {
  require_defined("reshape");
  const auto inferred = std::find(wanted.begin(), wanted.end(), -1);
  if (inferred != wanted.end()) {
    *inferred = 1;
    const std::int64_t known = Shape(std::span<const std::int64_t>(wanted)).numel();
    if (known == 0 && numel_ == 0) {
      throw ShapeError(
          "[reshape] -1 beside an extent of 0 could be any extent, name it: a tensor of shape " +
          shape_.to_string());
    }
    *inferred = known == 0 ? 0 : numel_ / known;
  }
  return reshape(Shape(std::span<const std::int64_t>(wanted)));
}

Tensor Tensor::reshape(const Shape& shape) const {
  require_defined("reshape");
  if (shape.numel() != numel_) {
    throw ShapeError("[reshape] a tensor of shape " + shape_.to_string() + " with " +
                     std::to_string(numel_) + " elements does not fit the shape " +
                     shape.to_string());
  }
  Tensor view = *this;
  view.shape_ = shape;
  return view;
}

Tensor Tensor::slice(std::int64_t begin, std::int64_t end) const {
  require_defined("slice");
  if (shape_.rank() == 0 || begin < 0 || begin > end || end > shape_[0]) {
    throw ShapeError("[slice] the range [" + std::to_string(begin) + ", " + std::to_string(end) +
                     ") is outside dimension 0 of the shape " + shape_.to_string());
  }
  return view_at(begin * shape_.numel_from(1), shape_.with(0, end - begin));
}

Tensor Tensor::view_at(std::int64_t offset, const Shape& shape) const {
  require_defined("view");
  if (offset < 0 || offset > numel_ - shape.numel()) {
    throw ShapeError("[view] " + std::to_string(shape.numel()) + " elements at " +
                     std::to_string(offset) + " are outside a tensor of shape " +
                     shape_.to_string());
  }
  Tensor view = *this;
  view.byte_offset_ += static_cast<std::size_t>(offset) * size_of(dtype_);
  view.shape_ = shape;
  view.numel_ = shape.numel();
  return view;
}

Tensor Tensor::clone() const {
  require_defined("clone");
  const Tensor copy = empty_like(*this);
  copy.copy_from(*this);
  return copy;
}

Tensor Tensor::to(DType dtype) const {
  require_defined("to");
  if (dtype == dtype_) return *this;
  const Tensor result = empty(shape_, dtype, device());
  if (device() == Device::cuda) {
    device::backend().convert(dtype_, raw_data(), dtype, result.raw_data(), numel_);
    return result;
  }
  visit_dtype(dtype_, [&](auto* from) {
    visit_dtype(dtype, [&](auto* to) {
      using To = Element<decltype(to)>;
      const auto* source = data<Element<decltype(from)>>();
      std::transform(source, source + numel_, result.data<To>(),
                     [](auto value) { return static_cast<To>(value); });
    });
  });
  return result;
}

Tensor Tensor::to(Device device) const {
  require_defined("to");
  if (device == this->device()) return *this;
  const Tensor result = empty(shape_, dtype_, device);
  result.copy_from(*this);
  return result;
}

void Tensor::copy_from(const Tensor& source) const {
  require_defined("copy");
  source.require_defined("copy");
  if (source.shape_ != shape_ || source.dtype_ != dtype_) {
    throw ShapeError("[copy] source " + source.shape_.to_string() + " " + to_string(source.dtype_) +
                     " does not match destination " + shape_.to_string() + " " + to_string(dtype_));
  }
  if (device() == Device::cpu && source.device() == Device::cpu) {
    std::memmove(raw_data(), source.raw_data(), bytes());
  } else {
    device::backend().copy(raw_data(), device(), source.raw_data(), source.device(), bytes());
  }
}

void Tensor::fill(double value) const {
  require_defined("fill");
  if (device() == Device::cuda) {
    device::backend().fill(dtype_, raw_data(), numel_, value);
    return;
  }
  visit_dtype(dtype_, [&](auto* tag) {
    using T = Element<decltype(tag)>;
    std::fill_n(data<T>(), numel_, static_cast<T>(value));
  });
}

}  // namespace credence
