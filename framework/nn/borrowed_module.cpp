// Copies of a module's members in another element type.
#include "framework/nn/borrowed_module.hpp"

namespace credence::nn {
namespace {

// A copy on the same device, in this element type unless its elements are integers.
Tensor copy_in(const Tensor& x, DType dtype) {
  return is_floating(x.dtype()) && x.dtype() != dtype ? x.to(dtype) : x.clone();
}

}  // namespace

std::vector<NamedTensor> BorrowedModule::trained() const {
  std::vector<NamedTensor> values;
  for (const auto& [path, parameter] : parameters_.own()) {
    if (parameter.requires_grad()) {
      values.push_back({path, parameter.value().to(Device::cpu).to(DType::float64)});
    }
  }
  return values;
}

void BorrowedModule::set(const std::vector<Variable>& variables, std::size_t first,
                         DType dtype) const {
  parameters_.set([&](const Variable& own) {
    return own.requires_grad() ? variables[first++] : Variable(copy_in(own.value(), dtype));
  });
  buffers_.set([&](const Tensor& own) { return copy_in(own, dtype); });
}

void BorrowedModule::parameter(std::string_view name, Variable& parameter, Role) {
  if (parameter.defined()) parameters_.add(path(name), parameter.identity(), parameter);
}

void BorrowedModule::buffer(std::string_view name, Tensor& buffer) {
  if (!buffer.defined()) return;
  const void* const elements = buffer.raw_data();
  buffers_.add(path(name), buffer.numel() > 0 ? elements : &buffer, buffer);
}

}  // namespace credence::nn
