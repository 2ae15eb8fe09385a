// The rows and objects of a run's log.
#include "framework/train/run_log.hpp"

#include "framework/base/error.hpp"
#include "framework/io/atomic_file.hpp"
#include "framework/train/run_state.hpp"

#include <optional>

#include <fmt/core.h>
#include <nlohmann/json.hpp>

namespace credence::train {
namespace {

using Json = nlohmann::ordered_json;

std::filesystem::path with(const std::filesystem::path& prefix, const char* ending) {
  std::filesystem::path path = prefix;
  path += ending;
  return path;
}

// A column of CSV and its number, as a text.
struct Cell {
  std::string column;
  std::string number;
};

Cell cell(std::string column, double value) {
  return {std::move(column), fmt::format("{}", value)};
}
Cell cell(std::string column, std::int64_t value) {
  return {std::move(column), std::to_string(value)};
}

// In quotes where RFC 4180 asks for them.
std::string quoted(const std::string& text) {
  if (text.find_first_of(",\"\n\r") == std::string::npos) return text;
  std::string result;
  for (const char c : text) result.append(c == '"' ? 2 : 1, c);
  return fmt::format("\"{}\"", result);
}

// A row, after the line of column names where the file is empty.
void append_row(io::AppendedFile& file, const std::vector<Cell>& cells) {
  std::string names;
  std::string row;
  for (const Cell& c : cells) {
    if (!names.empty()) {
      names += ',';
      row += ',';
    }
    names += quoted(c.column);
    row += c.number;
  }
  row += '\n';
  file.append(file.size() == 0 ? fmt::format("{}\n{}", names, row) : row);
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
  std::vector<Cell> cells{cell("epoch", report.epoch + 1),
                          cell("step", report.position.step + 1),
                          cell("samples", report.samples),
                          cell("loss", report.loss),
                          cell("learning_rate", report.learning_rate),
                          cell("seconds", report.seconds)};
  for (const NamedValue& value : report.monitors) cells.push_back(cell(value.name, value.value));
  append_row(steps_, cells);
  append_line(lines_, {{"event", "step"},
                       {"epoch", report.epoch + 1},
                       {"step", report.position.step + 1},
                       {"samples", report.samples},
                       {"loss", report.loss},
                       {"learning_rate", report.learning_rate},
                       {"seconds", report.seconds},
                       {"monitors", json_of(report.monitors)}});
}

void RunLog::report_epoch(nn::Module&, const EpochReport& report) {
  std::vector<Cell> cells{cell("epoch", report.epoch + 1), cell("loss", report.loss),
                          cell("learning_rate", report.learning_rate),
                          cell("seconds", report.seconds),
                          cell("samples_per_second", report.samples_per_second)};
  for (const NamedValue& value : report.monitors) cells.push_back(cell(value.name, value.value));
  Json json{{"event", "epoch"},
            {"epoch", report.epoch + 1},
            {"loss", report.loss},
            {"learning_rate", report.learning_rate},
            {"seconds", report.seconds},
            {"samples_per_second", report.samples_per_second},
            {"monitors", json_of(report.monitors)}};
  const auto add = [&](const std::string& set, const std::optional<Metrics>& metrics) {
    if (!metrics) return;
    for (const NamedValue& value : metrics->values) {
      cells.push_back(cell(set + ' ' + value.name, value.value));
    }
    json[set] = json_of(metrics->values);
  };
  add("validation", report.validation);
  add("test", report.test);
  append_row(epochs_, cells);
  append_line(lines_, json);
}

std::vector<NamedTensor> RunLog::state() const {
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
