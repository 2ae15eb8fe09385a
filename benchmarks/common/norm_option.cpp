// The options --norm, --batch-norm and --no-batch-norm.
#include "benchmarks/common/norm_option.hpp"

#include "benchmarks/common/command_line.hpp"
#include "benchmarks/common/models.hpp"
#include "framework/base/error.hpp"

#include <fmt/core.h>
#include <fmt/ranges.h>

namespace credence::benchmarks {

void add_norm(CLI::App& app, std::optional<zoo::Norm>& norm, const std::string& defaults) {
  // Before --norm, which says more where both are given.
  app.add_flag_callback(
      "--batch-norm", [&norm] { norm = zoo::Norm::batch; }, "The same as --norm batch");
  app.add_flag_callback(
      "--no-batch-norm", [&norm] { norm = zoo::Norm::none; }, "The same as --norm none");
  add_named(
      app, "--norm", norm, {"none", "batch", "filter-response"}, norm_named,
      "For VGG and ResNet: what normalises the output of each convolution: none, batch, or of "
      "ResNet filter-response, with silu where no activation is given (default: " +
          defaults + ")");
}

void require_norm(const std::string& model, zoo::Norm norm) {
  const ModelEntry& entry = model_named(model);
  if (entry.takes(norm)) return;
  std::vector<std::string> names;
  for (const zoo::Norm other : entry.norms) names.emplace_back(to_string(other));
  throw ValueError(fmt::format("{}: {} has no such normalisation, only {}",
                               norm == zoo::Norm::batch ? "--batch-norm" : "--norm", model,
                               fmt::join(names, ", ")));
}

}  // namespace credence::benchmarks
