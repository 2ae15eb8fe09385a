// Copies between the tensors of a model and one vector.
#include "bayes/methods/parameter_vector.hpp"

#include "framework/base/error.hpp"

#include <algorithm>
#include <cmath>
#include <string>

namespace credence::bayes {

std::vector<Tensor> parameter_tensors(nn::Module& model, const char* method) {
  std::vector<Tensor> tensors;
  for (const nn::NamedParameter& p : nn::parameters(model)) {
    if (p.parameter->dtype() != DType::float32) {
      throw ValueError(std::string("[") + method + "] parameters must be float32: " + p.name);
    }
    tensors.push_back(p.parameter->value());
  }
  return tensors;
}

std::int64_t total_numel(const std::vector<Tensor>& tensors) {
  std::int64_t numel = 0;
  for (const Tensor& tensor : tensors) numel += tensor.numel();
  return numel;
}

Tensor to_vector(const std::vector<Tensor>& tensors) {
  const Device device = tensors.empty() ? Device::cpu : tensors.front().device();
  const Tensor vector = Tensor::empty({total_numel(tensors)}, DType::float32, device);
  std::int64_t offset = 0;
  for (const Tensor& tensor : tensors) {
    vector.view_at(offset, tensor.shape()).copy_from(tensor);
    offset += tensor.numel();
  }
  return vector;
}

void from_vector(const Tensor& vector, const std::vector<Tensor>& tensors) {
  if (vector.shape() != Shape{total_numel(tensors)}) {
    throw ShapeError("a vector of " + std::to_string(total_numel(tensors)) +
                     " numbers is needed, not of the shape " + vector.shape().to_string());
  }
  std::int64_t offset = 0;
  for (const Tensor& tensor : tensors) {
    tensor.copy_from(vector.view_at(offset, tensor.shape()));
    offset += tensor.numel();
  }
}

void require_finite_tensor(const Tensor& tensor, const char* operation, const char* name) {
  const std::vector<float> values = tensor.to_vector<float>();
  const auto bad =
      std::find_if_not(values.begin(), values.end(), [](float x) { return std::isfinite(x); });
  if (bad == values.end()) return;
  throw ValueError(std::string("[") + operation + "] the method's \"" + name + "\" has " +
                   std::to_string(*bad) + " as element " + std::to_string(bad - values.begin()));
}

}  // namespace credence::bayes
