// credence-explain-step: the account of a training step on a CUDA device, on any machine. The step
// is recorded on an emulated device, and never runs.
#include "benchmarks/common/command_line.hpp"
#include "benchmarks/common/computing_options.hpp"
#include "benchmarks/common/provenance.hpp"
#include "benchmarks/steps/explain.hpp"
#include "framework/base/standard_streams.hpp"

namespace credence::benchmarks {
namespace {

constexpr const char* kFooter =
    R"(The least time of a call is that in which the card moves its bytes, each array once, or computes its
flops. What starting a node takes is not part of it, nor is the working memory of libraries.

Examples:
  credence-explain-step --model LeNet5 --family bayesian
      the kernels of a training step of BayesianLeNet5, and what an H200 takes for them at least
  credence-explain-step --model VGG16 --precision tf32 --card-bandwidth 3.35
      the same of VGG16 in tf32 on a card with other memory

Exit status: 0 success, 1 failure at run time, 2 wrong usage.)";

int act(int argc, const char* const* argv) {
  Explanation explanation{.program = "credence-explain-step", .command = command_text(argc, argv)};
  explanation.step.computing.device = DeviceChoice::cuda;
  CLI::App app{"Lists the kernels and library calls of a model's training step on a CUDA device.",
               explanation.program};
  app.footer(kFooter);
  add_model_options(app, explanation.step);
  add_precision(app, explanation.step.computing.precision, {"fp32", "tf32", "bf16"},
                "Of products and convolutions: fp32, tf32 or bf16")
      ->default_str(name_of(explanation.step.computing.precision));
  add_batch_size(app, explanation.batch_size);
  add_card(app, explanation.card);
  app.add_flag("--json", explanation.json, "Print the account as JSON");
  const auto status = parse(app, argc, argv, [&] { require_model_norm(explanation.step); });
  if (status) return *status;
  prepare(explanation.step.computing);
  explain(explanation);
  return 0;
}

}  // namespace
}  // namespace credence::benchmarks

int main(int argc, char** argv) {
  const auto body = [&] { return credence::benchmarks::act(argc, argv); };
  return credence::run_program("credence-explain-step", body);
}
