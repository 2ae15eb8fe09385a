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

Batch rows_of_batch(const Batch& batch, std::int64_t begin, std::int64_t end) {
  return map_tensors(batch, [=](const Tensor& tensor) { return tensor.slice(begin, end); });
}

SharedSource::Rows SharedSource::rows_of(const Batch& batch) const {
  const BatchRows rows = credence::rows_of(batch.all_samples(), share_);
  if (batch.whole_samples > 0) return {batch, rows};
  return {rows_of_batch(batch, rows.first, rows.first + rows.count), rows};
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
