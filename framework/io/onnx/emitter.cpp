// Reading a step and writing nodes.
#include "framework/io/onnx/emitter.hpp"

#include "framework/base/error.hpp"

namespace credence::io::onnx {

Emitter::Emitter(Graph& graph, const Trace& trace, const Step& step,
                 const std::vector<std::string>& values, const std::string& prefix)
    : graph_(graph), trace_(trace), step_(step), values_(values), prefix_(prefix) {}

std::string Emitter::place(const std::string& what, char separator) const {
  return prefix_ + (step_.path.empty() ? what : step_.path + separator + what);
}

void Emitter::refuse(const std::string& why) const {
  throw Error((step_.path.empty() ? "" : step_.path + ": ") + "[onnx] " + step_.op +
              " has no form in ONNX" + (why.empty() ? "" : ", " + why));
}

std::optional<Constant> Emitter::constant(std::size_t index) const {
  const Operand& operand = step_.inputs.at(index);
  if (operand.kind != Operand::Kind::constant) return {};
  return trace_.constants[operand.index];
}

std::string Emitter::input(std::size_t index, const std::string& role, bool broadcasts) const {
  const Operand& operand = step_.inputs.at(index);
  if (operand.kind == Operand::Kind::none) return {};
  if (operand.kind == Operand::Kind::value) return values_.at(operand.index);
  const Constant& held = trace_.constants[operand.index];
  if (held.per_image && !broadcasts) refuse("where a constant is as large as the batch");
  return graph_.constant(held.name.empty() ? place(role, '.') : held.name, held.value);
}

std::string Emitter::channels(std::size_t index, int spatial, const std::string& role) const {
  const std::optional<Constant> held = constant(index);
  if (!held) refuse("where its " + role + " is computed from the input");
  std::vector<std::int64_t> extents{held->value.numel()};
  extents.insert(extents.end(), static_cast<std::size_t>(spatial), 1);
  return graph_.constant(held->name.empty() ? place(role, '.') : held->name,
                         held->value.reshape(extents));
}

template <class T>
const T& Emitter::setting(const std::string& name) const {
  for (const OpAttribute& attribute : step_.attributes) {
    if (attribute.name != name) continue;
    if (const T* const value = std::get_if<T>(&attribute.value)) return *value;
  }
  throw Error("[onnx] " + step_.op + " does not say its " + name);
}

std::int64_t Emitter::integer(const std::string& name) const { return setting<std::int64_t>(name); }
double Emitter::number(const std::string& name) const { return setting<double>(name); }
const std::vector<std::int64_t>& Emitter::list(const std::string& name) const {
  return setting<std::vector<std::int64_t>>(name);
}

std::string Emitter::node(const std::string& operation, const std::vector<std::string>& inputs,
                          const std::vector<Attribute>& attributes) const {
  return graph_.node(operation, inputs, attributes, place(operation, '/'));
}

std::string Emitter::number(double value) const {
  return graph_.constant(place("number", '.'), Tensor::full({}, value));
}

std::string Emitter::integers(const std::vector<std::int64_t>& values,
                              const std::string& role) const {
  return graph_.constant(place(role, '.'),
                         Tensor::from({static_cast<std::int64_t>(values.size())}, values));
}

}  // namespace credence::io::onnx
