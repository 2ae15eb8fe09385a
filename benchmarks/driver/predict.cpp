// Command predict: reads each picture and prints the model's class, probabilities and uncertainty.
#include "benchmarks/driver/predict.hpp"

#include "bayes/uncertainty.hpp"
#include "benchmarks/common/results_file.hpp"
#include "benchmarks/driver/images.hpp"
#include "benchmarks/driver/report.hpp"
#include "benchmarks/driver/tables.hpp"
#include "data/image_file.hpp"
#include "data/image_folder.hpp"
#include "framework/base/error.hpp"
#include "framework/base/standard_streams.hpp"

#include <algorithm>

#include <fmt/core.h>
#include <nlohmann/json.hpp>

namespace credence::benchmarks {
namespace {

using Json = nlohmann::ordered_json;

// The picture as the model takes it, [1, C, H, W].
Tensor read_picture(const std::filesystem::path& path, const StoredModelOptions& options,
                    const StoredModel& stored) {
  const Shape& image = stored.image;
  const Tensor picture = data::read_image(path, image[1], image[2], image[0], options.background);
  if (options.invert) {
    auto* const pixels = picture.data<std::uint8_t>();
    std::transform(pixels, pixels + picture.numel(), pixels,
                   [](std::uint8_t value) { return static_cast<std::uint8_t>(255 - value); });
  }
  return to_float(picture.reshape({1, image[0], image[1], image[2]}), stored.normalize);
}

// What a model makes of a picture.
struct Prediction {
  std::string file;
  std::int64_t label;
  std::vector<double> probabilities;
  double epistemic;
  double aleatoric;
  double entropy;
};

// Each picture is a batch of its own, so that its prediction does not depend on the others: the
// noise of a sample differs from row to row.
Prediction predict_one(const StoredModelOptions& options, const StoredModel& stored,
                       const std::filesystem::path& path, const Tensor& picture) {
  const bayes::Uncertainty uncertainty = bayes::uncertainty(
      *stored.method, picture, {.samples = averages(stored) ? options.samples : 0});
  return {.file = path.string(),
          .label = uncertainty.prediction.data<std::int64_t>()[0],
          .probabilities = uncertainty.probabilities.to_vector<double>(),
          .epistemic = uncertainty.epistemic_trace.item(),
          .aleatoric = uncertainty.aleatoric_trace.item(),
          .entropy = uncertainty.entropy.item()};
}

Json to_json(const StoredModel& stored, const Prediction& prediction) {
  Json json{{"file", prediction.file},
            {"model", full_name(stored)},
            {"prediction", class_name(stored.class_names, prediction.label)},
            {"label", prediction.label}};
  for (std::size_t c = 0; c < prediction.probabilities.size(); ++c) {
    json["probabilities"][class_name(stored.class_names, static_cast<std::int64_t>(c))] =
        prediction.probabilities[c];
  }
  if (averages(stored)) json["epistemic"] = prediction.epistemic;
  json["aleatoric"] = prediction.aleatoric;
  json["entropy"] = prediction.entropy;
  return json;
}

std::string to_text(const StoredModel& stored, const Prediction& prediction) {
  std::string text = fmt::format(
      "{}: {} ({:.2f} %)\n ", prediction.file, class_name(stored.class_names, prediction.label),
      100 * prediction.probabilities[static_cast<std::size_t>(prediction.label)]);
  for (std::size_t c = 0; c < prediction.probabilities.size(); ++c) {
    text += fmt::format("{} {} {:.2f} %", c > 0 ? "," : "",
                        class_name(stored.class_names, static_cast<std::int64_t>(c)),
                        100 * prediction.probabilities[c]);
  }
  text += "\n  ";
  if (averages(stored)) {
    text += fmt::format("epistemic {:.4f}, ", prediction.epistemic);
  }
  return text + fmt::format("aleatoric {:.4f}, entropy {:.4f}\n", prediction.aleatoric,
                            prediction.entropy);
}

// The results of a command, picture by picture.
class Results {
 public:
  Results(const StoredModelOptions& options, const StoredModel& stored)
      : options_(options), stored_(stored) {}

  // A file or all pictures of a folder.
  void add(const std::filesystem::path& path) {
    std::error_code error;
    if (!std::filesystem::is_directory(path, error)) return add_picture(path);
    attempt(path, [&] {
      for (const std::filesystem::path& picture : data::pictures_below(path)) add_picture(picture);
    });
  }

  // Returns the exit status.
  int print() const {
    print_results(options_.json, text_, text_of(json_));
    return exit_status_;
  }

 private:
  void add_picture(const std::filesystem::path& path) {
    attempt(path, [&] {
      const Prediction prediction =
          predict_one(options_, stored_, path, read_picture(path, options_, stored_));
      json_.push_back(to_json(stored_, prediction));
      text_ += to_text(stored_, prediction);
    });
  }

  template <class F>
  void attempt(const std::filesystem::path& path, F f) {
    try {
      f();
    } catch (const FileError& error) {
      exit_status_ = 1;
      json_.push_back({{"file", path.string()}, {"error", error.what()}});
      write_stderr(fmt::format("credence-bench: {}\n", error.what()));
    }
  }

  const StoredModelOptions& options_;
  const StoredModel& stored_;
  Json json_ = Json::array();
  std::string text_;
  int exit_status_ = 0;
};

}  // namespace

int predict(const StoredModelOptions& options) {
  prepare(options.computing);
  require_writable(options.json);
  require_other_than(options.json, {options.checkpoint});
  require_other_than(options.json, options.pictures);
  const StoredModel stored = read_stored_model(options);
  if (takes_rows(stored)) {
    throw ValueError(
        fmt::format("[predict] {} takes the rows of a table, not pictures; evaluate "
                    "--dataset {} measures it on such",
                    stored.name, kTableFiles));
  }
  Results results(options, stored);
  for (const std::filesystem::path& path : options.pictures) results.add(path);
  return results.print();
}

}  // namespace credence::benchmarks
