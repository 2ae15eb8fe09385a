#include "benchmarks/options.hpp"

#include <algorithm>
#include <map>

#include <CLI/CLI.hpp>

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
  return recipe == Recipe::credence ? std::vector{3e-3, 3e-3} : std::vector{1e-2, 1e-3};
}

// "--batch_size=3" as "--batch-size=3"; values and file names stay as they are.
std::string with_hyphens(std::string argument) {
  if (argument.rfind("--", 0) != 0) return argument;
  const auto end =
      argument.begin() + static_cast<std::ptrdiff_t>(std::min(argument.find('='), argument.size()));
  std::replace(argument.begin(), end, '_', '-');
  return argument;
}

void add_options(CLI::App& app, Options& options) {
  app.add_option("--task", options.task, "acc: train both families and compare their accuracy")
      ->check(CLI::IsMember({"acc"}))
      ->capture_default_str();
  app.add_option("--model", options.model, "Model of both families")
      ->check(CLI::IsMember({"LeNet5"}))
      ->capture_default_str();
  app.add_option("--epochs", options.epochs, "Epochs to train each family")
      ->check(CLI::Range(1, 1'000'000))
      ->capture_default_str();
  app.add_option("--batch-size", options.batch_size, "Images per training step")
      ->check(CLI::Range(1, 1'000'000))
      ->capture_default_str();
  app.add_option("--lr", options.learning_rates,
                 "Learning rates of Adam: frequentist, Bayesian (default: the recipe's)")
      ->expected(2)
      ->check(CLI::PositiveNumber)
      ->type_name("RATE RATE");
  app.add_option("--samples", options.samples, "Posterior samples averaged for accuracies")
      ->check(CLI::Range(1, 10'000))
      ->capture_default_str();
  app.add_option("--temperature", options.temperature, "Weight of the KL divergence in the loss")
      ->check(CLI::NonNegativeNumber)
      ->capture_default_str();
  const std::map<std::string, Recipe> recipes{{"credence", Recipe::credence},
                                              {"bayetorch", Recipe::bayetorch}};
  app.add_option("--recipe", options.recipe,
                 "credence: random shifts of up to 2 pixels and a cosine learning rate; "
                 "bayetorch: neither (default: credence)")
      ->transform(CLI::CheckedTransformer(recipes).description(""))
      ->type_name("NAME");
  app.add_option("--dataset", options.dataset, "Data set to train on")
      ->check(CLI::IsMember({"mnist", "fashion-mnist", "synthetic-digits"}))
      ->capture_default_str();
  app.add_option("--data-dir", options.data_dir, "Folder that holds the data set")
      ->type_name("DIR");
  app.add_option("--validation", options.validation,
                 "Training images held back, on which the best epoch is chosen")
      ->check(CLI::NonNegativeNumber)
      ->capture_default_str();
  app.add_option("--training-images", options.training_images,
                 "Train on the first so many of the rest; 0 for all")
      ->check(CLI::NonNegativeNumber)
      ->capture_default_str();
  app.add_option("--n-workers", options.workers, "Threads that prepare batches")
      ->check(CLI::Range(0, 256))
      ->capture_default_str();
  app.add_option("--threads", options.threads, "Threads that compute (default: all cores)")
      ->check(CLI::Range(1, 1024));
  app.add_option("--seed", options.seed, "Seed of everything random")->capture_default_str();
  app.add_option("--json", options.json, "Write settings and results to a file, - for stdout")
      ->type_name("FILE");
  app.add_option("--out", options.out, "Folder for results.json and checkpoints (safetensors)")
      ->type_name("DIR");
  app.add_flag("!--no-progress", options.progress, "Say nothing on stderr while training");
}

}  // namespace

CommandLine parse_command_line(int argc, const char* const* argv) {
  CommandLine line;
  CLI::App app{
      "Credence's benchmark driver: trains a model's frequentist and Bayesian form and "
      "compares them.",
      "credence-bench"};
  app.footer(kFooter);
  app.option_defaults()->always_capture_default(false);
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
