// The contract of layers: what each of them does, whatever it computes.
#pragma once

#include "framework/nn/module.hpp"

#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <boost/test/unit_test.hpp>

namespace credence::test {

/// What the contract is not told by the layer itself.
struct LayerContract {
  /// A scalar that is added to the objective, such as the KL divergence of a Bayesian layer.
  std::function<Variable(nn::Module&)> also{};
};

/// Ways to make a layer; each gives a new one of the same weights and generators.
struct LayerMakers {
  std::function<std::unique_ptr<nn::Module>()> made;
  std::function<std::unique_ptr<nn::Module>()> moved;  ///< after a call, into another object
};

/// What a layer does not keep of the contract, a text for each fault; nothing where it keeps it.
/// For float32 or int64 inputs x [N, …] of at least two samples:
/// - two passes with the same draws have the same output and gradients, bit for bit, also where all
///   memory that the second one gets is filled with NaN, and with 1, 2 and 3 threads;
/// - gradients of parameters and of x are added to those that there are, none is assigned;
/// - gradients agree with central differences;
/// - visit lists each member once, and every parameter that the output depends on;
/// - a layer that was moved, and one that was loaded from a file of the first, compute the same;
/// - with frozen parameters the output and the gradient of x are the same, and parameters get none;
/// - train and evaluation reach all parts, and a pass in evaluation changes no buffer;
/// - the layer has a type of its own for summaries.
std::vector<std::string> faults_of_layer(const LayerMakers& makers, const Tensor& x,
                                         const LayerContract& contract = {});

/// The same for a function that makes a layer by value.
template <class Make>
std::vector<std::string> faults_of_layer(Make make, const Tensor& x,
                                         const LayerContract& contract = {}) {
  using Layer = decltype(make());
  const auto made = [=]() -> std::unique_ptr<nn::Module> {
    return std::unique_ptr<Layer>(new Layer(make()));  // in place, without a move
  };
  const auto moved = [=]() -> std::unique_ptr<nn::Module> {
    Layer first = make();
    {
      const NoGrad no_grad;
      const nn::EvaluationMode evaluation(first);
      first(Variable(x));
    }
    return std::make_unique<Layer>(std::move(first));
  };
  return faults_of_layer(LayerMakers{made, moved}, x, contract);
}

/// Checks with Boost.Test that there are none.
template <class Make>
void check_layer(Make make, const Tensor& x, const LayerContract& contract = {}) {
  for (const std::string& fault : faults_of_layer(make, x, contract)) BOOST_ERROR(fault);
}

}  // namespace credence::test
