// Target: the state files of credence-bench's training runs.
#include "benchmarks/driver/trial_state.hpp"

#include "tests/fuzz/target.hpp"

namespace credence::fuzz {
namespace {

using namespace benchmarks;

const RunSettings kSettings{{"epochs", "2"}};
const LayerNumbers kLayers{{"fc1", 0}, {"fc2", 0}};

}  // namespace

Target trial_state() {
  const auto run = [](std::string_view bytes) {
    const std::filesystem::path path = file_of(bytes);
    train::StateFiles files(path);
    read_or_refuse([&] { load_trial_state(files, kSettings); });
    read_or_refuse([&] { load_trial_state(files, kSettings, kLayers, kLayers); });
  };
  const auto seeds = [] {
    const std::vector<train::NamedValue> scores{{"accuracy", 0.5, train::Display::percent},
                                                {"nll", 1.5, train::Display::number}};
    TrialState state;
    state.fit.metadata["run.monitors"] = "0 0 loss\n";
    state.fit.tensors.push_back({"run.position", Tensor::from<std::int64_t>({5}, {2, 3, 1, 0, 0})});
    state.fit.tensors.push_back({"run.reports", Tensor::zeros({1, 5}, DType::float64)});
    state.epochs.push_back({.epoch = 0, .epochs = 2});
    state.epochs.back().test = train::Metrics{10, scores};
    state.epochs.back().validation = train::Metrics{20, scores};
    state.final_scores = {train::Metrics{10, scores}};
    state.layers = {{kLayers}, {kLayers}};
    state.chosen = {Tensor::zeros({2}, DType::float32)};
    const std::filesystem::path path = file_of({}, "state");
    train::StateFiles files(path);
    save_trial_state(files, kSettings, state);
    // Without the checksum, which would refuse all changed bytes: older states have none.
    const io::SafeTensors saved = files.load()->state;
    io::save_safetensors(path, saved.tensors, saved.metadata);
    return std::vector<std::string>{test::read_file(path)};
  };
  return {"trial_state", run, seeds};
}

}  // namespace credence::fuzz
