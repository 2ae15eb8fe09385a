// The base of methods whose functions are settings of a model's weights.
#pragma once

#include "bayes/methods/method.hpp"
#include "framework/nn/module.hpp"

#include <memory>

namespace credence::bayes {

/// Predicts with one setting of the weights after the other, each for all batches, in evaluation
/// mode. The model itself holds the setting that samples = 0 asks for, such as the mean, and has it
/// back after each call.
class WeightSamples : public Method {
 public:
  std::int64_t passes(std::int64_t samples) const override;
  void for_each_pass(train::BatchSource& source, std::int64_t samples,
                     FunctionRef<void(const PassOutputs&)> receive) final;
  void for_some_passes(PartRange range, train::BatchSource& source, std::int64_t samples,
                       FunctionRef<void(const PassOutputs&)> receive) override;
  void require_finite(const char* operation) const override;

 protected:
  explicit WeightSamples(std::shared_ptr<nn::Module> model) : model_(std::move(model)) {}
  nn::Module& model() const { return *model_; }

  /// Writes setting `pass` of `passes` into the model's parameters, and into its buffers where they
  /// belong to it. The same arguments give the same setting at each call.
  virtual void set_weights(std::int64_t pass, std::int64_t passes) = 0;

 private:
  std::shared_ptr<nn::Module> model_;
};

}  // namespace credence::bayes
