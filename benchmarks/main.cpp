#include "benchmarks/download.hpp"
#include "benchmarks/evaluate.hpp"
#include "benchmarks/interruption.hpp"
#include "benchmarks/options.hpp"
#include "benchmarks/predict.hpp"
#include "benchmarks/report.hpp"
#include "benchmarks/results_file.hpp"
#include "benchmarks/trial_state.hpp"
#include "framework/core/error.hpp"
#include "framework/core/standard_streams.hpp"
#include "framework/io/atomic_file.hpp"
#include "framework/nn/summary.hpp"
#include "framework/train/fit.hpp"

#include <optional>
#include <string>
#include <system_error>
#include <vector>

#include <fmt/core.h>

namespace credence::benchmarks {
namespace {

// Throws before the work rather than after it where the results could not be written.
void prepare_output(const Options& options) {
  if (options.out) {
    std::error_code error;
    std::filesystem::create_directories(*options.out, error);
    if (error) {
      throw FileError(options.out->string(), "cannot be made a folder: " + error.message());
    }
    require_writable(*options.out / "results.json");
    // A later --resume must not meet the state of an older run.
    if (!options.resume) remove_trial_states(options);
  }
  require_writable(options.json);
}

// A task's outcome, ready to be printed and written.
struct Report {
  std::string tables;
  std::string json;
  std::vector<const char*> files;  ///< that the task wrote into options.out
};

Report run_task(const Options& options, const Images& images) {
  if (options.task == "init") {
    const InitialisationResult result = run_initialisation(options, images);
    std::vector<const char*> files{"bayesian.safetensors"};
    if (!options.pretrained) files.insert(files.begin(), "frequentist.safetensors");
    return {initialisation_table(options, result), initialisation_json(options, result),
            std::move(files)};
  }
  if (options.task == "uncert") {
    const TurnedResult result = run_turned(options, images);
    std::vector<const char*> files{"turned.png", "turned.svg", "angles.png", "angles.svg"};
    if (!options.pretrained) files.insert(files.begin(), "bayesian.safetensors");
    return {turned_table(options, result), turned_json(options, result), std::move(files)};
  }
  const AccuracyResult result = run_accuracy(options, images);
  return {accuracy_tables(options, result),
          accuracy_json(options, result),
          {"frequentist.safetensors", "bayesian.safetensors"}};
}

void print_summaries(const Options& options) {
  const Shape image = image_shape_of(options.model);
  for (const Family family : {Family::frequentist, Family::bayesian}) {
    const NamedModel model = make_model({.name = options.model, .batch_norm = options.batch_norm},
                                        family, Generator(options.seed));
    write_stdout(fmt::format(
        "{}, {}, activation {}, for one image of shape {}\n\n{}\n", options.model,
        to_string(family), model.activation.name(), image.to_string(),
        nn::to_string(nn::summarize(*model.module, {1, image[0], image[1], image[2]}))));
  }
}

// What a run prints: its results as JSON on stdout, if asked for, and then the text for people on
// stderr, else the text on stdout. Losing stdout does not end the run, whose files are worth more.
class Printed {
 public:
  explicit Printed(bool json) : json_(json) {}

  void text(const std::string& text) {
    if (json_) {
      write_stderr(text);
    } else {
      results(text);
    }
  }
  void json(const std::string& json) {
    if (json_) results(json);
  }
  // Throws where a part of what stdout should have was lost.
  void require_all() const {
    if (lost_) throw *lost_;
  }

 private:
  void results(const std::string& text) {
    try {
      write_stdout(text);
    } catch (const Error& error) {
      lost_ = error;
    }
  }

  bool json_;
  std::optional<Error> lost_;
};

void run(const Options& options) {
  prepare(options.computing);
  prepare_output(options);
  const Images images = find_images(options);
  const bool json_to_stdout = options.json && *options.json == "-";
  Printed printed(json_to_stdout);
  printed.text(settings_text(options, images) + "\n");
  // Without another place for results, a run that cannot print them is in vain.
  if (!options.out && !options.json) printed.require_all();
  const Report report = run_task(options, images);
  printed.text(report.tables);
  printed.json(report.json);
  if (options.json && !json_to_stdout) {
    io::write_file_atomically(*options.json, report.json);
    printed.text(fmt::format("\nresults: {}\n", *options.json));
  }
  if (options.out) {
    io::write_file_atomically(*options.out / "results.json", report.json);
    remove_trial_states(options);
    std::string files;
    for (const char* file : report.files) {
      files += fmt::format(" {}", (*options.out / file).string());
    }
    printed.text(
        fmt::format("\nresults: {}\nfiles:{}\n", (*options.out / "results.json").string(), files));
  }
  printed.require_all();
}

// The program's exit status.
int run_until_interrupted(const Options& options) {
  const InterruptionHandler handler;
  try {
    run(options);
    return 0;
  } catch (const train::Interrupted& interrupted) {
    write_stderr(fmt::format("credence-bench: {}\n", interrupted.what()));
    return interruption_exit_status();
  }
}

int act(const CommandLine& line) {
  switch (line.action) {
    case CommandLine::Action::done:
      return line.exit_status;
    case CommandLine::Action::download:
      fetch_dataset(line.download_dataset, line.options.data_dir);
      return 0;
    case CommandLine::Action::summary:
      print_summaries(line.options);
      return 0;
    case CommandLine::Action::predict:
      predict(line.stored);
      return 0;
    case CommandLine::Action::evaluate:
      evaluate(line.stored);
      return 0;
    case CommandLine::Action::run:
      return run_until_interrupted(line.options);
  }
  return 0;
}

}  // namespace
}  // namespace credence::benchmarks

int main(int argc, char** argv) {
  using namespace credence::benchmarks;
  const auto body = [&] { return act(parse_command_line(argc, argv)); };
  return credence::run_program("credence-bench", body);
}
