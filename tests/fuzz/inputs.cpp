// Lists the inputs of fuzz targets.
#include "tests/fuzz/inputs.hpp"

#include <algorithm>

namespace credence::fuzz {

std::vector<std::filesystem::path> inputs_of(const std::string& target) {
  const auto folder = std::filesystem::path(CREDENCE_SOURCE_ROOT) / "tests/fuzz/inputs" / target;
  std::vector<std::filesystem::path> paths;
  if (!std::filesystem::exists(folder)) return paths;
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    paths.push_back(entry.path());
  }
  std::sort(paths.begin(), paths.end());
  return paths;
}

}  // namespace credence::fuzz
