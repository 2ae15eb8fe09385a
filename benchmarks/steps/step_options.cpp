#include "benchmarks/steps/step_options.hpp"

#include "bayes/elbo.hpp"
#include "benchmarks/common/command_line.hpp"
#include "benchmarks/common/models.hpp"
#include "framework/base/error.hpp"
#include "framework/base/standard_streams.hpp"
#include "framework/core/parallel.hpp"

#include <algorithm>

#include <fmt/core.h>

namespace credence::benchmarks {

void add_step_options(CLI::App& app, StepOptions& options) {
  app.add_option("--model", options.model, "Model")
      ->check(CLI::IsMember(model_names()))
      ->type_name("NAME")
      ->capture_default_str();
  app.add_option("--family", options.family, "Layer family: frequentist or bayesian")
      ->check(CLI::IsMember({"frequentist", "bayesian"}))
      ->type_name("NAME")
      ->capture_default_str();
  app.add_option("--device", options.device, "Where to compute: cpu or cuda")
      ->check(CLI::IsMember({"cpu", "cuda"}))
      ->type_name("NAME")
      ->capture_default_str();
  app.add_option("--precision", options.precision,
                 "Of products and convolutions on a CUDA device: fp32, tf32 or bf16")
      ->check(CLI::IsMember({"fp32", "tf32", "bf16"}))
      ->type_name("NAME")
      ->capture_default_str();
  app.add_flag("--cuda-graph,!--no-cuda-graph", options.cuda_graph,
               "Whether to record the step on a CUDA device once and replay it (default: yes)");
  add_number(app, "--threads", options.threads, Bounds<int>{1, kMaxThreads},
             "Threads that compute (default: all cores)");
  add_number(app, "--seconds", options.seconds, Bounds<double>{0, 3600},
             "How long to measure, after a third of it to warm up")
      ->type_name("SECONDS")
      ->capture_default_str();
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

void require_precision(const StepOptions& options) {
  if (options.precision == "fp32" || options.device == "cuda") return;
  throw ValueError("--precision " + options.precision + " needs --device cuda");
}

std::unique_ptr<nn::Module> make_model(const StepOptions& options) {
  NamedModel model =
      make_model({.name = options.model},
                 options.bayesian() ? Family::bayesian : Family::frequentist, Generator(1));
  nn::move_to(*model.module, chosen_device(options.computing().device));
  return std::move(model.module);
}

train::Objective objective_of(const StepOptions& options) {
  if (options.bayesian()) return bayes::Elbo{};
  return train::cross_entropy;
}

}  // namespace credence::benchmarks
