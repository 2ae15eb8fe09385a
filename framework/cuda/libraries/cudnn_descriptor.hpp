// Descriptors of cuDNN's graph interface as C++ objects. Includes CUDA's headers.
#pragma once

#include "framework/cuda/libraries/cudnn_functions.hpp"
#include "framework/cuda/runtime/handle.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <type_traits>
#include <vector>

namespace credence::cuda {

// Descriptions of devices. The numbers are those of CUDNN_BACKEND_DEVICEPROP_DESCRIPTOR,
// CUDNN_ATTR_DEVICEPROP_JSON_REPRESENTATION, CUDNN_ATTR_ENGINEHEUR_DEVICEPROP and
// CUDNN_ATTR_EXECUTION_PLAN_DEVICEPROP, which headers before cuDNN 9.8 do not have.
inline constexpr auto kDeviceDescription = static_cast<cudnnBackendDescriptorType_t>(38);
inline constexpr auto kDeviceAsJson = static_cast<cudnnBackendAttributeName_t>(2702);
inline constexpr auto kHeuristicsDevice = static_cast<cudnnBackendAttributeName_t>(204);
inline constexpr auto kPlanDevice = static_cast<cudnnBackendAttributeName_t>(407);

/// The library's name for the type of an attribute.
template <class Value>
struct AttributeType;
template <cudnnBackendAttributeType_t type>
using AttributeTypeIs = std::integral_constant<cudnnBackendAttributeType_t, type>;
template <>
struct AttributeType<bool> : AttributeTypeIs<CUDNN_TYPE_BOOLEAN> {};
template <>
struct AttributeType<char> : AttributeTypeIs<CUDNN_TYPE_CHAR> {};
template <>
struct AttributeType<float> : AttributeTypeIs<CUDNN_TYPE_FLOAT> {};
template <>
struct AttributeType<double> : AttributeTypeIs<CUDNN_TYPE_DOUBLE> {};
template <>
struct AttributeType<std::int64_t> : AttributeTypeIs<CUDNN_TYPE_INT64> {};
template <>
struct AttributeType<void*> : AttributeTypeIs<CUDNN_TYPE_VOID_PTR> {};
template <>
struct AttributeType<cudnnHandle_t> : AttributeTypeIs<CUDNN_TYPE_HANDLE> {};
template <>
struct AttributeType<cudnnDataType_t> : AttributeTypeIs<CUDNN_TYPE_DATA_TYPE> {};
template <>
struct AttributeType<cudnnConvolutionMode_t> : AttributeTypeIs<CUDNN_TYPE_CONVOLUTION_MODE> {};
template <>
struct AttributeType<cudnnPointwiseMode_t> : AttributeTypeIs<CUDNN_TYPE_POINTWISE_MODE> {};
template <>
struct AttributeType<cudnnNanPropagation_t> : AttributeTypeIs<CUDNN_TYPE_NAN_PROPOGATION> {};
template <>
struct AttributeType<cudnnBackendHeurMode_t> : AttributeTypeIs<CUDNN_TYPE_HEUR_MODE> {};
template <>
struct AttributeType<cudnnBackendNumericalNote_t> : AttributeTypeIs<CUDNN_TYPE_NUMERICAL_NOTE> {};

/// A descriptor. It is created, gets its attributes and is finalized; then it can be read and be an
/// attribute of another descriptor, which does not need it afterwards. The constructor throws Error
/// where cuDNN cannot be loaded. Nothing else throws: after a failed call, later calls do nothing,
/// and a descriptor that gets a failed one as an attribute fails too. Hence the status of the last
/// descriptor shows a failure of any.
class Descriptor {
 public:
  explicit Descriptor(cudnnBackendDescriptorType_t type) {
    cudnnBackendDescriptor_t made = nullptr;
    status_ = cudnn().backend_create_descriptor(type, &made);
    owned_.reset(made);
  }

  template <class Value>
  void set(cudnnBackendAttributeName_t name, const Value& value) {
    write(name, AttributeType<Value>::value, 1, &value);
  }
  template <class Value>
  void set(cudnnBackendAttributeName_t name, const std::vector<Value>& values) {
    write(name, AttributeType<Value>::value, values.size(), values.data());
  }
  void set(cudnnBackendAttributeName_t name, const Descriptor& value) {
    if (succeeded()) status_ = value.status();
    const cudnnBackendDescriptor_t descriptor = value.get();
    write(name, CUDNN_TYPE_BACKEND_DESCRIPTOR, 1, &descriptor);
  }
  void set(cudnnBackendAttributeName_t name, const std::vector<Descriptor>& values) {
    for (const Descriptor& value : values) {
      if (succeeded()) status_ = value.status();
    }
    const std::vector<cudnnBackendDescriptor_t> descriptors = all(values);
    write(name, CUDNN_TYPE_BACKEND_DESCRIPTOR, descriptors.size(), descriptors.data());
  }

  /// Completes the descriptor after its attributes are set.
  void finalize() {
    if (succeeded()) status_ = cudnn().backend_finalize(get());
  }

  /// The values of an attribute; empty after a failure.
  template <class Value>
  std::vector<Value> values(cudnnBackendAttributeName_t name) {
    std::vector<Value> found(count(name, AttributeType<Value>::value));
    found.resize(read(name, AttributeType<Value>::value, found.size(), found.data()));
    return found;
  }
  /// The same for an attribute whose values are descriptors of the given type.
  std::vector<Descriptor> descriptors(cudnnBackendAttributeName_t name,
                                      cudnnBackendDescriptorType_t type) {
    const std::size_t most = count(name, CUDNN_TYPE_BACKEND_DESCRIPTOR);
    std::vector<Descriptor> found;
    for (std::size_t i = 0; i < most; ++i) found.emplace_back(type);
    std::vector<cudnnBackendDescriptor_t> filled = all(found);
    const std::size_t written = read(name, CUDNN_TYPE_BACKEND_DESCRIPTOR, most, filled.data());
    while (found.size() > written) found.pop_back();
    return found;
  }

  cudnnBackendDescriptor_t get() const { return owned_.get(); }
  cudnnStatus_t status() const { return status_; }
  bool succeeded() const { return status_ == CUDNN_STATUS_SUCCESS; }

 private:
  static std::vector<cudnnBackendDescriptor_t> all(const std::vector<Descriptor>& descriptors) {
    std::vector<cudnnBackendDescriptor_t> pointers;
    for (const Descriptor& descriptor : descriptors) pointers.push_back(descriptor.get());
    return pointers;
  }

  void write(cudnnBackendAttributeName_t name, cudnnBackendAttributeType_t type, std::size_t count,
             const void* values) {
    if (!succeeded()) return;
    status_ =
        cudnn().backend_set_attribute(get(), name, type, static_cast<std::int64_t>(count), values);
  }
  // The number of values. Reading them may give fewer.
  std::size_t count(cudnnBackendAttributeName_t name, cudnnBackendAttributeType_t type) {
    return read_into(name, type, 0, nullptr);
  }
  std::size_t read(cudnnBackendAttributeName_t name, cudnnBackendAttributeType_t type,
                   std::size_t most, void* values) {
    return std::min(most, read_into(name, type, most, values));
  }
  std::size_t read_into(cudnnBackendAttributeName_t name, cudnnBackendAttributeType_t type,
                        std::size_t most, void* values) {
    std::int64_t count = 0;
    if (succeeded()) {
      status_ = cudnn().backend_get_attribute(get(), name, type, static_cast<std::int64_t>(most),
                                              &count, values);
    }
    return succeeded() ? static_cast<std::size_t>(count) : 0;
  }

  static cudnnStatus_t destroy(cudnnBackendDescriptor_t it) {
    return cudnn().backend_destroy_descriptor(it);
  }

  Owned<cudnnBackendDescriptor_t, &Descriptor::destroy> owned_;
  cudnnStatus_t status_ = CUDNN_STATUS_SUCCESS;
};

}  // namespace credence::cuda
