// The search of a model's graph for leaves that its `visit` does not list.
#include "framework/nn/listing_check.hpp"

#include "framework/base/error.hpp"

#include <optional>

namespace credence::nn {
namespace {

std::string describe(const Module& part, Module& model) {
  if (&part == &model) return "the model itself (" + part.type_name() + ")";
  const std::optional<std::string> path = path_of(part, model);
  if (path) return "its part " + *path + " (" + part.type_name() + ")";
  return "a part that visit does not list either (" + part.type_name() + ")";
}

}  // namespace

ListingCheck::ListingCheck(Module& model) : model_(model) {
  for (const NamedParameter& p : parameters(model)) listed_.insert(p.parameter->identity());
}

void ListingCheck::returned(Module& module, std::span<const Variable> inputs,
                            std::span<const Variable> outputs) {
  if (outer() != nullptr) outer()->returned(module, inputs, outputs);
  for (const Variable& output : outputs) {
    for (const Variable& leaf : leaves_of(output, inputs)) check(module, leaf);
  }
}

void ListingCheck::check(const Module& module, const Variable& leaf) {
  if (listed_.contains(leaf.identity())) return;
  // Parts return before the whole model. A part's input may itself depend on a parameter of the
  // part; the input of the whole model cannot.
  const auto user = users_.try_emplace(leaf.identity(), describe(module, model_)).first;
  if (&module != &model_) return;
  throw Error("[visit] the result of the model depends on a parameter of shape " +
              leaf.shape().to_string() + " that visit does not list: " + user->second +
              " uses it. It would be neither trained nor saved");
}

}  // namespace credence::nn
