// The losses of a training run from given weights and batches, for a comparison with another
// program (loss_curves.py).
#include "framework/autograd/variable.hpp"
#include "framework/base/error.hpp"
#include "framework/base/standard_streams.hpp"
#include "framework/dispatch/kernels.hpp"
#include "framework/io/checkpoint.hpp"
#include "framework/io/safetensors.hpp"
#include "framework/nn/borrowed_module.hpp"
#include "framework/ops/softmax.hpp"
#include "framework/optim/optimizer.hpp"
#include "zoo/lenet5.hpp"
#include "zoo/resnet.hpp"
#include "zoo/vgg.hpp"

#include <cmath>
#include <cstdio>
#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <vector>

namespace credence {
namespace {

std::unique_ptr<nn::Module> model_of(const std::string& name) {
  const Generator generator(1);
  if (name == "LeNet5") return std::make_unique<zoo::LeNet5<>>(zoo::LeNet5Options{}, generator);
  if (name == "VGG11") {
    return std::make_unique<zoo::VGG<>>(zoo::VggOptions{.batch_norm = true}, generator);
  }
  if (name == "ResNet20") return std::make_unique<zoo::ResNet<>>(zoo::ResNetOptions{}, generator);
  throw ValueError("MODEL must be LeNet5, VGG11 or ResNet20, not " + name);
}

optim::Factory optimizer_of(const std::string& name, double rate) {
  if (name == "sgd") return optim::Sgd{.learning_rate = rate, .momentum = 0.9};
  if (name == "adam") return optim::Adam{.learning_rate = rate};
  throw ValueError("OPTIMIZER must be sgd or adam, not " + name);
}

const Tensor& tensor_of(const io::SafeTensors& file, const char* name) {
  const Tensor* const tensor = file.find(name);
  if (tensor == nullptr) throw Error(std::string("there is no tensor ") + name);
  return *tensor;
}

// Training in float32, as programs do it.
class SingleTraining {
 public:
  SingleTraining(nn::Module& model, const std::string& optimizer, double rate)
      : model_(model), optimizer_(optim::make_optimizer(model, optimizer_of(optimizer, rate))) {}

  double step(const Tensor& images, const Tensor& labels) {
    const Variable loss = cross_entropy(model_(Variable(images)), labels);
    optimizer_->zero_grad();
    loss.backward();
    optimizer_->step();
    return loss.value().item();
  }

 private:
  nn::Module& model_;
  std::unique_ptr<optim::Optimizer> optimizer_;
};

// The same with parameters, activations and the optimiser's kernel in float64.
class DoubleTraining {
 public:
  DoubleTraining(nn::Module& model, const std::string& optimizer, double rate)
      : model_(model), borrowed_(model), is_sgd_(optimizer == "sgd"), rate_(rate) {
    optimizer_of(optimizer, rate);
    for (const NamedTensor& parameter : borrowed_.trained()) {
      parameters_.emplace_back(parameter.tensor, true);
      means_.push_back(Tensor::zeros(parameter.tensor.shape(), DType::float64));
      variances_.push_back(Tensor::zeros(parameter.tensor.shape(), DType::float64));
    }
    borrowed_.set(parameters_, 0, DType::float64);
  }

  double step(const Tensor& images, const Tensor& labels) {
    const Variable loss = cross_entropy(model_(Variable(images.to(DType::float64))), labels);
    for (Variable& parameter : parameters_) parameter.zero_grad();
    loss.backward();
    ++steps_;
    for (std::size_t i = 0; i < parameters_.size(); ++i) update(i);
    return loss.value().item();
  }

 private:
  void update(std::size_t i) {
    double* const values = parameters_[i].value().data<double>();
    const Tensor grad = parameters_[i].grad();
    const Kernels<double>& table = kernels<double>(Device::cpu);
    if (is_sgd_) {
      const SgdStep step{
          .learning_rate = rate_, .momentum = 0.9, .weight_decay = 0, .nesterov = false};
      table.sgd_step(&step, grad.numel(), grad.data<double>(), values, means_[i].data<double>());
      return;
    }
    const AdamStep step{.learning_rate = rate_,
                        .beta1 = 0.9,
                        .beta2 = 0.999,
                        .epsilon = 1e-8,
                        .weight_decay = 0,
                        .decoupled_weight_decay = false,
                        .correction1 = 1 - std::pow(0.9, steps_),
                        .correction2 = 1 - std::pow(0.999, steps_)};
    table.adam_step(&step, grad.numel(), grad.data<double>(), values, means_[i].data<double>(),
                    variances_[i].data<double>(), nullptr);
  }

  nn::Module& model_;
  nn::BorrowedModule borrowed_;
  bool is_sgd_;
  double rate_;
  int steps_ = 0;
  std::vector<Variable> parameters_;
  std::vector<Tensor> means_;  // the velocities of SGD
  std::vector<Tensor> variances_;
};

template <class Training>
void print_losses(Training& training, const io::SafeTensors& batches) {
  const Tensor& images = tensor_of(batches, "images");
  const Tensor& labels = tensor_of(batches, "labels");
  const Shape all = images.shape();
  const Shape batch(std::span(all.begin() + 1, all.end()));
  for (std::int64_t step = 0; step < all[0]; ++step) {
    std::printf("%.17g\n", training.step(images.slice(step, step + 1).reshape(batch),
                                         labels.slice(step, step + 1).reshape({batch[0]})));
  }
}

int run(int count, char** arguments) {
  if (count != 6) {
    write_stderr("credence-loss-curve: takes MODEL OPTIMIZER RATE FOLDER PRECISION\n");
    return 2;
  }
  const std::filesystem::path folder = arguments[4];
  const std::string precision = arguments[5];
  const std::unique_ptr<nn::Module> model = model_of(arguments[1]);
  io::load_checkpoint(folder / "weights.safetensors", *model);
  const io::SafeTensors batches = io::load_safetensors(folder / "batches.safetensors");
  const double rate = std::stod(arguments[3]);
  if (precision == "float32") {
    SingleTraining training(*model, arguments[2], rate);
    print_losses(training, batches);
  } else if (precision == "float64") {
    DoubleTraining training(*model, arguments[2], rate);
    print_losses(training, batches);
  } else {
    throw ValueError("PRECISION must be float32 or float64, not " + precision);
  }
  return 0;
}

}  // namespace
}  // namespace credence

int main(int count, char** arguments) {
  return credence::run_program("credence-loss-curve",
                               [&] { return credence::run(count, arguments); });
}
