// Comparison of exported nets with ONNX Runtime, where it is installed.
#pragma once

#include "framework/io/onnx/graph.hpp"
#include "framework/io/safetensors.hpp"
#include "tests/data/temporary_folder.hpp"
#include "tests/framework/python.hpp"

#include <cstdlib>
#include <string>
#include <vector>

#include <boost/test/unit_test.hpp>

namespace credence::test {

/// The interpreter for tests/onnx_check.py. Empty where none has ONNX Runtime.
inline std::string onnx_python() {
  return python_with("CREDENCE_ONNX_PYTHON", "numpy, onnxruntime");
}

/// Exported nets with what they have to compute, in files for tests/onnx_check.py.
class OnnxFiles {
 public:
  /// `tensors` are the graph's inputs and our outputs by their names.
  void add(const std::string& name, const io::onnx::Graph& graph,
           const std::vector<NamedTensor>& tensors) const {
    graph.save(folder_.path() / (name + ".onnx"));
    io::save_safetensors(folder_.path() / (name + ".safetensors"), tensors);
  }

  /// Runs all files in ONNX Runtime. The table of differences is a message of the test.
  void check(const std::string& python) const {
    const std::filesystem::path table = folder_.path() / "table";
    const std::string command = "'" + python +
                                "' '" CREDENCE_SOURCE_ROOT "/tests/onnx_check.py' '" +
                                folder_.path().string() + "' >'" + table.string() + "' 2>&1";
    const int status = std::system(command.c_str());
    BOOST_TEST(status == 0, read_file(table));
    BOOST_TEST_MESSAGE(read_file(table));
  }

 private:
  TemporaryFolder folder_;
};

}  // namespace credence::test
