// The residual networks for small images, for both layer families.
#pragma once

#include "framework/base/error.hpp"
#include "framework/ops/arithmetic.hpp"
#include "framework/ops/pooling.hpp"
#include "framework/ops/shape_ops.hpp"
#include "zoo/family.hpp"
#include "zoo/norm.hpp"

#include <memory>
#include <string>
#include <vector>

namespace credence::zoo {

/// Depth, channels of the images, number of classes, and normalisation.
struct ResNetOptions {
  int depth = 20;  ///< layers with weights, 6n + 2: 8, 14, 20, 32, 44, 56 …
  std::int64_t channels = 3;
  std::int64_t classes = 10;
  Norm norm = Norm::batch;  ///< after each convolution
};

/// The number n of blocks in each of the three stages. Throws ValueError unless the depth is 6n + 2
/// with n ≥ 1.
inline int resnet_blocks(int depth) {
  if (depth < 8 || (depth - 2) % 6 != 0) {
    throw ValueError("[ResNet] the depth must be 6n + 2, such as 20, 32, 44 or 56, not " +
                     std::to_string(depth));
  }
  return (depth - 2) / 6;
}

/// A 3 × 3 convolution with padding 1, its normalisation, and an activation where one is given.
/// Without normalisation and with filter response normalisation the convolution has a bias. Batch
/// normalisation subtracts the mean, and a bias with it.
template <class Family>
class NormalizedConv : public nn::Module {
 public:
  NormalizedConv(std::int64_t in, std::int64_t out, std::int64_t stride, Norm kind,
                 const Generator& generator, const Family& family)
      : conv(family.conv2d(
            in, out, {.kernel = 3, .stride = stride, .padding = 1, .bias = kind != Norm::batch},
            generator.split("conv"))),
        norm(norm2d(kind, out)) {}

  Variable forward(const Variable& x) override { return norm ? (*norm)(conv(x)) : conv(x); }

  void visit(nn::Visitor& visitor) override {
    visitor.module("conv", conv);
    if (norm) visitor.module("norm", *norm);
  }

  typename Family::Conv2d conv;
  std::unique_ptr<nn::Module> norm;  ///< null for none

 protected:
  Variable forward_activated(const Variable& x, const nn::Activation& activation) override {
    return norm ? (*norm)(conv(x), activation) : conv(x, activation);
  }
};

/// y = f(F(x) + shortcut(x)), where F is two convolutions, each with its normalisation, with the
/// activation f between them.
///
/// The shortcut is x itself where shapes agree. Elsewhere it takes every second row and column and
/// fills the further channels with zeros: option A of He et al. 2015, section 3.3, which the paper
/// uses for these networks (section 4.2). It has no weights, so that both families have the paper's
/// 0.27 million in depth 20.
template <class Family>
class BasicBlock : public nn::Module {
 public:
  BasicBlock(std::int64_t in, std::int64_t out, std::int64_t stride_, Norm norm,
             const Generator& generator, const Family& family)
      : activation(family.activation),
        stride(stride_),
        further_channels(out - in),
        first(in, out, stride_, norm, generator.split("first"), family),
        second(out, out, 1, norm, generator.split("second"), family) {}

  Variable forward(const Variable& x) override {
    return activation(second(first(x, activation)) + shortcut(x));
  }

  void visit(nn::Visitor& visitor) override {
    visitor.module("first", first);
    visitor.module("second", second);
  }

  nn::Activation activation;
  std::int64_t stride;
  std::int64_t further_channels;
  NormalizedConv<Family> first;
  NormalizedConv<Family> second;

 private:
  Variable shortcut(const Variable& x) const {
    // Windows of one pixel: the mean of each is that pixel.
    const Variable h = stride == 1 ? x : average_pool2d(x, {.kernel = 1, .stride = stride});
    if (further_channels == 0) return h;
    const Tensor zeros = Tensor::zeros(h.shape().with(1, further_channels), h.dtype(), h.device());
    return concat({h, Variable(zeros)}, 1);
  }
};

/// ResNet for small images [N, channels, 32, 32] (He et al. 2015, arXiv 1512.03385, section 4.2): a
/// 3 × 3 convolution to 16 channels, three stages of n basic blocks with 16, 32 and 64 channels, of
/// which the second and the third begin with stride 2, the mean over each plane, and one fully
/// connected layer; logits [N, classes]. Images of other sizes work too. Depth 20 with 10 classes
/// and batch normalisation has 269,722 parameters in the frequentist family.
///
/// With Norm::filter_response and the activation silu it is the ResNet-20-FRN-Swish of Izmailov et
/// al. 2021 (arXiv 2104.14421; bnn_hmc/utils/models.py in google-research) but for two points. That
/// model's shortcuts are 1 × 1 convolutions (option B), and its activation follows the maximum of
/// the normalised output and a learned threshold.
template <class Family = Frequentist>
class ResNet : public nn::Module {
 public:
  ResNet(const ResNetOptions& options, const Generator& generator, const Family& family = {})
      : activation(family.activation),
        stem(options.channels, 16, 1, options.norm, generator.split("stem"), family),
        fc(family.linear(64, options.classes, generator.split("fc"))) {
    const int count = resnet_blocks(options.depth);
    std::int64_t in = 16;
    for (const std::int64_t out : {16, 32, 64}) {
      for (int i = 0; i < count; ++i) {
        blocks.emplace_back(in, out, out == in ? 1 : 2, options.norm,
                            generator.split(block_name(blocks.size())), family);
        in = out;
      }
    }
  }

  Variable forward(const Variable& x) override {
    Variable h = stem(x, activation);
    for (BasicBlock<Family>& block : blocks) h = block(h);
    return fc(flatten(global_average_pool2d(h)));
  }

  void visit(nn::Visitor& visitor) override {
    visitor.module("stem", stem);
    for (std::size_t i = 0; i < blocks.size(); ++i) visitor.module(block_name(i), blocks[i]);
    visitor.module("fc", fc);
  }

  /// The path of the last layer, whose outputs are the logits.
  std::string head() const { return "fc"; }

  nn::Activation activation;
  NormalizedConv<Family> stem;
  std::vector<BasicBlock<Family>> blocks;
  typename Family::Linear fc;

 private:
  static std::string block_name(std::size_t index) { return "block" + std::to_string(index + 1); }
};

using BayesianResNet = ResNet<Bayesian>;

}  // namespace credence::zoo
