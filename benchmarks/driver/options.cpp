// The command line of credence-bench: its commands, and how it is read.
#include "benchmarks/driver/options.hpp"

#include "benchmarks/common/command_line.hpp"
#include "benchmarks/common/models.hpp"
#include "benchmarks/common/norm_option.hpp"
#include "benchmarks/common/provenance.hpp"
#include "benchmarks/driver/complete.hpp"
#include "benchmarks/driver/help_texts.hpp"
#include "benchmarks/driver/ood_data.hpp"
#include "benchmarks/driver/option_groups.hpp"
#include "framework/base/error.hpp"
#include "framework/base/standard_streams.hpp"

#include <algorithm>
#include <utility>

#include <fmt/core.h>

namespace credence::benchmarks {
namespace {

// "--batch_size=3" as "--batch-size=3"; values and file names stay as they are.
std::string with_hyphens(std::string argument) {
  if (argument.rfind("--", 0) != 0) return argument;
  const auto end =
      argument.begin() + static_cast<std::ptrdiff_t>(std::min(argument.find('='), argument.size()));
  std::replace(argument.begin(), end, '_', '-');
  return argument;
}

// Of a run.
void add_config(CLI::App& app) {
  app.set_config("--config", "",
                 "Read options from a file (TOML: \"epochs = 5\"), such as the config.toml that a "
                 "run leaves in --out; the command line comes first")
      ->type_name("FILE");
  app.allow_config_extras(CLI::config_extras_mode::error);
}

// The options that were given, in the form that --config reads. Left out is what says where results
// go and how the run begins: a run that is repeated has its own.
std::string config_text(CLI::App& app) {
  for (const char* option : {"--out", "--json", "--resume", "--force", "--no-progress"}) {
    app.get_option(option)->configurable(false);
  }
  return "# The options of a run of credence-bench. With --config and this file the run is "
         "repeated.\n" +
         app.config_to_str();
}

CommandLine wrong_usage(std::string message) {
  std::replace(message.begin(), message.end(), '\n', ' ');
  write_stderr(fmt::format("credence-bench: {} (--help shows the options)\n", message));
  CommandLine line;
  line.action = CommandLine::Action::done;
  line.exit_status = 2;
  return line;
}

}  // namespace

CommandLine parse_command_line(int argc, const char* const* argv) {
  CommandLine line;
  CLI::App app{
      "Credence's benchmark driver: trains models in their frequentist and Bayesian form, compares "
      "them and shows their uncertainty.",
      "credence-bench"};
  app.footer(kRunFooter);
  add_version(app);
  // The last of repeated options counts, so that scripts can be given more of them.
  app.option_defaults()->take_last();
  app.get_formatter()->column_width(34);
  // The model and the recipe decide, unless they are given.
  line.options.dataset.clear();
  GivenValues given;
  add_run_options(app, line.options, given);
  CLI::App* const download =
      app.add_subcommand("download", "Fetch a data set's published files and check them");
  download->add_option("dataset", line.download_dataset, "mnist, fashion-mnist or cifar10")
      ->required()
      ->check(CLI::IsMember({"mnist", "fashion-mnist", "cifar10"}));
  download->add_option("--data-dir", line.options.data_dir, "Where to put them (default: cache)")
      ->type_name("DIR");
  download->footer(kDownloadFooter);

  CLI::App* const summary = app.add_subcommand(
      "summary", "Print a model's layers, parameters and multiply-adds in both families");
  summary->add_option("model", line.options.model, "Name of the model")
      ->required()
      ->check(CLI::IsMember(model_names()));
  add_norm(*summary, given.norm, "none, of ResNet batch");
  summary->footer(kSummaryFooter);
  for (const auto& [listing, what] :
       {std::pair{"models", "models of both families"}, std::pair{"datasets", "data sets"},
        std::pair{"tasks", "tasks of --task"}, std::pair{"methods", "methods of --methods"}}) {
    app.add_subcommand(listing, std::string("List the ") + what)->callback([&line, name = listing] {
      line.listing = name;
    });
  }
  const CLI::App* const predict = add_predict(app, line.stored);
  const CLI::App* const evaluate = add_evaluate(app, line.stored);
  const CLI::App* const prune = add_prune(app, line.prune);
  const CLI::App* const exported = add_export(app, line.exported);

  add_config(app);
  line.options.command = command_text(argc, argv);
  line.stored.command = line.options.command;
  line.prune.stored.command = line.options.command;
  line.exported.stored.command = line.options.command;
  std::vector<std::string> arguments;
  for (int i = argc - 1; i > 0; --i) arguments.push_back(with_hyphens(argv[i]));
  try {
    app.parse(arguments);
    if (app.get_subcommands().empty()) {
      line.options.config = config_text(app);
      complete(line.options, given);
    }
    if (summary->parsed()) {
      line.options.norm = given.norm.value_or(model_named(line.options.model).norms.front());
      require_norm(line.options.model, line.options.norm);
    }
    for (const StoredModelOptions* stored : {&line.stored, &line.prune.stored}) {
      require_folder(stored->dataset, stored->data_dir);
    }
    if (line.stored.ood_data) require_ood_data(*line.stored.ood_data);
  } catch (const CLI::Success& text) {  // help or version
    line.action = CommandLine::Action::done;
    app.exit(text);
    return line;
  } catch (const CLI::ParseError& error) {
    return wrong_usage(error.what());
  } catch (const ValueError& error) {
    return wrong_usage(error.what());
  }
  if (summary->parsed()) line.action = CommandLine::Action::summary;
  if (!line.listing.empty()) line.action = CommandLine::Action::list;
  if (predict->parsed()) line.action = CommandLine::Action::predict;
  if (evaluate->parsed()) line.action = CommandLine::Action::evaluate;
  if (prune->parsed()) line.action = CommandLine::Action::prune;
  if (exported->parsed()) line.action = CommandLine::Action::exported;
  if (download->parsed()) line.action = CommandLine::Action::download;
  return line;
}

}  // namespace credence::benchmarks
