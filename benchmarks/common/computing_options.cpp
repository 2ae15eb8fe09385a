// The options --device, --precision and --threads.
#include "benchmarks/common/computing_options.hpp"

#include "benchmarks/common/command_line.hpp"
#include "framework/core/parallel.hpp"

namespace credence::benchmarks {

CLI::Option* add_device(CLI::App& app, DeviceChoice& device, const std::vector<std::string>& names,
                        const std::string& description) {
  return add_named(app, "--device", device, names, device_choice_named, description);
}

CLI::Option* add_precision(CLI::App& app, Precision& precision,
                           const std::vector<std::string>& names, const std::string& description) {
  return add_named(app, "--precision", precision, names, precision_named, description);
}

CLI::Option* add_threads(CLI::App& app, int& threads, const std::string& description) {
  return add_number(app, "--threads", threads, Bounds<int>{1, kMaxThreads}, description);
}

}  // namespace credence::benchmarks
