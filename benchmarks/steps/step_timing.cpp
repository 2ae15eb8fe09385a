// The times of training steps and predictions.
#include "benchmarks/steps/step_timing.hpp"

#include "bayes/predict.hpp"
#include "benchmarks/common/device.hpp"
#include "framework/core/random.hpp"
#include "framework/train/recorded_step.hpp"

#include <chrono>

namespace credence::benchmarks {
namespace {

using Clock = std::chrono::steady_clock;

double between(Clock::time_point begin, Clock::time_point end) {
  return std::chrono::duration<double, std::milli>(end - begin).count();
}

// So many that what the wait for a device takes does not count.
int block_length(Device device) { return device == Device::cuda ? 20 : 1; }

// `forget` drops the times of the warm-up.
template <class Work, class Forget>
void repeat(const TimeBudget& budget, Work work, Forget forget) {
  const auto run_for = [&](double seconds, int least) {
    const auto begin = Clock::now();
    for (int done = 0; done < least || between(begin, Clock::now()) < 1e3 * seconds; ++done) work();
  };
  run_for(budget.seconds / 3, 1);
  forget();
  run_for(budget.seconds, budget.least_repeats);
}

}  // namespace

train::Batch random_batch(const Shape& image, std::int64_t size, Device device) {
  const Generator generator(7);
  const Tensor images = Tensor::empty({size, image[0], image[1], image[2]});
  const Tensor labels = Tensor::empty({size}, DType::int64);
  const RandomStream pixels = generator.split("images").next();
  for (std::int64_t i = 0; i < images.numel(); ++i) {
    images.data<float>()[i] = static_cast<float>(pixels.uniform(i));
  }
  const RandomStream classes = generator.split("labels").next();
  for (std::int64_t i = 0; i < size; ++i) {
    labels.data<std::int64_t>()[i] = static_cast<std::int64_t>(classes.below(i, 10));
  }
  return {images.to(device), labels.to(device)};
}

TrainingStep::TrainingStep(nn::Module& model, const train::Objective& objective)
    : model_(model),
      objective_(objective),
      optimizer_(optim::make_optimizer(model, optim::Adam{.learning_rate = 1e-3})) {}

bool TrainingStep::work(const train::Batch& batch, Parts& parts) {
  const auto begin = Clock::now();
  optimizer_->zero_grad();
  const auto cleared = Clock::now();
  const train::Loss loss = objective_(model_, batch, {60000});
  const auto forward = Clock::now();
  loss.total.backward();
  const auto backward = Clock::now();
  optimizer_->update();
  parts.forward += between(cleared, forward);
  parts.backward += between(forward, backward);
  parts.optimizer += between(begin, cleared) + between(backward, Clock::now());
  return loss.repeats;
}

StepTimes time_training(nn::Module& model, const train::Objective& objective,
                        const train::Batch& batch, const TimeBudget& budget, bool cuda_graph) {
  const Device device = nn::device_of(model);
  const int length = block_length(device);
  TrainingStep training(model, objective);
  train::RecordedStep recorded(model, cuda_graph);
  const auto step = [&](TrainingStep::Parts& parts) {
    training.begin();
    recorded.run(batch, [&](const train::Batch& inputs) { return training.work(inputs, parts); });
  };
  StepTimes times;
  const auto block = [&] {
    TrainingStep::Parts sum;
    const auto begin = Clock::now();
    for (int i = 0; i < length; ++i) step(sum);
    wait_for(device);
    times.step.push_back(between(begin, Clock::now()) / length);
    times.forward.push_back(sum.forward / length);
    times.backward.push_back(sum.backward / length);
    times.optimizer.push_back(sum.optimizer / length);
  };
  repeat(budget, block, [&] { times = {}; });
  return times;
}

std::vector<double> time_prediction(nn::Module& model, const Tensor& images, std::int64_t samples,
                                    const TimeBudget& budget, bayes::PassDraw draw) {
  const Device device = nn::device_of(model);
  const int length = block_length(device);
  std::vector<double> times;
  const auto block = [&] {
    const auto begin = Clock::now();
    for (int i = 0; i < length; ++i) {
      bayes::predictive_log_probabilities(model, images, {.samples = samples, .draw = draw});
    }
    wait_for(device);
    times.push_back(between(begin, Clock::now()) / length);
  };
  repeat(budget, block, [&] { times.clear(); });
  return times;
}

}  // namespace credence::benchmarks
