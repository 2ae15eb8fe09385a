// Working memory of kernels on the device.
#pragma once

#include "framework/core/storage.hpp"

namespace credence::cuda {

/// Uninitialised working memory on the device. It may be freed once the kernels that use it are in
/// the stream, because the block's next use comes later in the stream.
template <class T>
class Workspace {
 public:
  explicit Workspace(std::int64_t elements)
      : storage_(static_cast<std::size_t>(elements) * sizeof(T), Device::cuda) {}
  T* data() const { return reinterpret_cast<T*>(storage_.data()); }

 private:
  Storage storage_;
};

}  // namespace credence::cuda
