// Modules with the arguments that PyTorch has for them.
#include "framework/nn/embedding.hpp"
#include "framework/nn/layers.hpp"
#include "framework/nn/normalization.hpp"
#include "framework/nn/transposed_convolution.hpp"
#include "tests/peers/call.hpp"
#include "tests/peers/convolution_calls.hpp"

#include <functional>
#include <memory>

namespace credence::peers {
namespace {

using Made = std::unique_ptr<nn::Module>;

nn::LinearOptions linear_options(Call& c) { return {.bias = c.truth("bias", true)}; }

template <int Dimensions>
Made conv(Call& c) {
  nn::ConvOptions options{.kernel = c.spatial("kernel_size")};
  options.stride = c.spatial("stride", 1);
  options.dilation = c.spatial("dilation", 1);
  const Extents3 kernel = options.kernel.expand("Conv", "kernel", Dimensions, 1, 1);
  set_padding(c, options, {kernel.end() - Dimensions, kernel.end()});
  options.groups = c.integer("groups", 1);
  options.bias = c.truth("bias", true);
  const std::string mode = c.text("padding_mode", "zeros");
  if (mode == "circular") {
    options.padding_mode = PaddingMode::circular;
  } else if (mode != "zeros") {
    throw NoCounterpart("no counterpart for padding_mode " + mode);
  }
  return std::make_unique<nn::Conv<Dimensions>>(c.integer("in_channels"), c.integer("out_channels"),
                                                options, Generator());
}

template <int Dimensions>
Made conv_transpose(Call& c) {
  nn::ConvTransposeOptions options{.kernel = c.spatial("kernel_size")};
  options.stride = c.spatial("stride", 1);
  options.padding = c.spatial("padding", 0);
  options.output_padding = c.spatial("output_padding", 0);
  options.dilation = c.spatial("dilation", 1);
  options.groups = c.integer("groups", 1);
  options.bias = c.truth("bias", true);
  return std::make_unique<nn::ConvTranspose<Dimensions>>(
      c.integer("in_channels"), c.integer("out_channels"), options, Generator());
}

template <int Dimensions>
Made batch_norm(Call& c) {
  nn::BatchNormOptions options{.epsilon = c.number("eps", 1e-5),
                               .affine = c.truth("affine", true),
                               .running_statistics = c.truth("track_running_stats", true)};
  options.cumulative = c.is_null("momentum");
  options.momentum = c.number("momentum", 0.1);
  return std::make_unique<nn::BatchNorm<Dimensions>>(c.integer("num_features"), options);
}

const std::map<std::string, std::function<Made(Call&)>>& modules() {
  static const std::map<std::string, std::function<Made(Call&)>> table{
      {"Linear",
       [](Call& c) {
         return std::make_unique<nn::Linear>(c.integer("in_features"), c.integer("out_features"),
                                             linear_options(c), Generator());
       }},
      {"Conv1d", conv<1>},
      {"Conv2d", conv<2>},
      {"Conv3d", conv<3>},
      {"ConvTranspose1d", conv_transpose<1>},
      {"ConvTranspose2d", conv_transpose<2>},
      {"ConvTranspose3d", conv_transpose<3>},
      {"BatchNorm1d", batch_norm<1>},
      {"BatchNorm2d", batch_norm<2>},
      {"BatchNorm3d", batch_norm<3>},
      {"LayerNorm",
       [](Call& c) {
         const std::vector<std::int64_t> extents = c.integers("normalized_shape");
         return std::make_unique<nn::LayerNorm>(
             Shape(std::span<const std::int64_t>(extents)),
             nn::LayerNormOptions{.epsilon = c.number("eps", 1e-5),
                                  .affine = c.truth("elementwise_affine", true),
                                  .bias = c.truth("bias", true)});
       }},
      {"GroupNorm",
       [](Call& c) {
         return std::make_unique<nn::GroupNorm>(
             c.integer("num_groups"), c.integer("num_channels"),
             nn::GroupNormOptions{.epsilon = c.number("eps", 1e-5),
                                  .affine = c.truth("affine", true)});
       }},
      {"Embedding",
       [](Call& c) {
         nn::EmbeddingOptions options;
         if (c.has("padding_idx")) options.padding_index = c.integer("padding_idx");
         return std::make_unique<nn::Embedding>(c.integer("num_embeddings"),
                                                c.integer("embedding_dim"), options, Generator());
       }},
  };
  return table;
}

}  // namespace

Answer module(const std::string& name, Call& call) {
  const auto found = modules().find(name);
  if (found == modules().end()) throw NoCounterpart("no module " + name);
  const Made made = found->second(call.part("constructor"));
  made->train(call.truth("training"));
  Call& state = call.part("state");
  // Copies of a Variable share value and gradient, so that the parameters become the request's.
  for (const nn::NamedParameter& item : nn::parameters(*made)) {
    const Variable given = state.variable(item.name);
    if (given.shape() != item.parameter->shape()) {
      throw ShapeError(item.name + " is " + item.parameter->shape().to_string() + ", expected " +
                       given.shape().to_string());
    }
    *item.parameter = given;
  }
  for (const nn::NamedBuffer& item : nn::buffers(*made)) {
    item.buffer->copy_from(state.tensor(item.name));
  }
  Answer answer((*made)(call.variable("input")));
  for (const nn::NamedBuffer& item : nn::buffers(*made)) {
    answer.state.push_back({item.name, *item.buffer});
  }
  return answer;
}

}  // namespace credence::peers
