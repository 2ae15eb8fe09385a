// gradcheck of a module. Its parameters become inputs of a function: for each pass the module's
// members are set to the variables of that pass, and at the end back to its own.
#include "framework/nn/gradcheck.hpp"

#include "framework/base/error.hpp"
#include "framework/nn/borrowed_module.hpp"

#include <utility>

namespace credence::nn {
namespace {

Tensor on_host(const Tensor& x) { return x.to(Device::cpu).to(DType::float64); }

std::vector<NamedTensor> named_inputs(const std::vector<Tensor>& inputs) {
  std::vector<NamedTensor> named;
  for (const Tensor& input : inputs) {
    if (!is_floating(input.dtype())) {
      throw Error(std::string("[gradcheck] inputs must be float32 or float64, not ") +
                  to_string(input.dtype()));
    }
    named.push_back({"input " + std::to_string(named.size()), on_host(input)});
  }
  return named;
}

}  // namespace

GradcheckResult gradcheck(Module& module, const std::vector<Tensor>& inputs,
                          const VariableFunction& function, const GradcheckOptions& options) {
  GradcheckOptions of_module = options;
  of_module.device = device_of(module);
  std::vector<NamedTensor> points = named_inputs(inputs);
  const BorrowedModule borrowed(module);
  for (NamedTensor& parameter : borrowed.trained()) points.push_back(std::move(parameter));
  const auto pass = [&](const std::vector<Variable>& variables) {
    const auto inputs_end = variables.begin() + static_cast<std::ptrdiff_t>(inputs.size());
    const DType dtype = variables.empty() ? DType::float64 : variables.front().dtype();
    borrowed.set(variables, inputs.size(), dtype);
    const DrawsFrom same_noise(module, 0);
    return function({variables.begin(), inputs_end});
  };
  return credence::gradcheck(pass, points, of_module);
}

GradcheckResult gradcheck(Module& module, const Tensor& input, const GradcheckOptions& options) {
  return gradcheck(
      module, std::vector<Tensor>{input},
      [&](const std::vector<Variable>& inputs) { return module(inputs.front()); }, options);
}

}  // namespace credence::nn
