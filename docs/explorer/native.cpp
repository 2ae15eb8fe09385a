// The commands of the explorer on this machine's own processor, for the test that compares them
// with the page's: explorer-native WEIGHTS reads lines "command: number number …" and prints for
// each a line of JSON, {"name": [numbers], …} or {"error": "…"}.
#include "docs/explorer/core/explorer.hpp"
#include "framework/base/standard_streams.hpp"

#include <iostream>
#include <sstream>

#include <nlohmann/json.hpp>

namespace {

using namespace credence;

nlohmann::ordered_json answer(explorer::Explorer& explorer, const std::string& line) {
  const std::size_t colon = line.find(':');
  std::istringstream numbers(colon == std::string::npos ? "" : line.substr(colon + 1));
  std::vector<double> arguments;
  for (double number = 0; numbers >> number;) arguments.push_back(number);
  auto result = nlohmann::ordered_json::object();
  try {
    const explorer::Figures figures =
        explorer.call(line.substr(0, colon), explorer::Arguments(arguments));
    for (const auto& [name, values] : figures.lists()) result[name] = values;
  } catch (const std::exception& error) {
    result["error"] = error.what();
  }
  return result;
}

int run(int argc, char** argv) {
  if (argc != 2 || argv[1][0] == '-') {
    write_stderr("explorer-native: takes the file of the WEIGHTS\n");
    return 2;
  }
  explorer::Explorer explorer;
  explorer.load(argv[1]);
  std::string line;
  while (std::getline(std::cin, line)) write_stdout(answer(explorer, line).dump() + "\n");
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  return run_program("explorer-native", [&] { return run(argc, argv); });
}
