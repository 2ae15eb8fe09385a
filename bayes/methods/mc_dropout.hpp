// Monte Carlo dropout (Gal and Ghahramani 2016, arXiv 1506.02142).
#pragma once

#include "bayes/methods/method.hpp"
#include "framework/nn/module.hpp"

#include <memory>

namespace credence::bayes {

class MethodReader;

/// Predictions by passes with dropout left on: each pass draws new masks in every nn::Dropout of
/// the model, all else is as in evaluation. Bayesian layers draw too. With samples = 0 there is one
/// pass without dropout.
class McDropout : public Method {
 public:
  /// Throws ValueError for a model without nn::Dropout.
  explicit McDropout(std::shared_ptr<nn::Module> model);

  std::string name() const override { return "mc-dropout"; }
  std::int64_t passes(std::int64_t samples) const override;
  void for_each_pass(train::BatchSource& source, std::int64_t samples,
                     FunctionRef<void(const PassOutputs&)> receive) override;
  void require_finite(const char* operation) const override;
  void save(MethodWriter& writer) const override;
  static std::unique_ptr<Method> read(const MethodReader& reader);

 private:
  std::shared_ptr<nn::Module> model_;
};

}  // namespace credence::bayes
