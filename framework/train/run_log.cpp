// The rows and objects of a run's log.
#include "framework/train/run_log.hpp"

#include "framework/base/error.hpp"
#include "framework/io/atomic_file.hpp"
#include "framework/train/run_state.hpp"

#include <fmt/core.h>
#include <nlohmann/json.hpp>

namespace credence::train {
namespace {

using Json = nlohmann::ordered_json;

constexpr const char* kMonitorsField = "monitors";

std::filesystem::path with(const std::filesystem::path& prefix, const char* ending) {
  std::filesystem::path path = prefix;
  path += ending;
  return path;
}

// In quotes where RFC 4180 asks for them.
std::string quoted(const std::string& text) {
  if (text.find_first_of(",\"\n\r") == std::string::npos) return text;
  std::string result;
  for (const char c : text) result.append(c == '"' ? 2 : 1, c);
  return fmt::format("\"{}\"", result);
}

// Of a number, whole or not, as a text.
std::string text_of(const Json& number) {
  return number.is_number_float() ? fmt::format("{}", number.get<double>()) : number.dump();
}

// The numbers of an event as columns of CSV. Those of a set of scores have its name in front.
struct Columns {
  std::string names;
  std::string row;

  void add(const std::string& column, const Json& number) {
    if (!names.empty()) {
      names += ',';
      row += ',';
    }
    names += quoted(column);
    row += text_of(number);
  }
  explicit Columns(const Json& event) {
    for (const auto& [field, value] : event.items()) {
      if (value.is_number()) add(field, value);
      if (!value.is_object()) continue;
      const std::string set = field == kMonitorsField ? "" : field + ' ';
      for (const auto& [name, number] : value.items()) add(set + name, number);
    }
  }
};

// A row, after the line of column names where the file is empty.
void append_row(io::AppendedFile& file, const Json& event) {
  const Columns columns(event);
  file.append(fmt::format("{}{}\n", file.size() == 0 ? columns.names + '\n' : "", columns.row));
}

void append_line(io::AppendedFile& file, const Json& json) {
  file.append(json.dump(-1, ' ', false, Json::error_handler_t::replace) + '\n');
}

Json json_of(const std::vector<NamedValue>& values) {
  Json json = Json::object();
  for (const NamedValue& value : values) json[value.name] = value.value;
  return json;
}

}  // namespace

std::vector<std::filesystem::path> RunLog::files(const std::filesystem::path& prefix) {
  return {with(prefix, ".steps.csv"), with(prefix, ".epochs.csv"), with(prefix, ".jsonl")};
}

RunLog::RunLog(const std::filesystem::path& prefix, std::int64_t every)
    : every_(every),
      steps_(with(prefix, ".steps.csv")),
      epochs_(with(prefix, ".epochs.csv")),
      lines_(with(prefix, ".jsonl")) {
  if (every < 0) {
    throw ValueError("[log] the number of steps between lines must not be negative, it is " +
                     std::to_string(every));
  }
  for (const std::filesystem::path& file : files(prefix)) io::require_replaceable(file);
}

void RunLog::report_step(nn::Module&, const StepReport& report) {
  const Json event{{"event", "step"},
                   {"epoch", report.epoch + 1},
                   {"step", report.position.step + 1},
                   {"samples", report.samples},
                   {"loss", report.loss},
                   {"learning_rate", report.learning_rate},
                   {"seconds", report.seconds},
                   {kMonitorsField, json_of(report.monitors)}};
  append_row(steps_, event);
  append_line(lines_, event);
}

void RunLog::report_epoch(nn::Module&, const EpochReport& report) {
  Json event{{"event", "epoch"},
             {"epoch", report.epoch + 1},
             {"loss", report.loss},
             {"learning_rate", report.learning_rate},
             {"seconds", report.seconds},
             {"samples_per_second", report.samples_per_second},
             {kMonitorsField, json_of(report.monitors)}};
  if (report.validation) event["validation"] = json_of(report.validation->values);
  if (report.test) event["test"] = json_of(report.test->values);
  append_row(epochs_, event);
  append_line(lines_, event);
}

std::vector<NamedTensor> RunLog::state() const {
  // A state that says more bytes than a power cut leaves could not be gone on from.
  for (const io::AppendedFile* file : {&steps_, &epochs_, &lines_}) file->synchronize();
  return {
      {"bytes", Tensor::from<std::int64_t>({3}, {steps_.size(), epochs_.size(), lines_.size()})}};
}

void RunLog::restore(const io::SafeTensors& state) {
  const std::int64_t* const bytes =
      required_state(state, "bytes", {3}, DType::int64).data<std::int64_t>();
  steps_.continue_at(bytes[0]);
  epochs_.continue_at(bytes[1]);
  lines_.continue_at(bytes[2]);
}

}  // namespace credence::train
