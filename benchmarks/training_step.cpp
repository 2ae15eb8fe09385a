// Times the parts of a training step of a model on random images, the work that a framework cannot
// avoid: no loading, no evaluation.
#include "bayes/elbo.hpp"
#include "benchmarks/models.hpp"
#include "framework/core/parallel.hpp"
#include "framework/optim/optimizer.hpp"

#include <algorithm>
#include <chrono>

#include <CLI/CLI.hpp>
#include <fmt/core.h>
#include <sys/resource.h>

namespace credence::benchmarks {
namespace {

using Clock = std::chrono::steady_clock;

struct Options {
  std::string model = "LeNet5";
  std::string family = "frequentist";
  std::int64_t batch_size = 256;
  int threads = 0;
  double seconds = 3;
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

train::Batch random_batch(const Shape& image, std::int64_t size) {
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
  return {images, labels};
}

void run(nn::Module& model, const train::Objective& objective, const Options& options) {
  const train::Batch batch = random_batch(image_shape_of(options.model), options.batch_size);
  const auto optimizer = optim::make_optimizer(model, optim::Adam{.learning_rate = 1e-3});
  Milliseconds times;
  const auto step = [&] {
    const auto begin = Clock::now();
    optimizer->zero_grad();
    const auto cleared = Clock::now();
    const train::Loss loss = objective(model, batch, 60000);
    const auto forward = Clock::now();
    loss.total.backward();
    const auto backward = Clock::now();
    optimizer->step();
    const auto end = Clock::now();
    times.forward.push_back(between(cleared, forward));
    times.backward.push_back(between(forward, backward));
    times.optimizer.push_back(between(begin, cleared) + between(backward, end));
    times.step.push_back(between(begin, end));
  };
  const auto repeat = [&](double seconds) {
    for (const auto begin = Clock::now(); between(begin, Clock::now()) < 1e3 * seconds;) step();
  };
  repeat(options.seconds / 3);
  times = {};
  repeat(options.seconds);
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  fmt::print(
      "{} {}, batch {}, {} threads, {}: step {:.2f} ms (min {:.2f}), forward {:.2f}, backward "
      "{:.2f}, Adam {:.2f}; {:.0f} images/s; peak {} MiB\n",
      options.model, options.family, options.batch_size, num_threads(), cpu_instruction_set(),
      median(times.step), *std::min_element(times.step.begin(), times.step.end()),
      median(times.forward), median(times.backward), median(times.optimizer),
      1e3 * static_cast<double>(options.batch_size) / median(times.step), usage.ru_maxrss / 1024);
}

}  // namespace
}  // namespace credence::benchmarks

int main(int argc, char** argv) {
  using namespace credence;
  benchmarks::Options options;
  CLI::App app{"Times the training step of a model on random images.", "credence-training-step"};
  app.add_option("--model", options.model, "Model")
      ->check(CLI::IsMember(benchmarks::model_names()))
      ->capture_default_str();
  app.add_option("--family", options.family, "Layer family")
      ->check(CLI::IsMember({"frequentist", "bayesian"}))
      ->capture_default_str();
  app.add_option("--batch-size", options.batch_size)->check(CLI::Range(1, 65536));
  app.add_option("--threads", options.threads, "Threads that compute (default: all cores)")
      ->check(CLI::Range(1, 1024));
  app.add_option("--seconds", options.seconds, "How long to measure")->capture_default_str();
  CLI11_PARSE(app, argc, argv);
  if (options.threads > 0) set_num_threads(options.threads);
  const bool bayesian = options.family == "bayesian";
  const benchmarks::NamedModel model = benchmarks::make_model(
      {.name = options.model},
      bayesian ? benchmarks::Family::bayesian : benchmarks::Family::frequentist, Generator(1));
  benchmarks::run(*model.module, bayesian ? train::Objective(bayes::Elbo{}) : train::cross_entropy,
                  options);
}
