// The layers that the headers of a folder declare, for tests that have a line for each.
#pragma once

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <regex>
#include <set>
#include <string>
#include <vector>

namespace credence::test {

/// A file of the sources.
inline std::string source_text(const std::filesystem::path& name) {
  std::ifstream file(std::filesystem::path(CREDENCE_SOURCE_ROOT) / name);
  return {std::istreambuf_iterator<char>(file), {}};
}

/// The classes that headers of these folders derive from a module and that others can make: "Conv"
/// stands for Conv1d to Conv3d.
inline std::vector<std::string> layers_of(const std::vector<std::string>& folders) {
  // Bases of layers, and what a test makes by way of Sequential.
  const std::set<std::string> others{"BatchNormLayer", "BayesianLayer", "FunctionModule",
                                     "MultiModule", "WeightLayer"};
  const std::regex declaration(R"(class (\w+)(?: final)? : public (?:nn::)?(?:Module|\w*Layer)\b)");
  std::vector<std::string> names;
  for (const std::string& folder : folders) {
    const auto path = std::filesystem::path(CREDENCE_SOURCE_ROOT) / folder;
    for (const auto& entry : std::filesystem::directory_iterator(path)) {
      if (entry.path().extension() != ".hpp") continue;
      const std::string text = source_text(std::filesystem::path(folder) / entry.path().filename());
      for (auto found = std::sregex_iterator(text.begin(), text.end(), declaration);
           found != std::sregex_iterator(); ++found) {
        if (!others.contains((*found)[1].str())) names.push_back((*found)[1].str());
      }
    }
  }
  std::sort(names.begin(), names.end());
  return names;
}

}  // namespace credence::test
