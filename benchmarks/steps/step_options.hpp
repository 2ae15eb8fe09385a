// The options that credence-training-step and credence-cost-curves share.
#pragma once

#include "benchmarks/common/device.hpp"
#include "benchmarks/common/family.hpp"
#include "framework/nn/module.hpp"
#include "framework/train/objective.hpp"

#include <functional>
#include <memory>
#include <optional>
#include <string>

namespace CLI {
class App;
}

namespace credence::benchmarks {

/// Which model, where, and for how long.
struct StepOptions {
  std::string model = "LeNet5";
  Family family = Family::frequentist;
  Computing computing{.device = DeviceChoice::cpu};
  bool cuda_graph = true;  ///< whether a CUDA device replays the step
  double seconds = 3;      ///< of a measurement
};

/// Adds --model, --family, --device, --precision, --threads and --seconds.
void add_step_options(CLI::App& app, StepOptions& options);

/// Reads the arguments; `check` throws ValueError where they do not go together. The exit status
/// where the program is to end at once: 0 after --help and --version, 2 after wrong usage, which it
/// says in one line on stderr.
std::optional<int> parse(CLI::App& app, int argc, const char* const* argv,
                         const std::function<void()>& check);

/// Throws ValueError for a precision that the device does not have.
void require_precision(const StepOptions& options);

/// The model with new parameters, always the same, on the device.
std::unique_ptr<nn::Module> make_model(const StepOptions& options);

/// Cross-entropy, for a Bayesian model the ELBO.
train::Objective objective_of(const StepOptions& options);

}  // namespace credence::benchmarks
