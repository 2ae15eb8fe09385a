// IVON's posterior as a method: independent Gaussians that the optimiser of ivon_training.hpp has
// learned (Shen et al. 2024, arXiv 2402.17641).
#pragma once

#include "bayes/methods/weight_samples.hpp"

#include <memory>

namespace credence::bayes {

class MethodReader;

/// Draws weights w = m + σ · z with z standard normal; samples = 0 gives m. Frozen parameters have
/// σ = 0. Buffers, such as the running statistics of batch normalisation, are those that training
/// left: its forward passes ran with drawn weights too.
///
/// Memory: three times the model's. A draw costs a normal number and one multiply-add for each
/// parameter.
class Ivon : public WeightSamples {
 public:
  /// The model holds m. `deviation` is σ of all parameters in the order of visit, [n]. Throws
  /// ValueError where it does not fit the model or has a number that is negative or NaN.
  Ivon(std::shared_ptr<nn::Module> model, const Tensor& deviation,
       const Generator& generator = Generator());

  std::string name() const override { return "ivon"; }
  void require_finite(const char* operation) const override;
  void save(MethodWriter& writer) const override;
  static std::unique_ptr<Method> read(const MethodReader& reader);

  const Tensor& deviation() const { return deviation_; }

 protected:
  void set_weights(std::int64_t pass, std::int64_t passes) override;

 private:
  Tensor mean_;
  Tensor deviation_;
  Generator generator_;
};

}  // namespace credence::bayes
