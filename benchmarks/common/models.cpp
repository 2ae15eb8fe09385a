#include "benchmarks/common/models.hpp"

#include "framework/base/error.hpp"
#include "zoo/lenet5.hpp"
#include "zoo/vgg.hpp"

#include <optional>
#include <type_traits>

namespace credence::benchmarks {
namespace {

// The depth of "VGG11" and its like; nothing for other names.
std::optional<int> vgg_depth(const std::string& name) {
  for (const int depth : {11, 13, 16, 19}) {
    if (name == "VGG" + std::to_string(depth)) return depth;
  }
  return {};
}

template <class Family>
NamedModel make(const ModelOptions& options, const Generator& generator) {
  Family family;
  if (options.activation) family.activation = *options.activation;
  if constexpr (std::is_same_v<Family, zoo::Bayesian>) {
    if (options.log_alpha) {
      family.posterior = bayes::VariationalDropout{.log_alpha = *options.log_alpha};
    }
  }
  const auto named = [&](auto model) {
    return NamedModel{std::make_unique<decltype(model)>(std::move(model)), family.activation};
  };
  if (options.name == "LeNet5") {
    return named(zoo::LeNet5<Family>({.classes = options.classes}, generator, family));
  }
  if (const auto depth = vgg_depth(options.name)) {
    return named(zoo::VGG<Family>(
        {.depth = *depth, .classes = options.classes, .batch_norm = options.batch_norm}, generator,
        family));
  }
  throw ValueError("[model] \"" + options.name + "\" is not known");
}

}  // namespace

const char* to_string(Family family) {
  return family == Family::frequentist ? "frequentist" : "Bayesian";
}

const char* file_name(Family family) {
  return family == Family::frequentist ? "frequentist" : "bayesian";
}

std::vector<std::string> model_names() { return {"LeNet5", "VGG11", "VGG13", "VGG16", "VGG19"}; }

bool is_vgg(const std::string& name) { return vgg_depth(name).has_value(); }

std::string usual_dataset(const std::string& name) { return is_vgg(name) ? "cifar10" : "mnist"; }

Shape image_shape_of(const std::string& name) {
  if (name == "LeNet5") return {1, 28, 28};
  if (is_vgg(name)) return {3, 32, 32};
  throw ValueError("[model] \"" + name + "\" is not known");
}

NamedModel make_model(const ModelOptions& options, Family family, const Generator& generator) {
  return family == Family::frequentist ? make<zoo::Frequentist>(options, generator)
                                       : make<zoo::Bayesian>(options, generator);
}

}  // namespace credence::benchmarks
