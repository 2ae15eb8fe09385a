// The options of the programs of this folder, and the model that they ask for.
#include "benchmarks/steps/step_options.hpp"

#include "bayes/elbo.hpp"
#include "benchmarks/common/command_line.hpp"
#include "benchmarks/common/computing_options.hpp"
#include "benchmarks/common/models.hpp"
#include "benchmarks/common/norm_option.hpp"
#include "benchmarks/common/results_file.hpp"
#include "framework/base/error.hpp"
#include "framework/base/standard_streams.hpp"
#include "framework/io/atomic_file.hpp"

#include <algorithm>
#include <functional>

#include <fmt/core.h>

namespace credence::benchmarks {

void add_model(CLI::App& app, std::string& model) {
  app.add_option("--model", model, "Model")
      ->check(CLI::IsMember(model_names()))
      ->type_name("NAME")
      ->capture_default_str();
}

void add_step_computing(CLI::App& app, Computing& computing) {
  add_device(app, computing.device, {"cpu", "cuda"}, "Where to compute: cpu or cuda")
      ->default_str(name_of(computing.device));
  add_precision(app, computing.precision, {"fp32", "tf32", "bf16"},
                "Of products and convolutions on a CUDA device: fp32, tf32 or bf16")
      ->default_str(name_of(computing.precision));
  add_threads(app, computing.threads);
}

void add_model_options(CLI::App& app, StepOptions& options) {
  add_model(app, options.model);
  add_named(app, "--family", options.family, {"frequentist", "bayesian"}, family_named,
            "Layer family: frequentist or bayesian")
      ->default_str(file_name(options.family));
  add_norm(app, options.norm, "none, of ResNet batch");
}

void add_batch_size(CLI::App& app, std::int64_t& size) {
  add_number(app, "--batch-size", size, Bounds<std::int64_t>{1, 65536}, "Images of a batch")
      ->capture_default_str();
}

void add_step_options(CLI::App& app, StepOptions& options) {
  add_model_options(app, options);
  add_step_computing(app, options.computing);
  app.add_flag("--cuda-graph,!--no-cuda-graph", options.cuda_graph,
               "Whether to record the step on a CUDA device once and replay it (default: yes)");
  add_number(app, "--seconds", options.seconds, Bounds<double>{0, 3600},
             "How long to measure, after a third of it to warm up")
      ->type_name("SECONDS")
      ->capture_default_str();
}

void add_result_files(CLI::App& app, ResultFiles& files) {
  app.add_option("--out", files.prefix, "Where to write results: PREFIX.json, .png and .svg")
      ->type_name("PREFIX");
  app.add_flag("--force", files.force, "Replace files of that name; without it they are an error")
      ->needs("--out");
}

void require_new(const ResultFiles& files) {
  if (files.prefix.empty()) return;
  require_new({files.prefix + ".json", files.prefix + ".png", files.prefix + ".svg"}, files.force);
}

void write_results(const ResultFiles& files, const std::string& text, const std::string& json,
                   FunctionRef<void(const std::filesystem::path&)> draw) {
  if (files.prefix.empty()) {
    write_stdout(text);
    return;
  }
  io::write_file_atomically(files.prefix + ".json", json);
  draw(files.prefix);
  write_stdout(text + fmt::format("\nfiles: {0}.json {0}.png {0}.svg\n", files.prefix));
}

std::optional<int> parse(CLI::App& app, int argc, const char* const* argv,
                         const std::function<void()>& check) {
  const auto wrong_usage = [&](std::string message) {
    std::replace(message.begin(), message.end(), '\n', ' ');
    write_stderr(fmt::format("{}: {} (--help shows the options)\n", app.get_name(), message));
    return 2;
  };
  add_version(app);
  try {
    app.parse(argc, argv);
    check();
  } catch (const CLI::Success& text) {  // help or version
    return app.exit(text);
  } catch (const CLI::ParseError& error) {
    return wrong_usage(error.what());
  } catch (const ValueError& error) {
    return wrong_usage(error.what());
  }
  return std::nullopt;
}

void require_precision(const Computing& computing) {
  if (computing.precision == Precision::fp32 || computing.device == DeviceChoice::cuda) return;
  throw ValueError("--precision " + name_of(computing.precision) + " needs --device cuda");
}

void require_model_norm(const StepOptions& options) {
  if (options.norm) require_norm(options.model, *options.norm);
}

void require_ascending(const char* option, const std::vector<std::int64_t>& sizes) {
  if (std::adjacent_find(sizes.begin(), sizes.end(), std::greater_equal<>()) != sizes.end()) {
    throw ValueError(std::string(option) + " takes ascending numbers");
  }
}

std::unique_ptr<nn::Module> make_model(const StepOptions& options) {
  NamedModel model =
      make_model({.name = options.model, .norm = options.norm}, options.family, Generator(1));
  nn::move_to(*model.module, chosen_device(options.computing.device));
  return std::move(model.module);
}

train::Objective objective_of(const StepOptions& options) {
  if (options.family == Family::bayesian) return bayes::Elbo{};
  return train::cross_entropy;
}

}  // namespace credence::benchmarks
