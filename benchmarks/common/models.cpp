// The names of families, and look-ups in the list of models.
#include "benchmarks/common/models.hpp"

#include "framework/base/error.hpp"

namespace credence::benchmarks {

const char* to_string(Family family) {
  return family == Family::frequentist ? "frequentist" : "Bayesian";
}

const char* file_name(Family family) {
  return family == Family::frequentist ? "frequentist" : "bayesian";
}

std::optional<Family> family_named(std::string_view name) {
  for (const Family family : {Family::frequentist, Family::bayesian}) {
    if (name == file_name(family)) return family;
  }
  return {};
}

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

std::string full_name(Family family, const std::string& model) {
  return (family == Family::bayesian ? "Bayesian" : "") + model;
}

NamedModel make_model(const ModelOptions& options, Family family, const Generator& generator) {
  return model_named(options.name).make(options, family, generator);
}

}  // namespace credence::benchmarks
