// The names of families and normalisations, and look-ups in the list of models.
#include "benchmarks/common/models.hpp"

#include "framework/base/error.hpp"

#include <algorithm>

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

const char* to_string(zoo::Norm norm) {
  switch (norm) {
    case zoo::Norm::batch:
      return "batch";
    case zoo::Norm::filter_response:
      return "filter-response";
    case zoo::Norm::none:
      break;
  }
  return "none";
}

std::optional<zoo::Norm> norm_named(std::string_view name) {
  for (const zoo::Norm norm : {zoo::Norm::none, zoo::Norm::batch, zoo::Norm::filter_response}) {
    if (name == to_string(norm)) return norm;
  }
  return {};
}

bool ModelEntry::takes(zoo::Norm norm) const {
  return std::find(norms.begin(), norms.end(), norm) != norms.end();
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

NamedModel make_model(ModelOptions options, Family family, const Generator& generator) {
  const ModelEntry& entry = model_named(options.name);
  if (!options.norm) options.norm = entry.norms.front();
  if (!options.image) options.image = entry.image;
  return entry.make(options, family, generator);
}

}  // namespace credence::benchmarks
