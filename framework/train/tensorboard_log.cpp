// The events of a run.
#include "framework/train/tensorboard_log.hpp"

#include "framework/base/error.hpp"
#include "framework/io/atomic_file.hpp"
#include "framework/io/event_file.hpp"
#include "framework/train/run_state.hpp"

#include <chrono>
#include <optional>
#include <utility>

namespace credence::train {
namespace {

double now() {
  const std::chrono::duration<double> since_1970 =
      std::chrono::system_clock::now().time_since_epoch();
  return since_1970.count();
}

// The parameters, named "weights/" + NAME.
std::vector<NamedTensor> parameters_of(nn::Module& model) {
  std::vector<NamedTensor> tensors;
  for (const nn::NamedParameter& p : nn::parameters(model)) {
    tensors.push_back({"weights/" + p.name, p.parameter->value()});
  }
  return tensors;
}

}  // namespace

std::filesystem::path TensorBoardLog::file(const std::filesystem::path& folder) {
  return folder / "events.out.tfevents.credence";
}

TensorBoardLog::TensorBoardLog(const std::filesystem::path& folder, TensorBoardOptions options)
    : options_(std::move(options)), file_(file(folder)) {
  if (options_.every < 0 || options_.histograms_every < 0) {
    throw ValueError(
        "[tensorboard] the steps and epochs between events must not be negative, not " +
        std::to_string(options_.every) + " and " + std::to_string(options_.histograms_every));
  }
  io::require_replaceable(file_.path());
}

void TensorBoardLog::append(const std::string& event) {
  std::string records = io::event_record(event);
  if (file_.size() == 0) records = io::event_record(io::version_event(now())) + records;
  file_.append(records);
}

void TensorBoardLog::scalar(const std::string& tag, double value) {
  append(io::scalar_event({now(), step_}, tag, value));
}

void TensorBoardLog::add_image(std::string_view tag, std::int64_t width, std::int64_t height,
                               std::string_view png) {
  append(io::image_event({now(), step_}, tag, width, height, png));
}

void TensorBoardLog::after_step(nn::Module&, const TrainingPosition& position) {
  step_ = position.step + 1;
}

void TensorBoardLog::report_step(nn::Module&, const StepReport& report) {
  scalar("step/loss", report.loss);
  for (const NamedValue& value : report.monitors) scalar("step/" + value.name, value.value);
  scalar("step/learning_rate", report.learning_rate);
}

void TensorBoardLog::report_epoch(nn::Module& model, const EpochReport& report) {
  scalar("epoch/loss", report.loss);
  for (const NamedValue& value : report.monitors) scalar("epoch/" + value.name, value.value);
  scalar("epoch/learning_rate", report.learning_rate);
  scalar("epoch/samples_per_second", report.samples_per_second);
  const auto add = [&](const std::string& set, const std::optional<Metrics>& metrics) {
    if (!metrics) return;
    for (const NamedValue& value : metrics->values) scalar(set + value.name, value.value);
  };
  add("validation/", report.validation);
  add("test/", report.test);
  if (options_.scalars) {
    for (const NamedValue& value : options_.scalars(model)) scalar(value.name, value.value);
  }
  if (options_.histograms_every == 0 || report.epoch % options_.histograms_every != 0) return;
  const std::vector<NamedTensor> tensors =
      options_.histograms ? options_.histograms(model) : parameters_of(model);
  for (const NamedTensor& tensor : tensors) {
    append(io::histogram_event({now(), step_}, tensor.name, tensor.tensor));
  }
}

std::vector<NamedTensor> TensorBoardLog::state() const {
  // A state that says more bytes than a power cut leaves could not be gone on from.
  file_.synchronize();
  return {{"place", Tensor::from<std::int64_t>({2}, {file_.size(), step_})}};
}

void TensorBoardLog::restore(const io::SafeTensors& state) {
  const std::int64_t* const place =
      required_state(state, "place", {2}, DType::int64).data<std::int64_t>();
  file_.continue_at(place[0]);
  step_ = place[1];
}

}  // namespace credence::train
