// The commands predict, evaluate, prune and export, and the options of a stored model.
#include "benchmarks/common/activation_option.hpp"
#include "benchmarks/common/command_line.hpp"
#include "benchmarks/common/draw_option.hpp"
#include "benchmarks/common/models.hpp"
#include "benchmarks/driver/help_texts.hpp"
#include "benchmarks/driver/ood_data.hpp"
#include "benchmarks/driver/option_groups.hpp"
#include "framework/base/error.hpp"

#include <limits>
#include <string>
#include <utility>
#include <vector>

namespace credence::benchmarks {
namespace {

void add_background(CLI::App& app, data::Colour& background) {
  const auto read = [&background](const std::string& text) {
    try {
      background = data::parse_colour(text);
    } catch (const ValueError& error) {
      throw CLI::ValidationError("--background", error.what());
    }
  };
  app.add_option_function<std::string>(
         "--background", read,
         "Colour that transparent pictures are laid on, before --invert: white, black, #RRGGBB or "
         "#RGB (default: white)")
      ->type_name("COLOUR");
}

void add_stored_model(CLI::App& app, StoredModelOptions& stored) {
  app.add_option("--checkpoint", stored.checkpoint,
                 "Safetensors file with the parameters, written by a run with --out or by PyTorch, "
                 "in 16, 32 or 64 bits (see docs/weights.md)")
      ->required()
      ->type_name("FILE");
  app.add_option("--model", stored.model, "The model, where the file does not say")
      ->check(CLI::IsMember(model_names()))
      ->type_name("NAME");
  add_key_map(app, stored.key_map);
  add_named(app, "--family", stored.family, {"bayesian", "frequentist"}, family_named,
            "Fail unless the model is of this family");
  add_activation(app, stored.activation);
  add_computing(app, stored.computing);
  app.add_option("--json", stored.json,
                 "Write the results to a file, which is replaced if it is there, - for stdout")
      ->type_name("FILE");
}

void add_samples(CLI::App& app, StoredModelOptions& stored) {
  add_number(app, "--samples", stored.samples, Bounds<std::int64_t>{0, 10'000},
             "Posterior samples averaged, 0 for the mean alone")
      ->capture_default_str();
  add_draw(app, stored.draw);
}

// The option --dataset.
CLI::Option* add_test_data(CLI::App& app, StoredModelOptions& stored) {
  CLI::Option* const dataset =
      app.add_option("--dataset", stored.dataset,
                     "Data set to test on (default: the file's, else the model's); for a model of "
                     "a table the file of one (.csv, .npy, .npz), of which all rows count")
          ->check(dataset_error)
          ->type_name("NAME|FILE");
  app.add_option("--target", stored.target,
                 "Of such a file: the target's name (default: as in training)")
      ->type_name("NAME");
  app.add_option("--data-dir", stored.data_dir, "Folder that holds the data set")->type_name("DIR");
  return dataset;
}

// An option for a rule whose only member is a number.
template <class Rule>
CLI::Option* add_rule(CLI::App& app, const std::string& name, PruneOptions& prune,
                      const Bounds<double>& bounds, const std::string& description) {
  return app
      .add_option_function<double>(
          name, [&prune](double value) { prune.rule = Rule{value}; }, description)
      ->transform(decimal(bounds));
}

std::optional<bayes::OnnxForm> form_named(std::string_view name) {
  using bayes::OnnxForm;
  for (const OnnxForm form : {OnnxForm::mean, OnnxForm::sample, OnnxForm::moments}) {
    if (name == to_string(form)) return form;
  }
  return {};
}

}  // namespace

void add_key_map(CLI::App& app, io::KeyMap& keys) {
  const auto read = [&keys](const std::vector<std::string>& texts) {
    std::vector<io::KeyRule> rules;
    for (const std::string& text : texts) {
      // The last one: a name has none, but an expression may.
      const std::size_t equals = text.rfind('=');
      if (equals == std::string::npos || equals == 0) {
        throw CLI::ValidationError("--key-map", text + " is not of the form REGEX=NAME");
      }
      rules.push_back({text.substr(0, equals), text.substr(equals + 1)});
    }
    try {
      keys = io::KeyMap(std::move(rules));
    } catch (const ValueError& error) {
      throw CLI::ValidationError("--key-map", error.what());
    }
  };
  app.add_option_function<std::vector<std::string>>(
         "--key-map", read,
         "Rule that renames the tensors of a file of another program: each match of REGEX becomes "
         "NAME, where $1 is its first group; several are applied in their order (default: the "
         "rules for the names of torchvision's VGG and of torch.nn.Sequential, if the file has "
         "them)")
      ->allow_extra_args(false)
      ->type_name("REGEX=NAME");
}

CLI::App* add_predict(CLI::App& app, StoredModelOptions& stored) {
  CLI::App* const predict = app.add_subcommand(
      "predict", "Print what a trained model makes of pictures: class, probabilities, uncertainty");
  add_stored_model(*predict, stored);
  add_samples(*predict, stored);
  predict->add_flag("--invert", stored.invert,
                    "Exchange black and white: MNIST's digits are white on black");
  add_background(*predict, stored.background);
  predict
      ->add_option("pictures", stored.pictures,
                   "PNG, JPEG or BMP files, or folders: all pictures in them and below")
      ->required()
      ->type_name("IMAGE");
  predict->footer(kPredictFooter);
  return predict;
}

CLI::App* add_evaluate(CLI::App& app, StoredModelOptions& stored) {
  CLI::App* const evaluate = app.add_subcommand(
      "evaluate",
      "Print what a trained model's predictions are worth: accuracy, calibration, uncertainty");
  add_stored_model(*evaluate, stored);
  add_samples(*evaluate, stored);
  CLI::Option* const dataset = add_test_data(*evaluate, stored);
  evaluate
      ->add_option("folder", stored.folder,
                   "Folder with pictures in a folder for each class, all of which are tested, in "
                   "place of a data set")
      ->type_name("DIR")
      ->excludes(dataset);
  evaluate
      ->add_option(
          "--ood-data", stored.ood_data,
          "Other images, which the model is to tell from the test images: " + ood_data_choices())
      ->type_name("WHAT");
  evaluate->footer(kEvaluateFooter);
  return evaluate;
}

CLI::App* add_prune(CLI::App& app, PruneOptions& prune) {
  CLI::App* const command = app.add_subcommand(
      "prune", "Make zeros of a Bayesian model's unsure weights, and a smaller model of the rest");
  add_stored_model(*command, prune.stored);
  add_test_data(*command, prune.stored);
  CLI::Option* const log_alpha = add_rule<bayes::LogAlphaAbove>(
      *command, "--log-alpha", prune, Bounds<double>{-1e6, 1e6},
      "Prune weights whose variance over their square has a logarithm above this (default: 3)");
  log_alpha->type_name("T");
  CLI::Option* const ratio = add_rule<bayes::SignalToNoiseBelow>(
      *command, "--snr", prune, Bounds<double>{0, 1e300},
      "Prune weights whose magnitude over their deviation is below this");
  ratio->type_name("T")->excludes(log_alpha);
  CLI::Option* const share = add_rule<bayes::SmallestShare>(
      *command, "--share", prune, Bounds<double>{0, 1},
      "Prune this share of all weights, those with the smallest such ratio");
  share->type_name("S")->excludes(log_alpha)->excludes(ratio);
  const auto keep_units = [&prune](std::vector<std::int64_t> widths) {
    prune.rule = bayes::LargestUnits{std::move(widths)};
  };
  add_counts(
      *command, "--units", keep_units,
      "Keep so many channels and units of each layer but the last, with commas between, "
      "those whose weights have the largest such ratios, and prune all weights of the others")
      ->type_name("NUMBERS")
      ->excludes(log_alpha)
      ->excludes(ratio)
      ->excludes(share);
  add_number(*command, "--fine-tune", prune.fine_tune, Bounds<std::int64_t>{0, 1'000'000},
             "Epochs in which the weights that are left are trained further, without noise")
      ->capture_default_str();
  add_number(*command, "--steps", prune.steps, Bounds<std::int64_t>{1, 10'000},
             "Prune in so many steps, fewer weights in each, with fine-tuning after it; the next "
             "step chooses by the tuned weights")
      ->type_name("K")
      ->capture_default_str();
  add_number(*command, "--step-epochs", prune.step_epochs, Bounds<std::int64_t>{0, 1'000'000},
             "Epochs after each step but the last (default: those of --fine-tune)")
      ->type_name("N");
  add_number(*command, "--lr", prune.learning_rate,
             Bounds<double>{std::numeric_limits<float>::min(), 1e6},
             "Adam's learning rate at their start, which falls along a cosine")
      ->type_name("RATE")
      ->capture_default_str();
  add_augmentation(*command, prune.shift, prune.mirror);
  command->add_option("--out", prune.out, "Folder for the pruned models (safetensors)")
      ->required()
      ->type_name("DIR");
  command->add_flag("--force", prune.force, "Replace files of that name in --out");
  command->footer(kPruneFooter);
  return command;
}

CLI::App* add_export(CLI::App& app, ExportOptions& exported) {
  CLI::App* const command = app.add_subcommand(
      "export", "Write a trained model as an ONNX file, which predicts without this program");
  add_stored_model(*command, exported.stored);
  command->add_option("--out", exported.out, "The file (.onnx), which is replaced if it is there")
      ->required()
      ->type_name("FILE");
  add_named(*command, "--form", exported.form, {"mean", "sample", "moments"}, form_named,
            "What the file computes: the function of the posterior's mean (default), that of one "
            "sample of the posterior, or mean and variance of several samples' probabilities");
  add_number(*command, "--samples", exported.stored.samples, Bounds<std::int64_t>{1, 10'000},
             "Posterior samples of form moments, each with weights of its own in the file")
      ->capture_default_str();
  add_number(*command, "--seed", exported.seed, Bounds<std::uint64_t>{0, 0xffffffff},
             "Which samples the forms sample and moments have")
      ->capture_default_str();
  command->add_flag("--pixels", exported.pixels,
                    "Take bytes (uint8), which the file scales as in training, in place of floats "
                    "that are scaled already");
  command->footer(kExportFooter);
  return command;
}

}  // namespace credence::benchmarks
