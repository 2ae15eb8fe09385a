// The passes of several methods, one after the other.
#include "bayes/methods/deep_ensemble.hpp"

#include "bayes/methods/stored_method.hpp"
#include "framework/base/error.hpp"

#include <algorithm>
#include <string>
#include <utility>

namespace credence::bayes {
DeepEnsemble::DeepEnsemble(std::vector<std::unique_ptr<Method>> members)
    : members_(std::move(members)) {
  if (members_.empty()) throw ValueError("[ensemble] needs at least one member");
}

std::string DeepEnsemble::part_name(std::int64_t member) {
  return "member" + std::to_string(member + 1);
}

std::int64_t DeepEnsemble::passes(std::int64_t samples) const {
  std::int64_t total = 0;
  for (const auto& member : members_) total += member->passes(samples);
  return total;
}

void DeepEnsemble::for_each_pass(train::BatchSource& source, std::int64_t samples,
                                 FunctionRef<void(const PassOutputs&)> receive) {
  for_some_passes({0, passes(samples)}, source, samples, receive);
}

void DeepEnsemble::for_some_passes(PartRange range, train::BatchSource& source,
                                   std::int64_t samples,
                                   FunctionRef<void(const PassOutputs&)> receive) {
  std::int64_t first = 0;
  for (const auto& member : members_) {
    const std::int64_t count = member->passes(samples);
    const PartRange own{std::clamp<std::int64_t>(range.begin - first, 0, count),
                        std::clamp<std::int64_t>(range.end - first, 0, count)};
    if (own.size() > 0) {
      member->for_some_passes(own, source, samples, [&](const PassOutputs& outputs) {
        receive({first + outputs.pass, outputs.batch_number, outputs.batch, outputs.outputs});
      });
    }
    first += count;
  }
}

void DeepEnsemble::require_finite(const char* operation) const {
  for (const auto& member : members_) member->require_finite(operation);
}

void DeepEnsemble::save(MethodWriter& writer) const {
  writer.integer("members", static_cast<std::int64_t>(members_.size()));
  for (std::size_t i = 0; i < members_.size(); ++i) {
    writer.part(part_name(static_cast<std::int64_t>(i)), *members_[i]);
  }
}

std::unique_ptr<Method> DeepEnsemble::read(const MethodReader& reader) {
  std::vector<std::unique_ptr<Method>> members;
  const std::int64_t count = reader.integer("members");
  for (std::int64_t i = 0; i < count; ++i) members.push_back(reader.part(part_name(i)));
  return std::make_unique<DeepEnsemble>(std::move(members));
}

}  // namespace credence::bayes
