// Reference values for small inputs: reference.json, which generate.py writes with PyTorch and
// numpy, metrics.json, which generate_metrics.py writes with scikit-learn and SciPy,
// corruptions.json, which generate_corruptions.py writes with numpy and SciPy, laplace.json, which
// generate_laplace.py writes with PyTorch, numpy and SciPy, options.json, which generate_options.py
// writes with PyTorch, and pytorch_weights.json, which generate_pytorch_weights.py writes with it
// beside files of weights.
#pragma once

#include "framework/autograd/variable.hpp"

#include <functional>
#include <map>
#include <string>
#include <vector>

namespace credence {

/// The tensors of one case by name, float64.
using Reference = std::map<std::string, Tensor>;

/// The case of this name. Throws std::out_of_range where the files have none.
const Reference& reference(const std::string& name);

/// The images that generate_pytorch_weights.py computes logits of: pixel i of the tensor is
/// (7919 i mod 1009) / 1009 - 1/2, as float32.
Tensor reference_pixels(const Shape& shape);

/// The largest difference between two tensors of any element type, relative to 1 + the largest
/// magnitude expected; infinite where the shapes differ or a difference is not finite.
double largest_error(const Tensor& actual, const Tensor& expected);

/// Runs `function` on the named inputs of a case in double precision and in float32, and compares
/// its value and its gradients with the case's. Returns what differs; empty where nothing does.
std::string compare_with_reference(
    const std::string& name, const std::vector<std::string>& inputs,
    const std::function<Variable(const std::vector<Variable>&)>& function);

}  // namespace credence
