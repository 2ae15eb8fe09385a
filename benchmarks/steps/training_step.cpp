// Times the parts of a training step, or a prediction, of a model on random images: the work that a
// framework cannot avoid, no loading and no evaluation.
#include "benchmarks/common/command_line.hpp"
#include "benchmarks/common/draw_option.hpp"
#include "benchmarks/common/median.hpp"
#include "benchmarks/common/models.hpp"
#include "benchmarks/common/provenance.hpp"
#include "benchmarks/steps/explain.hpp"
#include "benchmarks/steps/step_options.hpp"
#include "benchmarks/steps/step_timing.hpp"
#include "framework/base/counted.hpp"
#include "framework/base/error.hpp"
#include "framework/base/standard_streams.hpp"
#include "framework/core/parallel.hpp"
#include "framework/device/backend.hpp"
#include "framework/dispatch/kernels.hpp"

#include <algorithm>
#include <optional>
#include <string>

#include <fmt/core.h>
#include <nlohmann/json.hpp>
#include <sys/resource.h>

namespace credence::benchmarks {
namespace {

constexpr const char* kProgram = "credence-training-step";

constexpr const char* kFooter = R"(Examples:
  credence-training-step --model LeNet5 --family bayesian --batch-size 256 --threads 1
      a training step of BayesianLeNet5 and its parts on one thread
  credence-training-step --model ResNet20 --norm filter-response --batch-size 128
      a training step of ResNet20 with filter response normalisation
  credence-training-step --model VGG16 --batch-size 64 --samples 0 --json
      a prediction of VGG16, as JSON
  credence-training-step --model VGG16 --family bayesian --device cuda --explain
      what a step of BayesianVGG16 consists of, and what an H200 takes for it at least

Exit status: 0 success, 1 failure at run time, 2 wrong usage.)";

struct Options : StepOptions {
  std::int64_t batch_size = 256;
  std::optional<std::int64_t> samples{};  ///< of the posterior: times predictions, not steps
  bayes::PassDraw draw = bayes::PassDraw::outputs;
  bool explain = false;  ///< lists what a step consists of, and times none
  Card card{};           ///< that the explanation is for
  bool json = false;
  std::string command;  // as it was given
};

zoo::Norm norm_of(const Options& options) {
  return options.norm.value_or(model_named(options.model).norms.front());
}

// The most memory that was in use: of the process, on a CUDA device of its own.
std::int64_t peak_mib(Device device) {
  if (device == Device::cuda) {
    return static_cast<std::int64_t>(allocator_statistics(device).peak_bytes_in_use >> 20);
  }
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  return usage.ru_maxrss / 1024;
}

// Prints what was measured, as JSON with the further numbers, or as a line with `what` before and
// `parts` after the times.
void print(const Options& options, const std::vector<double>& times, const std::string& what,
           const std::string& parts, const nlohmann::ordered_json& more) {
  const Computing& computing = options.computing;
  const double typical = median(times);
  const double least = *std::min_element(times.begin(), times.end());
  const double images_per_second = 1e3 * static_cast<double>(options.batch_size) / typical;
  const std::int64_t peak = peak_mib(chosen_device(computing.device));
  if (!options.json) {
    write_stdout(fmt::format(
        "{} {}{}, batch {}, {}: {} {:.3f} ms (min {:.3f}){}; {:.0f} images/s; peak {} MiB\n",
        options.model, file_name(options.family),
        options.norm ? fmt::format(", norm {}", to_string(*options.norm)) : "", options.batch_size,
        device_text(computing), what, typical, least, parts, images_per_second, peak));
    return;
  }
  nlohmann::ordered_json json{{"model", options.model},
                              {"family", file_name(options.family)},
                              {"norm", to_string(norm_of(options))},
                              {"batch_size", options.batch_size},
                              {"device", name_of(computing.device)},
                              {"precision", name_of(computing.precision)},
                              {"threads", num_threads()},
                              {"kernels", cpu_instruction_set()},
                              {"median_ms", typical},
                              {"least_ms", least},
                              {"images_per_second", images_per_second},
                              {"peak_mib", peak}};
  json.update(more);
  for (const auto& [name, value] : provenance(kProgram, options.command)) {
    json["program"][name] = value;
  }
  write_stdout(json.dump(2, ' ', false, nlohmann::ordered_json::error_handler_t::replace) + "\n");
}

void explain_on_device(const Options& options) {
  if (!device::availability().usable) {
    throw Error("[explain] needs a CUDA device: " + device::availability().description +
                "; credence-explain-step gives the account without one");
  }
  prepare(options.computing);
  explain({.step = options,
           .batch_size = options.batch_size,
           .card = options.card,
           .runs_before = true,
           .json = options.json,
           .program = kProgram,
           .command = options.command});
}

void run(const Options& options) {
  if (options.explain) {
    explain_on_device(options);
    return;
  }
  const Device device = prepare(options.computing);
  const auto model = make_model(options);
  const train::Batch batch =
      random_batch(model_named(options.model).image, options.batch_size, device);
  const TimeBudget budget{.seconds = options.seconds};
  if (options.samples) {
    print(options, time_prediction(*model, batch.inputs, *options.samples, budget, options.draw),
          "prediction with " + counted(*options.samples, "sample"), "",
          {{"samples", *options.samples}, {"draw", draw_name(options.draw)}});
    return;
  }
  const StepTimes times =
      time_training(*model, objective_of(options), batch, budget, options.cuda_graph);
  const double forward = median(times.forward);
  const double backward = median(times.backward);
  const double adam = median(times.optimizer);
  // A step that is replayed has no parts.
  const std::string parts =
      forward > 0
          ? fmt::format(", forward {:.3f}, backward {:.3f}, Adam {:.3f}", forward, backward, adam)
          : "";
  print(options, times.step, "step", parts,
        {{"forward_ms", forward}, {"backward_ms", backward}, {"optimizer_ms", adam}});
}

// Reads the command line and does what it says; the exit status.
int act(int argc, const char* const* argv) {
  Options options;
  CLI::App app{"Times the training step of a model, or its predictions, on random images.",
               kProgram};
  app.footer(kFooter);
  add_step_options(app, options);
  add_batch_size(app, options.batch_size);
  CLI::Option* const samples =
      add_number(app, "--samples", options.samples, Bounds<std::int64_t>{0, 65536},
                 "Time predictions that average this many posterior samples (0: the posterior's "
                 "mean) instead of training steps");
  add_draw(app, options.draw)->needs(samples);
  app.add_flag("--explain", options.explain,
               "List the kernels and library calls of a step on a CUDA device with the least time "
               "that a card takes for them, instead of timing it (credence-explain-step does so "
               "without a device)")
      ->excludes(samples);
  add_card(app, options.card);
  app.add_flag("--json", options.json, "Print the results as JSON");
  options.command = command_text(argc, argv);
  const auto status = parse(app, argc, argv, [&] {
    require_precision(options.computing);
    if (options.explain && options.computing.device != DeviceChoice::cuda) {
      throw ValueError("--explain needs --device cuda");
    }
    require_model_norm(options);
  });
  if (status) return *status;
  run(options);
  return 0;
}

}  // namespace
}  // namespace credence::benchmarks

int main(int argc, char** argv) {
  const auto body = [&] { return credence::benchmarks::act(argc, argv); };
  return credence::run_program(credence::benchmarks::kProgram, body);
}
