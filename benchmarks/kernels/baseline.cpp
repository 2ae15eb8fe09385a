// The processes of a comparison in turn, and their results put together.
#include "benchmarks/kernels/baseline.hpp"

#include "benchmarks/kernels/child_process.hpp"
#include "benchmarks/kernels/temporary_folder.hpp"
#include "framework/base/error.hpp"
#include "framework/io/atomic_file.hpp"
#include "framework/io/input_file.hpp"

#include <algorithm>
#include <filesystem>

#include <fmt/core.h>
#include <nlohmann/json.hpp>

namespace credence::benchmarks {
namespace {

using Json = nlohmann::ordered_json;

// The user's arguments without those that are for this process alone.
std::vector<std::string> arguments_of_child(const std::vector<std::string>& arguments) {
  const std::vector<std::string> taken{"--baseline",       "--rounds", "--margin",
                                       "--fail-if-slower", "--filter", "--out",
                                       "--force",          "--csv",    "--junit"};
  const std::vector<std::string> flags{"--force", "--csv", "--junit"};
  std::vector<std::string> kept;
  for (std::size_t i = 0; i < arguments.size(); ++i) {
    const std::string name = arguments[i].substr(0, arguments[i].find('='));
    const bool is_taken = std::find(taken.begin(), taken.end(), name) != taken.end() ||
                          name == "--benchmark_filter" || name == "--benchmark_out";
    if (!is_taken) {
      kept.push_back(arguments[i]);
    } else if (name == arguments[i] && std::find(flags.begin(), flags.end(), name) == flags.end()) {
      ++i;  // its value
    }
  }
  return kept;
}

std::string last_line(std::string text) {
  while (!text.empty() && text.back() == '\n') text.pop_back();
  return text.substr(text.rfind('\n') + 1);
}

std::string own_program() { return std::filesystem::read_symlink("/proc/self/exe").string(); }

// A name as Google Benchmark's regular expressions read it, and as they see it.
std::string exactly(const std::string& name) {
  std::string text;
  for (const char c : name) {
    if (std::string_view(".[]()*+?{}|^$\\").find(c) != std::string_view::npos) text += '\\';
    text += c;
  }
  return "^" + text + "/manual_time$";
}

// One of the two programs, and what it has measured so far.
class Contestant {
 public:
  Contestant(std::string program, std::vector<std::string> arguments,
             const TemporaryFolder& scratch)
      : program_(std::move(program)), arguments_(std::move(arguments)), scratch_(scratch) {
    const bool given =
        std::any_of(arguments_.begin(), arguments_.end(),
                    [](const std::string& text) { return text.starts_with("--peaks-of"); });
    hands_on_peaks_ =
        !given && run_child(program_, {"--help"}).output.find("--peaks-of") != std::string::npos;
  }

  // Measures what the filter lets pass.
  void measure(const std::string& filter, int round) {
    const std::string file = scratch_.file("run.json");
    std::vector<std::string> arguments = arguments_;
    arguments.push_back("--benchmark_filter=" + filter);
    arguments.push_back("--benchmark_out=" + file);
    arguments.push_back("--benchmark_repetitions=1");
    const bool has_peaks = !results_.is_null();
    if (hands_on_peaks_ && has_peaks) {
      arguments.insert(arguments.end(), {"--peaks-of", scratch_.file(peaks_file())});
    }
    const ChildResult child = run_child(program_, arguments);
    if (child.status == 2 && has_no_case(child.output)) return;
    if (child.status != 0) throw Error(program_ + " failed: " + last_line(child.output));
    add(Json::parse(valid_json(io::read_file(file, "measurements of credence-kernels"))), round);
    std::filesystem::remove(file);
  }

  void write(const std::string& file) const {
    if (results_.is_null()) throw Error(program_ + " has none of the cases");
    io::write_file_atomically(file, results_.dump(2) + "\n");
  }

 private:
  // What older and newer builds say where nothing matches.
  static bool has_no_case(const std::string& output) {
    return output.find("Failed to match any benchmarks") != std::string::npos ||
           output.find("there is no case that --filter lets pass") != std::string::npos;
  }

  std::string peaks_file() const {
    return fmt::format("peaks-{}.json", std::hash<std::string>{}(program_));
  }

  void add(Json run, int round) {
    for (Json& item : run.at("benchmarks")) item["repetition_index"] = round;
    if (results_.is_null()) {
      io::write_file_atomically(scratch_.file(peaks_file()), run.dump());
      results_ = std::move(run);
      return;
    }
    for (Json& item : run.at("benchmarks")) results_.at("benchmarks").push_back(std::move(item));
  }

  std::string program_;
  std::vector<std::string> arguments_;
  const TemporaryFolder& scratch_;
  bool hands_on_peaks_ = false;  // of its first process to the others
  Json results_;
};

}  // namespace

void measure_in_turn(const Options& options, const Selection& selection,
                     const std::string& old_json, const std::string& new_json,
                     const std::function<void(const std::string&)>& say) {
  const TemporaryFolder scratch;
  const std::vector<std::string> arguments = arguments_of_child(options.arguments);
  Contestant before(options.comparison.baseline, arguments, scratch);
  Contestant after(own_program(), arguments, scratch);
  std::size_t done = 0;
  for (const Case& item : selection.cases) {
    say(fmt::format("{} ({} of {})", item.name(), ++done, selection.cases.size()));
    for (int round = 0; round < options.comparison.rounds; ++round) {
      Contestant& first = round % 2 == 0 ? before : after;
      Contestant& second = round % 2 == 0 ? after : before;
      first.measure(exactly(item.name()), round);
      second.measure(exactly(item.name()), round);
    }
  }
  before.write(old_json);
  after.write(new_json);
}

void measure_in_rounds(const Options& options, const std::string& json,
                       const std::function<void(const std::string&)>& say) {
  const TemporaryFolder scratch;
  Contestant program(own_program(), arguments_of_child(options.arguments), scratch);
  for (int round = 0; round < options.comparison.rounds; ++round) {
    say(fmt::format("round {} of {}", round + 1, options.comparison.rounds));
    program.measure(options.filter, round);
  }
  program.write(json);
}

}  // namespace credence::benchmarks
