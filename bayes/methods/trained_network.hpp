// A network as training left it, as a method: the posterior of its Bayesian layers, or, where it
// has none, one function.
#pragma once

#include "bayes/function_draw.hpp"
#include "bayes/methods/method.hpp"
#include "framework/nn/module.hpp"

#include <memory>

namespace credence::bayes {

class MethodReader;

/// Draws from the posteriors of the Bayesian layers by bayes::Evaluation, which folds several draws
/// into one pass where it can, or draws the weights of each pass once (PassDraw).
class TrainedNetwork : public Method {
 public:
  /// A model that lists no generator counts as one function.
  explicit TrainedNetwork(std::shared_ptr<nn::Module> model, PassDraw draw = PassDraw::outputs);
  /// As many functions as are asked for, whatever the model lists: passes of a program's own model
  /// may differ for other reasons. The model must outlive this object.
  explicit TrainedNetwork(nn::Module& model, PassDraw draw = PassDraw::outputs);

  /// "variational", or "deterministic" for a model without Bayesian layers.
  std::string name() const override;
  std::int64_t passes(std::int64_t samples) const override;
  void for_each_pass(train::BatchSource& source, std::int64_t samples,
                     FunctionRef<void(const PassOutputs&)> receive) final;
  /// Computes no others where the model lets several be folded into one pass (see Evaluation).
  void for_some_passes(PartRange range, train::BatchSource& source, std::int64_t samples,
                       FunctionRef<void(const PassOutputs&)> receive) override;
  void require_finite(const char* operation) const override;
  void save(MethodWriter& writer) const override;
  static std::unique_ptr<Method> read(const MethodReader& reader);

 private:
  std::shared_ptr<nn::Module> model_;
  PassDraw draw_;
  bool draws_;
};

}  // namespace credence::bayes
