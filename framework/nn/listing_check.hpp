// Whether a model's `visit` lists the parameters that its forward pass uses.
#pragma once

#include "framework/nn/module.hpp"

#include <map>
#include <set>
#include <string>

namespace credence::nn {

/// While one is alive, each call of the model on this thread is checked: beside its input, what it
/// returns may depend only on parameters that `visit` lists. One that is missing there is used, but
/// neither trained, saved, moved nor counted. The call then throws Error, which names the
/// parameter's shape and the part that uses it.
/// The walk over the graph takes about as long as recording it: `fit` checks its first step, and a
/// loop of one's own may do the same. What differentiation does not see is not found: parameters
/// that require no gradient, buffers, and calls of `forward` instead of the model itself.
class ListingCheck : public CallObserver {
 public:
  /// `model` must outlive it.
  explicit ListingCheck(Module& model);
  void returned(Module& module, const Variable& input, const Variable& output) override;

 private:
  Module& model_;
  std::set<const void*> listed_;
  std::map<const void*, std::string> users_;  ///< of what is not listed, the innermost
};

}  // namespace credence::nn
