// The training step of LeNet5 in Credence.
#include "benchmarks/steps/peers/peer.hpp"
#include "framework/ops/losses.hpp"
#include "framework/optim/optimizer.hpp"
#include "zoo/lenet5.hpp"

int main(int argc, char** argv) {
  using namespace credence;
  return peers::run(argc, argv, [](const peers::Data& data) {
    auto model = std::make_shared<zoo::LeNet5<>>(zoo::LeNet5Options{}, Generator(1));
    std::size_t number = 0;
    for (const nn::NamedParameter& item : nn::parameters(*model)) {
      std::copy_n(data.parameter(number), peers::kSizes[number],
                  item.parameter->value().data<float>());
      ++number;
    }
    const Tensor images = Tensor::empty({peers::kBatch, 1, 28, 28});
    const Tensor labels = Tensor::empty({peers::kBatch}, DType::int64);
    std::copy_n(data.images(), images.numel(), images.data<float>());
    std::copy_n(data.labels(), labels.numel(), labels.data<std::int64_t>());
    std::shared_ptr<optim::Optimizer> optimizer =
        optim::make_optimizer(*model, optim::Sgd{.learning_rate = peers::kLearningRate});
    return [=] {
      optimizer->zero_grad();
      const Variable loss = cross_entropy((*model)(Variable(images)), labels, {});
      loss.backward();
      optimizer->step();
      return loss.value().item();
    };
  });
}
