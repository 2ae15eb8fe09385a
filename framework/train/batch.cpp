// What a batch holds.
#include "framework/train/batch.hpp"

#include "framework/base/error.hpp"

namespace credence::train {

std::int64_t Batch::samples() const {
  if (!inputs.defined() || inputs.shape().rank() == 0) {
    throw ShapeError("[batch] the inputs must be [N, …] for N samples, they are " +
                     (inputs.defined() ? inputs.shape().to_string() : std::string("undefined")));
  }
  return inputs.shape()[0];
}

Batch to_device(const Batch& batch, Device device) {
  return map_tensors(batch, [&](const Tensor& tensor) { return tensor.to(device); });
}

std::vector<Tensor> tensors_of(const Batch& batch) {
  std::vector<Tensor> tensors;
  map_tensors(batch, [&](const Tensor& tensor) {
    tensors.push_back(tensor);
    return tensor;
  });
  return tensors;
}

}  // namespace credence::train
