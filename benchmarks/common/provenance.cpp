// The program, the command, the date and the machine, as results name them.
#include "benchmarks/common/provenance.hpp"

#include "framework/dispatch/build_info.hpp"

#include <array>
#include <ctime>
#include <fstream>

namespace credence::benchmarks {
namespace {

std::string date() {
  const std::time_t now = std::time(nullptr);
  std::tm parts{};
  gmtime_r(&now, &parts);
  std::array<char, 32> text{};
  std::strftime(text.data(), text.size(), "%Y-%m-%dT%H:%M:%SZ", &parts);
  return text.data();
}

}  // namespace

std::string shell_quoted(std::string_view argument) {
  constexpr std::string_view kPlain =
      "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_@%+=:,./-";
  if (!argument.empty() && argument.find_first_not_of(kPlain) == std::string_view::npos) {
    return std::string(argument);
  }
  std::string text = "'";
  for (const char c : argument) text += c == '\'' ? std::string("'\\''") : std::string(1, c);
  return text + "'";
}

std::string command_text(int argc, const char* const* argv) {
  std::string text;
  for (int i = 0; i < argc; ++i) text += (i > 0 ? " " : "") + shell_quoted(argv[i]);
  return text;
}

std::string processor() {
  std::ifstream file("/proc/cpuinfo");
  for (std::string line; std::getline(file, line);) {
    const std::size_t colon = line.find(": ");
    if (line.starts_with("model name") && colon != std::string::npos) {
      return line.substr(colon + 2);
    }
  }
  return "unknown processor";
}

Provenance provenance(const std::string& program, const std::string& command) {
  const BuildInfo info = build_info();
  return {{"name", program},
          {"version", info.version},
          {"compiler", info.compiler},
          {"instruction_sets", info.instruction_sets},
          {"cuda", info.cuda},
          {"command", command},
          {"date", date()},
          {"cpu", processor()}};
}

}  // namespace credence::benchmarks
