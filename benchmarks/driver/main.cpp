// credence-bench: does what the command line asks for.
#include "benchmarks/common/rank_group.hpp"
#include "benchmarks/common/results_file.hpp"
#include "benchmarks/driver/download.hpp"
#include "benchmarks/driver/evaluate.hpp"
#include "benchmarks/driver/export.hpp"
#include "benchmarks/driver/interruption.hpp"
#include "benchmarks/driver/listings.hpp"
#include "benchmarks/driver/next_commands.hpp"
#include "benchmarks/driver/options.hpp"
#include "benchmarks/driver/predict.hpp"
#include "benchmarks/driver/pretrained.hpp"
#include "benchmarks/driver/prune.hpp"
#include "benchmarks/driver/ranks.hpp"
#include "benchmarks/driver/report.hpp"
#include "benchmarks/driver/run_folder.hpp"
#include "benchmarks/driver/tables.hpp"
#include "benchmarks/driver/task.hpp"
#include "benchmarks/driver/trial_state.hpp"
#include "framework/base/error.hpp"
#include "framework/base/standard_streams.hpp"
#include "framework/io/atomic_file.hpp"
#include "framework/io/input_file.hpp"
#include "framework/nn/summary.hpp"
#include "framework/train/fit.hpp"

#include <optional>
#include <string>
#include <vector>

#include <fmt/core.h>
#include <fmt/ranges.h>

namespace credence::benchmarks {
namespace {

// The text of a finished run's results.json.
std::string stored_results(const Options& options) {
  return io::read_file(*options.out / "results.json", "the results of a run");
}

void print_summaries(const Options& options) {
  const Shape image = model_named(options.model).image;
  for (const Family family : {Family::frequentist, Family::bayesian}) {
    const NamedModel model =
        make_model({.name = options.model, .norm = options.norm}, family, Generator(options.seed));
    write_stdout(fmt::format(
        "{}, {}, activation {}, for one image of shape {}\n\n{}\n", options.model,
        to_string(family), model.activation.name(), image.to_string(),
        nn::to_string(nn::summarize(*model.module, {1, image[0], image[1], image[2]}))));
  }
}

// The parts of the data. Throws where the run cannot be made; its folder is not touched before.
Parts checked_parts(const Options& options, const RunSets& sets) {
  Parts parts = parts_of(options, sets);
  if (options.pretrained) require_pretrained(options, parts);
  require_other_than(options.json, pretrained_files(options));
  if (options.regression_data) require_other_than(options.json, {*options.regression_data});
  if (is_table(options.dataset)) require_other_than(options.json, {options.dataset});
  // Which may be a file too.
  if (options.target) require_other_than(options.json, {*options.target});
  if (const auto& check = task_of(options).check) check(options, sets);
  return parts;
}

// Throws where the folder is not to be touched.
Beginning begin(const Options& options, const Parts& parts) {
  const Beginning beginning = beginning_of(options, parts);
  prepare_folder(options, beginning);
  if (options.resume && beginning == Beginning::anew) {
    write_stderr(fmt::format("credence-bench: nothing to resume in {}; the run begins\n",
                             options.out->string()));
  }
  return beginning;
}

// Rank 0 alone looks at the folder, and tells the others what it has found.
void tell_ranks(Beginning beginning) {
  auto byte = static_cast<std::byte>(beginning);
  job().group->broadcast(std::span(&byte, 1), 0);
}
Beginning told_beginning() {
  std::byte byte{};
  job().group->broadcast(std::span(&byte, 1), 0);
  return static_cast<Beginning>(byte);
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

// Where --json says.
void write_json(const Options& options, const std::string& json, Printed& printed) {
  if (!options.json) return;
  if (*options.json == "-") {
    printed.json(json);
    return;
  }
  io::write_file_atomically(*options.json, json);
  printed.text(fmt::format("\nresults: {}\n", *options.json));
}

void run(const Options& given) {
  prepare(given.computing);
  const Options options = with_pretrained_images(given);
  const RunSets sets = find_sets(options);
  const Parts parts = checked_parts(options, sets);
  const std::optional<io::FolderLock> lock = lock_folder(options);
  const Beginning beginning = begin(options, parts);
  tell_ranks(beginning);
  const bool json_to_stdout = options.json && *options.json == "-";
  Printed printed(json_to_stdout);
  if (beginning == Beginning::finished) {
    printed.text(fmt::format("finished: {}\n", (*options.out / "results.json").string()));
    write_json(options, stored_results(options), printed);
    printed.require_all();
    return;
  }
  printed.text(settings_text(options, sets) + "\n");
  // Without another place for results, a run that cannot print them is in vain.
  if (!options.out && !options.json) printed.require_all();
  if (options.out) io::write_file_atomically(*options.out / "config.toml", options.config);
  const Report report = task_of(options).run(options, sets);
  printed.text(report.tables);
  if (options.out) {
    io::write_file_atomically(*options.out / "results.json", report.json);
    remove_trial_states(options);
    std::vector<std::string> paths;
    for (const std::string& file : files_of_run(options)) {
      paths.push_back((*options.out / file).string());
    }
    printed.text(fmt::format("\nresults: {}\nfiles: {}\n", paths.front(),
                             fmt::join(paths.begin() + 1, paths.end(), " ")));
    const std::vector<std::string> next = next_commands(options);
    if (!next.empty()) printed.text(fmt::format("next:\n  {}\n", fmt::join(next, "\n  ")));
  }
  write_json(options, report.json, printed);
  printed.require_all();
}

// What a rank above 0 does of a run: its part of the work, without files and output.
void run_beside(Options given) {
  prepare(given.computing);
  given.out.reset();
  given.json.reset();
  given.progress = false;
  const Options options = with_pretrained_images(given);
  const RunSets sets = find_sets(options);
  checked_parts(options, sets);
  if (told_beginning() != Beginning::finished) task_of(options).run(options, sets);
}

// The exit status of a run that was interrupted: that of the first rank which had a signal.
int status_of_ranks(Group& group) {
  const int own = interruption_exit_status();
  if (group.alone()) return own;
  for (const std::string& status : group.all_gather(std::to_string(own))) {
    if (std::stoi(status) > kSignalStatus) return std::stoi(status);
  }
  return own;
}

// The program's exit status.
int run_until_interrupted(const Options& options) {
  const InterruptionHandler handler;
  const std::unique_ptr<Group> group = join_job(job().timeout);
  work_in(group ? *group : single_process(), options.out);
  try {
    if (job().is_first()) {
      run(options);
    } else {
      run_beside(options);
    }
    return 0;
  } catch (const train::Interrupted& interrupted) {
    if (job().is_first()) write_stderr(fmt::format("credence-bench: {}\n", interrupted.what()));
    return status_of_ranks(*job().group);
  } catch (const std::exception& error) {
    job().group->fail(error.what());
    throw;
  }
}

std::string listing(const std::string& name) {
  if (name == "models") return models_listing();
  if (name == "datasets") return datasets_listing();
  return name == "tasks" ? tasks_listing() : methods_listing();
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
    case CommandLine::Action::list:
      write_stdout(listing(line.listing));
      return 0;
    case CommandLine::Action::predict:
      return predict(line.stored);
    case CommandLine::Action::evaluate:
      evaluate(line.stored);
      return 0;
    case CommandLine::Action::prune:
      prune(line.prune);
      return 0;
    case CommandLine::Action::exported:
      export_model(line.exported);
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
