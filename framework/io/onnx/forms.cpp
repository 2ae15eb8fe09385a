// The form of each op as nodes of ONNX's operators, version 13 (github.com/onnx/onnx,
// docs/Operators.md). The ops' own formulas are in their headers under framework/ops and
// framework/formulas.
#include "framework/io/onnx/emitter.hpp"

#include <algorithm>
#include <cmath>
#include <numbers>

namespace credence::io::onnx {
namespace {

using Integers = std::vector<std::int64_t>;

// A node of ONNX with the same inputs, whose shapes broadcast as NumPy's.
Form same(const std::string& operation) {
  return [operation](const Emitter& e) {
    std::vector<std::string> inputs;
    for (std::size_t i = 0; i < e.inputs(); ++i) inputs.push_back(e.input(i, "constant", true));
    return e.node(operation, inputs);
  };
}

// Padding in front and behind in the order in which ONNX lists it.
Integers on_both_sides(const Integers& padding) {
  Integers pads = padding;
  pads.insert(pads.end(), padding.begin(), padding.end());
  return pads;
}

std::vector<std::string> weighted_inputs(const Emitter& e) {
  std::vector<std::string> inputs{e.input(0), e.input(1, "weight")};
  if (e.has(2)) inputs.push_back(e.input(2, "bias"));
  return inputs;
}

std::string linear(const Emitter& e) {
  return e.node("Gemm", weighted_inputs(e), {{"transB", std::int64_t{1}}});
}

std::vector<Attribute> pool_attributes(const Emitter& e) {
  return {{"kernel_shape", e.list("kernel")},
          {"strides", e.list("stride")},
          {"pads", on_both_sides(e.list("padding"))}};
}

std::vector<Attribute> convolution_attributes(const Emitter& e) {
  std::vector<Attribute> attributes = pool_attributes(e);
  attributes.push_back({"dilations", e.list("dilation")});
  attributes.push_back({"group", e.integer("groups")});
  return attributes;
}

std::string convolution(const Emitter& e) {
  return e.node("Conv", weighted_inputs(e), convolution_attributes(e));
}

std::string transposed_convolution(const Emitter& e) {
  std::vector<Attribute> attributes = convolution_attributes(e);
  attributes.push_back({"output_padding", e.list("output_padding")});
  return e.node("ConvTranspose", weighted_inputs(e), attributes);
}

std::string max_pool(const Emitter& e) {
  return e.node("MaxPool", {e.input(0)}, pool_attributes(e));
}

std::string average_pool(const Emitter& e) {
  std::vector<Attribute> attributes = pool_attributes(e);
  attributes.push_back({"count_include_pad", std::int64_t{1}});
  return e.node("AveragePool", {e.input(0)}, attributes);
}

std::string batch_norm(const Emitter& e) {
  return e.node("BatchNormalization",
                {e.input(0), e.input(1, "weight"), e.input(2, "bias"), e.input(3, "running_mean"),
                 e.input(4, "running_var")},
                {{"epsilon", e.number("epsilon")}});
}

// x / √(mean(x²) + ε) · weight + bias
std::string filter_response_norm(const Emitter& e) {
  const std::string x = e.input(0);
  Integers axes;
  for (int i = 2; i < e.rank(); ++i) axes.push_back(i);
  const std::string mean = e.node("ReduceMean", {e.node("Mul", {x, x})},
                                  {{"axes", axes}, {"keepdims", std::int64_t{1}}});
  const std::string root = e.node("Sqrt", {e.node("Add", {mean, e.number(e.number("epsilon"))})});
  const int spatial = e.rank() - 2;
  const std::string scaled =
      e.node("Mul", {e.node("Div", {x, root}), e.channels(1, spatial, "weight")});
  return e.node("Add", {scaled, e.channels(2, spatial, "bias")});
}

// (x − mean) / √(variance + ε) of each row
std::string normalize_rows(const Emitter& e) {
  const std::vector<Attribute> rows{{"axes", Integers{1}}, {"keepdims", std::int64_t{1}}};
  const std::string x = e.input(0);
  const std::string centred = e.node("Sub", {x, e.node("ReduceMean", {x}, rows)});
  const std::string variance = e.node("ReduceMean", {e.node("Mul", {centred, centred})}, rows);
  const std::string root =
      e.node("Sqrt", {e.node("Add", {variance, e.number(e.number("epsilon"))})});
  return e.node("Div", {centred, root});
}

std::string log_softmax(const Emitter& e) {
  return e.node("LogSoftmax", {e.input(0)}, {{"axis", std::int64_t{-1}}});
}

std::string sum(const Emitter& e) {
  // Without axes the operator would sum over all.
  if (e.list("axes").empty()) return e.node("Identity", {e.input(0)});
  return e.node("ReduceSum", {e.input(0), e.integers(e.list("axes"), "axes")},
                {{"keepdims", e.integer("keepdims")}});
}

std::string reshape(const Emitter& e) {
  return e.node("Reshape", {e.input(0), e.integers(e.list("shape"), "shape")});
}

std::string broadcast_to(const Emitter& e) {
  return e.node("Expand", {e.input(0), e.integers(e.list("shape"), "shape")});
}

std::string slice(const Emitter& e) {
  return e.node(
      "Slice",
      {e.input(0), e.integers({e.integer("begin")}, "begin"), e.integers({e.integer("end")}, "end"),
       e.integers({e.integer("dimension")}, "dimension"), e.integers({e.integer("step")}, "step")});
}

std::string permute(const Emitter& e) {
  return e.node("Transpose", {e.input(0)}, {{"perm", e.list("order")}});
}

// The number that all elements are; nothing where they differ.
std::optional<double> only_number(const Tensor& value) {
  const std::vector<double> elements = value.to_vector<double>();
  if (elements.empty()) return {};
  const double first = elements.front();
  const bool all =
      std::all_of(elements.begin(), elements.end(), [&](double x) { return x == first; });
  return all ? std::optional(first) : std::nullopt;
}

// A concatenation of one value with constants of one number, once for each image, is a padding.
std::optional<std::string> padding(const Emitter& e) {
  const auto rank = static_cast<std::size_t>(e.rank());
  const auto along = static_cast<std::size_t>(e.integer("dimension"));
  Integers pads(2 * rank);
  std::optional<std::size_t> value;
  std::optional<double> filling;
  for (std::size_t i = 0; i < e.inputs(); ++i) {
    const std::optional<Constant> constant = e.constant(i);
    if (!constant) {
      if (value) return {};
      value = i;
      continue;
    }
    const std::optional<double> number = only_number(constant->value);
    if (!constant->per_image || along == 0 || !number || (filling && *filling != *number)) {
      return {};
    }
    filling = number;
    pads[along + (value ? rank : 0)] += constant->value.shape()[static_cast<int>(along)];
  }
  if (!value || !filling) return {};
  return e.node("Pad", {e.input(*value), e.integers(pads, "pads"), e.number(*filling)});
}

std::string concat(const Emitter& e) {
  if (const std::optional<std::string> padded = padding(e)) return *padded;
  std::vector<std::string> inputs;
  for (std::size_t i = 0; i < e.inputs(); ++i) inputs.push_back(e.input(i));
  return e.node("Concat", inputs, {{"axis", e.integer("dimension")}});
}

// The pointwise functions (framework/formulas) with their parameters.

std::string leaky_relu(const Emitter& e) {
  return e.node("LeakyRelu", {e.input(0)}, {{"alpha", e.number("first")}});
}

std::string elu(const Emitter& e) {
  return e.node("Elu", {e.input(0)}, {{"alpha", e.number("first")}});
}

std::string softplus(const Emitter& e) {
  const double beta = e.number("first");
  if (beta == 1) return e.node("Softplus", {e.input(0)});
  const std::string y = e.node("Softplus", {e.node("Mul", {e.input(0), e.number(beta)})});
  return e.node("Mul", {y, e.number(1 / beta)});
}

std::string log_sigmoid(const Emitter& e) {
  return e.node("Neg", {e.node("Softplus", {e.node("Neg", {e.input(0)})})});
}

std::string silu(const Emitter& e) {
  return e.node("Mul", {e.input(0), e.node("Sigmoid", {e.input(0)})});
}

std::string log1p(const Emitter& e) {
  return e.node("Log", {e.node("Add", {e.input(0), e.number(1)})});
}

std::string square(const Emitter& e) { return e.node("Mul", {e.input(0), e.input(0)}); }

std::string affine(const Emitter& e) {
  std::string y = e.input(0);
  if (e.number("first") != 1) y = e.node("Mul", {y, e.number(e.number("first"))});
  if (e.number("second") != 0) y = e.node("Add", {y, e.number(e.number("second"))});
  return y;
}

std::string clamp(const Emitter& e) {
  return e.node("Clip", {e.input(0), e.number(e.number("first")), e.number(e.number("second"))});
}

std::string power(const Emitter& e) {
  if (e.inputs() == 2) return same("Pow")(e);
  return e.node("Pow", {e.input(0), e.number(e.number("first"))});
}

// ½ x (1 + erf(x / √2))
std::string gelu(const Emitter& e) {
  const std::string x = e.input(0);
  const std::string erf = e.node("Erf", {e.node("Mul", {x, e.number(1 / std::numbers::sqrt2)})});
  const std::string half = e.node("Mul", {x, e.number(0.5)});
  return e.node("Mul", {half, e.node("Add", {erf, e.number(1)})});
}

// ½ x (1 + tanh(√(2/π) (x + 0.044715 x³)))
std::string gelu_tanh(const Emitter& e) {
  const std::string x = e.input(0);
  const double factor = std::sqrt(2 / std::numbers::pi);
  const std::string cubic = e.node(
      "Add",
      {e.node("Mul", {e.node("Mul", {x, x}), e.number(0.044715 * factor)}), e.number(factor)});
  const std::string tanh = e.node("Tanh", {e.node("Mul", {x, cubic})});
  const std::string half = e.node("Mul", {x, e.number(0.5)});
  return e.node("Mul", {half, e.node("Add", {tanh, e.number(1)})});
}

// max(a, b) + log(1 + exp(−|a − b|))
std::string logaddexp(const Emitter& e) {
  const std::string a = e.input(0, "constant", true);
  const std::string b = e.input(1, "constant", true);
  const std::string distance = e.node("Abs", {e.node("Sub", {a, b})});
  return e.node("Add", {e.node("Max", {a, b}), e.node("Softplus", {e.node("Neg", {distance})})});
}

// (exp(a / 2) · b)²
std::string scaled_square(const Emitter& e) {
  const std::string a = e.input(0, "constant", true);
  const std::string scale = e.node("Exp", {e.node("Mul", {a, e.number(0.5)})});
  const std::string scaled = e.node("Mul", {scale, e.input(1, "constant", true)});
  return e.node("Mul", {scaled, scaled});
}

// b where a is not 0
std::string select(const Emitter& e) {
  const std::string zero = e.number(0);
  const std::string is_zero = e.node("Equal", {e.input(0, "constant", true), zero});
  return e.node("Where", {is_zero, zero, e.input(1, "constant", true)});
}

}  // namespace

const Forms& own_forms() {
  static const Forms forms{
      {"linear", linear},
      {"convolution", convolution},
      {"transposed_convolution", transposed_convolution},
      {"matmul", same("MatMul")},
      {"max_pool", max_pool},
      {"average_pool", average_pool},
      {"batch_norm", batch_norm},
      {"filter_response_norm", filter_response_norm},
      {"normalize_rows", normalize_rows},
      {"log_softmax", log_softmax},
      {"sum", sum},
      {"reshape", reshape},
      {"broadcast_to", broadcast_to},
      {"slice", slice},
      {"permute", permute},
      {"concat", concat},
      {"relu", same("Relu")},
      {"leaky_relu", leaky_relu},
      {"elu", elu},
      {"softplus", softplus},
      {"log_sigmoid", log_sigmoid},
      {"sigmoid", same("Sigmoid")},
      {"silu", silu},
      {"tanh", same("Tanh")},
      {"exp", same("Exp")},
      {"log", same("Log")},
      {"log1p", log1p},
      {"sqrt", same("Sqrt")},
      {"square", square},
      {"abs", same("Abs")},
      {"reciprocal", same("Reciprocal")},
      {"affine", affine},
      {"clamp", clamp},
      {"pow", power},
      {"gelu", gelu},
      {"gelu_tanh", gelu_tanh},
      {"add", same("Add")},
      {"sub", same("Sub")},
      {"mul", same("Mul")},
      {"div", same("Div")},
      {"larger", same("Max")},
      {"smaller", same("Min")},
      {"logaddexp", logaddexp},
      {"scaled_square", scaled_square},
      {"select", select},
  };
  return forms;
}

}  // namespace credence::io::onnx
