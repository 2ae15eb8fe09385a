// Measures how noisy the gradient of a Bayesian model's likelihood is with each estimator of its
// layers.
#include "bayes/elbo.hpp"
#include "bayes/estimator/flipout.hpp"
#include "bayes/estimator/local_reparametrization.hpp"
#include "bayes/estimator/weight_reparametrization.hpp"
#include "bayes/posterior/gaussian.hpp"
#include "benchmarks/common/activation_option.hpp"
#include "benchmarks/common/command_line.hpp"
#include "benchmarks/common/models.hpp"
#include "benchmarks/steps/gradient_report.hpp"
#include "benchmarks/steps/step_options.hpp"
#include "data/idx.hpp"
#include "data/loader.hpp"
#include "data/location.hpp"
#include "data/synthetic_digits.hpp"
#include "framework/base/counted.hpp"
#include "framework/base/error.hpp"
#include "framework/base/standard_streams.hpp"
#include "framework/core/parallel.hpp"
#include "framework/train/fit.hpp"

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <functional>
#include <numeric>

#include <fmt/core.h>

namespace credence::benchmarks {
namespace {

constexpr const char* kFooter = R"(Examples:
  credence-gradient-variance --out variance
      BayesianLeNet5 with random weights on drawn digits: tables, variance.json, .png and .svg
  credence-gradient-variance --dataset mnist --epochs 3 --log-variance -6
      after three epochs of training on MNIST, with a deviation of each weight of exp(-6/2)
  credence-gradient-variance --batch-sizes 16 256 --draws 50
      a coarse answer in less time

The gradient is that of the mean NLL of a batch. Each batch size cuts the same training images, as
many as the largest batch has, into batches.

Exit status: 0 success, 1 failure at run time, 2 wrong usage.)";

struct Options {
  std::string model = "LeNet5";
  Computing computing{.device = DeviceChoice::cpu};
  std::optional<nn::Activation> activation;
  double log_variance = -8;
  std::string dataset = "synthetic-digits";
  std::optional<std::filesystem::path> data_dir;
  std::int64_t epochs = 0;
  std::vector<std::int64_t> batch_sizes{1, 4, 16, 64, 256};
  std::int64_t draws = 200;
  std::uint64_t seed = 1;
  ResultFiles files;
  std::string command;  // as it was given
};

struct NamedEstimator {
  std::string name;
  bayes::Estimator estimator;
};

// The first is what the others are compared with.
std::vector<NamedEstimator> estimators() {
  return {{"weight reparametrisation", bayes::WeightReparametrization{}},
          {"local reparametrisation", bayes::LocalReparametrization{}},
          {"Flipout", bayes::Flipout{}}};
}

// Drawn digits to train on. More begin with the same ones.
constexpr std::int64_t kDrawnDigits = 10000;

data::Dataset images_of(const Options& options) {
  if (options.dataset == "synthetic-digits") {
    const std::int64_t trained_on = options.epochs > 0 ? kDrawnDigits : 0;
    return data::synthetic_digits(std::max(trained_on, options.batch_sizes.back()),
                                  Generator(options.seed).split("synthetic-digits"),
                                  data::Split::train);
  }
  const auto folder = data::find(options.dataset, options.data_dir, data::Split::train);
  if (!folder) {
    throw Error(
        fmt::format("no {0} in any known folder (--data-dir names one, \"credence-bench "
                    "download {0}\" fetches it)",
                    options.dataset));
  }
  return options.dataset == "mnist" ? data::mnist(*folder, data::Split::train)
                                    : data::fashion_mnist(*folder, data::Split::train);
}

// `part` keys the noise, so that models draw independently of each other.
NamedModel model_with(const Options& options, const std::optional<bayes::Estimator>& estimator,
                      const std::string& part) {
  NamedModel model = make_model(
      {.name = options.model,
       .activation = options.activation,
       .variational = bayes::Variational(bayes::Gaussian{.log_variance = options.log_variance}, {},
                                         estimator.value_or(bayes::Estimator()))},
      Family::bayesian, Generator(options.seed).split(part));
  nn::move_to(*model.module, chosen_device(options.computing.device));
  return model;
}

// Training as the default recipe's, with a constant learning rate.
void train_model(nn::Module& model, const Options& options, const data::Dataset& images) {
  if (options.epochs == 0) return;
  const RecipeDefaults& defaults = model_named(options.model).credence;
  data::Loader loader(images, {.batch_size = defaults.batch_size,
                               .shuffle = true,
                               .generator = Generator(options.seed).split("order"),
                               .device = nn::device_of(model)});
  train::fit(model, loader,
             {.epochs = options.epochs,
              .optimizer = optim::Adam{.learning_rate = defaults.from_random.bayesian_rate},
              .objective = bayes::Elbo{}});
}

// The first `count` images in batches of a size.
std::vector<train::Batch> batches_of(const data::Dataset& images, std::int64_t count,
                                     std::int64_t size, Device device) {
  std::vector<std::int64_t> indices(static_cast<std::size_t>(count));
  std::iota(indices.begin(), indices.end(), std::int64_t{0});
  data::Loader loader(
      images, {.batch_size = size, .indices = indices, .drop_last = true, .device = device});
  loader.start_epoch(0);
  std::vector<train::Batch> batches;
  // A batch that is held keeps its memory.
  for (train::Batch batch; loader.next(batch);) batches.push_back(batch);
  return batches;
}

void copy_parameters(nn::Module& from, nn::Module& to) {
  const auto source = nn::parameters(from);
  const auto target = nn::parameters(to);
  for (std::size_t i = 0; i < target.size(); ++i) {
    target[i].parameter->set_value(source[i].parameter->value().clone());
  }
}

GradientStudy measure(const Options& options) {
  const Device device = prepare(options.computing);
  const data::Dataset images = images_of(options);
  const std::int64_t count = options.batch_sizes.back();
  if (count > images.size()) {
    throw Error(fmt::format("{} has {}, a batch of {} was asked for", images.name,
                            counted(images.size(), "training image"), count));
  }
  const NamedModel trained = model_with(options, {}, "model");
  train_model(*trained.module, options, images);
  GradientStudy study{.model = full_name(Family::bayesian, options.model),
                      .activation = trained.activation.name(),
                      .log_variance = options.log_variance,
                      .dataset = images.name,
                      .epochs = options.epochs,
                      .device = device_text(options.computing),
                      .estimators = {}};
  std::vector<NamedModel> models;
  for (const auto& [name, estimator] : estimators()) {
    models.push_back(model_with(options, estimator, name));
    copy_parameters(*trained.module, *models.back().module);
    models.back().module->train(false);  // no other noise, as that of dropout
    study.estimators.push_back(name);
  }
  for (const std::int64_t size : options.batch_sizes) {
    const std::vector<train::Batch> batches = batches_of(images, count, size, device);
    GradientPoint point{size, {}};
    for (std::size_t i = 0; i < models.size(); ++i) {
      point.moments.push_back(
          gradient_moments(*models[i].module, train::cross_entropy, batches, options.draws));
      write_stderr(fmt::format("batch size {}, {}: {}\n", size, study.estimators[i],
                               counted(options.draws, "draw")));
    }
    study.points.push_back(std::move(point));
  }
  return study;
}

void run(const Options& options) {
  require_new(options.files);
  GradientStudy study = measure(options);
  study.program = provenance("credence-gradient-variance", options.command);
  write_results(options.files, gradient_text(study), gradient_json(study),
                [&](const std::filesystem::path& stem) { draw_gradient_variance(study, stem); });
}

void add_options(CLI::App& app, Options& options) {
  add_model(app, options.model);
  add_step_computing(app, options.computing);
  add_activation(app, options.activation);
  add_number(app, "--log-variance", options.log_variance, Bounds<double>{-40, 4},
             "Of each weight at first: the logarithm of its variance")
      ->capture_default_str();
  app.add_option("--dataset", options.dataset, "Training images")
      ->check(CLI::IsMember({"synthetic-digits", "mnist", "fashion-mnist"}))
      ->type_name("NAME")
      ->capture_default_str();
  app.add_option("--data-dir", options.data_dir, "Folder that holds the data set")
      ->type_name("DIR");
  add_number(app, "--epochs", options.epochs, Bounds<std::int64_t>{0, 10000},
             "Train before measuring, with the posterior's own estimator; 0: random weights")
      ->capture_default_str();
  add_number(app, "--batch-sizes", options.batch_sizes, Bounds<std::int64_t>{1, 65536},
             "Batch sizes, ascending (default: 1 4 16 64 256)");
  add_number(app, "--draws", options.draws, Bounds<std::int64_t>{4, 1000000},
             "Gradients to draw for each batch and estimator")
      ->capture_default_str();
  add_number(app, "--seed", options.seed, Bounds<std::uint64_t>{0, UINT64_MAX},
             "Keys the weights, their noise and drawn digits")
      ->capture_default_str();
  add_result_files(app, options.files);
}

void check(const Options& options) {
  require_precision(options.computing);
  require_ascending("--batch-sizes", options.batch_sizes);
  const Shape digit{1, 28, 28};
  const Shape image = model_named(options.model).image;
  if (image != digit) {
    throw ValueError("--model " + options.model + " takes images of shape " + image.to_string() +
                     ", those of the data sets are " + digit.to_string());
  }
}

// Reads the command line and does what it says; the exit status.
int act(int argc, const char* const* argv) {
  Options options;
  CLI::App app{
      "Measures the variance of the gradient of a Bayesian model's mean NLL with each estimator: "
      "weight reparametrisation, local reparametrisation and Flipout.",
      "credence-gradient-variance"};
  app.footer(kFooter);
  add_options(app, options);
  options.command = command_text(argc, argv);
  if (const auto status = parse(app, argc, argv, [&] { check(options); })) return *status;
  run(options);
  return 0;
}

}  // namespace
}  // namespace credence::benchmarks

int main(int argc, char** argv) {
  const auto body = [&] { return credence::benchmarks::act(argc, argv); };
  return credence::run_program("credence-gradient-variance", body);
}
