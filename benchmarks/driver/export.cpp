// Command export: reads a checkpoint and writes its model as an ONNX file.
#include "benchmarks/driver/export.hpp"

#include "benchmarks/common/provenance.hpp"
#include "benchmarks/common/results_file.hpp"
#include "benchmarks/driver/report.hpp"
#include "framework/base/counted.hpp"
#include "framework/base/error.hpp"

#include <system_error>

#include <fmt/core.h>
#include <fmt/ranges.h>
#include <nlohmann/json.hpp>

namespace credence::benchmarks {
namespace {

using Json = nlohmann::ordered_json;
using bayes::OnnxForm;

void require_network(const ExportOptions& options, const StoredModel& stored) {
  const std::string method = stored.method->name();
  if (method == "deterministic" || method == "variational") return;
  throw FileError(options.stored.checkpoint.string(),
                  "predicts by the method " + method + ", of which export has no form");
}

// Of one input.
Shape input_shape(const StoredModel& stored) {
  return takes_rows(stored) ? Shape{stored.image.numel()} : stored.image;
}

bayes::OnnxOptions onnx_options(const ExportOptions& options, const StoredModel& stored) {
  bayes::OnnxOptions onnx{.input = input_shape(stored),
                          .form = options.form,
                          .samples = options.stored.samples,
                          .seed = options.seed,
                          .name = full_name(stored),
                          .metadata = stored.metadata};
  onnx.metadata["model"] = stored.name;
  onnx.metadata["family"] = file_name(stored.family);
  onnx.metadata["activation"] = stored.model.activation.name();
  const data::Normalize scale = stored.normalize.value_or(data::Normalize{});
  if (options.pixels) onnx.pixels = bayes::OnnxPixels{scale.mean, scale.std};
  // A checkpoint calls them so, and a file may have an output "mean".
  onnx.metadata.erase("mean");
  onnx.metadata.erase("std");
  onnx.metadata["input_mean"] = fmt::format("{}", fmt::join(scale.mean, ","));
  onnx.metadata["input_deviation"] = fmt::format("{}", fmt::join(scale.std, ","));
  return onnx;
}

std::vector<std::string> outputs_of(OnnxForm form) {
  if (form == OnnxForm::moments) return {"mean", "variance"};
  return {"logits", "probabilities"};
}

}  // namespace

void export_model(const ExportOptions& options) {
  prepare(options.stored.computing);
  require_writable(options.out);
  require_writable(options.stored.json);
  const std::string out = options.out.string();
  std::error_code ignored;
  if (std::filesystem::equivalent(options.out, options.stored.checkpoint, ignored)) {
    throw FileError(out, "is the model of --checkpoint, which export would replace");
  }
  if (options.stored.json && std::filesystem::path(*options.stored.json) == options.out) {
    throw ValueError("[export] --json and --out name the same file, " + out);
  }
  require_other_than(options.stored.json, {options.stored.checkpoint});
  const StoredModel stored = read_stored_model(options.stored);
  require_network(options, stored);
  if (options.pixels && takes_rows(stored)) {
    throw ValueError(
        fmt::format("[export] --pixels: {} takes the rows of a table", full_name(stored)));
  }
  nn::move_to(*stored.model.module, Device::cpu);
  const io::onnx::Graph graph = bayes::to_onnx(*stored.model.module, onnx_options(options, stored));
  const std::uint64_t size = graph.save(options.out);
  std::vector<std::int64_t> shape;
  const Shape one = input_shape(stored);
  for (int i = 0; i < one.rank(); ++i) shape.push_back(one[i]);
  const char* const input = options.pixels ? "pixels" : "input";
  const char* const type = options.pixels ? "uint8" : "float32";
  Json json;
  for (const auto& [name, value] : provenance("credence-bench", options.stored.command)) {
    json["program"][name] = value;
  }
  json["checkpoint"] = options.stored.checkpoint.string();
  json["model"] = full_name(stored);
  json["file"] = out;
  json["form"] = to_string(options.form);
  if (options.form != OnnxForm::mean) json["seed"] = options.seed;
  if (options.form == OnnxForm::moments) json["samples"] = options.stored.samples;
  json["input"] = {{"name", input}, {"type", type}, {"shape", shape}};
  json["outputs"] = outputs_of(options.form);
  json["classes"] = stored.classes;
  json["opset"] = io::onnx::kOpset;
  json["nodes"] = graph.nodes();
  json["bytes"] = size;
  const std::string text = fmt::format(
      "{} ({}) of {}: {}, form {}{}\ninput {}: {} [batch, {}]\noutputs {}: float32 [batch, "
      "{}]\n",
      out, counted(static_cast<std::int64_t>(size), "byte"), full_name(stored),
      counted(static_cast<std::int64_t>(graph.nodes()), "node"), to_string(options.form),
      options.form == OnnxForm::moments
          ? " of " + counted(options.stored.samples, "posterior sample")
          : "",
      input, type, fmt::join(shape, ", "), fmt::join(outputs_of(options.form), ", "),
      stored.classes);
  print_results(options.stored.json, text, text_of(json));
}

}  // namespace credence::benchmarks
