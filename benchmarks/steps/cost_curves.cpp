// Times a training step over batch sizes and a prediction over posterior samples, and says where
// the cost grows faster than the work.
#include "benchmarks/common/command_line.hpp"
#include "benchmarks/common/median.hpp"
#include "benchmarks/common/models.hpp"
#include "benchmarks/common/provenance.hpp"
#include "benchmarks/steps/cost_figure.hpp"
#include "benchmarks/steps/step_options.hpp"
#include "benchmarks/steps/step_timing.hpp"
#include "framework/base/counted.hpp"
#include "framework/base/error.hpp"
#include "framework/base/standard_streams.hpp"
#include "framework/core/parallel.hpp"

#include <algorithm>
#include <functional>

#include <fmt/core.h>

namespace credence::benchmarks {
namespace {

constexpr const char* kFooter = R"(Examples:
  credence-cost-curves --model LeNet5 --threads 1 --out lenet5
      BayesianLeNet5 on one thread: tables, lenet5.json, lenet5.png and lenet5.svg
  credence-cost-curves --model VGG16 --batch-sizes 16 32 64 128 --samples 1 4 16
      these sizes alone, no files
  credence-cost-curves --family frequentist --device cuda --precision tf32 --out gpu
      training steps of LeNet5 on a GPU; predictions are timed of Bayesian models

Exit status: 0 success, 1 failure at run time, 2 wrong usage.)";

std::vector<std::int64_t> powers_of_two(std::int64_t last) {
  std::vector<std::int64_t> powers;
  for (std::int64_t power = 1; power <= last; power *= 2) powers.push_back(power);
  return powers;
}

struct Options : StepOptions {
  std::vector<std::int64_t> batch_sizes = powers_of_two(1024);
  std::vector<std::int64_t> samples = powers_of_two(64);
  std::int64_t prediction_batch = 0;
  ResultFiles files;
  std::string command;  // as it was given
};

CostPoint point_of(std::int64_t size, const std::vector<double>& milliseconds) {
  return {size, median(milliseconds), *std::min_element(milliseconds.begin(), milliseconds.end()),
          static_cast<std::int64_t>(milliseconds.size())};
}

// The curve with its points; each begins with no memory left over from the one before.
CostCurve with_points(CostCurve curve, const std::vector<std::int64_t>& sizes, Device device,
                      const std::function<std::vector<double>(std::int64_t)>& time) {
  for (const std::int64_t size : sizes) {
    curve.points.push_back(point_of(size, time(size)));
    release_cached_memory(device);
    write_stderr(fmt::format("{}, {} {}: {:.3f} ms\n", curve.work, curve.size, size,
                             curve.points.back().milliseconds));
  }
  return curve;
}

CostCurves measure(const Options& options) {
  const Device device = prepare(options.computing);
  const Shape image = model_named(options.model).image;
  const TimeBudget budget{.seconds = options.seconds, .least_repeats = 3};
  std::string description = device_text(options.computing);
  CostCurves result{options.model,
                    options.family,
                    name_of(options.computing.device),
                    std::move(description),
                    name_of(options.computing.precision),
                    num_threads(),
                    {}};
  const auto time_step = [&](std::int64_t size) {
    // Parameters that have not moved, so that no point depends on those before it.
    const auto model = make_model(options);
    const train::Batch batch = random_batch(image, size, device);
    return time_training(*model, objective_of(options), batch, budget, options.cuda_graph).step;
  };
  result.curves.push_back(with_points({"training step", "batch size", "image", {}},
                                      options.batch_sizes, device, time_step));
  if (options.family != Family::bayesian) return result;
  const train::Batch batch = random_batch(image, options.prediction_batch, device);
  const auto model = make_model(options);
  const auto predict = [&](std::int64_t samples) {
    return time_prediction(*model, batch.inputs, samples, budget);
  };
  result.curves.push_back(
      with_points({"prediction of " + counted(options.prediction_batch, "image"),
                   "posterior samples",
                   "sample",
                   {}},
                  options.samples, device, predict));
  return result;
}

void run(const Options& options) {
  require_new(options.files);
  CostCurves curves = measure(options);
  curves.program = provenance("credence-cost-curves", options.command);
  write_results(options.files,
                fmt::format("{}, {}\n\n{}", curves.name(), curves.description, cost_text(curves)),
                cost_json(curves),
                [&](const std::filesystem::path& stem) { draw_cost(curves, stem); });
}

// Reads the command line and does what it says; the exit status.
int act(int argc, const char* const* argv) {
  Options options;
  options.family = Family::bayesian;
  options.seconds = 0.5;
  CLI::App app{
      "Times the training step of a model over batch sizes, and a Bayesian model's prediction over "
      "posterior samples, and says where the cost grows faster than the work.",
      "credence-cost-curves"};
  app.footer(kFooter);
  add_step_options(app, options);
  const Bounds<std::int64_t> count{1, 65536};
  add_number(app, "--batch-sizes", options.batch_sizes, count,
             "Batch sizes of training steps, ascending (default: 1 2 4 … 1024)");
  CLI::Option* const samples =
      add_number(app, "--samples", options.samples, count,
                 "Posterior samples of predictions, ascending (default: 1 2 4 … 64)");
  CLI::Option* const prediction_batch =
      add_number(app, "--prediction-batch", options.prediction_batch, count,
                 "Images of a prediction (default: 256, VGG 64)");
  add_result_files(app, options.files);
  options.command = command_text(argc, argv);
  const auto status = parse(app, argc, argv, [&] {
    require_precision(options.computing);
    require_model_norm(options);
    require_ascending("--batch-sizes", options.batch_sizes);
    require_ascending("--samples", options.samples);
    if (samples->count() + prediction_batch->count() > 0 && options.family != Family::bayesian) {
      throw ValueError("predictions (--samples, --prediction-batch) need --family bayesian");
    }
  });
  if (status) return *status;
  if (options.prediction_batch == 0) {
    options.prediction_batch = model_named(options.model).prediction_batch;
  }
  run(options);
  return 0;
}

}  // namespace
}  // namespace credence::benchmarks

int main(int argc, char** argv) {
  const auto body = [&] { return credence::benchmarks::act(argc, argv); };
  return credence::run_program("credence-cost-curves", body);
}
