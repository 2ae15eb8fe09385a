// The account of a training step as text and JSON, and the options that choose the card: what
// credence-training-step --explain and credence-explain-step print.
#pragma once

#include "benchmarks/steps/step_account.hpp"
#include "benchmarks/steps/step_options.hpp"

#include <string>

namespace credence::benchmarks {

/// Which step to explain, and how.
struct Explanation {
  StepOptions step{};
  std::int64_t batch_size = 256;
  Card card{};
  bool runs_before = false;  ///< see recorded_calls
  bool json = false;
  std::string program;
  std::string command;
};

/// Adds --card-bandwidth, --card-fp32, --card-tf32 and --card-bf16.
void add_card(CLI::App& app, Card& card);

/// Records a step on the CUDA device and writes its account to stdout.
void explain(const Explanation& explanation);

}  // namespace credence::benchmarks
