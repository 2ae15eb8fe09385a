// The look-up of a task by its name.
#include "benchmarks/driver/task.hpp"

#include "framework/base/error.hpp"

namespace credence::benchmarks {

const Task& task_of(const Options& options) {
  for (const Task& task : tasks()) {
    if (task.name == options.task) return task;
  }
  throw ValueError("[task] \"" + options.task + "\" is not known");
}

}  // namespace credence::benchmarks
