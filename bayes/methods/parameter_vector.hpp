// All parameters of a model as one vector.
#pragma once

#include "framework/nn/module.hpp"

#include <vector>

namespace credence::bayes {

/// The values of all parameters, frozen ones too, in the order of visit. The tensors share the
/// parameters' memory. Throws ValueError that names `method` and the parameter where one is not
/// float32.
std::vector<Tensor> parameter_tensors(nn::Module& model, const char* method);

/// The number of elements of all tensors.
std::int64_t total_numel(const std::vector<Tensor>& tensors);
/// A copy of all elements, one tensor after the other, [total_numel], on the first one's device.
Tensor to_vector(const std::vector<Tensor>& tensors);
/// Copies the elements of such a vector into the tensors. Throws ShapeError for another size.
void from_vector(const Tensor& vector, const std::vector<Tensor>& tensors);

/// Throws ValueError that names `operation` and the tensor where an element is not finite.
void require_finite_tensor(const Tensor& tensor, const char* operation, const char* name);

}  // namespace credence::bayes
