// The training step of LeNet5 in LibTorch, PyTorch's C++ library.
#include "benchmarks/steps/peers/peer.hpp"

#include <memory>

#include <torch/torch.h>

int main(int argc, char** argv) {
  using namespace torch::nn;
  return peers::run(argc, argv, [](const peers::Data& data) {
    Sequential model(Conv2d(1, 6, 5), MaxPool2d(2), ReLU(), Conv2d(6, 16, 5), MaxPool2d(2), ReLU(),
                     Flatten(), Linear(256, 120), ReLU(), Linear(120, 84), ReLU(), Linear(84, 10));
    const auto copied = [](const float* values, at::IntArrayRef shape) {
      return torch::from_blob(const_cast<float*>(values), shape).clone();
    };
    std::size_t number = 0;
    for (torch::Tensor& parameter : model->parameters()) {
      torch::NoGradGuard guard;
      parameter.copy_(copied(data.parameter(number++), parameter.sizes()));
    }
    const auto images = copied(data.images(), {peers::kBatch, 1, 28, 28});
    const auto labels = copied(data.labels(), {peers::kBatch}).to(torch::kLong);
    auto optimizer = std::make_shared<torch::optim::SGD>(model->parameters(), peers::kLearningRate);
    return [=]() mutable {
      optimizer->zero_grad();
      const auto loss = functional::cross_entropy(model->forward(images), labels);
      loss.backward();
      optimizer->step();
      return loss.template item<double>();
    };
  });
}
