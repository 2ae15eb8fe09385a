// The VGG models for small images, for both layer families.
#pragma once

#include "framework/base/error.hpp"
#include "framework/nn/normalization.hpp"
#include "framework/nn/shrink.hpp"
#include "framework/ops/pooling.hpp"
#include "framework/ops/shape_ops.hpp"
#include "zoo/dropout.hpp"
#include "zoo/family.hpp"

#include <string>
#include <vector>

namespace credence::zoo {

/// The fewest rows, and columns, of VGG's images: each of its five blocks halves them.
inline constexpr std::int64_t kVggLeastSide = 32;

/// Depth, channels and size of the images, number of classes, and widths.
struct VggOptions {
  int depth = 11;  ///< layers with weights: 11, 13, 16 or 19
  std::int64_t channels = 3;
  std::int64_t height = 32;
  std::int64_t width = 32;
  std::int64_t classes = 10;
  bool batch_norm = false;  ///< whether each convolution is followed by batch normalisation
  /// Channels of each convolution, then outputs of fc1; empty for vgg_widths(depth).
  std::vector<std::int64_t> widths{};
  double dropout = 0;  ///< the probability of dropout after fc1
};

/// The number of convolutions in each of the five blocks (Simonyan and Zisserman 2015, arXiv
/// 1409.1556, table 1: configurations A, B, D and E). Throws ValueError for another depth.
inline std::vector<int> vgg_blocks(int depth) {
  switch (depth) {
    case 11:
      return {1, 1, 2, 2, 2};
    case 13:
      return {2, 2, 2, 2, 2};
    case 16:
      return {2, 2, 3, 3, 3};
    case 19:
      return {2, 2, 4, 4, 4};
    default:
      throw ValueError("[VGG] the depth must be 11, 13, 16 or 19, not " + std::to_string(depth));
  }
}

/// The published widths: 64 channels in the first block, twice as many in each further one up to
/// 512, and 512 outputs of fc1. Throws as vgg_blocks does.
inline std::vector<std::int64_t> vgg_widths(int depth) {
  std::vector<std::int64_t> widths;
  std::int64_t channels = 64;
  for (const int count : vgg_blocks(depth)) {
    widths.insert(widths.end(), static_cast<std::size_t>(count), channels);
    channels = channels < 512 ? 2 * channels : 512;
  }
  widths.push_back(512);
  return widths;
}

/// The widths of the options, or else the published ones. Throws ValueError as vgg_blocks does, and
/// unless there is one for each convolution and for fc1.
inline std::vector<std::int64_t> vgg_widths(const VggOptions& options) {
  const std::vector<std::int64_t> published = vgg_widths(options.depth);
  if (options.widths.empty()) return published;
  if (options.widths.size() != published.size()) {
    throw ValueError("[VGG] with depth " + std::to_string(options.depth) + " there must be " +
                     std::to_string(published.size()) + " widths, not " +
                     std::to_string(options.widths.size()));
  }
  return options.widths;
}

/// The inputs of fc1: of each of the last convolution's channels ⌊H / 32⌋ rows and ⌊W / 32⌋
/// columns. Throws ValueError for images below kVggLeastSide, and as vgg_widths does.
inline std::int64_t vgg_features(const VggOptions& options) {
  if (options.height < kVggLeastSide || options.width < kVggLeastSide) {
    throw ValueError("[VGG] the images must have at least " + std::to_string(kVggLeastSide) +
                     " x " + std::to_string(kVggLeastSide) + " pixels, not " +
                     std::to_string(options.height) + " x " + std::to_string(options.width));
  }
  const std::vector<std::int64_t> widths = vgg_widths(options);
  return widths.end()[-2] * (options.height / 32) * (options.width / 32);
}

/// VGG (Simonyan and Zisserman 2015, arXiv 1409.1556) for small images [N, channels, 32, 32]: five
/// blocks of 3 × 3 convolutions with padding 1, each block with max pooling of 2, then two fully
/// connected layers; logits [N, classes]. Batch normalisation is deterministic in both families.
/// Depth 11 with 10 classes has 9,488,266 parameters in the frequentist family. Larger images leave
/// fc1 more inputs (see vgg_features, which also says what is thrown).
template <class Family = Frequentist>
class VGG : public nn::Module {
 public:
  VGG(const VggOptions& options, const Generator& generator, const Family& family = {})
      : activation(family.activation),
        blocks(vgg_blocks(options.depth)),
        fc1(family.linear(vgg_features(options), vgg_widths(options).back(),
                          generator.split("fc1"))),
        fc2(family.linear(vgg_widths(options).back(), options.classes, generator.split("fc2"))),
        dropout(options.dropout, generator.split("dropout")) {
    std::int64_t in = options.channels;
    std::vector<std::int64_t> channels = vgg_widths(options);
    channels.pop_back();
    for (const std::int64_t out : channels) {
      convs.push_back(family.conv2d(in, out, {.kernel = 3, .padding = 1},
                                    generator.split(name("conv", convs.size()))));
      if (options.batch_norm) norms.emplace_back(out);
      in = out;
    }
  }

  Variable forward(const Variable& x) override {
    Variable h = x;
    std::size_t next = 0;
    for (const int count : blocks) {
      for (int i = 1; i < count; ++i) h = convolve(next++, h, activation);
      // Pooling comes before the activation, as in LeNet5.
      h = activation(max_pool2d(convolve(next++, h), {.kernel = 2}));
    }
    return fc2(dropout(fc1(flatten(h), activation)));
  }

  void visit(nn::Visitor& visitor) override {
    for (std::size_t i = 0; i < convs.size(); ++i) {
      visitor.module(name("conv", i), convs[i]);
      if (!norms.empty()) visitor.module(name("norm", i), norms[i]);
    }
    visitor.module("fc1", fc1);
    visitor.module("fc2", fc2);
    dropout.visit(visitor, "dropout");
  }

  /// The path of the last layer, whose outputs are the logits.
  std::string head() const { return "fc2"; }

  /// The layers in their order, for nn::shrink, valid until the model moves.
  std::vector<nn::ChainLayer> chain() {
    std::vector<nn::ChainLayer> layers;
    for (std::size_t i = 0; i < convs.size(); ++i) {
      layers.push_back({.layer = &convs[i],
                        .norm = norms.empty() ? nullptr : &norms[i],
                        .activation = activation,
                        .padded = true});
    }
    layers.push_back({.layer = &fc1, .activation = activation});
    layers.push_back({.layer = &fc2});
    return layers;
  }

  nn::Activation activation;
  std::vector<int> blocks;
  std::vector<typename Family::Conv2d> convs;
  std::vector<nn::BatchNorm2d> norms;  ///< none, or one for each convolution
  typename Family::Linear fc1;
  typename Family::Linear fc2;
  OptionalDropout dropout;

 private:
  static std::string name(const char* kind, std::size_t index) {
    return kind + std::to_string(index + 1);
  }

  // A convolution, normalised where the model has batch normalisation, and what follows.
  template <class... Following>
  Variable convolve(std::size_t index, const Variable& x, const Following&... following) {
    if (norms.empty()) return convs[index](x, following...);
    return norms[index](convs[index](x), following...);
  }
};

using BayesianVGG = VGG<Bayesian>;

}  // namespace credence::zoo
