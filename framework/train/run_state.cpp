// The state of a run as tensors, and the checks when it is restored.
#include "framework/train/run_state.hpp"

#include "framework/base/error.hpp"
#include "framework/train/fit.hpp"

#include <algorithm>
#include <numeric>
#include <sstream>
#include <utility>

namespace credence::train {
namespace {

using io::NamedTensor;
using io::SafeTensors;

constexpr const char* kPosition = "run.position";
constexpr const char* kSums = "run.sums";
constexpr const char* kReports = "run.reports";
constexpr const char* kMonitors = "run.monitors";
constexpr const char* kDropped = "run.dropped_steps";

constexpr std::int64_t kPositionNumbers = 5;
constexpr std::int64_t kSumNumbers = 3;
constexpr std::int64_t kReportNumbers = 4;

[[noreturn]] void refuse(const std::string& why) {
  throw ValueError("[fit] the state to go on from " + why);
}

// The tensors that a step changes: parameters, buffers and the optimiser's state.
std::vector<NamedTensor> trained_tensors(nn::Module& model, const optim::Optimizer& optimizer) {
  std::vector<NamedTensor> tensors = model_tensors(model, "model.");
  for (const NamedTensor& part : optimizer.state()) {
    tensors.push_back({"optimizer." + part.name, part.tensor});
  }
  return tensors;
}

// The generators with the names that their draws have in a file.
std::vector<nn::NamedGenerator> generators_of(nn::Module& model, optim::Optimizer& optimizer) {
  std::vector<nn::NamedGenerator> named;
  for (const nn::NamedGenerator& g : nn::generators(model)) {
    named.push_back({"noise." + g.name, g.generator});
  }
  for (const nn::NamedGenerator& g : optimizer.generators()) {
    named.push_back({"optimizer_noise." + g.name, g.generator});
  }
  return named;
}

void require_nothing_else(const SafeTensors& file, const std::vector<NamedTensor>& known) {
  for (const NamedTensor& stored : file.tensors) {
    if (!stored.name.starts_with("model.") && !stored.name.starts_with("optimizer.")) continue;
    const bool found = std::any_of(known.begin(), known.end(),
                                   [&](const NamedTensor& own) { return own.name == stored.name; });
    if (!found) refuse("has \"" + stored.name + "\", which this run has not");
  }
}

void require_step_count(const SafeTensors& file) {
  // Those of a program's own optimiser may be kept elsewhere.
  const Tensor* const steps = file.find("optimizer.steps");
  if (steps == nullptr || steps->dtype() != DType::int64 || steps->numel() != 1) return;
  const std::int64_t count = *steps->data<std::int64_t>();
  if (!is_count(count)) refuse("counts " + std::to_string(count) + " steps");
}

Tensor noise_of(const Generator& generator) {
  return Tensor::from<std::int64_t>({2}, {static_cast<std::int64_t>(generator.key()),
                                          static_cast<std::int64_t>(generator.draws())});
}

std::string text_of(const std::vector<MonitorSum>& monitors) {
  std::string text;
  for (const MonitorSum& monitor : monitors) {
    text += std::to_string(static_cast<int>(monitor.rule)) + ' ' +
            std::to_string(static_cast<int>(monitor.display)) + ' ' + monitor.name + '\n';
  }
  return text;
}

// The monitors with sums of 0.
std::vector<MonitorSum> monitors_of(const SafeTensors& file) {
  const auto text = file.metadata.find(kMonitors);
  if (text == file.metadata.end()) refuse("does not name its monitors");
  std::vector<MonitorSum> monitors;
  std::istringstream lines(text->second);
  for (std::string line; std::getline(lines, line);) {
    std::istringstream stream(line);
    int rule = -1;
    int display = -1;
    std::string name;
    stream >> rule >> display;
    std::getline(stream.ignore(), name);
    if (stream.fail() || rule < 0 || rule > static_cast<int>(Rule::ratio) || display < 0 ||
        display > static_cast<int>(Display::percent)) {
      refuse("has a monitor that is unknown: " + line);
    }
    monitors.push_back({name, static_cast<Rule>(rule), static_cast<Display>(display)});
  }
  return monitors;
}

// Of each finished epoch and of the current one; empty where there are none.
std::string text_of_dropped(const RunState& state) {
  std::string text;
  std::int64_t all = state.sums.dropped_steps;
  for (const EpochReport& report : state.reports) {
    text += std::to_string(report.dropped_steps) + ' ';
    all += report.dropped_steps;
  }
  return all == 0 ? std::string() : text + std::to_string(state.sums.dropped_steps);
}

std::vector<std::int64_t> dropped_of(const SafeTensors& file, std::int64_t finished) {
  std::vector<std::int64_t> dropped(static_cast<std::size_t>(finished) + 1);
  const auto text = file.metadata.find(kDropped);
  if (text == file.metadata.end()) return dropped;
  std::istringstream stream(text->second);
  for (std::int64_t& count : dropped) {
    if (!(stream >> count) || count < 0) refuse("has no number of dropped steps of each epoch");
  }
  return dropped;
}

Tensor reports_tensor(const std::vector<EpochReport>& reports, std::size_t monitors) {
  std::vector<double> numbers;
  for (const EpochReport& report : reports) {
    numbers.insert(numbers.end(),
                   {report.loss, report.learning_rate, report.seconds, report.samples_per_second});
    for (const NamedValue& monitor : report.monitors) numbers.push_back(monitor.value);
  }
  return Tensor::from({static_cast<std::int64_t>(reports.size()),
                       kReportNumbers + static_cast<std::int64_t>(monitors)},
                      numbers);
}

// Of so many finished epochs.
std::vector<EpochReport> reports_from(const SafeTensors& file, std::int64_t finished,
                                      std::int64_t epochs,
                                      const std::vector<MonitorSum>& monitors) {
  const std::int64_t row = kReportNumbers + static_cast<std::int64_t>(monitors.size());
  const Tensor& numbers = required_state(file, kReports, {finished, row}, DType::float64);
  std::vector<EpochReport> reports;
  for (std::int64_t epoch = 0; epoch < finished; ++epoch) {
    const double* const values = numbers.data<double>() + epoch * row;
    EpochReport& report = reports.emplace_back(EpochReport{.epoch = epoch,
                                                           .epochs = epochs,
                                                           .loss = values[0],
                                                           .learning_rate = values[1],
                                                           .seconds = values[2],
                                                           .samples_per_second = values[3]});
    for (std::size_t i = 0; i < monitors.size(); ++i) {
      report.monitors.push_back({monitors[i].name,
                                 values[kReportNumbers + static_cast<std::int64_t>(i)],
                                 monitors[i].display});
    }
  }
  return reports;
}

}  // namespace

std::vector<NamedTensor> model_tensors(nn::Module& model, const std::string& prefix) {
  std::vector<NamedTensor> tensors;
  for (const nn::NamedParameter& p : nn::parameters(model)) {
    tensors.push_back({prefix + p.name, p.parameter->value()});
  }
  for (const nn::NamedBuffer& b : nn::buffers(model)) {
    tensors.push_back({prefix + b.name, *b.buffer});
  }
  return tensors;
}

const Tensor& required_state(const SafeTensors& file, const std::string& name, const Shape& shape,
                             DType dtype) {
  const Tensor* const tensor = file.find(name);
  if (tensor == nullptr) refuse("has no tensor \"" + name + "\"");
  if (tensor->shape() != shape || tensor->dtype() != dtype) {
    refuse("has \"" + name + "\" as " + to_string(tensor->dtype()) + ' ' +
           tensor->shape().to_string() + ", this run needs " + to_string(dtype) + ' ' +
           shape.to_string());
  }
  return *tensor;
}

EpochReport RunState::report() const {
  const auto count = static_cast<double>(sums.samples);
  return {.epoch = epoch,
          .epochs = epochs,
          .loss = sums.loss / count,
          .monitors = values_of(sums.monitors),
          .learning_rate = sums.learning_rate,
          .seconds = sums.seconds,
          .samples_per_second = sums.seconds > 0 ? count / sums.seconds : 0,
          .dropped_steps = sums.dropped_steps};
}

void RunState::finish_epoch(EpochReport report) {
  reports.push_back(std::move(report));
  ++epoch;
  batch = 0;
  // The names of the monitors stay, because all epochs report the same ones.
  EpochSums next{.monitors = std::move(sums.monitors)};
  for (MonitorSum& monitor : next.monitors) monitor.total = monitor.divisor = 0;
  sums = std::move(next);
}

SafeTensors to_tensors(const RunState& state, nn::Module& model, optim::Optimizer& optimizer) {
  SafeTensors file{trained_tensors(model, optimizer), {}};
  for (const nn::NamedGenerator& g : generators_of(model, optimizer)) {
    file.tensors.push_back({g.name, noise_of(*g.generator)});
  }
  const EpochSums& sums = state.sums;
  file.tensors.push_back(
      {kPosition,
       Tensor::from<std::int64_t>({kPositionNumbers}, {state.epochs, state.batches, state.epoch,
                                                       state.batch, sums.samples})});
  std::vector<double> numbers{sums.loss, sums.learning_rate, sums.seconds};
  for (const MonitorSum& monitor : sums.monitors) numbers.push_back(monitor.total);
  for (const MonitorSum& monitor : sums.monitors) numbers.push_back(monitor.divisor);
  file.tensors.push_back(
      {kSums, Tensor::from({static_cast<std::int64_t>(numbers.size())}, numbers)});
  file.tensors.push_back({kReports, reports_tensor(state.reports, sums.monitors.size())});
  file.metadata[kMonitors] = text_of(sums.monitors);
  if (std::string dropped = text_of_dropped(state); !dropped.empty()) {
    file.metadata[kDropped] = std::move(dropped);
  }
  return file;
}

RunState restore(const SafeTensors& file, std::int64_t epochs, std::int64_t batches,
                 nn::Module& model, optim::Optimizer& optimizer) {
  const std::int64_t* const position =
      required_state(file, kPosition, {kPositionNumbers}, DType::int64).data<std::int64_t>();
  if (position[0] != epochs || position[1] != batches) {
    refuse("is of a run of " + std::to_string(position[0]) + " epochs with " +
           std::to_string(position[1]) + " batches each, not of " + std::to_string(epochs) +
           " with " + std::to_string(batches));
  }
  RunState state{.epochs = epochs,
                 .batches = batches,
                 .epoch = position[2],
                 .batch = position[3],
                 .sums = {.samples = position[4], .monitors = monitors_of(file)}};
  if (state.epoch < 0 || state.epoch > epochs || state.batch < 0 || state.batch > batches) {
    refuse("is at a place that the run has not");
  }
  if (!is_count(state.sums.samples)) {
    refuse("counts " + std::to_string(state.sums.samples) + " samples");
  }
  std::vector<MonitorSum>& monitors = state.sums.monitors;
  const auto count = static_cast<std::int64_t>(monitors.size());
  const double* const sums =
      required_state(file, kSums, {kSumNumbers + 2 * count}, DType::float64).data<double>();
  state.sums.loss = sums[0];
  state.sums.learning_rate = sums[1];
  state.sums.seconds = sums[2];
  for (std::int64_t i = 0; i < count; ++i) {
    monitors[static_cast<std::size_t>(i)].total = sums[kSumNumbers + i];
    monitors[static_cast<std::size_t>(i)].divisor = sums[kSumNumbers + count + i];
  }
  state.reports = reports_from(file, state.epoch, epochs, monitors);
  const std::vector<std::int64_t> dropped = dropped_of(file, state.epoch);
  for (std::size_t e = 0; e < state.reports.size(); ++e)
    state.reports[e].dropped_steps = dropped[e];
  state.sums.dropped_steps = dropped.back();
  for (const nn::NamedGenerator& g : generators_of(model, optimizer)) {
    const Tensor& noise = required_state(file, g.name, {2}, DType::int64);
    if (noise.data<std::int64_t>()[0] != noise_of(*g.generator).data<std::int64_t>()[0]) {
      refuse("has another key for \"" + g.name + "\": it is of a run with another seed");
    }
  }
  const std::vector<NamedTensor> own = trained_tensors(model, optimizer);
  for (const NamedTensor& part : own) {
    required_state(file, part.name, part.tensor.shape(), part.tensor.dtype());
  }
  require_step_count(file);
  require_nothing_else(file, own);
  for (const NamedTensor& part : own) part.tensor.copy_from(*file.find(part.name));
  optimizer.set_dropped_steps(std::accumulate(dropped.begin(), dropped.end(), std::int64_t{0}));
  return state;
}

std::int64_t finished_epoch_count(const SafeTensors& file) {
  const Tensor& position = required_state(file, kPosition, {kPositionNumbers}, DType::int64);
  const std::int64_t finished = position.data<std::int64_t>()[2];
  if (finished < 0) refuse("is at a place that the run has not");
  return finished;
}

std::vector<EpochReport> finished_epochs(const SafeTensors& file) {
  const std::int64_t finished = finished_epoch_count(file);
  const std::int64_t epochs = file.find(kPosition)->data<std::int64_t>()[0];
  return reports_from(file, finished, epochs, monitors_of(file));
}

void restore_noise(const SafeTensors& file, nn::Module& model, optim::Optimizer& optimizer) {
  for (const nn::NamedGenerator& g : generators_of(model, optimizer)) {
    const Tensor& noise = required_state(file, g.name, {2}, DType::int64);
    g.generator->seek(static_cast<std::uint64_t>(noise.data<std::int64_t>()[1]));
  }
}

}  // namespace credence::train
