// JSON, CSV and JUnit.
#include "benchmarks/kernels/results.hpp"

#include "benchmarks/kernels/measurements.hpp"
#include "framework/base/decimal.hpp"
#include "framework/io/atomic_file.hpp"
#include "framework/io/input_file.hpp"

#include <algorithm>
#include <map>

#include <fmt/core.h>
#include <nlohmann/json.hpp>

namespace credence::benchmarks {
namespace {

using Json = nlohmann::ordered_json;

bool is_number(const std::string& key) {
  return key == "threads" || key == "device_cache_MiB" || key.starts_with("peak_gflops") ||
         key.starts_with("capacity_") ||
         (key.starts_with("bandwidth_") && key.find("patterns") == std::string::npos);
}

void make_numbers(Json& context) {
  for (auto& [key, value] : context.items()) {
    if (!is_number(key) || !value.is_string()) continue;
    const auto text = value.get<std::string>();
    if (const auto whole = parse_decimal<std::int64_t>(text)) {
      value = *whole;
    } else if (const auto number = parse_decimal<double>(text)) {
      value = *number;
    }
  }
}

Json read(const std::filesystem::path& file) {
  return Json::parse(valid_json(io::read_file(file, "measurements of credence-kernels")));
}

// "kernel/shape/implementation" of a run.
std::string case_name(const Json& run) {
  return named(run.at("run_name").get<std::string>()).name();
}

std::string cell(const Json& value) {
  if (!value.is_string()) return value.dump();
  std::string text = "\"";
  for (const char c : value.get<std::string>())
    text += c == '"' ? std::string("\"\"") : std::string(1, c);
  return text + "\"";
}

std::string escaped(const std::string& text) {
  std::string xml;
  for (const char c : text) {
    switch (c) {
      case '&':
        xml += "&amp;";
        break;
      case '<':
        xml += "&lt;";
        break;
      case '>':
        xml += "&gt;";
        break;
      case '"':
        xml += "&quot;";
        break;
      default:
        xml += c;
    }
  }
  return xml;
}

struct Suite {
  std::string text;
  int tests = 0;
  int failures = 0;
};

void add_test(Suite& suite, const Json& run) {
  const double seconds = run.value("real_time", 0.0) / 1e6;
  const std::string head =
      fmt::format(R"(    <testcase classname="{}" name="{}" time="{:.9g}")",
                  escaped(run.value("kernel", "")), escaped(case_name(run)), seconds);
  ++suite.tests;
  if (run.value("error_occurred", false)) {
    ++suite.failures;
    suite.text +=
        fmt::format("{}>\n      <failure message=\"{}\">{}</failure>\n    </testcase>\n", head,
                    escaped(run.value("error_message", "")), escaped(run.value("reproduce", "")));
  } else {
    suite.text += head + "/>\n";
  }
}

}  // namespace

void complete_results(const std::filesystem::path& partial, const std::filesystem::path& json,
                      const std::vector<Case>& cases, const Options& options) {
  Json results = read(partial);
  make_numbers(results.at("context"));
  std::map<std::string, const Case*> known;
  for (const Case& item : cases) known.emplace(item.name(), &item);
  for (Json& run : results.at("benchmarks")) {
    const auto found = known.find(case_name(run));
    if (found == known.end()) continue;
    const Case& item = *found->second;
    run["kernel"] = item.kernel;
    run["shape"] = item.shape;
    run["implementation"] = item.implementation;
    run["algorithm"] = item.algorithm;
    run["count"] = item.count;
    run["tolerance"] = item.tolerance;
    run["reproduce"] = command_for(item, options);
  }
  io::write_file_atomically(json, results.dump(2) + "\n");
}

void write_csv(const std::filesystem::path& json, const std::filesystem::path& csv) {
  const Json results = read(json);
  std::vector<std::string> columns;
  for (const Json& run : results.at("benchmarks")) {
    for (const auto& [key, value] : run.items()) {
      if (std::find(columns.begin(), columns.end(), key) == columns.end()) columns.push_back(key);
    }
  }
  std::string text;
  for (const std::string& column : columns) text += (text.empty() ? "" : ",") + column;
  text += "\n";
  for (const Json& run : results.at("benchmarks")) {
    std::string line;
    for (const std::string& column : columns) {
      line += (&column == columns.data() ? "" : ",") +
              (run.contains(column) ? cell(run.at(column)) : std::string());
    }
    text += line + "\n";
  }
  io::write_file_atomically(csv, text);
}

void write_junit(const std::filesystem::path& json, const std::filesystem::path& xml) {
  const Json results = read(json);
  std::vector<std::pair<std::string, Suite>> suites;
  for (const Json& run : results.at("benchmarks")) {
    if (run.value("run_type", "iteration") != "iteration") continue;
    const auto kernel = run.value("kernel", "");
    auto found = std::find_if(suites.begin(), suites.end(),
                              [&](const auto& suite) { return suite.first == kernel; });
    if (found == suites.end()) found = suites.insert(found, {kernel, {}});
    if (run.value("repetition_index", 0) == 0 || run.value("error_occurred", false)) {
      add_test(found->second, run);
    }
  }
  std::string text =
      "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites name=\"credence-kernels\">\n";
  for (const auto& [kernel, suite] : suites) {
    text +=
        fmt::format("  <testsuite name=\"{}\" tests=\"{}\" failures=\"{}\">\n{}  </testsuite>\n",
                    escaped(kernel), suite.tests, suite.failures, suite.text);
  }
  io::write_file_atomically(xml, text + "</testsuites>\n");
}

}  // namespace credence::benchmarks
