// The list of models, and the names of families and normalisations.
#include "zoo/architecture.hpp"

#include "framework/base/error.hpp"
#include "zoo/architecture_entry.hpp"

#include <algorithm>

namespace credence::zoo {

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

const char* to_string(Norm norm) {
  switch (norm) {
    case Norm::batch:
      return "batch";
    case Norm::filter_response:
      return "filter-response";
    case Norm::none:
      break;
  }
  return "none";
}

std::optional<Norm> norm_named(std::string_view name) {
  for (const Norm norm : {Norm::none, Norm::batch, Norm::filter_response}) {
    if (name == to_string(norm)) return norm;
  }
  return {};
}

bool Architecture::takes(Norm norm) const {
  return std::find(norms.begin(), norms.end(), norm) != norms.end();
}

const std::vector<Architecture>& architectures() {
  static const std::vector<Architecture> all{lenet5(),   vgg(11),    vgg(13),    vgg(16),
                                             vgg(19),    resnet(20), resnet(32), resnet(44),
                                             resnet(56), mlp()};
  return all;
}

const Architecture& architecture_named(const std::string& name) {
  for (const Architecture& architecture : architectures()) {
    if (architecture.name == name) return architecture;
  }
  throw ValueError("[model] \"" + name + "\" is not known");
}

std::string full_name(Family family, const std::string& model) {
  return (family == Family::bayesian ? "Bayesian" : "") + model;
}

NamedModel make_model(ModelOptions options, Family family, const Generator& generator) {
  const Architecture& architecture = architecture_named(options.name);
  if (!options.norm) options.norm = architecture.norms.front();
  if (!options.image) options.image = architecture.image;
  return architecture.make(options, family, generator);
}

}  // namespace credence::zoo
