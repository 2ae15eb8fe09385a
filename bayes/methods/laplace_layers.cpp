// Layers as products of a matrix, and observed passes through a network.
#include "bayes/methods/laplace_layers.hpp"

#include "framework/autograd/enable_grad.hpp"
#include "framework/base/error.hpp"
#include "framework/dispatch/kernels.hpp"
#include "framework/nn/layers.hpp"
#include "framework/ops/pointwise.hpp"
#include "framework/ops/shape_ops.hpp"
#include "framework/train/objective.hpp"

#include <algorithm>
#include <utility>

namespace credence::bayes {
namespace {

// The module's own parameters, without those of its parts.
class OwnParameters : public nn::Visitor {
 public:
  struct Own {
    std::string name;
    Variable* parameter;
    nn::Role role;
  };
  explicit OwnParameters(nn::Module& module) { module.visit(*this); }
  using Visitor::parameter;
  void parameter(std::string_view name, Variable& parameter, nn::Role role) override {
    if (parameter.requires_grad()) found.push_back({std::string(name), &parameter, role});
  }
  void module(std::string_view, nn::Module&) override {}
  std::vector<Own> found;
};

class AllModules : public nn::PathVisitor {
 public:
  explicit AllModules(nn::Module& model) : found{{"", &model}} { model.visit(*this); }
  void module(std::string_view name, nn::Module& child) override {
    const bool known = std::any_of(found.begin(), found.end(),
                                   [&](const auto& entry) { return entry.second == &child; });
    if (!known) found.emplace_back(path(name), &child);
    PathVisitor::module(name, child);
  }
  std::vector<std::pair<std::string, nn::Module*>> found;
};

// The settings of a convolution; null for another module.
const ConvolutionOptions* convolution_options(const nn::Module& module) {
  if (const auto* conv = dynamic_cast<const nn::Conv1d*>(&module)) return &conv->options();
  if (const auto* conv = dynamic_cast<const nn::Conv2d*>(&module)) return &conv->options();
  if (const auto* conv = dynamic_cast<const nn::Conv3d*>(&module)) return &conv->options();
  return nullptr;
}

bool is_product(const nn::Module& module) {
  return dynamic_cast<const nn::Linear*>(&module) != nullptr ||
         convolution_options(module) != nullptr;
}

std::string described(const std::string& name, const nn::Module& module) {
  return "layer " + (name.empty() ? std::string("(the model itself)") : '"' + name + '"') + " (" +
         module.type_name() + ")";
}

CoveredLayer covered(const std::string& name, nn::Module& module) {
  CoveredLayer layer{.name = name, .module = &module, .weight = nullptr, .bias = nullptr};
  for (const OwnParameters::Own& own : OwnParameters(module).found) {
    (own.name == "weight" ? layer.weight : layer.bias) = own.parameter;
  }
  const ConvolutionOptions* const options = convolution_options(module);
  if (options != nullptr && options->groups != 1) {
    throw ValueError("[laplace] " + described(name, module) + " has " +
                     std::to_string(options->groups) + " groups; one is supported");
  }
  return layer;
}

// The last fully connected layer that was called, and whether it gave this tensor.
class LastLinear : public nn::CallObserver {
 public:
  void returned(nn::Module& module, std::span<const Variable>,
                std::span<const Variable> outputs) override {
    if (dynamic_cast<nn::Linear*>(&module) == nullptr) return;
    linear = &module;
    output = outputs.front().value();
  }
  bool separates_activations() const override { return true; }
  nn::Module* linear = nullptr;
  Tensor output;
};

// A convolution's weight that copies each input element under the kernel to a channel of its own.
Tensor copying_weight(const Shape& weight, const Tensor& like) {
  const std::int64_t channels = weight[1];
  const std::int64_t volume = weight.numel_from(2);
  std::vector<std::int64_t> extents{channels * volume, 1};
  for (int i = 2; i < weight.rank(); ++i) extents.push_back(weight[i]);
  std::vector<float> values(static_cast<std::size_t>(channels * volume * volume));
  for (std::int64_t row = 0; row < channels * volume; ++row) {
    values[static_cast<std::size_t>(row * volume + row % volume)] = 1;
  }
  return Tensor::from(Shape(extents), values).to(like.dtype()).to(like.device());
}

// The sizes of N products a_n b_nᵀ, as those of the gradient of a convolution's weight [P, Q] whose
// kernel is one pixel.
ConvolutionShape product_shape(const Tensor& a, const Tensor& b) {
  ConvolutionShape shape;
  shape.batch = a.shape()[0];
  shape.in_channels = b.shape()[1];
  shape.out_channels = a.shape()[1];
  shape.input = {1, 1, a.shape()[2]};
  shape.output = shape.input;
  return shape;
}

Tensor products(const ConvolutionShape& shape, const Tensor& a, const Tensor& b) {
  const Tensor result =
      Tensor::empty({shape.out_channels, shape.in_channels / shape.groups}, a.dtype(), a.device());
  visit_kernels(result, [&](const auto& kernels) {
    kernels.convolution_backward_weight(shape, b, a, result);
  });
  return result;
}

}  // namespace

Tensor CoveredLayer::joint_weight() const {
  const NoGrad no_grad;
  const Tensor matrix = weight->value().reshape({outputs(), weight->shape().numel_from(1)});
  if (bias == nullptr) return matrix.clone();
  return concat({Variable(matrix), Variable(bias->value().reshape({outputs(), 1}))}, 1).value();
}

void CoveredLayer::set_joint_weight(const Tensor& joint) const {
  const NoGrad no_grad;
  if (bias == nullptr) {
    weight->value().copy_from(joint.reshape(weight->shape()));
    return;
  }
  const std::vector<Variable> parts = split(Variable(joint), {inputs() - 1, 1}, 1);
  weight->value().copy_from(parts[0].value().reshape(weight->shape()));
  bias->value().copy_from(parts[1].value().reshape(bias->shape()));
}

Tensor CoveredLayer::columns(const Tensor& x) const {
  const NoGrad no_grad;
  const std::int64_t n = x.shape()[0];
  const std::int64_t width = weight->shape().numel_from(1);
  Tensor patches = x;
  if (const ConvolutionOptions* const options = convolution_options(*module)) {
    ConvolutionOptions each = *options;
    each.groups = weight->shape()[1];
    patches =
        convolution(Variable(x), Variable(copying_weight(weight->shape(), x)), {}, each).value();
  }
  patches = patches.reshape({n, width, patches.numel() / (n * width)});
  if (bias == nullptr) return patches;
  const Variable one(Tensor::full({n, 1, patches.shape()[2]}, 1, x.dtype(), x.device()));
  return concat({Variable(patches), one}, 1).value();
}

std::vector<CoveredLayer> covered_layers(nn::Module& model) {
  std::vector<CoveredLayer> layers;
  for (const auto& [name, module] : AllModules(model).found) {
    const std::vector<OwnParameters::Own> own = OwnParameters(*module).found;
    const auto has = [&](auto condition) { return std::any_of(own.begin(), own.end(), condition); };
    if (is_product(*module)) {
      if (has([](const auto& p) { return p.role == nn::Role::weight; })) {
        layers.push_back(covered(name, *module));
      }
    } else if (has([](const auto& p) { return p.role != nn::Role::norm; })) {
      throw ValueError("[laplace] " + described(name, *module) +
                       " has parameters and is neither Linear nor Conv1d to Conv3d; freeze it "
                       "(requires_grad = false), or take the last layer only");
    }
  }
  if (layers.empty()) {
    throw ValueError("[laplace] the model has no Linear or convolution with a trainable weight");
  }
  return layers;
}

CoveredLayer last_layer(nn::Module& model, const train::Batch& batch) {
  const NoGrad no_grad;
  const nn::EvaluationMode mode(model);
  LastLinear last;
  const Variable outputs = train::output_of(model, train::to_device(batch, nn::device_of(model)));
  if (last.linear == nullptr || last.output.raw_data() != outputs.value().raw_data() ||
      last.output.numel() != outputs.value().numel()) {
    throw ValueError("[laplace] the model's output is not that of a Linear, its last layer");
  }
  const std::string path =
      last.linear == &model ? std::string() : nn::path_of(*last.linear, model).value_or("?");
  CoveredLayer layer = covered(path, *last.linear);
  if (layer.weight == nullptr) {
    throw ValueError("[laplace] " + described(path, *last.linear) + " is frozen");
  }
  return layer;
}

CoveredLayer layer_at(nn::Module& model, const std::string& path) {
  for (const auto& [name, module] : AllModules(model).found) {
    if (name != path || !is_product(*module)) continue;
    CoveredLayer layer = covered(name, *module);
    if (layer.weight != nullptr) return layer;
  }
  throw ValueError("[laplace] the model has no Linear or convolution \"" + path +
                   "\" with a trainable weight");
}

// Notes the input of each covered layer and, in the backward pass, the gradient of its output.
class LayerPass::Recorder : public nn::CallObserver {
 public:
  explicit Recorder(LayerPass& pass) : pass_(pass) {}

  Variable passed_on(nn::Module& module, const Variable& output) override {
    const std::size_t i = index_of(module);
    if (i == pass_.layers_.size()) return output;
    // The anchor requires a gradient where nothing before the layer does.
    const Variable anchor(Tensor::zeros({}, output.dtype(), output.device()), true);
    Tensor* const kept = &pass_.gradients_[i];
    return make_result(output.value(), {output, anchor}, [kept](Tensor grad) {
      *kept = grad;
      return Gradients{std::move(grad), Tensor()};
    });
  }

  void returned(nn::Module& module, std::span<const Variable> inputs,
                std::span<const Variable>) override {
    const std::size_t i = index_of(module);
    if (i == pass_.layers_.size()) return;
    if (pass_.inputs_[i].defined()) {
      throw ValueError("[laplace] " + described(pass_.layers_[i].name, module) +
                       " is called more than once in one pass of the model");
    }
    pass_.inputs_[i] = inputs.front().value();
  }

  bool separates_activations() const override { return true; }

 private:
  std::size_t index_of(const nn::Module& module) const {
    std::size_t i = 0;
    while (i < pass_.layers_.size() && pass_.layers_[i].module != &module) ++i;
    return i;
  }

  LayerPass& pass_;
};

LayerPass::LayerPass(nn::Module& model, std::vector<CoveredLayer> layers)
    : model_(model), mode_(model), layers_(std::move(layers)) {
  for (const nn::NamedParameter& p : nn::parameters(model)) {
    if (p.parameter->requires_grad()) frozen_.push_back(p.parameter);
  }
  // All are noted before one is changed: after an exception in here there is no destructor.
  for (Variable* const parameter : frozen_) parameter->set_requires_grad(false);
}

LayerPass::~LayerPass() {
  for (Variable* const parameter : frozen_) parameter->set_requires_grad(true);
}

Variable LayerPass::forward(const train::Batch& batch) {
  inputs_.assign(layers_.size(), Tensor());
  gradients_.assign(layers_.size(), Tensor());
  const EnableGrad enable_grad;
  Recorder recorder(*this);
  outputs_ = train::output_of(model_, train::to_device(batch, nn::device_of(model_)));
  for (std::size_t i = 0; i < layers_.size(); ++i) {
    if (inputs_[i].defined()) continue;
    throw ValueError("[laplace] " + described(layers_[i].name, *layers_[i].module) +
                     " is not called in a pass of the model");
  }
  return outputs_;
}

Tensor LayerPass::inputs(std::size_t i) const { return layers_[i].columns(inputs_[i]); }

void LayerPass::backward(const Tensor& seed) { outputs_.backward(seed); }

Tensor LayerPass::gradients(std::size_t i) const {
  const std::int64_t n = inputs_[i].shape()[0];
  const std::int64_t outputs = layers_[i].outputs();
  if (!gradients_[i].defined()) {
    throw ValueError("[laplace] the model's outputs do not depend on " +
                     described(layers_[i].name, *layers_[i].module));
  }
  return gradients_[i].reshape({n, outputs, gradients_[i].numel() / (n * outputs)});
}

Tensor sum_of_products(const Tensor& a, const Tensor& b) {
  return products(product_shape(a, b), a, b);
}

void for_squared_products(const Tensor& a, const Tensor& b,
                          FunctionRef<void(const Tensor& squares)> receive) {
  constexpr std::int64_t kMostElements = std::int64_t{1} << 24;
  const NoGrad no_grad;
  const std::int64_t elements = a.shape()[1] * b.shape()[1];
  const std::int64_t group = std::max<std::int64_t>(1, kMostElements / elements);
  for (std::int64_t begin = 0; begin < a.shape()[0]; begin += group) {
    const std::int64_t end = std::min(begin + group, a.shape()[0]);
    ConvolutionShape shape = product_shape(a.slice(begin, end), b.slice(begin, end));
    // One image whose groups of channels are the samples: each product is a group's gradient.
    shape.groups = std::exchange(shape.batch, 1);
    shape.in_channels *= shape.groups;
    shape.out_channels *= shape.groups;
    const Tensor each = products(shape, a.slice(begin, end), b.slice(begin, end));
    receive(square(Variable(each.reshape({end - begin, elements}))).value());
  }
}

}  // namespace credence::bayes
