// A check that a model's `visit` lists all parameters that its forward pass uses.
#pragma once

#include "framework/nn/module.hpp"

#include <map>
#include <set>
#include <string>

namespace credence::nn {

/// While an object is alive, each call of the model on this thread is checked: apart from its
/// inputs, the results may depend only on parameters that `visit` lists. A missing one would be
/// used, but neither trained, saved, moved nor counted. The call then throws Error with the
/// parameter's shape and the part that uses it.
///
/// The walk over the graph takes about as long as its recording, so `fit` checks its first step
/// only. The check does not find what the graph does not contain: frozen parameters, buffers, and
/// parts that are run by `forward` instead of a call of the model.
class ListingCheck : public CallObserver {
 public:
  /// `model` must outlive the object.
  explicit ListingCheck(Module& model);
  void returned(Module& module, std::span<const Variable> inputs,
                std::span<const Variable> outputs) override;

 private:
  void check(const Module& module, const Variable& leaf);

  Module& model_;
  std::set<const void*> listed_;
  std::map<const void*, std::string> users_;  ///< of unlisted parameters, the innermost part
};

}  // namespace credence::nn
