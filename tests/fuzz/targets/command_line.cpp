// Target: the command line of credence-bench, an argument in each line.
#include "benchmarks/driver/options.hpp"
#include "tests/fuzz/target.hpp"

namespace credence::fuzz {

Target command_line() {
  const auto run = [](std::string_view bytes) {
    // As the system hands them over: without zero bytes.
    std::string text(bytes.substr(0, bytes.find('\0')));
    std::vector<std::string> arguments{"credence-bench"};
    for (std::size_t begin = 0; begin < text.size();) {
      const std::size_t end = std::min(text.find('\n', begin), text.size());
      arguments.push_back(text.substr(begin, end - begin));
      begin = end + 1;
    }
    std::vector<const char*> argv;
    for (const std::string& argument : arguments) argv.push_back(argument.c_str());
    read_or_refuse(
        [&] { benchmarks::parse_command_line(static_cast<int>(argv.size()), argv.data()); });
  };
  const auto seeds = [] {
    return std::vector<std::string>{
        "--task\nacc\n--model=LeNet5\n--epochs\n3\n--lr\n0.1\n--seed=7",
        "--task=compare\n--methods\nswag,laplace\n--members=3\n--batch_size=64",
        "--dataset\nimage-folder\n--image=1,28,28\n--data-dir\n.\n--classes\na,b",
        "predict\n--checkpoint\nmodel.safetensors\n--key-map\n^a=b\n--invert\nx.png",
        "evaluate\n--checkpoint=x\n--samples=3\nfolder",
        "prune\n--checkpoint=x\n--snr=0.5\n--out=o\n--fine-tune=2",
        "export\n--checkpoint=x\n--form\nmoments\n--out\nx.onnx",
        "summary\nVGG11\n--norm=batch",
        "download\nmnist",
        "models",
        "--help",
        "--version",
        "--recipe=bayetorch\n--average=0.2\n--temperature\n1e-3\n--widths\n1,2,3,4"};
  };
  return {"command_line", run, seeds};
}

}  // namespace credence::fuzz
