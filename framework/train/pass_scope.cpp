// The scope of the thread, and how values of passes meet.
#include "framework/train/pass_scope.hpp"

#include "framework/base/counted.hpp"
#include "framework/base/error.hpp"
#include "framework/group/packing.hpp"
#include "framework/ops/arithmetic.hpp"

#include <span>
#include <string>

namespace credence::train {
namespace {

thread_local PassScope* shared_passes = nullptr;

}  // namespace

PassScope::PassScope(Group& group, std::int64_t passes, const PartRange& own)
    : group_(group), passes_(passes), own_(own) {
  shared_passes = this;
}

PassScope::~PassScope() { shared_passes = nullptr; }

PassScope* PassScope::active() { return shared_passes; }

void PassScope::use(std::int64_t passes) {
  used_ = true;
  if (passes == passes_) return;
  throw ValueError("[passes] the objective makes " + counted(passes, "pass", "passes") +
                   " a step; ranks that share " + counted(passes_, "pass", "passes") +
                   " need one with as many");
}

std::vector<Variable> outputs_of_passes(std::int64_t passes, FunctionRef<Variable()> pass) {
  if (shared_passes != nullptr) shared_passes->use(passes);
  const std::int64_t own = shared_passes == nullptr ? passes : shared_passes->own().size();
  std::vector<Variable> outputs;
  for (std::int64_t i = 0; i < own; ++i) outputs.push_back(pass());
  return outputs;
}

std::vector<Variable> outputs_of_all(const std::vector<Variable>& outputs) {
  if (shared_passes == nullptr || shared_passes->group().alone()) return outputs;
  const Device device = outputs.front().value().device();
  Packer packer;
  for (const Variable& output : outputs) packer.tensor(output.value());
  std::vector<Variable> all;
  for (const std::string& bytes : shared_passes->group().all_gather(packer.bytes())) {
    for (Unpacker unpacker(bytes); !unpacker.done();) {
      all.emplace_back(unpacker.tensor().to(device));
    }
  }
  return all;
}

Variable sum_of_passes(const Variable& own) {
  if (shared_passes == nullptr || shared_passes->group().alone()) return own;
  const double mine = own.value().item();
  double sum = mine;
  shared_passes->group().all_reduce(std::span(&sum, 1));
  return own + Variable(Tensor::full(own.shape(), sum - mine, own.dtype(), own.device()));
}

Variable counted_once(const Variable& term) {
  return shared_passes == nullptr || shared_passes->has_last() ? term : term.detach();
}

}  // namespace credence::train
