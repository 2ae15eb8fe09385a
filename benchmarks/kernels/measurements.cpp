// The JSON file of credence-kernels, read back.
#include "benchmarks/kernels/measurements.hpp"

#include "benchmarks/common/median.hpp"
#include "framework/base/decimal.hpp"
#include "framework/base/error.hpp"
#include "framework/io/input_file.hpp"

#include <limits>
#include <map>

#include <nlohmann/json.hpp>

namespace credence::benchmarks {
namespace {

using Json = nlohmann::json;

// Files of the first versions have numbers as texts.
template <class T>
T number(const Json& json) {
  if (json.is_number()) return json.get<T>();
  const auto text = json.get<std::string>();
  const std::optional<T> value = parse_decimal<T>(text);
  if (!value) throw ValueError("\"" + text + "\" is no number");
  return *value;
}

// The repetitions of one case.
struct Repeated {
  Measurement measurement;
  std::vector<double> gflops, gigabytes, nanoseconds;
};

double microseconds_in(const std::string& unit) {
  if (unit == "ns") return 1e-3;
  if (unit == "us") return 1;
  return unit == "ms" ? 1e3 : 1e6;
}

// The levels whose capacities the context has. JSON has no infinity: the memory's is text.
std::vector<MemoryLevel> levels_of(const Json& context) {
  std::vector<MemoryLevel> levels;
  for (const char* name : {"L2", "cache", "memory"}) {
    const std::string capacity = "capacity_" + std::string(name) + "_MiB";
    if (!context.contains(capacity)) continue;
    const Json& size = context.at(capacity);
    const bool unlimited = size.is_string() && size.get<std::string>() == "inf";
    levels.push_back(
        {name, unlimited ? std::numeric_limits<double>::infinity() : 1048576 * number<double>(size),
         number<double>(context.at("bandwidth_" + std::string(name)))});
  }
  return levels;
}

std::vector<Measurement> medians(const Json& runs) {
  std::map<std::string, std::size_t> places;
  std::vector<Repeated> cases;
  for (const Json& run : runs) {
    if (run.value("run_type", "iteration") != "iteration" || run.value("error_occurred", false)) {
      continue;
    }
    const auto name = run.at("run_name").get<std::string>();
    const auto [place, is_new] = places.try_emplace(name, cases.size());
    if (is_new) {
      cases.push_back({named(name), {}, {}, {}});
      cases.back().measurement.label = run.value("label", "");
    }
    Repeated& repeated = cases[place->second];
    repeated.gflops.push_back(run.value("GF/s", 0.0));
    repeated.gigabytes.push_back(run.at("GB/s").get<double>());
    repeated.nanoseconds.push_back(run.value("ns/element", 0.0));
    if (run.contains("at_peak_us") && run.contains("probe_GF/s")) {
      repeated.measurement.at_peak.push_back(run.at("at_peak_us").get<double>());
      repeated.measurement.probes.push_back(run.at("probe_GF/s").get<double>());
    }
    if (run.contains("real_time")) {
      repeated.measurement.microseconds.push_back(run.at("real_time").get<double>() *
                                                  microseconds_in(run.value("time_unit", "us")));
    }
  }
  std::vector<Measurement> result;
  for (const Repeated& repeated : cases) {
    result.push_back(repeated.measurement);
    result.back().gflops = median(repeated.gflops);
    result.back().gigabytes = median(repeated.gigabytes);
    result.back().nanoseconds_per_element = median(repeated.nanoseconds);
  }
  return result;
}

}  // namespace

Measurement named(const std::string& name) {
  const std::size_t first = name.find('/');
  const std::size_t second = name.find('/', first + 1);
  Measurement m;
  m.kernel = name.substr(0, first);
  m.shape = name.substr(first + 1, second - first - 1);
  m.implementation = name.substr(second + 1, name.find('/', second + 1) - second - 1);
  return m;
}

std::string valid_json(std::string text) {
  for (const std::string_view wrong : {": NaN", ": -NaN", ": Infinity", ": -Infinity"}) {
    for (std::size_t at = 0; (at = text.find(wrong, at)) != std::string::npos;) {
      text.replace(at, wrong.size(), ": null");
    }
  }
  return text;
}

Measurements read_measurements(const std::filesystem::path& file) {
  const std::string contents = io::read_file(file, "measurements of credence-kernels");
  try {
    const Json json = Json::parse(valid_json(contents));
    const Json& context = json.at("context");
    const auto text = [&](const char* name) { return context.at(name).get<std::string>(); };
    Measurements m;
    // Files from before the program knew devices have no such entry.
    if (context.value("device", "cpu") == to_string(Device::cuda)) {
      m.device = Device::cuda;
      m.processor = text("device_name");
    } else {
      m.processor = text("processor");
      m.instruction_set = text("kernels");
      m.threads = number<int>(context.at("threads"));
      m.peak_instruction_set = context.value("peak_instruction_set", "");
      m.one_thread_gflops = number<double>(context.contains("peak_gflops_one_thread")
                                               ? context.at("peak_gflops_one_thread")
                                               : context.at("peak_gflops"));
      m.levels = levels_of(context);
    }
    m.peak_gflops = number<double>(context.at("peak_gflops"));
    m.cache_bandwidth = number<double>(context.at("bandwidth_cache"));
    m.memory_bandwidth = number<double>(context.at("bandwidth_memory"));
    m.all = medians(json.at("benchmarks"));
    return m;
  } catch (const std::exception& error) {
    throw FileError(file.string(),
                    std::string("is no JSON file of credence-kernels: ") + error.what());
  }
}

}  // namespace credence::benchmarks
