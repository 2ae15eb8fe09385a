// The commands predict and evaluate, and the options of a stored model.
#include "benchmarks/common/activation_option.hpp"
#include "benchmarks/common/command_line.hpp"
#include "benchmarks/common/models.hpp"
#include "benchmarks/driver/help_texts.hpp"
#include "benchmarks/driver/ood_data.hpp"
#include "benchmarks/driver/option_groups.hpp"
#include "framework/base/error.hpp"

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
                 "Safetensors file with the parameters, written by a run with --out or by PyTorch "
                 "under the same names (conv1.weight, …)")
      ->required()
      ->type_name("FILE");
  app.add_option("--model", stored.model, "The model, where the file does not say")
      ->check(CLI::IsMember(model_names()))
      ->type_name("NAME");
  add_named(app, "--family", stored.family, {"bayesian", "frequentist"}, family_named,
            "Fail unless the model is of this family");
  add_activation(app, stored.activation);
  add_number(app, "--samples", stored.samples, Bounds<std::int64_t>{0, 10'000},
             "Posterior samples averaged, 0 for the mean alone")
      ->capture_default_str();
  add_computing(app, stored.computing);
  app.add_option("--json", stored.json,
                 "Write the results to a file, which is replaced if it is there, - for stdout")
      ->type_name("FILE");
}

}  // namespace

CLI::App* add_predict(CLI::App& app, StoredModelOptions& stored) {
  CLI::App* const predict = app.add_subcommand(
      "predict", "Print what a trained model makes of pictures: class, probabilities, uncertainty");
  add_stored_model(*predict, stored);
  predict->add_flag("--invert", stored.invert,
                    "Exchange black and white: MNIST's digits are white on black");
  add_background(*predict, stored.background);
  predict->add_option("pictures", stored.pictures, "PNG, JPEG or BMP files")
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
  evaluate
      ->add_option("--dataset", stored.dataset,
                   "Data set to test on (default: the file's, else the model's)")
      ->check(CLI::IsMember(dataset_names()))
      ->type_name("NAME");
  evaluate->add_option("--data-dir", stored.data_dir, "Folder that holds the data set")
      ->type_name("DIR");
  evaluate
      ->add_option(
          "--ood-data", stored.ood_data,
          "Other images, which the model is to tell from the test images: " + ood_data_choices())
      ->type_name("WHAT");
  evaluate->footer(kEvaluateFooter);
  return evaluate;
}

}  // namespace credence::benchmarks
