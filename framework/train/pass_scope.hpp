// The forward passes of one step that one process of several makes, for objectives that are a mean
// over passes with new noise, such as bayes::Elbo with several samples.
#pragma once

#include "framework/autograd/variable.hpp"
#include "framework/base/function_ref.hpp"
#include "framework/group/group.hpp"

#include <cstdint>
#include <vector>

namespace credence::train {

/// While an object is alive, the objective on its thread makes some passes of a step; the other
/// ranks of the group make the others. There is one at a time.
class PassScope {
 public:
  /// The passes own.begin, …, own.end − 1 of `passes`. The group must outlive the object.
  PassScope(Group& group, std::int64_t passes, const PartRange& own);
  ~PassScope();
  PassScope(const PassScope&) = delete;
  PassScope& operator=(const PassScope&) = delete;

  /// That of this thread; null where there is none.
  static PassScope* active();
  Group& group() const { return group_; }
  const PartRange& own() const { return own_; }
  /// Whether this process makes the last pass. It counts what a step has once.
  bool has_last() const { return own_.end == passes_; }
  /// Whether an objective has made its passes.
  bool used() const { return used_; }
  /// Says that an objective makes this number of passes. Throws ValueError for another than that of
  /// the scope.
  void use(std::int64_t passes);

 private:
  Group& group_;
  std::int64_t passes_;
  PartRange own_;
  bool used_ = false;
};

/// The results of pass(), called for each of so many passes, or under a PassScope for those of this
/// process. Throws as PassScope::use does.
std::vector<Variable> outputs_of_passes(std::int64_t passes, FunctionRef<Variable()> pass);

/// What outputs_of_passes gives, or under a PassScope that of all ranks in the order of passes, on
/// every rank, without a graph. The outputs have one shape and type.
std::vector<Variable> outputs_of_all(const std::vector<Variable>& outputs);

/// `own`, a float32 scalar that this process adds to a mean over passes; under a PassScope the sum
/// over all ranks, with the gradient of `own`.
Variable sum_of_passes(const Variable& own);

/// A term that a step has once, whatever the number of passes: under a PassScope only the process
/// that makes the last pass takes part in its gradient. The value is this process's.
Variable counted_once(const Variable& term);

}  // namespace credence::train
