// Look-ups in the list of models.
#include "benchmarks/common/models.hpp"

#include "framework/base/error.hpp"

namespace credence::benchmarks {

std::vector<std::string> model_names() {
  std::vector<std::string> names;
  for (const ModelEntry& entry : models()) names.push_back(entry.name);
  return names;
}

const ModelEntry& model_named(const std::string& name) {
  for (const ModelEntry& entry : models()) {
    if (entry.name == name) return entry;
  }
  throw ValueError("[model] \"" + name + "\" is not known");
}

}  // namespace credence::benchmarks
