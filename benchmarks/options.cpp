#include "benchmarks/options.hpp"

#include <algorithm>
#include <map>

#include <CLI/CLI.hpp>
#include <fmt/core.h>

namespace credence::benchmarks {
namespace {

constexpr const char* kFooter = R"(Examples:
  credence-bench
      LeNet5 and BayesianLeNet5 on MNIST, 10 epochs each, with the default recipe
  credence-bench --task acc --model LeNet5 --epochs 10 --batch-size 256 --lr 1e-2 1e-3 --recipe bayetorch
      the same with BayeTorch's settings
  credence-bench --dataset synthetic-digits --epochs 2 --json -
      on digits drawn by the program, results as JSON on stdout
  credence-bench download mnist
      fetch MNIST into the cache folder

Data is looked for in --data-dir, else $CREDENCE_DATA, else the cache folder ($XDG_CACHE_HOME/credence,
else ~/.cache/credence); where it is in none of them, synthetic-digits takes its place, and says so.
Exit status: 0 success, 1 failure at run time, 2 wrong usage.)";

// Learning rates of Adam for the two families.
std::vector<double> default_rates(Recipe recipe) {
  return recipe == Recipe::credence ? std::vector{1e-2, 5e-3} : std::vector{1e-2, 1e-3};
}

// "--batch_size=3" as "--batch-size=3"; values and file names stay as they are.
std::string with_hyphens(std::string argument) {
  if (argument.rfind("--", 0) != 0) return argument;
  const auto end =
      argument.begin() + static_cast<std::ptrdiff_t>(std::min(argument.find('='), argument.size()));
  std::replace(argument.begin(), end, '_', '-');
  return argument;
}

// A check whose bounds the help text does not repeat. CLI::Range lets NaN pass.
CLI::Validator between(double low, double high) {
  const auto check = [low, high](const std::string& text) {
    double value = 0;
    const bool fits = CLI::detail::lexical_cast(text, value) && value >= low && value <= high;
    return fits ? std::string() : fmt::format("{} is not in {:g}…{:g}", text, low, high);
  };
  return CLI::Validator(check, "");
}

void add_options(CLI::App& app, Options& options) {
  app.add_option("--task", options.task, "acc: train both families and compare their accuracy")
      ->check(CLI::IsMember({"acc"}))
      ->type_name("NAME")
      ->capture_default_str();
  app.add_option("--model", options.model, "Model of both families")
      ->check(CLI::IsMember({"LeNet5"}))
      ->type_name("NAME")
      ->capture_default_str();
  app.add_option("--epochs", options.epochs, "Epochs to train each family")
      ->check(between(1, 1'000'000))
      ->type_name("N")
      ->capture_default_str();
  app.add_option("--batch-size", options.batch_size, "Images per training step")
      ->check(between(1, 1'000'000))
      ->type_name("N")
      ->capture_default_str();
  app.add_option("--lr", options.learning_rates,
                 "Learning rates of Adam: frequentist, Bayesian (default: the recipe's)")
      ->expected(2)
      ->multi_option_policy(CLI::MultiOptionPolicy::Throw)
      ->check(between(1e-12, 1e6))
      ->type_name("RATE RATE");
  app.add_option("--samples", options.samples, "Posterior samples averaged for accuracies")
      ->check(between(1, 10'000))
      ->type_name("N")
      ->capture_default_str();
  app.add_option("--temperature", options.temperature, "Weight of the KL divergence in the loss")
      ->check(between(0, 1e15))
      ->type_name("T")
      ->capture_default_str();
  const std::map<std::string, Recipe> recipes{{"credence", Recipe::credence},
                                              {"bayetorch", Recipe::bayetorch}};
  app.add_option(
         "--recipe", options.recipe,
         "credence: random shifts of up to 1 pixel, a learning rate that rises for a fifth of the "
         "steps and falls along a cosine; "
         "bayetorch: neither (default: credence)")
      ->transform(CLI::CheckedTransformer(recipes).description(""))
      ->type_name("NAME");
  app.add_option("--dataset", options.dataset, "Data set to train on")
      ->check(CLI::IsMember({"mnist", "fashion-mnist", "synthetic-digits"}))
      ->type_name("NAME")
      ->capture_default_str();
  app.add_option("--data-dir", options.data_dir, "Folder that holds the data set")
      ->type_name("DIR");
  app.add_option("--validation", options.validation,
                 "Training images held back, on which the best epoch is chosen")
      ->check(between(0, 1e15))
      ->type_name("N")
      ->capture_default_str();
  app.add_option("--training-images", options.training_images,
                 "Train on the first so many of the rest; 0 for all")
      ->check(between(0, 1e15))
      ->type_name("N")
      ->capture_default_str();
  app.add_option("--n-workers", options.workers, "Threads that prepare batches")
      ->check(between(0, 256))
      ->type_name("N")
      ->capture_default_str();
  app.add_option("--threads", options.threads, "Threads that compute (default: all cores)")
      ->type_name("N")
      ->check(between(1, 1024));
  app.add_option("--seed", options.seed, "Seed of everything random")
      ->check(between(0, 0x1p64))
      ->type_name("N")
      ->capture_default_str();
  app.add_option("--json", options.json, "Write settings and results to a file, - for stdout")
      ->type_name("FILE");
  app.add_option("--out", options.out, "Folder for results.json and checkpoints (safetensors)")
      ->type_name("DIR");
  app.add_flag_callback(
      "--no-progress", [&options] { options.progress = false; },
      "Say nothing on stderr while training");
}

}  // namespace

CommandLine parse_command_line(int argc, const char* const* argv) {
  CommandLine line;
  CLI::App app{
      "Credence's benchmark driver: trains a model's frequentist and Bayesian form and "
      "compares them.",
      "credence-bench"};
  app.footer(kFooter);
  // The last of repeated options counts, so that scripts can be given more of them.
  app.option_defaults()->take_last();
  app.get_formatter()->column_width(34);
  add_options(app, line.options);
  CLI::App* const download =
      app.add_subcommand("download", "Fetch a data set's published files and check them");
  download->add_option("dataset", line.download_dataset, "mnist or fashion-mnist")
      ->required()
      ->check(CLI::IsMember({"mnist", "fashion-mnist"}));
  download->add_option("--data-dir", line.options.data_dir, "Where to put them (default: cache)")
      ->type_name("DIR");

  std::vector<std::string> arguments;
  for (int i = argc - 1; i > 0; --i) arguments.push_back(with_hyphens(argv[i]));
  try {
    app.parse(arguments);
  } catch (const CLI::CallForHelp& help) {
    line.action = CommandLine::Action::done;
    app.exit(help);
    return line;
  } catch (const CLI::ParseError& error) {
    line.action = CommandLine::Action::done;
    line.exit_status = 2;
    std::string message = error.what();
    std::replace(message.begin(), message.end(), '\n', ' ');
    std::fprintf(stderr, "credence-bench: %s (--help shows the options)\n", message.c_str());
    return line;
  }
  if (line.options.learning_rates.empty()) {
    line.options.learning_rates = default_rates(line.options.recipe);
  }
  if (download->parsed()) line.action = CommandLine::Action::download;
  return line;
}

}  // namespace credence::benchmarks
