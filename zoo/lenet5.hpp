// The model LeNet-5, for both layer families.
#pragma once

#include "framework/base/error.hpp"
#include "framework/nn/shrink.hpp"
#include "framework/ops/pooling.hpp"
#include "framework/ops/shape_ops.hpp"
#include "zoo/dropout.hpp"
#include "zoo/family.hpp"

#include <optional>
#include <string>
#include <vector>

namespace credence::zoo {

/// The fewest rows, and columns, of LeNet5's images: of 16, one is left before the fully connected
/// layers.
inline constexpr std::int64_t kLeNet5LeastSide = 16;

/// Channels and size of the images, number of classes, and widths.
struct LeNet5Options {
  std::int64_t channels = 1;
  std::int64_t height = 28;
  std::int64_t width = 28;
  std::int64_t classes = 10;
  /// Channels of conv1 and conv2, outputs of fc1 and fc2. With three widths there is no fc2, as in
  /// the net of Caffe's examples, {20, 50, 500}, which papers on pruning call LeNet-5-Caffe.
  std::vector<std::int64_t> widths = {6, 16, 120, 84};
  double dropout = 0;  ///< the probability of dropout after fc1 and fc2
};

/// The inputs of fc1: of each of conv2's channels ⌊(⌊(H − 4) / 2⌋ − 4) / 2⌋ rows, and as many
/// columns of W. Throws ValueError for images below kLeNet5LeastSide, and unless there are three or
/// four widths.
inline std::int64_t lenet5_features(const LeNet5Options& options) {
  if (options.widths.size() != 3 && options.widths.size() != 4) {
    throw ValueError("[LeNet5] there must be 4 widths, or 3 without fc2, not " +
                     std::to_string(options.widths.size()));
  }
  if (options.height < kLeNet5LeastSide || options.width < kLeNet5LeastSide) {
    throw ValueError("[LeNet5] the images must have at least " + std::to_string(kLeNet5LeastSide) +
                     " x " + std::to_string(kLeNet5LeastSide) + " pixels, not " +
                     std::to_string(options.height) + " x " + std::to_string(options.width));
  }
  const auto left = [](std::int64_t side) { return ((side - 4) / 2 - 4) / 2; };
  return options.widths[1] * left(options.height) * left(options.width);
}

/// LeNet-5 (LeCun et al. 1998, Proceedings of the IEEE 86) in its common present form: two 5 × 5
/// convolutions, each with max pooling of 2, then three fully connected layers, or two where the
/// options have three widths. Images [N, channels, height, width], logits [N, classes]. Throws
/// ValueError as lenet5_features does.
template <class Family = Frequentist>
class LeNet5 : public nn::Module {
 public:
  LeNet5(const LeNet5Options& options, const Generator& generator, const Family& family = {})
      : activation(family.activation),
        conv1(family.conv2d(options.channels, width(options, 0), {.kernel = 5},
                            generator.split("conv1"))),
        conv2(family.conv2d(width(options, 0), width(options, 1), {.kernel = 5},
                            generator.split("conv2"))),
        fc1(family.linear(lenet5_features(options), width(options, 2), generator.split("fc1"))),
        fc3(family.linear(options.widths.back(), options.classes, generator.split("fc3"))),
        dropout1(options.dropout, generator.split("dropout1")),
        dropout2(options.widths.size() == 4 ? options.dropout : 0, generator.split("dropout2")) {
    if (options.widths.size() == 4) {
      fc2.emplace(family.linear(width(options, 2), width(options, 3), generator.split("fc2")));
    }
  }

  Variable forward(const Variable& x) override {
    // Pooling comes before the activation, which then has a quarter of the elements to process. The
    // values are the same where the activation never decreases (all except silu).
    Variable h = activation(max_pool2d(conv1(x), {.kernel = 2}));
    h = activation(max_pool2d(conv2(h), {.kernel = 2}));
    h = dropout1(fc1(flatten(h), activation));
    if (fc2) h = dropout2((*fc2)(h, activation));
    return fc3(h);
  }

  void visit(nn::Visitor& visitor) override {
    visitor.module("conv1", conv1);
    visitor.module("conv2", conv2);
    visitor.module("fc1", fc1);
    if (fc2) visitor.module("fc2", *fc2);
    visitor.module("fc3", fc3);
    dropout1.visit(visitor, "dropout1");
    dropout2.visit(visitor, "dropout2");
  }

  /// The path of the last layer, whose outputs are the logits.
  std::string head() const { return "fc3"; }

  /// The layers in their order, for nn::shrink, valid until the model moves.
  std::vector<nn::ChainLayer> chain() {
    std::vector<nn::ChainLayer> layers{{.layer = &conv1, .activation = activation},
                                       {.layer = &conv2, .activation = activation},
                                       {.layer = &fc1, .activation = activation}};
    if (fc2) layers.push_back({.layer = &*fc2, .activation = activation});
    layers.push_back({.layer = &fc3});
    return layers;
  }

  nn::Activation activation;
  typename Family::Conv2d conv1;
  typename Family::Conv2d conv2;
  typename Family::Linear fc1;
  std::optional<typename Family::Linear> fc2;  ///< of four widths
  typename Family::Linear fc3;
  OptionalDropout dropout1;
  OptionalDropout dropout2;

 private:
  static std::int64_t width(const LeNet5Options& options, std::size_t layer) {
    lenet5_features(options);  // for its checks
    return options.widths[layer];
  }
};

using BayesianLeNet5 = LeNet5<Bayesian>;

}  // namespace credence::zoo
