// The losses of a training run from given weights and batches, for a comparison with another
// program (loss_curves.py).
#include "framework/autograd/variable.hpp"
#include "framework/base/error.hpp"
#include "framework/base/standard_streams.hpp"
#include "framework/io/checkpoint.hpp"
#include "framework/io/safetensors.hpp"
#include "framework/ops/softmax.hpp"
#include "framework/optim/optimizer.hpp"
#include "zoo/lenet5.hpp"
#include "zoo/resnet.hpp"
#include "zoo/vgg.hpp"

#include <cstdio>
#include <filesystem>
#include <memory>
#include <span>
#include <string>

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

int run(int count, char** arguments) {
  if (count != 5) {
    write_stderr("credence-loss-curve: takes MODEL OPTIMIZER RATE FOLDER\n");
    return 2;
  }
  const std::filesystem::path folder = arguments[4];
  const std::unique_ptr<nn::Module> model = model_of(arguments[1]);
  io::load_checkpoint(folder / "weights.safetensors", *model);
  const auto optimizer =
      optim::make_optimizer(*model, optimizer_of(arguments[2], std::stod(arguments[3])));
  const io::SafeTensors batches = io::load_safetensors(folder / "batches.safetensors");
  const Tensor& images = tensor_of(batches, "images");
  const Tensor& labels = tensor_of(batches, "labels");
  const Shape all = images.shape();
  const Shape batch(std::span(all.begin() + 1, all.end()));
  for (std::int64_t step = 0; step < images.shape()[0]; ++step) {
    const Variable x(images.slice(step, step + 1).reshape(batch));
    const Variable loss =
        cross_entropy((*model)(x), labels.slice(step, step + 1).reshape({batch[0]}));
    optimizer->zero_grad();
    loss.backward();
    optimizer->step();
    std::printf("%.9g\n", loss.value().item());
  }
  return 0;
}

}  // namespace
}  // namespace credence

int main(int count, char** arguments) {
  return credence::run_program("credence-loss-curve",
                               [&] { return credence::run(count, arguments); });
}
