// Test of the folders of the product and of which folders each may include. It reads every include
// of the product's own headers and names those that the table does not allow. The table also has a
// row for the tests of each program that links only some of the folders (tests/meson.build).
#include "tests/data/temporary_folder.hpp"

#include <fstream>
#include <map>
#include <regex>
#include <set>

#include <boost/test/unit_test.hpp>

namespace credence::test {

BOOST_AUTO_TEST_SUITE(includes)

namespace {

using std::filesystem::path;
using Folders = std::set<std::string>;

const Folders kFrameworkFolders{"framework/base",     "framework/device",   "framework/core",
                                "framework/group",    "framework/formulas", "framework/kernels",
                                "framework/dispatch", "framework/autograd", "framework/ops",
                                "framework/nn",       "framework/optim",    "framework/io",
                                "framework/train"};

Folders framework_and(const Folders& others) {
  Folders all = kFrameworkFolders;
  all.insert(others.begin(), others.end());
  return all;
}

// A folder may include itself and the folders in its row. The rows are in order, so that a folder
// may include only folders of the rows above its own.
const std::vector<std::pair<std::string, Folders>> kAllowed{
    {"framework/base", {}},
    {"framework/device", {"framework/base"}},
    {"framework/core", {"framework/base", "framework/device"}},
    {"framework/group", {"framework/base", "framework/core"}},
    {"framework/formulas", {"framework/base", "framework/core"}},
    {"framework/kernels",
     {"framework/base", "framework/device", "framework/core", "framework/formulas"}},
    {"framework/cpu",
     {"framework/base", "framework/core", "framework/formulas", "framework/kernels"}},
    {"framework/cuda",
     {"framework/base", "framework/device", "framework/core", "framework/formulas",
      "framework/kernels"}},
    // Of the last one the loader of libraries.
    {"framework/nccl", {"framework/base", "framework/group", "framework/cuda"}},
    {"framework/mpi", {"framework/base", "framework/group", "framework/nccl"}},
    // The only folder that knows the backends.
    {"framework/dispatch",
     {"framework/base", "framework/device", "framework/core", "framework/kernels", "framework/cpu",
      "framework/cuda"}},
    {"framework/autograd", {"framework/base", "framework/core", "framework/dispatch"}},
    {"framework/ops",
     {"framework/base", "framework/device", "framework/core", "framework/group",
      "framework/formulas", "framework/kernels", "framework/dispatch", "framework/autograd"}},
    {"framework/nn",
     {"framework/base", "framework/core", "framework/group", "framework/formulas",
      "framework/kernels", "framework/dispatch", "framework/autograd", "framework/ops"}},
    {"framework/optim",
     {"framework/base", "framework/core", "framework/formulas", "framework/kernels",
      "framework/dispatch", "framework/autograd", "framework/nn"}},
    {"framework/io", {"framework/base", "framework/core", "framework/autograd", "framework/nn"}},
    {"framework/train",
     {"framework/base", "framework/device", "framework/core", "framework/group",
      "framework/dispatch", "framework/autograd", "framework/ops", "framework/nn",
      "framework/optim", "framework/io"}},
    {"bayes",
     {"framework/base", "framework/core", "framework/group", "framework/formulas",
      "framework/kernels", "framework/dispatch", "framework/autograd", "framework/ops",
      "framework/nn", "framework/optim", "framework/io", "framework/train"}},
    {"data",
     {"framework/base", "framework/core", "framework/group", "framework/formulas",
      "framework/dispatch", "framework/io", "framework/train"}},
    {"zoo",
     {"framework/base", "framework/core", "framework/nn", "framework/ops", "framework/io", "bayes",
      "data"}},
    {"benchmarks/common",
     {"framework/base", "framework/device", "framework/core", "framework/group",
      "framework/dispatch", "framework/io", "framework/nn", "bayes", "zoo"}},
    {"examples",
     {"framework/base", "framework/core", "framework/group", "framework/dispatch",
      "framework/train", "bayes", "zoo", "data", "benchmarks/common"}},
    {"benchmarks/driver",
     {"framework/base", "framework/device", "framework/core", "framework/group",
      "framework/dispatch", "framework/nn", "framework/io", "framework/train", "bayes", "zoo",
      "data", "benchmarks/common"}},
    {"benchmarks/steps",
     {"framework/base", "framework/device", "framework/core", "framework/group",
      "framework/dispatch", "framework/ops", "framework/nn", "framework/optim", "framework/io",
      "framework/train", "bayes", "zoo", "data", "benchmarks/common"}},
    {"benchmarks/kernels",
     {"framework/base", "framework/device", "framework/core", "framework/formulas",
      "framework/kernels", "framework/dispatch", "framework/ops", "framework/io", "zoo",
      "benchmarks/common"}},
    {"benchmarks/cuda", {"framework/core", "framework/cuda", "benchmarks/kernels"}},
    {"tests/framework", framework_and({"framework/cpu"})},
    {"tests/bayes", framework_and({"bayes"})},
    {"tests/zoo", framework_and({"bayes", "zoo"})},
    {"tests/training", framework_and({"bayes", "zoo", "data", "examples"})},
};

// One file of the benchmarks measures the CPU's vector registers. One file of the emulation puts
// the CPU's kernels behind the interface of NVIDIA's libraries.
const std::map<std::string, std::string> kExceptions{
    {"benchmarks/kernels/peak_loops.cpp", "framework/cpu/simd/simd.hpp"},
    {"framework/cuda/emulation/libraries.cpp", "framework/dispatch/kernels.hpp"},
};

// "framework/core" for framework/core/tensor.hpp, "data" for data/idx.hpp, "" outside the folders.
std::string folder_of(const std::string& file) {
  for (const auto& [folder, allowed] : kAllowed) {
    if (file.starts_with(folder + "/")) return folder;
  }
  return {};
}

std::vector<std::string> own_includes(const path& file) {
  static const std::regex include(R"rx(^\s*#\s*include\s*"([^"]+)")rx");
  std::vector<std::string> included;
  std::ifstream stream(file);
  for (std::string line; std::getline(stream, line);) {
    std::smatch match;
    if (std::regex_search(line, match, include)) included.push_back(match[1]);
  }
  return included;
}

bool is_source(const path& file) {
  const Folders endings{".hpp", ".cpp", ".cu"};
  return endings.contains(file.extension().string());
}

bool is_allowed(const std::string& file, const std::string& included) {
  // The build generates these two headers. The second one includes all public headers.
  if (included == "framework/version.hpp") {
    return folder_of(file) == "framework/dispatch" || file == "framework/io/onnx/graph.cpp";
  }
  if (included == "credence.hpp") return folder_of(file) == "examples";
  const auto exception = kExceptions.find(file);
  if (exception != kExceptions.end() && exception->second == included) return true;
  // Tests share what helps them.
  if (file.starts_with("tests/") && included.starts_with("tests/")) return true;
  const std::string from = folder_of(file);
  const std::string to = folder_of(included);
  if (from == to) return true;
  for (const auto& [folder, allowed] : kAllowed) {
    if (folder == from) return allowed.contains(to);
  }
  return false;
}

// "FILE includes INCLUDED" for each include below `root` that is not allowed.
std::vector<std::string> wrong_includes(const path& root) {
  std::vector<std::string> wrong;
  for (const char* top : {"framework", "bayes", "zoo", "data", "examples", "benchmarks",
                          "tests/framework", "tests/bayes", "tests/zoo", "tests/training"}) {
    if (!exists(root / top)) continue;
    for (const auto& entry : std::filesystem::recursive_directory_iterator(root / top)) {
      if (!entry.is_regular_file() || !is_source(entry.path())) continue;
      const std::string file = relative(entry.path(), root).string();
      for (const std::string& included : own_includes(entry.path())) {
        if (!is_allowed(file, included)) wrong.push_back(file + " includes " + included);
      }
    }
  }
  return wrong;
}

}  // namespace

BOOST_AUTO_TEST_CASE(the_rows_lead_downwards) {
  Folders below;
  for (const auto& [folder, allowed] : kAllowed) {
    for (const std::string& one : allowed) BOOST_TEST(below.contains(one), folder + " " + one);
    below.insert(folder);
  }
}

BOOST_AUTO_TEST_CASE(every_include_of_the_product_is_allowed) {
  BOOST_TEST(wrong_includes(CREDENCE_SOURCE_ROOT) == std::vector<std::string>{},
             boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(a_wrong_include_is_found) {
  const TemporaryFolder tree;
  tree.write("framework/core/tensor.hpp",
             "#include \"framework/base/error.hpp\"\n#include <vector>\n"
             "#include \"framework/cuda/table.hpp\"\n");
  tree.write("framework/ops/relu.cpp", "  #  include \"framework/nn/module.hpp\"\n");
  tree.write("bayes/elbo.cpp", "#include \"tests/framework/support.hpp\"\n");
  tree.write("tests/framework/fit_test.cpp",
             "#include \"data/loader.hpp\"\n#include \"tests/data/temporary_folder.hpp\"\n");
  tree.write("framework/kernels.hpp", "#include \"framework/core/tensor.hpp\"\n");
  const std::vector<std::string> wrong = wrong_includes(tree.path());
  const Folders found(wrong.begin(), wrong.end());
  const Folders expected{
      "framework/core/tensor.hpp includes framework/cuda/table.hpp",
      "framework/ops/relu.cpp includes framework/nn/module.hpp",
      "bayes/elbo.cpp includes tests/framework/support.hpp",
      "tests/framework/fit_test.cpp includes data/loader.hpp",
      "framework/kernels.hpp includes framework/core/tensor.hpp",
  };
  BOOST_TEST(found == expected, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace credence::test
