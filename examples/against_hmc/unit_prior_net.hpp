// A small network whose weights and biases all have the prior N(0, 1), so that every method can be
// given the same one.
#pragma once

#include "credence.hpp"

#include <memory>

namespace credence::examples {

/// x [N, D] to [N, D + 1]: weight · x, and a column of the number `bias`. A linear layer without
/// bias on it whose weights have the prior N(0, 1) is one on x with weights of the prior
/// N(0, weight²) and biases of N(0, bias²).
class PriorScale : public nn::Module {
 public:
  PriorScale(double weight, double bias) : weight_(weight), bias_(bias) {}
  Variable forward(const Variable& x) override {
    const Variable one(Tensor::full({x.shape()[0], 1}, bias_));
    return concat({x * weight_, one}, 1);
  }
  std::string type_name() const override { return "PriorScale"; }

 private:
  double weight_;
  double bias_;
};

/// The sizes of the network, and what its prior is worth in the usual parametrisation.
struct UnitPriorOptions {
  std::int64_t inputs = 1;
  std::int64_t hidden = 50;
  std::int64_t outputs = 1;
  double weight_deviation = 1;  ///< of the hidden layer's weights
  double bias_deviation = 1;    ///< of its biases
  double output_deviation = 1;  ///< of the outputs' weights
  double dropout = 0;           ///< after the hidden layer
};

/// Inputs, tanh units and outputs, whose biases have the deviation 1. `linear` makes a layer [in,
/// out] without bias whose weights start as draws from N(0, 1).
template <class MakeLinear>
std::shared_ptr<nn::Module> unit_prior_net(const UnitPriorOptions& options,
                                           const MakeLinear& linear, const Generator& generator) {
  auto net = std::make_shared<nn::Sequential>();
  net->append(PriorScale(options.weight_deviation, options.bias_deviation));
  net->append(linear(options.inputs + 1, options.hidden, generator.split("hidden")));
  net->append(nn::Activation::tanh());
  if (options.dropout > 0) {
    net->append(nn::Dropout(options.dropout, generator.split("dropout")));
  }
  net->append(PriorScale(options.output_deviation, 1));
  net->append(linear(options.hidden + 1, options.outputs, generator.split("outputs")));
  return net;
}

}  // namespace credence::examples
