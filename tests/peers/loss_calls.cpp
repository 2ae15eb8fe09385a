// Requests for losses, for elements by their indices, and for files.
#include "framework/ops/index_ops.hpp"
#include "framework/ops/losses.hpp"
#include "framework/ops/softmax.hpp"
#include "tests/peers/operations.hpp"

namespace credence::peers {
namespace {

ClassLossOptions class_options(Call& c) {
  ClassLossOptions options{.weight = c.tensor_or_none("weight")};
  options.ignore_index = c.integer("ignore_index", -100);
  options.reduction = c.reduction();
  return options;
}

Variable crossed_entropy(Call& c) {
  const Tensor targets = c.tensor("target");
  CrossEntropyOptions options{.classes = class_options(c)};
  options.label_smoothing = c.number("label_smoothing", 0);
  if (is_floating(targets.dtype())) options.classes.ignore_index.reset();
  return cross_entropy(c.variable("input"), targets, options);
}

Operation loss(Variable (*f)(const Variable&, const Variable&, LossReduction)) {
  return [f](Call& c) {
    const LossReduction reduction = c.reduction();
    return f(c.variable("input"), c.variable("target"), reduction);
  };
}

using ScaledLoss = Variable (*)(const Variable&, const Variable&, double, LossReduction);
Operation loss(ScaledLoss f, const char* scale) {
  return [=](Call& c) {
    const LossReduction reduction = c.reduction();
    return f(c.variable("input"), c.variable("target"), c.number(scale, 1), reduction);
  };
}

Variable embedded(Call& c) {
  for (const char* name : {"scale_grad_by_freq", "sparse"}) c.only(name, false);
  const Variable weight = c.variable("weight");
  std::optional<std::int64_t> padding;
  if (c.has("padding_idx")) padding = c.integer("padding_idx");
  // PyTorch counts a negative one from the end.
  if (padding && *padding < 0 && weight.shape().rank() > 0) *padding += weight.shape()[0];
  return embedding(weight, c.tensor("input"), padding);
}

Answer loaded(Call& c) {
  std::vector<Variable> all;
  for (const NamedTensor& item : io::load_safetensors(c.text("path")).tensors) {
    all.emplace_back(item.tensor);
  }
  return all;
}

}  // namespace

Operations loss_operations() {
  return {
      {"gather",
       [](Call& c) {
         c.only("sparse_grad", false);
         return gather(c.variable("input"), static_cast<int>(c.integer("dim")), c.tensor("index"));
       }},
      {"embedding", embedded},
      {"one_hot", [](Call& c) { return one_hot(c.tensor("tensor"), c.integer("num_classes")); }},
      {"nll_loss",
       [](Call& c) { return nll_loss(c.variable("input"), c.tensor("target"), class_options(c)); }},
      {"cross_entropy", crossed_entropy},
      {"binary_cross_entropy_with_logits",
       [](Call& c) {
         return binary_cross_entropy_with_logits(c.variable("input"), c.variable("target"),
                                                 {.weight = c.tensor_or_none("weight"),
                                                  .positive_weight = c.tensor_or_none("pos_weight"),
                                                  .reduction = c.reduction()});
       }},
      {"mse_loss", loss(mse_loss)},
      {"l1_loss", loss(l1_loss)},
      {"huber_loss", loss(huber_loss, "delta")},
      {"smooth_l1_loss", loss(smooth_l1_loss, "beta")},
      {"load_safetensors", loaded},
  };
}

}  // namespace credence::peers
