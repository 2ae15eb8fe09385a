// The JSON file of credence-kernels, read back.
#include "benchmarks/kernels/measurements.hpp"

#include "benchmarks/common/median.hpp"
#include "framework/base/decimal.hpp"
#include "framework/base/error.hpp"
#include "framework/io/input_file.hpp"

#include <map>

#include <nlohmann/json.hpp>

namespace credence::benchmarks {
namespace {

using Json = nlohmann::json;

template <class T>
T number(const std::string& text) {
  const std::optional<T> value = parse_decimal<T>(text);
  if (!value) throw ValueError("\"" + text + "\" is no number");
  return *value;
}

// The repetitions of one case.
struct Repeated {
  Measurement measurement;
  std::vector<double> gflops, gigabytes, nanoseconds;
};

// "kernel/shape/implementation/manual_time"
Measurement named(const std::string& name) {
  const std::size_t first = name.find('/');
  const std::size_t second = name.find('/', first + 1);
  Measurement m;
  m.kernel = name.substr(0, first);
  m.shape = name.substr(first + 1, second - first - 1);
  m.implementation = name.substr(second + 1, name.find('/', second + 1) - second - 1);
  return m;
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

Measurements read_measurements(const std::filesystem::path& file) {
  const std::string contents = io::read_file(file, "measurements of credence-kernels");
  try {
    const Json json = Json::parse(contents);
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
      m.threads = number<int>(text("threads"));
    }
    m.peak_gflops = number<double>(text("peak_gflops"));
    m.cache_bandwidth = number<double>(text("bandwidth_cache"));
    m.memory_bandwidth = number<double>(text("bandwidth_memory"));
    m.all = medians(json.at("benchmarks"));
    return m;
  } catch (const std::exception& error) {
    throw FileError(file.string(),
                    std::string("is no JSON file of credence-kernels: ") + error.what());
  }
}

}  // namespace credence::benchmarks
