// The account of a training step as text and JSON.
#include "benchmarks/steps/explain.hpp"

#include "benchmarks/common/command_line.hpp"
#include "benchmarks/common/device.hpp"
#include "benchmarks/common/models.hpp"
#include "benchmarks/common/provenance.hpp"
#include "benchmarks/steps/step_timing.hpp"
#include "framework/base/markdown.hpp"
#include "framework/base/standard_streams.hpp"

#include <array>

#include <fmt/core.h>
#include <nlohmann/json.hpp>

namespace credence::benchmarks {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::array kSources{"kernel", "cuBLASLt", "cuDNN", "copy"};
constexpr std::array kArithmetics{"fp32", "tf32", "bf16", "fp64"};

const char* text_of(device::Source source) { return kSources.at(static_cast<std::size_t>(source)); }
const char* text_of(device::Arithmetic arithmetic) {
  return kArithmetics.at(static_cast<std::size_t>(arithmetic));
}

// "cuDNN convolution, tf32"; of a kernel its name alone.
std::string text_of(const device::Call& call) {
  if (call.source == device::Source::kernel || call.source == device::Source::copy) {
    return call.name;
  }
  return fmt::format("{} {}, {}", text_of(call.source), call.name, text_of(call.arithmetic));
}

std::string figure(double value) { return fmt::format("{:.{}f}", value, value < 10 ? 3 : 1); }

std::vector<std::string> cells(const std::string& name, const AccountRow& row) {
  const device::Work& work = row.call.work;
  const char* const bound = row.flop_seconds > row.seconds / 2 ? "flops" : "bytes";
  return {name,
          std::to_string(row.launches),
          figure(1e-6 * static_cast<double>(work.read_bytes)),
          figure(1e-6 * static_cast<double>(work.written_bytes)),
          figure(1e-9 * static_cast<double>(work.flops)),
          figure(1e6 * row.seconds),
          bound};
}

std::string table(const std::vector<AccountRow>& rows) {
  std::vector<std::vector<std::string>> lines;
  for (const AccountRow& row : rows) lines.push_back(cells(text_of(row.call), row));
  lines.push_back(cells("total", total_of(rows)));
  using enum MarkdownColumn::Align;
  return markdown_table({{"kernel or library call", left},
                         {"nodes", right},
                         {"MB read", right},
                         {"MB written", right},
                         {"GFLOP", right},
                         {"least µs", right},
                         {"bound by", left}},
                        lines);
}

Json to_json(const AccountRow& row) {
  return {{"launches", row.launches},
          {"read_bytes", row.call.work.read_bytes},
          {"written_bytes", row.call.work.written_bytes},
          {"flops", row.call.work.flops},
          {"least_us", 1e6 * row.seconds}};
}

std::string as_json(const Explanation& e, const std::vector<AccountRow>& rows) {
  Json calls = Json::array();
  for (const AccountRow& row : rows) {
    Json entry{{"name", row.call.name},
               {"by", text_of(row.call.source)},
               {"arithmetic", text_of(row.call.arithmetic)}};
    entry.update(to_json(row));
    calls.push_back(std::move(entry));
  }
  Json json{{"model", e.step.model},
            {"family", file_name(e.step.family)},
            {"batch_size", e.batch_size},
            {"precision", name_of(e.step.computing.precision)},
            {"card",
             {{"terabytes_per_second", e.card.terabytes},
              {"fp32_teraflops", e.card.fp32},
              {"tf32_teraflops", e.card.tf32},
              {"bf16_teraflops", e.card.bf16}}},
            {"calls", std::move(calls)},
            {"total", to_json(total_of(rows))}};
  for (const auto& [name, value] : provenance(e.program, e.command)) json["program"][name] = value;
  return json.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

std::string as_text(const Explanation& e, const std::vector<AccountRow>& rows) {
  const AccountRow total = total_of(rows);
  return fmt::format(
             "{}, batch {}, {}: a recorded training step has {} nodes or more and takes {:.1f} µs "
             "or more\non a card of {} TB/s, {} TFLOP/s in fp32, {} in tf32 and {} in bf16\n\n",
             full_name(e.step.family, e.step.model), e.batch_size,
             name_of(e.step.computing.precision), total.launches, 1e6 * total.seconds,
             e.card.terabytes, e.card.fp32, e.card.tf32, e.card.bf16) +
         table(rows);
}

}  // namespace

void add_card(CLI::App& app, Card& card) {
  constexpr Bounds<double> kBounds{1e-3, 1e6};
  const auto add = [&](const char* name, double& value, const char* unit, const char* what) {
    add_number(app, name, value, kBounds, what)->type_name(unit)->capture_default_str();
  };
  add("--card-bandwidth", card.terabytes, "TB/S", "Of the explained card's memory");
  add("--card-fp32", card.fp32, "TFLOP/S", "Its rate in fp32");
  add("--card-tf32", card.tf32, "TFLOP/S", "Its rate in tf32, dense");
  add("--card-bf16", card.bf16, "TFLOP/S", "Its rate in bf16, dense");
}

void explain(const Explanation& e) {
  const auto model = make_model(e.step);
  const train::Batch batch =
      random_batch(model_named(e.step.model).image, e.batch_size, Device::cuda);
  const std::vector<AccountRow> rows =
      account_of(recorded_calls(*model, objective_of(e.step), batch, e.runs_before), e.card);
  write_stdout(e.json ? as_json(e, rows) : as_text(e, rows));
}

}  // namespace credence::benchmarks
