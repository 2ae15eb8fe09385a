// Target: files of settings (TOML), which --config reads.
#include "benchmarks/driver/options.hpp"
#include "tests/fuzz/target.hpp"

namespace credence::fuzz {

Target settings() {
  const auto run = [](std::string_view bytes) {
    const std::string file = file_of(bytes).string();
    const std::vector<const char*> argv{"credence-bench", "--config", file.c_str()};
    read_or_refuse(
        [&] { benchmarks::parse_command_line(static_cast<int>(argv.size()), argv.data()); });
  };
  const auto seeds = [] {
    return std::vector<std::string>{"epochs = 5\nmodel=\"LeNet5\"\nlr=0.1\n",
                                    "# comment\n[summary]\nmodel='VGG11'\n\n; other\nseed = 3",
                                    "methods=\"swag,laplace\"\nbatch-size=64\nwidths=\"1,2,3,4\"\n",
                                    "config=\"other.toml\"\nfreeze=true\ntask=init\n"};
  };
  return {"settings", run, seeds};
}

}  // namespace credence::fuzz
