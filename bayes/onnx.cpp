// The forms of a net's export: which functions the graph holds, and what it makes of their results.
#include "bayes/onnx.hpp"

#include "bayes/function_draw.hpp"
#include "bayes/walk.hpp"
#include "framework/base/error.hpp"

#include <utility>

namespace credence::bayes {
namespace {

using io::onnx::Graph;
using io::onnx::Value;

void check(const OnnxOptions& options, nn::Module& model) {
  if (options.form == OnnxForm::mean) return;
  if (bayesian_layers(model).empty()) {
    throw ValueError(std::string("[onnx] the form ") + to_string(options.form) +
                     " needs a posterior, and the model has no Bayesian layers");
  }
  if (options.seed >= std::uint64_t{1} << 32) {
    throw ValueError("[onnx] the seed must be below 2^32, not " + std::to_string(options.seed));
  }
  if (options.form == OnnxForm::moments && options.samples < 1) {
    throw ValueError("[onnx] the moments are those of at least one sample, not of " +
                     std::to_string(options.samples));
  }
}

// The nodes behind the functions.
class Results {
 public:
  explicit Results(Graph& graph) : graph_(graph) {}

  Value softmax(const Value& logits) {
    return {node("Softmax", {logits.name}, {{"axis", std::int64_t{-1}}}), logits.shape};
  }
  // 1/S Σ of values of one shape.
  Value mean(const std::vector<Value>& values) {
    std::vector<std::string> names;
    for (const Value& value : values) names.push_back(value.name);
    const std::string share = graph_.constant(
        "results.share", Tensor::full({}, 1.0 / static_cast<double>(values.size())));
    return {node("Mul", {node("Sum", names), share}), values.front().shape};
  }
  // 1/S Σ (value − mean)²
  Value variance(const std::vector<Value>& values, const Value& mean_value) {
    std::vector<Value> squares;
    for (const Value& value : values) {
      const std::string difference = node("Sub", {value.name, mean_value.name});
      squares.push_back({node("Mul", {difference, difference}), value.shape});
    }
    return mean(squares);
  }
  // Column `index` of [batch, 2].
  Value column(const Value& both, std::int64_t index) {
    const auto list = [&](const char* role, std::int64_t value) {
      return graph_.constant(std::string("results.") + role,
                             Tensor::from<std::int64_t>({1}, {value}));
    };
    return {
        node("Slice", {both.name, list("begin", index), list("end", index + 1), list("axis", 1)}),
        {1}};
  }
  Value exp(const Value& x) { return {node("Exp", {x.name}), x.shape}; }
  Value sum(const Value& a, const Value& b) { return {node("Add", {a.name, b.name}), a.shape}; }

 private:
  std::string node(const std::string& operation, const std::vector<std::string>& inputs,
                   const std::vector<io::onnx::Attribute>& attributes = {}) {
    return graph_.node(operation, inputs, attributes, "results/" + operation);
  }

  Graph& graph_;
};

// The outputs of the functions' results, of which there is one unless the form is moments.
void add_outputs(Graph& graph, const OnnxOptions& options, const std::vector<Value>& functions) {
  Results results(graph);
  const bool moments = options.form == OnnxForm::moments;
  const auto of_each = [&](auto make) {
    std::vector<Value> made;
    for (const Value& function : functions) made.push_back(make(function));
    return made;
  };
  const auto mean_and_variance = [&](const std::vector<Value>& values) {
    const Value mean = results.mean(values);
    graph.output("mean", mean);
    return results.variance(values, mean);
  };
  switch (options.outputs) {
    case OnnxOutputs::classes: {
      const auto probabilities = of_each([&](const Value& y) { return results.softmax(y); });
      if (moments) {
        graph.output("variance", mean_and_variance(probabilities));
        return;
      }
      graph.output("logits", functions.front());
      graph.output("probabilities", probabilities.front());
      return;
    }
    case OnnxOutputs::normal: {
      const auto means = of_each([&](const Value& y) { return results.column(y, 0); });
      const auto variances =
          of_each([&](const Value& y) { return results.exp(results.column(y, 1)); });
      if (moments) {
        const Value between = mean_and_variance(means);
        graph.output("variance", results.sum(results.mean(variances), between));
        return;
      }
      graph.output("mean", means.front());
      graph.output("variance", variances.front());
      return;
    }
    case OnnxOutputs::numbers:
      if (moments) {
        graph.output("variance", mean_and_variance(functions));
        return;
      }
      graph.output("output", functions.front());
      return;
  }
}

void check_output(const OnnxOptions& options, const Shape& one) {
  const bool vector = one.rank() == 1;
  const bool fits = options.outputs == OnnxOutputs::numbers ||
                    (options.outputs == OnnxOutputs::classes && vector) ||
                    (options.outputs == OnnxOutputs::normal && vector && one[0] == 2);
  if (fits) return;
  throw ValueError(std::string("[onnx] outputs of ") +
                   (options.outputs == OnnxOutputs::normal ? "a normal distribution must be [N, 2]"
                                                           : "classes must be [N, C]") +
                   "; for one example the model gives " + one.to_string());
}

}  // namespace

const char* to_string(OnnxForm form) {
  return form == OnnxForm::mean ? "mean" : form == OnnxForm::sample ? "sample" : "moments";
}

io::onnx::Graph to_onnx(nn::Module& model, const OnnxOptions& options) {
  check(options, model);
  Graph graph(options.name);
  for (const auto& [key, text] : options.metadata) graph.set_metadata(key, text);
  graph.set_metadata("form", to_string(options.form));
  if (options.form != OnnxForm::mean) graph.set_metadata("draw_seed", std::to_string(options.seed));
  Value input;
  if (options.pixels) {
    input = io::onnx::add_pixel_scale(graph, graph.input("pixels", DType::uint8, options.input),
                                      options.pixels->mean, options.pixels->deviation);
  } else {
    input = graph.input("input", DType::float32, options.input);
  }
  std::vector<Value> functions;
  const auto add = [&](const std::string& prefix) {
    const std::vector<Value> outputs =
        io::onnx::add_module(graph, model, {input}, {prefix, options.forms});
    if (outputs.size() != 1) {
      throw ValueError("[onnx] the model must have one output, not " +
                       std::to_string(outputs.size()));
    }
    check_output(options, outputs.front().shape);
    functions.push_back(outputs.front());
  };
  if (options.form == OnnxForm::mean) {
    const SamplingMode mean(model, Sampling::mean);
    add("");
  } else {
    const SamplingMode sample(model, Sampling::sample);
    const bool moments = options.form == OnnxForm::moments;
    const std::int64_t samples = moments ? options.samples : 1;
    if (moments) graph.set_metadata("samples", std::to_string(samples));
    for (std::int64_t k = 0; k < samples; ++k) {
      const FunctionDraw draw(model, onnx_draw(options.seed, k));
      add(moments ? "sample" + std::to_string(k) + "/" : "");
    }
  }
  add_outputs(graph, options, functions);
  return graph;
}

}  // namespace credence::bayes
