// The look-up of a task by its name, and what tasks of both families share.
#include "benchmarks/driver/task.hpp"

#include "benchmarks/driver/images.hpp"
#include "benchmarks/driver/report.hpp"
#include "framework/base/counted.hpp"
#include "framework/base/error.hpp"

namespace credence::benchmarks {

const Task& task_of(const Options& options) {
  for (const Task& task : tasks()) {
    if (task.name == options.task) return task;
  }
  throw ValueError("[task] \"" + options.task + "\" is not known");
}

RunSets find_sets(const Options& options) {
  const auto& own = task_of(options).own_data;
  RunSets sets = own ? own->find(options) : find_images(options);
  return options.held_out == 0 ? sets : scored_on_held_out(sets, options.held_out, options.seed);
}

std::vector<std::string> with_checkpoints(const Options& options,
                                          const std::vector<std::string>& figures) {
  std::vector<std::string> files;
  if (!options.pretrained) files = {"frequentist.safetensors", "bayesian.safetensors"};
  files.insert(files.end(), figures.begin(), figures.end());
  return files;
}

std::string pair_training_text(const Options& options) {
  return options.pretrained ? "models from " + options.pretrained->string()
                            : training_text(options, counted(options.epochs, "epoch"));
}

}  // namespace credence::benchmarks
