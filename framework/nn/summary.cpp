// The summary of a model: one forward pass whose calls are observed, and the table of its layers.
#include "framework/nn/summary.hpp"

#include "framework/base/markdown.hpp"

#include <map>
#include <set>

namespace credence::nn {
namespace {

struct Calls {
  Shape output;
  std::int64_t multiply_adds = 0;
};

class CallCounter : public CallObserver {
 public:
  void called(const Module& module, const Shape& input, const Shape& output) override {
    Calls& calls = calls_of[&module];
    calls.output = output;
    calls.multiply_adds += module.multiply_adds(input, output);
  }
  std::map<const Module*, Calls> calls_of;
};

struct Layer {
  const Module* module;
  bool has_parts;
  LayerSummary summary;
};

// Lists every module once, with its own parameters.
class LayerCollector : public PathVisitor {
 public:
  explicit LayerCollector(Module& model) {
    enter("", model);
    model.visit(*this);
  }

  void module(std::string_view name, Module& child) override {
    layers[current_].has_parts = true;
    const std::size_t outer = current_;
    if (!enter(path(name), child)) return;
    PathVisitor::module(name, child);
    current_ = outer;
  }

  void parameter(std::string_view, Variable& parameter, Role) override {
    if (!known_parameters_.insert(parameter.identity()).second) return;
    layers[current_].summary.parameters += parameter.value().numel();
    layers[current_].summary.bytes += parameter.value().bytes();
  }

  std::vector<Layer> layers;

 private:
  // Returns false where the module is already listed.
  bool enter(const std::string& path, const Module& module) {
    if (!known_modules_.insert(&module).second) return false;
    current_ = layers.size();
    layers.push_back({&module, false, {.path = path, .type = module.type_name(), .output = {}}});
    return true;
  }

  std::size_t current_ = 0;
  std::set<const Module*> known_modules_;
  std::set<const void*> known_parameters_;
};

Tensor zeros_for(Module& model, const Shape& shape) {
  const std::vector<NamedParameter> named = parameters(model);
  if (named.empty()) return Tensor::zeros(shape);
  return Tensor::zeros(shape, named[0].parameter->dtype(), named[0].parameter->device());
}

// 44426 becomes "44,426".
template <class Integer>
std::string grouped(Integer number) {
  std::string digits = std::to_string(number);
  for (auto at = static_cast<std::int64_t>(digits.size()) - 3; at > 0; at -= 3) {
    digits.insert(static_cast<std::size_t>(at), 1, ',');
  }
  return digits;
}

std::vector<std::string> row_of(const LayerSummary& layer) {
  return {layer.path,
          layer.type,
          layer.output ? layer.output->to_string() : "not called",
          grouped(layer.parameters),
          grouped(layer.bytes),
          grouped(layer.multiply_adds)};
}

}  // namespace

Summary summarize(Module& model, const Shape& input) {
  CallCounter counter;
  {
    const EvaluationMode evaluation(model);
    const DrawsFrom draws(model, 0);
    const NoGrad no_grad;
    model(Variable(zeros_for(model, input)));
  }
  Summary summary;
  summary.input = input;
  LayerCollector collector(model);
  for (Layer& layer : collector.layers) {
    if (layer.has_parts && layer.summary.parameters == 0) continue;
    if (const auto calls = counter.calls_of.find(layer.module); calls != counter.calls_of.end()) {
      layer.summary.output = calls->second.output;
      layer.summary.multiply_adds = calls->second.multiply_adds;
    }
    summary.parameters += layer.summary.parameters;
    summary.bytes += layer.summary.bytes;
    summary.multiply_adds += layer.summary.multiply_adds;
    summary.layers.push_back(std::move(layer.summary));
  }
  return summary;
}

std::string to_string(const Summary& summary) {
  using enum MarkdownColumn::Align;
  std::vector<std::vector<std::string>> rows;
  for (const LayerSummary& layer : summary.layers) rows.push_back(row_of(layer));
  rows.push_back({"total", "", "", grouped(summary.parameters), grouped(summary.bytes),
                  grouped(summary.multiply_adds)});
  return markdown_table({{"layer", left},
                         {"type", left},
                         {"output", left},
                         {"parameters", right},
                         {"bytes", right},
                         {"multiply-adds", right}},
                        rows, MarkdownRule::spaced);
}

}  // namespace credence::nn
