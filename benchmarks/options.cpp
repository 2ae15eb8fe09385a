#include "benchmarks/options.hpp"

#include "benchmarks/models.hpp"
#include "framework/core/error.hpp"

#include <algorithm>
#include <limits>
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
  credence-bench --task init --epochs 5 5 --freeze
      LeNet5's weights given to BayesianLeNet5, whose variances alone are then trained
  credence-bench --task uncert --out results
      figures of BayesianLeNet5's uncertainty about turned digits, in the folder results
  credence-bench --task acc --model VGG11 --epochs 50
      both families of VGG11 on CIFAR-10
  credence-bench --dataset synthetic-digits --epochs 2 --json -
      on digits drawn by the program, results as JSON on stdout
  credence-bench summary VGG16
      layers, parameters and multiply-adds of VGG16 in both families
  credence-bench download mnist
      fetch MNIST into the cache folder
  credence-bench predict --checkpoint results/bayesian.safetensors digit.png
      what a trained model makes of a picture
  credence-bench evaluate --model LeNet5 --checkpoint pytorch.safetensors
      test accuracy of parameters that PyTorch saved

Data is looked for in --data-dir, else $CREDENCE_DATA, else the cache folder ($XDG_CACHE_HOME/credence,
else ~/.cache/credence); where it is in none of them, synthetic-digits takes its place, and says so.
Ctrl-C finishes the step, saves the run in --out and says how to go on.
Exit status: 0 success, 1 failure at run time, 2 wrong usage, 130 interrupted.)";

constexpr const char* kPredictFooter =
    R"(Pictures are stretched to the model's size and made grey where it is. Epistemic and aleatoric
uncertainty are the traces of the two covariance matrices of the predicted label (0 to 1), from the
posterior and from the data; entropy is in nats.

Examples:
  credence-bench predict --checkpoint results/bayesian.safetensors digit.png photo.jpg
  credence-bench predict --checkpoint results/bayesian.safetensors --invert --samples 50 --json - scan.png)";

constexpr const char* kEvaluateFooter = R"(Examples:
  credence-bench evaluate --checkpoint results/bayesian.safetensors
  credence-bench evaluate --model LeNet5 --checkpoint pytorch.safetensors --dataset mnist
      parameters saved by safetensors.torch.save_file(model.state_dict(), "pytorch.safetensors"))";

bool is_vgg(const Options& options) { return options.model != "LeNet5"; }

// BayeTorch's published numbers of epochs, and for VGG as many as show what a recipe is worth.
std::int64_t default_epochs(const Options& options) {
  if (options.recipe == Recipe::credence) return is_vgg(options) ? 15 : 10;
  if (is_vgg(options)) return options.model == "VGG11" ? 50 : 100;
  return options.task == "init" ? 3 : 10;
}

// Learning rates of Adam for the two families.
std::vector<double> default_rates(const Options& options) {
  const bool init = options.task == "init";
  if (options.recipe == Recipe::credence) {
    if (!is_vgg(options)) return {1e-2, 5e-3};
    return {1e-3, init ? 5e-4 : 1e-3};
  }
  if (is_vgg(options)) return {init ? 1e-4 : 1e-3, 1e-4};
  return {init ? 1e-3 : 1e-2, 1e-3};
}

// Fits the numbers of epochs and rates to the task. Throws CLI::ValidationError where they are too
// many or too few.
void assign(Options& options, const std::vector<std::int64_t>& epochs,
            const std::optional<bool>& batch_norm) {
  const std::size_t most_epochs = options.task == "init" ? 2 : 1;
  const std::size_t rates = options.task == "uncert" ? 1 : 2;
  if (epochs.size() > most_epochs) {
    throw CLI::ValidationError(
        "--epochs", fmt::format("task {} takes {} value{}, not {}", options.task, most_epochs,
                                most_epochs == 1 ? "" : "s at most", epochs.size()));
  }
  if (!options.learning_rates.empty() && options.learning_rates.size() != rates) {
    throw CLI::ValidationError("--lr",
                               fmt::format("task {} takes {} value{}, not {}", options.task, rates,
                                           rates == 1 ? "" : "s", options.learning_rates.size()));
  }
  if (batch_norm && !is_vgg(options)) {
    throw CLI::ValidationError("--batch-norm", "is for VGG alone");
  }
  const bool tuned_vgg = is_vgg(options) && options.recipe == Recipe::credence;
  options.batch_norm = batch_norm.value_or(tuned_vgg);
  if (options.batch_size == 0) options.batch_size = tuned_vgg ? 128 : 256;
  if (options.resume && !options.out) {
    throw CLI::ValidationError("--resume", "needs --out, the folder of the interrupted run");
  }
  if (options.freeze && options.task != "init") {
    throw CLI::ValidationError("--freeze", "is for task init alone");
  }
  options.epochs = epochs.empty() ? default_epochs(options) : epochs.front();
  options.second_epochs = epochs.empty() ? options.epochs : epochs.back();
  if (options.dataset.empty()) options.dataset = options.model == "LeNet5" ? "mnist" : "cifar10";
  if (options.learning_rates.empty()) {
    options.learning_rates = default_rates(options);
    if (rates == 1) options.learning_rates.erase(options.learning_rates.begin());
  }
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

// A check that nn::Activation knows the name.
CLI::Validator activation_name() {
  const auto check = [](const std::string& name) -> std::string {
    try {
      nn::Activation::from_name(name);
      return {};
    } catch (const ValueError& error) {
      return error.what();
    }
  };
  return CLI::Validator(check, "");
}

void add_activation(CLI::App& app, std::optional<nn::Activation>& activation) {
  app.add_option_function<std::string>(
         "--activation",
         [&activation](const std::string& name) { activation = nn::Activation::from_name(name); },
         "Activation in place of the model's own: relu, softplus, softplus:BETA, silu, …")
      ->check(activation_name())
      ->type_name("NAME");
}

void add_options(CLI::App& app, Options& options, std::vector<std::int64_t>& epochs,
                 std::optional<bool>& batch_norm) {
  app.add_option("--task", options.task,
                 "acc: train both families and compare their accuracy; init: train a frequentist "
                 "model and go on from its weights with the Bayesian one; uncert: train the "
                 "Bayesian model and draw its uncertainty about turned test images")
      ->check(CLI::IsMember({"acc", "init", "uncert"}))
      ->type_name("NAME")
      ->capture_default_str();
  app.add_option("--model", options.model, "Model of both families")
      ->check(CLI::IsMember(model_names()))
      ->type_name("NAME")
      ->capture_default_str();
  app.add_option("--epochs", epochs,
                 "Epochs to train each model; init takes a second number for the Bayesian one "
                 "(default: 10, VGG 15; with recipe bayetorch its published ones)")
      ->expected(1, 2)
      ->multi_option_policy(CLI::MultiOptionPolicy::Throw)
      ->check(between(1, 1'000'000))
      ->type_name("N");
  app.add_option("--batch-size", options.batch_size,
                 "Images per training step (default: 256, VGG with recipe credence 128)")
      ->check(between(1, 1'000'000))
      ->type_name("N");
  app.add_option("--lr", options.learning_rates,
                 "Learning rates of Adam: frequentist and Bayesian, for uncert the Bayesian alone "
                 "(default: the recipe's)")
      ->expected(1, 2)
      ->multi_option_policy(CLI::MultiOptionPolicy::Throw)
      ->check(between(std::numeric_limits<float>::min(), 1e6))
      ->type_name("RATE");
  app.add_flag_callback(
      "--batch-norm", [&batch_norm] { batch_norm = true; },
      "For VGG: batch normalisation after each convolution (default with recipe credence)");
  app.add_flag_callback(
      "--no-batch-norm", [&batch_norm] { batch_norm = false; },
      "For VGG: none (default with recipe bayetorch)");
  add_activation(app, options.activation);
  app.add_flag("--freeze", options.freeze,
               "For init: keep the converted weights, train their variances alone");
  app.add_option("--samples", options.samples, "Posterior samples averaged for accuracies")
      ->check(between(1, 10'000))
      ->type_name("N")
      ->capture_default_str();
  app.add_option("--temperature", options.temperature, "Weight of the KL divergence in the loss")
      ->check(between(0, 1e15))
      ->type_name("T")
      ->capture_default_str();
  app.add_option("--kl-warm-up", options.kl_warm_up,
                 "Share of the steps over which that weight rises from 0")
      ->check(between(0, 1))
      ->type_name("SHARE")
      ->capture_default_str();
  const std::map<std::string, Recipe> recipes{{"credence", Recipe::credence},
                                              {"bayetorch", Recipe::bayetorch}};
  app.add_option(
         "--recipe", options.recipe,
         "credence: digits shifted by up to 1 pixel, VGG with batch normalisation, a learning rate "
         "that rises for a fifth of the steps and falls along a cosine; bayetorch: none of these, "
         "and in init the Bayesian model's own activation with the other's weights "
         "(default: credence)")
      ->transform(CLI::CheckedTransformer(recipes).description(""))
      ->type_name("NAME");
  app.add_option("--dataset", options.dataset,
                 "Data set to train on (default: mnist for LeNet5, else cifar10)")
      ->check(CLI::IsMember({"mnist", "fashion-mnist", "synthetic-digits", "cifar10"}))
      ->type_name("NAME");
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
  app.add_flag(
      "--resume", options.resume,
      "Go on from the state that an interrupted run left in --out; the result is that of a "
      "run without interruption");
  app.add_flag_callback(
      "--no-progress", [&options] { options.progress = false; },
      "Say nothing on stderr while training");
}

void add_stored_model(CLI::App& app, StoredModelOptions& stored) {
  app.add_option("--checkpoint", stored.checkpoint,
                 "Safetensors file with the parameters, written by a run with --out or by PyTorch "
                 "under the same names (conv1.weight, …)")
      ->required()
      ->type_name("FILE");
  app.add_option("--model", stored.model, "The model, where the file does not say")
      ->check(CLI::IsMember(model_names()))
      ->type_name("NAME");
  add_activation(app, stored.activation);
  app.add_option("--samples", stored.samples, "Posterior samples averaged, 0 for the mean alone")
      ->check(between(0, 10'000))
      ->type_name("N")
      ->capture_default_str();
  app.add_option("--threads", stored.threads, "Threads that compute (default: all cores)")
      ->type_name("N")
      ->check(between(1, 1024));
  app.add_option("--json", stored.json, "Write the results to a file, - for stdout")
      ->type_name("FILE");
}

CLI::App* add_predict(CLI::App& app, StoredModelOptions& stored) {
  CLI::App* const predict = app.add_subcommand(
      "predict", "Print what a trained model makes of pictures: class, probabilities, uncertainty");
  add_stored_model(*predict, stored);
  predict->add_flag("--invert", stored.invert,
                    "Exchange black and white: MNIST's digits are white on black");
  predict->add_option("pictures", stored.pictures, "PNG, JPEG or BMP files")
      ->required()
      ->type_name("IMAGE");
  predict->footer(kPredictFooter);
  return predict;
}

CLI::App* add_evaluate(CLI::App& app, StoredModelOptions& stored) {
  CLI::App* const evaluate =
      app.add_subcommand("evaluate", "Print a trained model's test accuracy and likelihood");
  add_stored_model(*evaluate, stored);
  evaluate
      ->add_option("--dataset", stored.dataset,
                   "Data set to test on (default: the file's, else the model's)")
      ->check(CLI::IsMember({"mnist", "fashion-mnist", "synthetic-digits", "cifar10"}))
      ->type_name("NAME");
  evaluate->add_option("--data-dir", stored.data_dir, "Folder that holds the data set")
      ->type_name("DIR");
  evaluate->footer(kEvaluateFooter);
  return evaluate;
}

}  // namespace

CommandLine parse_command_line(int argc, const char* const* argv) {
  CommandLine line;
  CLI::App app{
      "Credence's benchmark driver: trains models in their frequentist and Bayesian form, compares "
      "them and shows their uncertainty.",
      "credence-bench"};
  app.footer(kFooter);
  // The last of repeated options counts, so that scripts can be given more of them.
  app.option_defaults()->take_last();
  app.get_formatter()->column_width(34);
  // The model and the recipe decide, unless they are given.
  line.options.dataset.clear();
  line.options.batch_size = 0;
  std::vector<std::int64_t> epochs;
  std::optional<bool> batch_norm;
  add_options(app, line.options, epochs, batch_norm);
  CLI::App* const download =
      app.add_subcommand("download", "Fetch a data set's published files and check them");
  download->add_option("dataset", line.download_dataset, "mnist, fashion-mnist or cifar10")
      ->required()
      ->check(CLI::IsMember({"mnist", "fashion-mnist", "cifar10"}));
  download->add_option("--data-dir", line.options.data_dir, "Where to put them (default: cache)")
      ->type_name("DIR");

  CLI::App* const summary = app.add_subcommand(
      "summary", "Print a model's layers, parameters and multiply-adds in both families");
  summary->add_option("model", line.options.model, "Name of the model")
      ->required()
      ->check(CLI::IsMember(model_names()));
  summary->add_flag("--batch-norm", line.options.batch_norm, "For VGG");
  const CLI::App* const predict = add_predict(app, line.stored);
  const CLI::App* const evaluate = add_evaluate(app, line.stored);

  std::vector<std::string> arguments;
  for (int i = argc - 1; i > 0; --i) arguments.push_back(with_hyphens(argv[i]));
  try {
    app.parse(arguments);
    if (app.get_subcommands().empty()) assign(line.options, epochs, batch_norm);
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
  if (summary->parsed()) line.action = CommandLine::Action::summary;
  if (predict->parsed()) line.action = CommandLine::Action::predict;
  if (evaluate->parsed()) line.action = CommandLine::Action::evaluate;
  if (download->parsed()) line.action = CommandLine::Action::download;
  return line;
}

}  // namespace credence::benchmarks
