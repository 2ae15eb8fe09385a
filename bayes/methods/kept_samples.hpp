// A method that predicts with weights kept during a run of a Markov chain.
#pragma once

#include "bayes/methods/weight_samples.hpp"
#include "framework/core/named_tensor.hpp"

#include <memory>
#include <string>
#include <vector>

namespace credence::bayes {

class MethodReader;

/// K samples of a model's weights: those of SGLD, SGHMC and HMC. passes(S) is min(S, K), evenly
/// spaced where S is below K, the last one included. samples = 0 asks for the last sample alone,
/// which is also what the model holds: a draw from the posterior, not its mean, as the mean of
/// samples of several modes is no good network.
///
/// A sample has the trained parameters and, where the chain changed them, the buffers, such as the
/// running statistics of batch normalisation at its time. Memory and file have K times their bytes,
/// beside the model; a pass costs one of the model.
class KeptSamples : public WeightSamples {
 public:
  /// `samples` hold, under the path of each parameter and buffer that differs from sample to
  /// sample, [K, …] with the K settings of its shape …; they may be on another device. The model
  /// gets the last sample. Throws ValueError where there is none or a name, a shape or a type does
  /// not fit the model.
  KeptSamples(std::shared_ptr<nn::Module> model, std::string name,
              std::vector<NamedTensor> samples);

  std::string name() const override { return name_; }
  /// K.
  std::int64_t kept() const { return kept_; }
  std::int64_t passes(std::int64_t samples) const override;
  void require_finite(const char* operation) const override;
  void save(MethodWriter& writer) const override;
  static std::unique_ptr<Method> read(const MethodReader& reader);

 protected:
  void set_weights(std::int64_t pass, std::int64_t passes) override;

 private:
  struct Member {
    Tensor own;  // of the model
    NamedTensor samples;
  };
  void set_sample(std::int64_t number) const;

  std::string name_;
  std::int64_t kept_ = 0;
  std::vector<Member> members_;
};

}  // namespace credence::bayes
