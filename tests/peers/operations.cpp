// The operations that other projects' test suites can ask for, by PyTorch's names.
#include "framework/ops/arithmetic.hpp"
#include "framework/ops/convolution.hpp"
#include "framework/ops/index_ops.hpp"
#include "framework/ops/matmul.hpp"
#include "framework/ops/normalization.hpp"
#include "framework/ops/pointwise.hpp"
#include "framework/ops/pooling.hpp"
#include "framework/ops/reduce.hpp"
#include "framework/ops/shape_ops.hpp"
#include "framework/ops/softmax.hpp"
#include "framework/ops/transposed_convolution.hpp"
#include "tests/peers/call.hpp"
#include "tests/peers/convolution_calls.hpp"

#include <functional>
#include <limits>

namespace credence::peers {
namespace {

using Operation = std::function<Answer(Call&)>;
using Unary = Variable (*)(const Variable&);
using Binary = Variable (*)(const Variable&, const Variable&);

Operation unary(Unary f) {
  return [f](Call& c) { return f(c.variable("input")); };
}

Operation binary(Binary f, const char* first = "input", const char* second = "other") {
  return [=](Call& c) { return f(c.variable(first), c.variable(second)); };
}

// + - * / of two tensors, or of a tensor and a number on the right.
template <class Operator>
Answer arithmetic(Call& c, Operator f, const char* left = "input", const char* right = "other") {
  if (c.has("alpha") && c.number("alpha") != 1) throw NoCounterpart("no counterpart for alpha");
  if (c.is_number(right)) return f(c.variable(left), c.number(right));
  if (c.is_number(left)) return f(c.number(left), c.variable(right));
  return f(c.variable(left), c.variable(right));
}

Variable power(Call& c, const char* base, const char* exponent) {
  if (c.is_number(exponent)) return pow(c.variable(base), c.number(exponent));
  if (c.is_number(base)) {
    const Variable b = c.variable(exponent);
    return pow(Variable(Tensor::full({}, c.number(base), b.dtype())), b);
  }
  return pow(c.variable(base), c.variable(exponent));
}

Variable clamped(Call& c, const char* low, const char* high) {
  const double infinity = std::numeric_limits<double>::infinity();
  const bool numbers = !(c.has(low) && !c.is_number(low)) && !(c.has(high) && !c.is_number(high));
  if (numbers)
    return clamp(c.variable("input"), c.number(low, -infinity), c.number(high, infinity));
  return clamp(c.variable("input"), c.variable(low), c.variable(high));
}

// α A B + β C, with A or B transposed: ONNX's Gemm.
Variable gemm(Call& c) {
  const auto operand = [&c](const char* name, const char* transposed) {
    const Variable x = c.variable(name);
    return c.truth(transposed, false) ? transpose(x, 0, 1) : x;
  };
  const Variable product = matmul(operand("a", "transpose_a"), operand("b", "transpose_b"));
  const Variable scaled = product * c.number("alpha", 1);
  const double beta = c.number("beta", 1);
  const Variable added = c.variable_or_none("c");
  return added.defined() ? scaled + added * beta : scaled;
}

std::vector<int> dimensions_of(Call& c, const char* name) {
  std::vector<int> all;
  for (const std::int64_t one : c.integers(name)) all.push_back(static_cast<int>(one));
  return all;
}

int dimension_of(Call& c, const char* name = "dim", std::optional<std::int64_t> missing = {}) {
  return static_cast<int>(c.integer(name, missing));
}

using Reduction = Variable (*)(const Variable&, const std::vector<int>&, bool);
Answer reduced(Call& c, Unary all, Reduction some) {
  const bool keep = c.truth("keepdim", false);
  if (!c.has("dim")) return all(c.variable("input"));
  return some(c.variable("input"), dimensions_of(c, "dim"), keep);
}

Shape shape_of(const std::vector<std::int64_t>& extents) {
  return Shape(std::span<const std::int64_t>(extents));
}

// −1 keeps an extent.
Variable expanded(Call& c) {
  const Variable x = c.variable("input");
  std::vector<std::int64_t> extents = c.integers("size");
  const auto lacking = static_cast<std::int64_t>(extents.size()) - x.shape().rank();
  for (std::int64_t i = 0; i < x.shape().rank(); ++i) {
    if (lacking + i >= 0 && extents[lacking + i] == -1) {
      extents[lacking + i] = x.shape()[static_cast<int>(i)];
    }
  }
  return broadcast_to(x, shape_of(extents));
}

std::vector<Variable> split_by(Call& c, const char* name) {
  const Variable x = c.variable("input");
  const int dimension = dimension_of(c, "dim", 0);
  const std::vector<std::int64_t> extents = c.integers(name);
  if (!c.is_number(name)) return split(x, extents, dimension);
  std::vector<std::int64_t> parts;
  const std::int64_t all = x.shape()[dimension < 0 ? dimension + x.shape().rank() : dimension];
  for (std::int64_t left = all; left > 0; left -= parts.back()) {
    parts.push_back(std::min(left, std::max<std::int64_t>(extents[0], 1)));
  }
  return split(x, parts, dimension);
}

// "pad" lists the dimensions from the last one on, two numbers for each.
Variable padded(Call& c) {
  Variable x = c.variable("input");
  const std::vector<std::int64_t> counts = c.integers("pad");
  const std::string mode = c.text("mode", "constant");
  if (mode != "constant" && mode != "circular") throw NoCounterpart("no counterpart for mode");
  if (counts.size() % 2 != 0) throw NoCounterpart("no counterpart for one number as pad");
  const double value = c.number("value", 0);
  for (std::size_t i = 0; i + 1 < counts.size(); i += 2) {
    x = pad(x, x.shape().rank() - 1 - static_cast<int>(i / 2), counts[i], counts[i + 1], value,
            mode == "constant" ? PaddingMode::constant : PaddingMode::circular);
  }
  return x;
}

PoolOptions pool_options(Call& c) {
  PoolOptions options{.kernel = c.spatial("kernel_size")};
  if (c.has("stride")) options.stride = c.spatial("stride");
  options.padding = c.spatial("padding", 0);
  options.dilation = c.spatial("dilation", 1);
  options.ceil_mode = c.truth("ceil_mode", false);
  options.count_include_pad = c.truth("count_include_pad", true);
  if (c.has("divisor_override")) options.divisor = c.integer("divisor_override");
  c.only("return_indices", false);
  return options;
}

Operation pooling(Variable (*f)(const Variable&, const PoolOptions&)) {
  return [f](Call& c) { return f(c.variable("input"), pool_options(c)); };
}

Operation adaptive_pooling(Variable (*f)(const Variable&, const Spatial&)) {
  return [f](Call& c) {
    c.only("return_indices", false);
    return f(c.variable("input"), c.spatial("output_size"));
  };
}

Variable batch_normalized(Call& c) {
  return batch_norm(c.variable("input"), c.variable_or_none("weight"), c.variable_or_none("bias"),
                    c.tensor_or_none("running_mean"), c.tensor_or_none("running_var"),
                    {.training = c.truth("training", false),
                     .momentum = c.number("momentum", 0.1),
                     .epsilon = c.number("eps", 1e-5)});
}

ClassLossOptions class_options(Call& c) {
  ClassLossOptions options{.weight = c.tensor_or_none("weight")};
  options.ignore_index = c.integer("ignore_index", -100);
  options.reduction = c.reduction();
  return options;
}

Variable crossed_entropy(Call& c) {
  const Tensor targets = c.tensor("target");
  CrossEntropyOptions options{.classes = class_options(c)};
  options.label_smoothing = c.number("label_smoothing", 0);
  if (is_floating(targets.dtype())) options.classes.ignore_index.reset();
  return cross_entropy(c.variable("input"), targets, options);
}

Operation loss(Variable (*f)(const Variable&, const Variable&, LossReduction)) {
  return [f](Call& c) {
    const LossReduction reduction = c.reduction();
    return f(c.variable("input"), c.variable("target"), reduction);
  };
}

using ScaledLoss = Variable (*)(const Variable&, const Variable&, double, LossReduction);
Operation loss(ScaledLoss f, const char* scale) {
  return [=](Call& c) {
    const LossReduction reduction = c.reduction();
    return f(c.variable("input"), c.variable("target"), c.number(scale, 1), reduction);
  };
}

Variable gelu_of(Call& c) {
  const std::string form = c.text("approximate", "none");
  if (form != "none" && form != "tanh") throw ValueError("approximate must be none or tanh");
  return form == "none" ? gelu(c.variable("input")) : gelu_tanh(c.variable("input"));
}

Variable embedded(Call& c) {
  for (const char* name : {"scale_grad_by_freq", "sparse"}) c.only(name, false);
  const Variable weight = c.variable("weight");
  std::optional<std::int64_t> padding;
  if (c.has("padding_idx")) padding = c.integer("padding_idx");
  // PyTorch counts a negative one from the end.
  if (padding && *padding < 0 && weight.shape().rank() > 0) *padding += weight.shape()[0];
  return embedding(weight, c.tensor("input"), padding);
}

Answer loaded(Call& c) {
  std::vector<Variable> all;
  for (const NamedTensor& item : io::load_safetensors(c.text("path")).tensors) {
    all.emplace_back(item.tensor);
  }
  return all;
}

const std::map<std::string, Operation>& operations() {
  static const std::map<std::string, Operation> table{
      {"add", [](Call& c) { return arithmetic(c, std::plus<>()); }},
      {"sub", [](Call& c) { return arithmetic(c, std::minus<>()); }},
      {"mul", [](Call& c) { return arithmetic(c, std::multiplies<>()); }},
      {"div", [](Call& c) { return arithmetic(c, std::divides<>()); }},
      {"rsub", [](Call& c) { return arithmetic(c, std::minus<>(), "other", "input"); }},
      {"rdiv", [](Call& c) { return arithmetic(c, std::divides<>(), "other", "input"); }},
      {"neg", [](Call& c) { return -c.variable("input"); }},
      {"maximum", binary(larger)},
      {"minimum", binary(smaller)},
      {"logaddexp", binary(logaddexp)},
      {"pow", [](Call& c) { return power(c, "input", "exponent"); }},
      {"rpow", [](Call& c) { return power(c, "other", "input"); }},
      {"clamp", [](Call& c) { return clamped(c, "min", "max"); }},
      {"where",
       [](Call& c) {
         return where(c.tensor("condition"), c.variable("input"), c.variable("other"));
       }},
      {"relu", unary(relu)},
      {"sigmoid", unary(sigmoid)},
      {"logsigmoid", unary(log_sigmoid)},
      {"silu", unary(silu)},
      {"tanh", unary(tanh)},
      {"exp", unary(exp)},
      {"log", unary(log)},
      {"log1p", unary(log1p)},
      {"sqrt", unary(sqrt)},
      {"square", unary(square)},
      {"abs", unary(abs)},
      {"reciprocal", unary(reciprocal)},
      {"leaky_relu",
       [](Call& c) { return leaky_relu(c.variable("input"), c.number("negative_slope", 0.01)); }},
      {"elu", [](Call& c) { return elu(c.variable("input"), c.number("alpha", 1)); }},
      {"softplus", [](Call& c) { return softplus(c.variable("input"), c.number("beta", 1)); }},
      {"gelu", gelu_of},
      {"softmax", [](Call& c) { return softmax(c.variable("input"), dimension_of(c)); }},
      {"log_softmax", [](Call& c) { return log_softmax(c.variable("input"), dimension_of(c)); }},
      {"matmul", binary(matmul)},
      {"rmatmul", binary(matmul, "other", "input")},
      {"gemm", gemm},
      {"sum", [](Call& c) { return reduced(c, sum, sum); }},
      {"mean", [](Call& c) { return reduced(c, mean, mean); }},
      {"argmax",
       [](Call& c) {
         const Tensor x = c.tensor("input");
         if (x.shape().rank() != 2 || dimension_of(c) % 2 == 0) throw NoCounterpart("rows alone");
         c.only("keepdim", false);
         return argmax(x);
       }},
      {"reshape", [](Call& c) { return reshape(c.variable("input"), c.integers("shape")); }},
      {"flatten",
       [](Call& c) {
         if (dimension_of(c, "start_dim", 0) != 1) throw NoCounterpart("no other start_dim than 1");
         if (dimension_of(c, "end_dim", -1) != -1) throw NoCounterpart("no other end_dim than -1");
         return flatten(c.variable("input"));
       }},
      {"transpose",
       [](Call& c) {
         return transpose(c.variable("input"), dimension_of(c, "dim0"), dimension_of(c, "dim1"));
       }},
      {"permute", [](Call& c) { return permute(c.variable("input"), dimensions_of(c, "dims")); }},
      {"broadcast_to",
       [](Call& c) { return broadcast_to(c.variable("input"), shape_of(c.integers("size"))); }},
      {"expand", expanded},
      {"cat", [](Call& c) { return concat(c.variables("tensors"), dimension_of(c, "dim", 0)); }},
      {"split", [](Call& c) { return split_by(c, "split_size_or_sections"); }},
      {"slice",
       [](Call& c) {
         return slice(c.variable("input"), dimension_of(c), c.integer("start"), c.integer("end"),
                      c.integer("step", 1));
       }},
      {"pad", padded},
      {"gather",
       [](Call& c) {
         c.only("sparse_grad", false);
         return gather(c.variable("input"), dimension_of(c), c.tensor("index"));
       }},
      {"embedding", embedded},
      {"one_hot", [](Call& c) { return one_hot(c.tensor("tensor"), c.integer("num_classes")); }},
      {"linear",
       [](Call& c) {
         return linear(c.variable("input"), c.variable("weight"), c.variable_or_none("bias"));
       }},
      {"convolution", convolution_call},
      {"transposed_convolution", transposed_convolution_call},
      {"max_pool1d", pooling(max_pool1d)},
      {"max_pool2d", pooling(max_pool2d)},
      {"max_pool3d", pooling(max_pool3d)},
      {"avg_pool1d", pooling(average_pool1d)},
      {"avg_pool2d", pooling(average_pool2d)},
      {"avg_pool3d", pooling(average_pool3d)},
      {"adaptive_avg_pool1d", adaptive_pooling(adaptive_average_pool1d)},
      {"adaptive_avg_pool2d", adaptive_pooling(adaptive_average_pool2d)},
      {"adaptive_avg_pool3d", adaptive_pooling(adaptive_average_pool3d)},
      {"adaptive_max_pool1d", adaptive_pooling(adaptive_max_pool1d)},
      {"adaptive_max_pool2d", adaptive_pooling(adaptive_max_pool2d)},
      {"adaptive_max_pool3d", adaptive_pooling(adaptive_max_pool3d)},
      {"batch_norm", batch_normalized},
      {"layer_norm",
       [](Call& c) {
         return layer_norm(c.variable("input"), shape_of(c.integers("normalized_shape")),
                           c.variable_or_none("weight"), c.variable_or_none("bias"),
                           c.number("eps", 1e-5));
       }},
      {"group_norm",
       [](Call& c) {
         return group_norm(c.variable("input"), c.integer("num_groups"),
                           c.variable_or_none("weight"), c.variable_or_none("bias"),
                           c.number("eps", 1e-5));
       }},
      {"nll_loss",
       [](Call& c) { return nll_loss(c.variable("input"), c.tensor("target"), class_options(c)); }},
      {"cross_entropy", crossed_entropy},
      {"binary_cross_entropy_with_logits",
       [](Call& c) {
         return binary_cross_entropy_with_logits(c.variable("input"), c.variable("target"),
                                                 {.weight = c.tensor_or_none("weight"),
                                                  .positive_weight = c.tensor_or_none("pos_weight"),
                                                  .reduction = c.reduction()});
       }},
      {"mse_loss", loss(mse_loss)},
      {"l1_loss", loss(l1_loss)},
      {"huber_loss", loss(huber_loss, "delta")},
      {"smooth_l1_loss", loss(smooth_l1_loss, "beta")},
      {"load_safetensors", loaded},
  };
  return table;
}

}  // namespace

Answer operation(const std::string& name, Call& call) {
  const auto found = operations().find(name);
  if (found == operations().end()) throw NoCounterpart("no operation " + name);
  return found->second(call);
}

}  // namespace credence::peers
