// The state of a run as tensors, and the checks when it is restored.
#include "framework/train/run_state.hpp"

#include "framework/base/error.hpp"
#include "framework/train/fit.hpp"

#include <algorithm>
#include <sstream>
#include <utility>

namespace credence::train {
namespace {

using io::NamedTensor;
using io::SafeTensors;

constexpr const char* kPosition = "run.position";
constexpr const char* kSums = "run.sums";
constexpr const char* kReports = "run.reports";
constexpr const char* kTerms = "run.terms";

constexpr std::int64_t kPositionNumbers = 6;
constexpr std::int64_t kSumNumbers = 3;
constexpr std::int64_t kReportNumbers = 5;

[[noreturn]] void refuse(const std::string& why) {
  throw ValueError("[fit] the state to go on from " + why);
}

// The tensors that a step changes: parameters, buffers and the optimiser's state.
std::vector<NamedTensor> trained_tensors(nn::Module& model, const optim::Optimizer& optimizer) {
  std::vector<NamedTensor> tensors;
  for (const nn::NamedParameter& p : nn::parameters(model)) {
    tensors.push_back({"model." + p.name, p.parameter->value()});
  }
  for (const nn::NamedBuffer& b : nn::buffers(model)) {
    tensors.push_back({"model." + b.name, *b.buffer});
  }
  for (const NamedTensor& part : optimizer.state()) {
    tensors.push_back({"optimizer." + part.name, part.tensor});
  }
  return tensors;
}

const Tensor& require(const SafeTensors& file, const std::string& name, const Shape& shape,
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

void require_nothing_else(const SafeTensors& file, const std::vector<NamedTensor>& known) {
  for (const NamedTensor& stored : file.tensors) {
    if (!stored.name.starts_with("model.") && !stored.name.starts_with("optimizer.")) continue;
    const bool found = std::any_of(known.begin(), known.end(),
                                   [&](const NamedTensor& own) { return own.name == stored.name; });
    if (!found) refuse("has \"" + stored.name + "\", which this run has not");
  }
}

Tensor noise_of(const Generator& generator) {
  return Tensor::from<std::int64_t>({2}, {static_cast<std::int64_t>(generator.key()),
                                          static_cast<std::int64_t>(generator.draws())});
}

std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> lines;
  std::istringstream stream(text);
  for (std::string line; std::getline(stream, line);) lines.push_back(line);
  return lines;
}

Tensor reports_tensor(const std::vector<EpochReport>& reports, std::int64_t terms) {
  std::vector<double> numbers;
  for (const EpochReport& report : reports) {
    numbers.insert(numbers.end(), {report.loss, report.accuracy, report.learning_rate,
                                   report.seconds, report.images_per_second});
    for (const auto& term : report.terms) numbers.push_back(term.second);
  }
  return Tensor::from({static_cast<std::int64_t>(reports.size()), kReportNumbers + terms}, numbers);
}

std::vector<std::string> terms_of(const SafeTensors& file) {
  const auto names = file.metadata.find(kTerms);
  if (names == file.metadata.end()) refuse("does not name its terms");
  return lines_of(names->second);
}

EpochReport report_from(const double* row, std::int64_t epoch, std::int64_t epochs,
                        const std::vector<std::string>& terms) {
  EpochReport report{.epoch = epoch,
                     .epochs = epochs,
                     .loss = row[0],
                     .accuracy = row[1],
                     .learning_rate = row[2],
                     .seconds = row[3],
                     .images_per_second = row[4]};
  for (std::size_t i = 0; i < terms.size(); ++i) {
    report.terms.emplace_back(terms[i], row[kReportNumbers + static_cast<std::int64_t>(i)]);
  }
  return report;
}

// Of so many finished epochs.
std::vector<EpochReport> reports_from(const SafeTensors& file, std::int64_t finished,
                                      std::int64_t epochs, const std::vector<std::string>& terms) {
  const std::int64_t row = kReportNumbers + static_cast<std::int64_t>(terms.size());
  const Tensor& numbers = require(file, kReports, {finished, row}, DType::float64);
  std::vector<EpochReport> reports;
  for (std::int64_t epoch = 0; epoch < finished; ++epoch) {
    reports.push_back(report_from(numbers.data<double>() + epoch * row, epoch, epochs, terms));
  }
  return reports;
}

}  // namespace

EpochReport RunState::report() const {
  const auto count = static_cast<double>(sums.samples);
  EpochReport report{.epoch = epoch,
                     .epochs = epochs,
                     .loss = sums.loss / count,
                     .accuracy = static_cast<double>(sums.correct) / count,
                     .terms = sums.terms,
                     .learning_rate = sums.learning_rate,
                     .seconds = sums.seconds,
                     .images_per_second = sums.seconds > 0 ? count / sums.seconds : 0};
  for (auto& [name, value] : report.terms) value /= count;
  return report;
}

void RunState::finish_epoch(EpochReport report) {
  reports.push_back(std::move(report));
  ++epoch;
  batch = 0;
  // The names of the terms stay, because all epochs report the same ones.
  EpochSums next{.terms = std::move(sums.terms)};
  for (auto& [name, value] : next.terms) value = 0;
  sums = std::move(next);
}

SafeTensors to_tensors(const RunState& state, nn::Module& model,
                       const optim::Optimizer& optimizer) {
  SafeTensors file{trained_tensors(model, optimizer), {}};
  for (const nn::NamedGenerator& g : nn::generators(model)) {
    file.tensors.push_back({"noise." + g.name, noise_of(*g.generator)});
  }
  const EpochSums& sums = state.sums;
  file.tensors.push_back(
      {kPosition,
       Tensor::from<std::int64_t>({kPositionNumbers}, {state.epochs, state.batches, state.epoch,
                                                       state.batch, sums.samples, sums.correct})});
  std::vector<double> numbers{sums.loss, sums.learning_rate, sums.seconds};
  std::string names;
  for (const auto& [name, value] : sums.terms) {
    numbers.push_back(value);
    names += name + '\n';
  }
  file.tensors.push_back(
      {kSums, Tensor::from({static_cast<std::int64_t>(numbers.size())}, numbers)});
  file.tensors.push_back(
      {kReports, reports_tensor(state.reports, static_cast<std::int64_t>(sums.terms.size()))});
  file.metadata[kTerms] = names;
  return file;
}

RunState restore(const SafeTensors& file, std::int64_t epochs, std::int64_t batches,
                 nn::Module& model, const optim::Optimizer& optimizer) {
  const std::int64_t* const position =
      require(file, kPosition, {kPositionNumbers}, DType::int64).data<std::int64_t>();
  if (position[0] != epochs || position[1] != batches) {
    refuse("is of a run of " + std::to_string(position[0]) + " epochs with " +
           std::to_string(position[1]) + " batches each, not of " + std::to_string(epochs) +
           " with " + std::to_string(batches));
  }
  RunState state{.epochs = epochs,
                 .batches = batches,
                 .epoch = position[2],
                 .batch = position[3],
                 .sums = {.samples = position[4], .correct = position[5]}};
  if (state.epoch < 0 || state.epoch > epochs || state.batch < 0 || state.batch > batches) {
    refuse("is at a place that the run has not");
  }
  const std::vector<std::string> terms = terms_of(file);
  const auto term_count = static_cast<std::int64_t>(terms.size());
  const double* const sums =
      require(file, kSums, {kSumNumbers + term_count}, DType::float64).data<double>();
  state.sums.loss = sums[0];
  state.sums.learning_rate = sums[1];
  state.sums.seconds = sums[2];
  for (std::size_t i = 0; i < terms.size(); ++i) {
    state.sums.terms.emplace_back(terms[i], sums[kSumNumbers + static_cast<std::int64_t>(i)]);
  }
  state.reports = reports_from(file, state.epoch, epochs, terms);
  for (const nn::NamedGenerator& g : nn::generators(model)) {
    const std::string name = "noise." + g.name;
    const Tensor& noise = require(file, name, {2}, DType::int64);
    if (noise.data<std::int64_t>()[0] != noise_of(*g.generator).data<std::int64_t>()[0]) {
      refuse("has another key for \"" + name + "\": it is of a model with another seed");
    }
  }
  const std::vector<NamedTensor> own = trained_tensors(model, optimizer);
  for (const NamedTensor& part : own) {
    require(file, part.name, part.tensor.shape(), part.tensor.dtype());
  }
  require_nothing_else(file, own);
  for (const NamedTensor& part : own) part.tensor.copy_from(*file.find(part.name));
  return state;
}

std::vector<EpochReport> finished_epochs(const SafeTensors& file) {
  const std::int64_t* const position =
      require(file, kPosition, {kPositionNumbers}, DType::int64).data<std::int64_t>();
  if (position[2] < 0) refuse("is at a place that the run has not");
  return reports_from(file, position[2], position[0], terms_of(file));
}

void restore_noise(const SafeTensors& file, nn::Module& model) {
  for (const nn::NamedGenerator& g : nn::generators(model)) {
    const Tensor& noise = require(file, "noise." + g.name, {2}, DType::int64);
    g.generator->seek(static_cast<std::uint64_t>(noise.data<std::int64_t>()[1]));
  }
}

}  // namespace credence::train
