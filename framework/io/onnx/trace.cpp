// Writing down a pass, and comparing two of them.
#include "framework/io/onnx/trace.hpp"

#include "framework/base/error.hpp"
#include "framework/core/random.hpp"

#include <cstring>
#include <map>
#include <optional>
#include <set>
#include <utility>

namespace credence::io::onnx {
namespace {

constexpr std::int64_t kSecondBatch = 3;

using Names = std::map<const void*, std::string>;

Names names_of(nn::Module& module) {
  Names names;
  for (const nn::NamedParameter& p : nn::parameters(module)) {
    names.emplace(p.parameter->value().raw_data(), p.name);
  }
  for (const nn::NamedBuffer& b : nn::buffers(module)) {
    if (b.buffer->defined()) names.emplace(b.buffer->raw_data(), b.name);
  }
  return names;
}

// Drops the steps that no output needs, such as the parts of an op that describes itself.
void drop_unneeded(Trace& trace) {
  std::vector<bool> needed(trace.inputs + trace.steps.size());
  const auto need = [&](const std::vector<Operand>& operands) {
    for (const Operand& operand : operands) {
      if (operand.kind == Operand::Kind::value) needed[operand.index] = true;
    }
  };
  need(trace.outputs);
  for (std::size_t i = trace.steps.size(); i-- > 0;) {
    if (needed[trace.inputs + i]) need(trace.steps[i].inputs);
  }
  std::vector<std::size_t> numbers;  // of the values that are left
  std::vector<Step> left;
  for (std::size_t i = 0; i < needed.size(); ++i) {
    numbers.push_back(trace.inputs + left.size());
    if (i < trace.inputs) numbers.back() = i;
    if (i >= trace.inputs && needed[i]) left.push_back(std::move(trace.steps[i - trace.inputs]));
  }
  const auto renumber = [&](std::vector<Operand>& operands) {
    for (Operand& operand : operands) {
      if (operand.kind == Operand::Kind::value) operand.index = numbers[operand.index];
    }
  };
  for (Step& step : left) renumber(step.inputs);
  renumber(trace.outputs);
  trace.steps = std::move(left);
}

// Writes down the pass that runs while it is alive.
class Recorder : public OpObserver, public nn::CallObserver {
 public:
  Recorder(nn::Module& module, const std::vector<Variable>& inputs)
      : module_(module), names_(names_of(module)) {
    pass_.inputs = inputs.size();
    for (const Variable& input : inputs) keep(input);
  }

  void made(const Variable& result, std::span<const Variable> inputs) override {
    for (const Variable& input : inputs) {
      if (!depends(input)) continue;
      unknown_.insert(result.identity());
      alive_.push_back(result);
      return;
    }
  }

  using nn::CallObserver::called;  // of another thing, a module
  void called(const OpCall& call, const Variable& result) override {
    bool depends_on_input = false;
    for (const Variable& input : call.inputs) depends_on_input |= depends(input);
    if (!depends_on_input) return;
    if (result.dtype() != DType::float32) {
      throw Error("[onnx] " + call.op + " of " + to_string(result.dtype()) +
                  " has no form: only nets of float32 are exported");
    }
    Step step{call.op, {}, call.attributes, result.shape(), {}};
    for (const Variable& input : call.inputs) step.inputs.push_back(operand(input));
    unknown_.erase(result.identity());
    keep(result);
    pass_.steps.push_back(std::move(step));
  }

  void returned(nn::Module& module, std::span<const Variable>,
                std::span<const Variable> outputs) override {
    for (const Variable& output : outputs) require_known(output, module.type_name());
    const std::optional<std::string> path = nn::path_of(module, module_);
    if (!path) return;
    for (auto step = pass_.steps.rbegin(); step != pass_.steps.rend(); ++step) {
      if (!step->path.empty()) break;
      step->path = *path;
    }
  }

  Trace finish(const std::vector<Variable>& outputs) {
    for (const Variable& output : outputs) {
      require_known(output, module_.type_name());
      pass_.outputs.push_back(operand(output));
    }
    drop_unneeded(pass_);
    return std::move(pass_);
  }

 private:
  bool depends(const Variable& x) const {
    return x.defined() && (values_.contains(x.identity()) || unknown_.contains(x.identity()));
  }

  void require_known(const Variable& x, const std::string& where) const {
    if (!unknown_.contains(x.identity())) return;
    throw Error("[onnx] " + where +
                " uses an operation that does not describe itself, so that it cannot be exported "
                "(framework/autograd/op_observer.hpp says how it can)");
  }

  // Its number is that of the next value.
  void keep(const Variable& value) {
    const std::size_t number = values_.size();
    values_.emplace(value.identity(), number);
    alive_.push_back(value);
  }

  Operand operand(const Variable& x) {
    if (!x.defined()) return {};
    require_known(x, "the model");
    const auto value = values_.find(x.identity());
    if (value != values_.end()) return {Operand::Kind::value, value->second};
    const auto name = names_.find(x.value().raw_data());
    pass_.constants.push_back({x.value(), name == names_.end() ? std::string() : name->second});
    return {Operand::Kind::constant, pass_.constants.size() - 1};
  }

  nn::Module& module_;
  Names names_;
  Trace pass_;
  std::map<const void*, std::size_t> values_;
  std::set<const void*> unknown_;  // results of ops that do not describe themselves
  std::vector<Variable> alive_;    // so that no other variable gets the identity of one of these
};

// [batch, shape…]
Shape with_batch(const Shape& shape, std::int64_t batch) {
  std::vector<std::int64_t> extents{batch};
  extents.insert(extents.end(), shape.begin(), shape.end());
  return Shape(extents);
}

Trace record(nn::Module& module, const std::vector<Shape>& shapes, std::int64_t batch) {
  std::vector<Variable> inputs;
  for (const Shape& shape : shapes) {
    const Tensor x = Tensor::empty(with_batch(shape, batch));
    const RandomStream stream =
        Generator(static_cast<std::uint64_t>(batch)).split(inputs.size()).next();
    for (std::int64_t i = 0; i < x.numel(); ++i) {
      x.data<float>()[i] = static_cast<float>(stream.normal(i));
    }
    inputs.emplace_back(x);
  }
  const NoGrad no_grad;
  Recorder recorder(module, inputs);
  return recorder.finish(module(inputs));
}

// Ends with an error that names the step.
[[noreturn]] void refuse(const Step& step, const std::string& what) {
  throw Error((step.path.empty() ? "" : step.path + ": ") + "[onnx] " + step.op + " " + what);
}

bool same_bytes(const Tensor& a, const Tensor& b) {
  return a.bytes() == b.bytes() && std::memcmp(a.raw_data(), b.raw_data(), a.bytes()) == 0;
}

// Makes `first` the constant of both passes.
void merge_constant(Constant& first, const Constant& second, const Step& user) {
  const Tensor a = first.value.to(Device::cpu);
  const Tensor b = second.value.to(Device::cpu);
  first.value = a;
  if (a.shape() == b.shape() && a.dtype() == b.dtype() && same_bytes(a, b)) return;
  const char* const why = "reads what depends on the input by a way that is no op";
  const int rank = a.shape().rank();
  if (rank == 0 || a.shape()[0] != kTracedBatch || b.shape().rank() != rank ||
      a.shape().with(0, kSecondBatch) != b.shape()) {
    refuse(user, why);
  }
  const Tensor one = a.slice(0, 1);
  for (std::int64_t i = 0; i < kSecondBatch; ++i) {
    if (!same_bytes(one, b.slice(i, i + 1))) refuse(user, why);
    if (i < kTracedBatch && !same_bytes(one, a.slice(i, i + 1))) refuse(user, why);
  }
  first.value = one;
  first.per_image = true;
}

using List = std::vector<std::int64_t>;

// The shape that a step gives its result, for any batch.
void merge_shape(Step& step, List& first, const List& second, const Shape& input) {
  const char* const why = "gives a shape that follows the batch in more than one extent";
  if (first.size() != second.size()) refuse(step, why);
  bool found = false;
  for (std::size_t i = 0; i < first.size(); ++i) {
    if (first[i] == second[i]) continue;
    if (step.op == "broadcast_to") {
      const int from_end = static_cast<int>(i) - static_cast<int>(first.size());
      if (-from_end > input.rank() || input[from_end] != first[i]) refuse(step, why);
      first[i] = 1;
      continue;
    }
    if (found) refuse(step, why);
    found = true;
    first[i] = -1;
  }
}

Shape shape_of(const Trace& trace, const Operand& operand, const std::vector<Shape>& inputs) {
  if (operand.kind == Operand::Kind::constant) return trace.constants[operand.index].value.shape();
  if (operand.index >= trace.inputs) return trace.steps[operand.index - trace.inputs].shape;
  return with_batch(inputs[operand.index], kTracedBatch);
}

void merge_step(Trace& trace, Step& first, const Step& second, const std::vector<Shape>& inputs) {
  if (first.op != second.op || first.inputs != second.inputs ||
      first.attributes.size() != second.attributes.size()) {
    refuse(first, "is another op in a batch of another size, or for other numbers");
  }
  const bool shapes = first.op == "reshape" || first.op == "broadcast_to";
  for (std::size_t i = 0; i < first.attributes.size(); ++i) {
    OpAttribute& attribute = first.attributes[i];
    if (attribute == second.attributes[i]) continue;
    if (!shapes) refuse(first, "has another " + attribute.name + " in a batch of another size");
    merge_shape(first, std::get<List>(attribute.value), std::get<List>(second.attributes[i].value),
                shape_of(trace, first.inputs.front(), inputs));
  }
}

}  // namespace

Trace trace(nn::Module& module, const std::vector<Shape>& inputs) {
  Trace first = record(module, inputs, kTracedBatch);
  const Trace second = record(module, inputs, kSecondBatch);
  if (first.steps.size() != second.steps.size() || first.outputs != second.outputs) {
    throw Error("[onnx] the model runs other ops for other inputs, of which a file has only some");
  }
  for (std::size_t i = 0; i < first.steps.size(); ++i) {
    Step& step = first.steps[i];
    merge_step(first, step, second.steps[i], inputs);
    for (const Operand& operand : step.inputs) {
      if (operand.kind != Operand::Kind::constant) continue;
      merge_constant(first.constants[operand.index], second.constants[operand.index], step);
    }
  }
  return first;
}

}  // namespace credence::io::onnx
