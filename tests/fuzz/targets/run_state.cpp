// Target: states of training runs, from which a run of two epochs goes on.
#include "framework/io/safetensors.hpp"
#include "framework/nn/dropout.hpp"
#include "framework/train/fit.hpp"
#include "tests/framework/training.hpp"
#include "tests/fuzz/target.hpp"

namespace credence::fuzz {
namespace {

nn::Sequential small_model() {
  const Generator generator(1);
  return nn::Sequential(nn::Linear(2, 3, {}, generator.split("a")),
                        nn::Dropout(0.5, generator.split("dropout")),
                        nn::Linear(3, 2, {}, generator.split("b")));
}

FixedBatches two_batches() {
  const Tensor inputs = Tensor::from<float>({2, 2}, {1, -1, 0.5F, 2});
  const train::Batch batch{inputs, Tensor::from<std::int64_t>({2}, {0, 1})};
  return FixedBatches({batch, batch});
}

train::FitOptions options() {
  return {.epochs = 2, .watch = {}, .keep_best = true, .progress = false};
}

}  // namespace

Target run_state() {
  const auto run = [](std::string_view bytes) {
    read_or_refuse([&] {
      const io::SafeTensors state = io::load_safetensors(file_of(bytes));
      read_or_refuse([&] { train::finished_epochs(state); });
      nn::Sequential model = small_model();
      FixedBatches source = two_batches();
      train::FitOptions resumed = options();
      resumed.resume = state;
      train::fit(model, source, resumed);
    });
  };
  const auto seeds = [] {
    std::vector<std::string> states;
    const auto keep = [&](const io::SafeTensors& state) {
      const std::filesystem::path path = file_of({}, "state");
      io::save_safetensors(path, state.tensors, state.metadata);
      states.push_back(test::read_file(path));
    };
    nn::Sequential model = small_model();
    FixedBatches source = two_batches();
    train::FitOptions whole = options();
    whole.save = keep;
    train::fit(model, source, whole);
    // One in the middle of an epoch.
    nn::Sequential other = small_model();
    int steps = 0;
    whole.stop = [&] { return ++steps == 1; };
    read_or_refuse([&] { train::fit(other, source, whole); });
    return states;
  };
  return {"run_state", run, seeds};
}

}  // namespace credence::fuzz
