// Where a trial's logs and learning curve are in the folder of its run.
#include "benchmarks/driver/trial_logs.hpp"

#include "bayes/elbo.hpp"
#include "framework/base/error.hpp"
#include "framework/io/input_file.hpp"
#include "framework/train/run_log.hpp"

#include <system_error>

namespace credence::benchmarks {
namespace {

namespace fs = std::filesystem;

fs::path log_prefix(const std::string& trial) { return trial + ".log"; }
fs::path tensorboard_folder(const std::string& trial) { return fs::path("tensorboard") / trial; }
std::string curve_name(const std::string& trial) { return "learning-curve-" + trial; }

// Bytes 16 to 23 of a PNG are its width and its height, big-endian.
std::int64_t big_endian(const std::string& bytes, std::size_t at) {
  std::int64_t number = 0;
  for (std::size_t i = at; i < at + 4; ++i) {
    number = number << 8 | static_cast<unsigned char>(bytes.at(i));
  }
  return number;
}

train::TensorBoardOptions tensorboard_options(std::int64_t every, bool bayesian) {
  train::TensorBoardOptions options{.every = every};
  options.histograms = [bayesian](nn::Module& model) {
    std::vector<NamedTensor> tensors;
    for (const nn::NamedParameter& p : nn::parameters(model)) {
      // log α says more of a spread than its parameter does.
      if (p.role == nn::Role::spread) continue;
      tensors.push_back({"weights/" + p.name, p.parameter->value()});
    }
    if (!bayesian) return tensors;
    for (const NamedTensor& layer : log_alpha_tensors(model)) {
      tensors.push_back({"log_alpha/" + layer.name, layer.tensor});
    }
    return tensors;
  };
  if (!bayesian) return options;
  options.scalars = [](nn::Module& model) {
    std::vector<train::NamedValue> numbers;
    for (const auto& [layer, kl] : bayes::kl_divergence_per_layer(model)) {
      numbers.push_back({"kl/" + layer, kl});
    }
    for (const auto& [layer, log_alpha] : mean_log_alpha(model)) {
      numbers.push_back({"mean_log_alpha/" + layer, log_alpha});
    }
    return numbers;
  };
  return options;
}

}  // namespace

TrialLogs::TrialLogs(const Options& options, const std::string& trial, bool bayesian)
    : options_(options), trial_(trial), bayesian_(bayesian) {}

void TrialLogs::add_to(train::FitOptions& fit) {
  if (!options_.out) return;
  const TrainingHabits& habits = options_.habits;
  if (habits.log) {
    fit.observers.push_back(
        std::make_shared<train::RunLog>(*options_.out / log_prefix(trial_), *habits.log));
  }
  if (!habits.tensorboard) return;
  const fs::path folder = *options_.out / tensorboard_folder(trial_);
  std::error_code error;
  fs::create_directories(folder, error);
  if (error) throw FileError(folder.string(), "cannot be made a folder: " + error.message());
  tensorboard_ = std::make_shared<train::TensorBoardLog>(
      folder, tensorboard_options(habits.log.value_or(1), bayesian_));
  fit.observers.push_back(tensorboard_);
}

void TrialLogs::finish(const LearningCurve& curve) {
  if (!options_.out || curve.epochs.empty()) return;
  const fs::path stem = *options_.out / curve_name(trial_);
  draw_learning_curve(curve, stem);
  if (!tensorboard_) return;
  const std::string png = io::read_file(stem.string() + ".png", "a learning curve");
  tensorboard_->add_image("learning curve", big_endian(png, 16), big_endian(png, 20), png);
}

std::vector<std::string> log_files(const std::vector<std::string>& trials) {
  std::vector<std::string> names;
  for (const std::string& trial : trials) {
    for (const char* ending : {".png", ".svg"}) names.push_back(curve_name(trial) + ending);
    for (const fs::path& file : train::RunLog::files(log_prefix(trial))) {
      names.push_back(file.string());
    }
    names.push_back(train::TensorBoardLog::file(tensorboard_folder(trial)).string());
  }
  return names;
}

}  // namespace credence::benchmarks
