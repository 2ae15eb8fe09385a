// The options that the programs of this folder share.
#pragma once

#include "benchmarks/common/device.hpp"
#include "benchmarks/common/models.hpp"
#include "framework/base/function_ref.hpp"
#include "framework/nn/module.hpp"
#include "framework/train/objective.hpp"
#include "zoo/norm.hpp"

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace CLI {
class App;
}

namespace credence::benchmarks {

/// Which model, where, and for how long.
struct StepOptions {
  std::string model = "LeNet5";
  Family family = Family::frequentist;
  std::optional<zoo::Norm> norm{};  ///< in place of the model's first
  Computing computing{.device = DeviceChoice::cpu};
  bool cuda_graph = true;  ///< whether a CUDA device replays the step
  double seconds = 3;      ///< of a measurement
};

/// --model
void add_model(CLI::App& app, std::string& model);

/// --device, --precision and --threads
void add_step_computing(CLI::App& app, Computing& computing);

/// --model, --family and --norm
void add_model_options(CLI::App& app, StepOptions& options);

/// --batch-size
void add_batch_size(CLI::App& app, std::int64_t& size);

/// The options of programs that time steps: of the model and of computing, --cuda-graph and
/// --seconds.
void add_step_options(CLI::App& app, StepOptions& options);

/// Where a program's results go beside stdout: PREFIX.json, .png and .svg; nowhere without a
/// prefix.
struct ResultFiles {
  std::string prefix;
  bool force = false;  ///< replaces files that are there
};

/// Adds --out and --force.
void add_result_files(CLI::App& app, ResultFiles& files);

/// Throws FileError where one of the files could not be written, or is there and may not be
/// replaced.
void require_new(const ResultFiles& files);

/// Writes the JSON, calls draw(prefix) for the figures, and prints the text with the files' names.
void write_results(const ResultFiles& files, const std::string& text, const std::string& json,
                   FunctionRef<void(const std::filesystem::path&)> draw);

/// Reads the arguments; `check` throws ValueError where they do not go together. The exit status
/// where the program is to end at once: 0 after --help and --version, 2 after wrong usage, which it
/// says in one line on stderr.
std::optional<int> parse(CLI::App& app, int argc, const char* const* argv,
                         const std::function<void()>& check);

/// Throws ValueError for a precision that the device does not have.
void require_precision(const Computing& computing);

/// Throws ValueError for a normalisation that the model does not take.
void require_model_norm(const StepOptions& options);

/// Throws ValueError where the numbers that an option takes do not ascend.
void require_ascending(const char* option, const std::vector<std::int64_t>& sizes);

/// The model with new parameters, always the same, on the device.
std::unique_ptr<nn::Module> make_model(const StepOptions& options);

/// Cross-entropy, for a Bayesian model the ELBO.
train::Objective objective_of(const StepOptions& options);

}  // namespace credence::benchmarks
