// From a trace to nodes.
#include "framework/io/onnx/export.hpp"

#include "framework/base/error.hpp"

namespace credence::io::onnx {
namespace {

const Form& form_of(const Emitter& emitter, const std::string& op, const Forms& own) {
  for (const Forms* const forms : {&own, &own_forms()}) {
    const auto form = forms->find(op);
    if (form != forms->end()) return form->second;
  }
  emitter.refuse("");
}

// Of one element of the batch.
Shape without_batch(const Shape& shape, std::int64_t batch) {
  if (shape.rank() == 0 || shape[0] != batch) {
    throw ShapeError("[onnx] dimension 0 of the model's output does not count the batch");
  }
  return Shape(std::span<const std::int64_t>(shape.begin() + 1, shape.end()));
}

}  // namespace

std::vector<Value> add_module(Graph& graph, nn::Module& module, const std::vector<Value>& inputs,
                              const ModuleOptions& options) {
  const nn::EvaluationMode evaluation(module);
  std::vector<Shape> shapes;
  std::vector<std::string> values;
  for (const Value& input : inputs) {
    shapes.push_back(input.shape);
    values.push_back(input.name);
  }
  const Trace traced = trace(module, shapes);
  for (const Step& step : traced.steps) {
    const Emitter emitter(graph, traced, step, values, options.prefix);
    values.push_back(form_of(emitter, step.op, options.forms)(emitter));
  }
  std::vector<Value> outputs;
  for (const Operand& output : traced.outputs) {
    if (output.kind != Operand::Kind::value) {
      throw Error("[onnx] an output of the model does not depend on its input");
    }
    if (output.index < traced.inputs) {
      outputs.push_back(inputs[output.index]);
      continue;
    }
    const Step& step = traced.steps[output.index - traced.inputs];
    outputs.push_back({values[output.index], without_batch(step.shape, kTracedBatch)});
  }
  return outputs;
}

Value add_pixel_scale(Graph& graph, const Value& pixels, const std::vector<float>& mean,
                      const std::vector<float>& deviation) {
  const auto node = [&](const char* operation, const std::string& x, const char* role,
                        const Tensor& constant) {
    return graph.node(operation, {x, graph.constant(std::string("pixels.") + role, constant)}, {},
                      std::string("pixels/") + operation);
  };
  constexpr std::int64_t kFloat32 = 1;  // TensorProto.DataType
  std::string x = graph.node("Cast", {pixels.name}, {{"to", kFloat32}}, "pixels/Cast");
  x = node("Div", x, "largest", Tensor::full({}, 255));
  const auto per_channel = [](const std::vector<float>& numbers) {
    return Tensor::from({static_cast<std::int64_t>(numbers.size()), 1, 1}, numbers);
  };
  if (!mean.empty()) x = node("Sub", x, "mean", per_channel(mean));
  if (!deviation.empty()) x = node("Div", x, "deviation", per_channel(deviation));
  return {x, pixels.shape};
}

}  // namespace credence::io::onnx
