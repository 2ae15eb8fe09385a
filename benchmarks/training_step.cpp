// Times the parts of a training step, or a prediction, of a model on random images: the work that a
// framework cannot avoid, no loading and no evaluation.
#include "bayes/elbo.hpp"
#include "bayes/predict.hpp"
#include "benchmarks/device.hpp"
#include "benchmarks/models.hpp"
#include "framework/core/parallel.hpp"
#include "framework/optim/optimizer.hpp"

#include <algorithm>
#include <chrono>
#include <optional>
#include <string>

#include <CLI/CLI.hpp>
#include <fmt/core.h>
#include <nlohmann/json.hpp>
#include <sys/resource.h>

namespace credence::benchmarks {
namespace {

using Clock = std::chrono::steady_clock;

struct Options {
  std::string model = "LeNet5";
  std::string family = "frequentist";
  std::int64_t batch_size = 256;
  std::string device = "cpu";
  int threads = 0;
  double seconds = 3;
  std::optional<std::int64_t> samples{};  ///< of the posterior: times predictions, not steps
  bool json = false;
};

struct Milliseconds {
  std::vector<double> forward, backward, optimizer, step;
};

double median(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  return values[values.size() / 2];
}

double between(Clock::time_point begin, Clock::time_point end) {
  return std::chrono::duration<double, std::milli>(end - begin).count();
}

DeviceChoice choice_of(const Options& options) {
  return options.device == "cuda" ? DeviceChoice::cuda : DeviceChoice::cpu;
}

train::Batch random_batch(const Shape& image, std::int64_t size, Device device) {
  const Generator generator(7);
  const Tensor images = Tensor::empty({size, image[0], image[1], image[2]});
  const Tensor labels = Tensor::empty({size}, DType::int64);
  const RandomStream pixels = generator.split("images").next();
  for (std::int64_t i = 0; i < images.numel(); ++i) {
    images.data<float>()[i] = static_cast<float>(pixels.uniform(i));
  }
  const RandomStream classes = generator.split("labels").next();
  for (std::int64_t i = 0; i < size; ++i) {
    labels.data<std::int64_t>()[i] = static_cast<std::int64_t>(classes.below(i, 10));
  }
  return {images.to(device), labels.to(device)};
}

// Repeats `work` for as long as was asked, after a third of that to warm up; `forget` drops the
// times of the warm-up.
template <class Work, class Forget>
void repeat(const Options& options, Work work, Forget forget) {
  const auto run_for = [&](double seconds) {
    for (const auto begin = Clock::now(); between(begin, Clock::now()) < 1e3 * seconds;) work();
  };
  run_for(options.seconds / 3);
  forget();
  run_for(options.seconds);
}

// Prints what was measured, as JSON with the further numbers, or as a line with `what` before and
// `parts` after the times.
void print(const Options& options, const std::vector<double>& times, const std::string& what,
           const std::string& parts, const nlohmann::ordered_json& more) {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  const double typical = median(times);
  const double least = *std::min_element(times.begin(), times.end());
  const double images_per_second = 1e3 * static_cast<double>(options.batch_size) / typical;
  const long peak = usage.ru_maxrss / 1024;
  if (!options.json) {
    fmt::print("{} {}, batch {}, {}: {} {:.2f} ms (min {:.2f}){}; {:.0f} images/s; peak {} MiB\n",
               options.model, options.family, options.batch_size, device_text(choice_of(options)),
               what, typical, least, parts, images_per_second, peak);
    return;
  }
  nlohmann::ordered_json json{{"model", options.model},
                              {"family", options.family},
                              {"batch_size", options.batch_size},
                              {"device", options.device},
                              {"threads", num_threads()},
                              {"kernels", cpu_instruction_set()},
                              {"median_ms", typical},
                              {"least_ms", least},
                              {"images_per_second", images_per_second},
                              {"peak_mib", peak}};
  json.update(more);
  fmt::print("{}\n", json.dump(2));
}

// On a CUDA device, which works while the host goes on, the parts of the step are the host's alone.
void time_training(nn::Module& model, const train::Objective& objective, const Options& options) {
  const Device device = nn::device_of(model);
  const train::Batch batch =
      random_batch(image_shape_of(options.model), options.batch_size, device);
  const auto optimizer = optim::make_optimizer(model, optim::Adam{.learning_rate = 1e-3});
  Milliseconds times;
  const auto step = [&] {
    const auto begin = Clock::now();
    optimizer->zero_grad();
    const auto cleared = Clock::now();
    const train::Loss loss = objective(model, batch, {60000});
    const auto forward = Clock::now();
    loss.total.backward();
    const auto backward = Clock::now();
    optimizer->step();
    wait_for(device);
    const auto end = Clock::now();
    times.forward.push_back(between(cleared, forward));
    times.backward.push_back(between(forward, backward));
    times.optimizer.push_back(between(begin, cleared) + between(backward, end));
    times.step.push_back(between(begin, end));
  };
  repeat(options, step, [&] { times = {}; });
  const double forward = median(times.forward);
  const double backward = median(times.backward);
  const double adam = median(times.optimizer);
  print(options, times.step, "step",
        fmt::format(", forward {:.2f}, backward {:.2f}, Adam {:.2f}", forward, backward, adam),
        {{"forward_ms", forward}, {"backward_ms", backward}, {"optimizer_ms", adam}});
}

void time_prediction(nn::Module& model, const Options& options) {
  const Device device = nn::device_of(model);
  const train::Batch batch =
      random_batch(image_shape_of(options.model), options.batch_size, device);
  std::vector<double> times;
  const auto predict = [&] {
    const auto begin = Clock::now();
    bayes::predictive_log_probabilities(model, batch.images, {.samples = *options.samples});
    wait_for(device);
    times.push_back(between(begin, Clock::now()));
  };
  repeat(options, predict, [&] { times.clear(); });
  print(options, times, fmt::format("prediction with {} samples", *options.samples), "",
        {{"samples", *options.samples}});
}

void run(const Options& options) {
  if (options.threads > 0) set_num_threads(options.threads);
  const bool bayesian = options.family == "bayesian";
  const NamedModel model = make_model(
      {.name = options.model}, bayesian ? Family::bayesian : Family::frequentist, Generator(1));
  nn::move_to(*model.module, chosen_device(choice_of(options)));
  if (options.samples) {
    time_prediction(*model.module, options);
  } else {
    time_training(*model.module, bayesian ? train::Objective(bayes::Elbo{}) : train::cross_entropy,
                  options);
  }
}

}  // namespace
}  // namespace credence::benchmarks

int main(int argc, char** argv) {
  using namespace credence;
  benchmarks::Options options;
  CLI::App app{"Times the training step of a model, or its predictions, on random images.",
               "credence-training-step"};
  app.add_option("--model", options.model, "Model")
      ->check(CLI::IsMember(benchmarks::model_names()))
      ->capture_default_str();
  app.add_option("--family", options.family, "Layer family")
      ->check(CLI::IsMember({"frequentist", "bayesian"}))
      ->capture_default_str();
  app.add_option("--batch-size", options.batch_size)->check(CLI::Range(1, 65536));
  app.add_option("--device", options.device, "Where to compute")
      ->check(CLI::IsMember({"cpu", "cuda"}))
      ->capture_default_str();
  app.add_option("--threads", options.threads, "Threads that compute (default: all cores)")
      ->check(CLI::Range(1, 1024));
  app.add_option("--seconds", options.seconds, "How long to measure")->capture_default_str();
  app.add_option("--samples", options.samples,
                 "Time predictions that average this many posterior samples (0: the posterior's "
                 "mean) instead of training steps")
      ->check(CLI::Range(0, 65536));
  app.add_flag("--json", options.json, "Print the results as JSON");
  CLI11_PARSE(app, argc, argv);
  try {
    benchmarks::run(options);
  } catch (const std::exception& error) {
    fmt::print(stderr, "credence-training-step: {}\n", error.what());
    return 1;
  }
}
