// A checkpoint as a model: what its metadata and its list of tensors say of it.
#include "zoo/stored_model.hpp"

#include "bayes/methods/stored_method.hpp"
#include "bayes/methods/trained_network.hpp"
#include "framework/base/decimal.hpp"
#include "framework/base/error.hpp"
#include "framework/io/checkpoint.hpp"
#include "framework/io/nearest_names.hpp"
#include "zoo/variational_choice.hpp"

#include <algorithm>
#include <cmath>
#include <set>
#include <sstream>
#include <utility>

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace credence::zoo {
namespace {

// A file's tensors, and its metadata by key.
class Checkpoint {
 public:
  explicit Checkpoint(const std::filesystem::path& path)
      : path_(path.string()),
        whole_(io::load_safetensors(path)),
        stored_(bayes::first_network(whole_)),
        file_(stored_) {}

  // The tensors of the network, or of the first of several, under the model's names.
  const io::SafeTensors& file() const { return file_; }
  const io::SafeTensors& whole() const { return whole_; }
  void rename(const io::KeyMap& keys) {
    keys_ = keys;
    file_ = io::renamed(path_, stored_, keys);
  }
  void load(nn::Module& model) const {
    io::load_checkpoint(path_, stored_, model, {.rename = keys_, .cast = true});
  }
  [[noreturn]] void fail(const std::string& what) const { throw FileError(path_, what); }

  // Empty where there is none.
  std::string text(const std::string& key) const {
    const auto entry = file_.metadata.find(key);
    return entry == file_.metadata.end() ? std::string() : entry->second;
  }

  std::vector<std::string> parts(const std::string& key, char separator) const {
    std::vector<std::string> parts;
    std::istringstream stream(text(key));
    for (std::string part; std::getline(stream, part, separator);) parts.push_back(part);
    return parts;
  }

  // Nothing where there is none.
  std::optional<double> number(const std::string& key) const {
    const std::vector<double> list = numbers<double>(key);
    if (list.size() > 1)
      fail(fmt::format("\"{}\" of the metadata is no number: {}", key, text(key)));
    return list.empty() ? std::nullopt : std::optional(list.front());
  }

  template <class T>
  std::vector<T> numbers(const std::string& key) const {
    std::vector<T> numbers;
    for (const std::string& part : parts(key, ',')) {
      const std::optional<T> value = parse_decimal<T>(part);
      if (!value) {
        fail(fmt::format("\"{}\" of the metadata is no list of numbers: {}", key, text(key)));
      }
      numbers.push_back(*value);
    }
    return numbers;
  }

 private:
  std::string path_;
  io::SafeTensors whole_;
  io::SafeTensors stored_;  // the network's tensors under the file's names
  io::KeyMap keys_;
  io::SafeTensors file_;
};

// Gives the tensors the model's names. A file with the name of the last layer has them already.
void use_key_map(Checkpoint& checkpoint, const io::KeyMap& given, const Architecture& model) {
  if (!given.rules().empty()) {
    checkpoint.rename(given);
    return;
  }
  const io::SafeTensors& file = checkpoint.file();
  if (!model.pytorch_names || file.find(model.last_layer + ".weight") != nullptr) return;
  std::vector<std::string> names;
  for (const NamedTensor& tensor : file.tensors) names.push_back(tensor.name);
  const std::optional<PyTorchNames> found =
      model.pytorch_names(checkpoint.numbers<std::int64_t>("widths"), names);
  if (!found) return;
  if (!found->without.empty()) {
    checkpoint.fail("does not fit " + model.name + ": " + found->without);
  }
  checkpoint.rename(found->keys);
}

std::string model_name(const StoredModelOptions& options, const Checkpoint& checkpoint) {
  const std::string stored = checkpoint.text("model");
  if (stored.empty() && options.model.empty()) {
    throw ValueError("[checkpoint] " + options.checkpoint.string() +
                     " does not say which model it is of; its name has to be given (--model)");
  }
  if (stored.empty()) return options.model;
  std::vector<std::string> known;
  for (const Architecture& one : architectures()) known.push_back(one.name);
  if (std::find(known.begin(), known.end(), stored) == known.end()) {
    checkpoint.fail(
        fmt::format("is of the model {}, which is none of {}", stored, fmt::join(known, ", ")));
  }
  if (!options.model.empty() && options.model != stored) {
    checkpoint.fail(fmt::format("is of {}, not of {}", stored, options.model));
  }
  return stored;
}

// "family" and the normalisation of the metadata; nothing where they do not say.
std::optional<Family> stored_family(const Checkpoint& checkpoint) {
  const std::string name = checkpoint.text("family");
  if (name.empty()) return {};
  const std::optional<Family> family = family_named(name);
  if (!family) {
    checkpoint.fail("is of the family " + name + ", which is neither frequentist nor bayesian");
  }
  return family;
}

// "norm" names it. Files without that may have "batch_norm", true or false.
std::optional<Norm> stored_norm(const Checkpoint& checkpoint, const Architecture& model) {
  const std::string name = checkpoint.text("norm");
  if (name.empty()) {
    const std::string text = checkpoint.text("batch_norm");
    if (text != "true" && text != "false") return {};
    const Norm norm = text == "true" ? Norm::batch : Norm::none;
    return model.takes(norm) ? std::optional(norm) : std::nullopt;
  }
  const std::optional<Norm> norm = norm_named(name);
  if (!norm || !model.takes(*norm)) {
    checkpoint.fail("has the normalisation " + name + ", which " + model.name + " does not take");
  }
  return norm;
}

void require_family(const StoredModelOptions& options, Family family,
                    const Checkpoint& checkpoint) {
  if (options.family.value_or(family) == family) return;
  checkpoint.fail(fmt::format("is of a {} model, not of a {} one", to_string(family),
                              to_string(*options.family)));
}

// "widths" of the metadata. A file whose tensors have not these numbers of rows is damaged; so no
// memory is asked for that the file does not justify.
std::vector<std::int64_t> stored_widths(const Checkpoint& checkpoint) {
  const std::vector<std::int64_t> widths = checkpoint.numbers<std::int64_t>("widths");
  for (const std::int64_t width : widths) {
    const auto& tensors = checkpoint.file().tensors;
    if (std::any_of(tensors.begin(), tensors.end(), [&](const NamedTensor& named) {
          return named.tensor.shape().rank() > 0 && named.tensor.shape()[0] == width;
        })) {
      continue;
    }
    checkpoint.fail(
        fmt::format("has no tensor of width {}, which \"widths\" of the metadata names", width));
  }
  return widths;
}

// The probability of dropout: it leaves no tensors.
double stored_dropout(const Checkpoint& checkpoint) {
  const double stored = checkpoint.number("dropout").value_or(0);
  if (!(stored >= 0 && stored < 1)) {
    checkpoint.fail(fmt::format("has dropout {}, which is not in [0, 1)", stored));
  }
  return stored;
}

// The rows of the last layer's weight.
std::int64_t class_count(const Checkpoint& checkpoint, const std::string& model) {
  const std::string last = architecture_named(model).last_layer + ".weight";
  const Tensor* const weight = checkpoint.file().find(last);
  if (weight == nullptr || weight->shape().rank() != 2 || weight->shape()[0] < 1) {
    std::vector<std::string> names;
    for (const NamedTensor& tensor : checkpoint.file().tensors) names.push_back(tensor.name);
    const std::string nearest = io::nearest_names_text(last, names);
    checkpoint.fail(fmt::format("has no matrix \"{}\", which {} ends with{}", last, model,
                                nearest.empty() ? "" : "; its nearest names are " + nearest));
  }
  return weight->shape()[0];
}

// Of a model for the rows of a table: as many columns as its tensors have. Their scale is in the
// file's tensors.
std::optional<Scale> stored_rows(const Checkpoint& checkpoint, const std::string& model) {
  const Tensor* const mean = checkpoint.file().find("input_mean");
  if (mean == nullptr || mean->numel() < 1 || !architecture_named(model).takes_rows) return {};
  const auto columns = static_cast<std::size_t>(mean->numel());
  return Scale{std::vector<float>(columns, 0.0F), std::vector<float>(columns, 1.0F)};
}

std::optional<nn::Activation> stored_activation(const Checkpoint& checkpoint) {
  const std::string name = checkpoint.text("activation");
  if (name.empty()) return {};
  try {
    return nn::Activation::from_name(name);
  } catch (const ValueError& error) {
    checkpoint.fail(error.what());
  }
}

std::optional<data::Normalize> normalization_of(const Checkpoint& checkpoint,
                                                std::int64_t channels) {
  data::Normalize normalize{checkpoint.numbers<float>("mean"), checkpoint.numbers<float>("std")};
  if (normalize.mean.empty() && normalize.std.empty()) return {};
  try {
    // Made for its checks alone.
    data::SampleTransform({.normalize = normalize}, {channels, 1, 1});
  } catch (const ValueError& error) {
    checkpoint.fail(error.what());
  }
  return normalize;
}

// "image" of the metadata. The tensors justify the memory that images of this shape ask for.
Shape stored_image(const Checkpoint& checkpoint, const Architecture& model) {
  constexpr std::int64_t kMostPixels = 1 << 24;
  const std::vector<std::int64_t> extents = checkpoint.numbers<std::int64_t>("image");
  if (extents.empty()) return model.image;
  const auto within = [](std::int64_t extent) { return extent >= 1 && extent <= kMostPixels; };
  if (extents.size() != 3 || !std::all_of(extents.begin(), extents.end(), within) ||
      (extents[0] != 1 && extents[0] != 3) || extents[1] > kMostPixels / extents[2]) {
    checkpoint.fail("has images of the shape " + checkpoint.text("image") +
                    ", which is not C,H,W with 1 or 3 channels and at most 2^24 pixels");
  }
  return {extents[0], extents[1], extents[2]};
}

// Throws where the first layer behind the flattened images has other inputs than they have.
void require_image(const Checkpoint& checkpoint, const Architecture& model,
                   const ModelOptions& options) {
  if (model.first_linear.empty()) return;
  const Tensor* const weight = checkpoint.file().find(model.first_linear + ".weight");
  if (weight == nullptr || weight->shape().rank() != 2) return;  // which loading says
  std::int64_t inputs = 0;
  try {
    inputs = model.first_linear_inputs(options);
  } catch (const ValueError& error) {
    checkpoint.fail(error.what());
  }
  if (weight->shape()[1] == inputs) return;
  checkpoint.fail(fmt::format(
      "has a \"{}.weight\" with {} columns; {} on images of shape {} has {}", model.first_linear,
      weight->shape()[1], model.name, options.image->to_string(), inputs));
}

// How many tensors the file has that the model does not list, and the other way round. A tied one
// may be in the file under any of its paths.
std::size_t difference(const io::SafeTensors& file, nn::Module& model) {
  std::size_t missing = 0;
  std::set<std::string> known;
  const auto add = [&](const std::string& name, const std::vector<std::string>& others) {
    std::vector<std::string> paths = others;
    paths.push_back(name);
    known.insert(paths.begin(), paths.end());
    const auto stored = [&](const std::string& path) { return file.find(path) != nullptr; };
    if (std::none_of(paths.begin(), paths.end(), stored)) ++missing;
  };
  for (const nn::NamedParameter& p : nn::parameters(model)) add(p.name, p.other_names);
  for (const nn::NamedBuffer& b : nn::buffers(model)) add(b.name, b.other_names);
  const auto unknown = [&](const NamedTensor& tensor) { return !known.contains(tensor.name); };
  return missing +
         static_cast<std::size_t>(std::count_if(file.tensors.begin(), file.tensors.end(), unknown));
}

struct MadeModel {
  Family family;
  ModelOptions options;
  NamedModel model;
};

// The Bayesian models that the file may be of: the one that the metadata name; where they name no
// posterior, one with each parameter of the spread.
std::vector<VariationalChoice> stored_choices(const Checkpoint& checkpoint) {
  VariationalChoice choice{.largest_log_alpha = checkpoint.number("largest_log_alpha"),
                           .largest_deviation = checkpoint.number("largest_deviation"),
                           .prior = checkpoint.text("prior"),
                           .prior_deviation = checkpoint.number("prior_deviation"),
                           .estimator = checkpoint.text("estimator")};
  // Spreads come from the file; they only must not start above their caps.
  choice.log_alpha = choice.largest_log_alpha;
  if (choice.largest_deviation) choice.log_variance = 2 * std::log(*choice.largest_deviation);
  std::vector<VariationalChoice> choices;
  const std::string posterior = checkpoint.text("posterior");
  std::vector<std::string> names{posterior};
  if (posterior.empty()) names = {choice.posterior, "gaussian"};
  // Which the first of these has alone.
  if (posterior.empty() && choice.largest_log_alpha) names.pop_back();
  for (const std::string& name : names) {
    choice.posterior = name;
    try {
      variational_of(choice);
    } catch (const ValueError& error) {
      checkpoint.fail(error.what());
    }
    choices.push_back(choice);
  }
  return choices;
}

// What the metadata leave open, the lists of tensors decide: of all the models that the file may be
// of, the one whose tensors are the file's.
MadeModel make_fitting(const Checkpoint& checkpoint, ModelOptions options,
                       const Generator& generator) {
  const std::optional<Family> family = stored_family(checkpoint);
  const Architecture& architecture = architecture_named(options.name);
  const std::optional<Norm> stored = stored_norm(checkpoint, architecture);
  std::optional<MadeModel> best;
  std::size_t least = 0;
  const auto make = [&](Family candidate) {
    try {
      return make_model(options, candidate, generator);
    } catch (const ValueError& error) {
      if (options.widths.empty()) throw;
      checkpoint.fail(error.what());  // not as many widths as the model has
    }
  };
  const auto attempt = [&](Family candidate) {
    if (best && least == 0) return;
    NamedModel model = make(candidate);
    const std::size_t found = difference(checkpoint.file(), *model.module);
    if (best && found >= least) return;
    best = MadeModel{candidate, options, std::move(model)};
    least = found;
  };
  for (const Norm norm : stored ? std::vector<Norm>{*stored} : architecture.norms) {
    options.norm = norm;
    if (family.value_or(Family::frequentist) == Family::frequentist) attempt(Family::frequentist);
    if (family.value_or(Family::bayesian) == Family::frequentist) continue;
    for (const VariationalChoice& choice : stored_choices(checkpoint)) {
      options.variational = variational_of(choice);
      attempt(Family::bayesian);
    }
  }
  return std::move(*best);
}

// The method that the file names; else the model as it is.
std::unique_ptr<bayes::Method> method_of(const StoredModelOptions& options,
                                         const Checkpoint& checkpoint, const MadeModel& made,
                                         const Generator& generator, nn::Module& model) {
  if (checkpoint.text("method").empty()) {
    // Does not own the model, which is stored beside it.
    return std::make_unique<bayes::TrainedNetwork>(
        std::shared_ptr<nn::Module>(std::shared_ptr<void>(), &model));
  }
  const auto make = [&] {
    NamedModel another = make_model(made.options, made.family, generator);
    nn::move_to(*another.module, options.device);
    return std::move(another.module);
  };
  return bayes::load_method(options.checkpoint, checkpoint.whole(), make);
}

}  // namespace

StoredImages stored_images(const std::filesystem::path& file, const std::string& model) {
  const Checkpoint checkpoint(file);
  const Shape image = stored_image(checkpoint, architecture_named(model));
  return {image, normalization_of(checkpoint, image[0])};
}

StoredModel read_stored_model(const StoredModelOptions& options) {
  Checkpoint checkpoint(options.checkpoint);
  const std::string name = model_name(options, checkpoint);
  use_key_map(checkpoint, options.key_map, architecture_named(name));
  if (const auto family = stored_family(checkpoint)) require_family(options, *family, checkpoint);
  const std::int64_t classes = class_count(checkpoint, name);
  const Architecture& entry = architecture_named(name);
  const std::optional<Scale> rows = stored_rows(checkpoint, name);
  const Shape image = rows ? Shape{1, 1, static_cast<std::int64_t>(rows->mean.size())}
                           : stored_image(checkpoint, entry);
  const std::vector<std::uint64_t> seeds = checkpoint.numbers<std::uint64_t>("seed");
  const std::uint64_t seed = seeds.empty() ? 1 : seeds.front();
  const std::vector<std::int64_t> validation = checkpoint.numbers<std::int64_t>("validation");
  const std::vector<std::int64_t> held_out = checkpoint.numbers<std::int64_t>("held_out");
  std::vector<std::string> class_names = checkpoint.parts("class_names", '\n');
  if (static_cast<std::int64_t>(class_names.size()) != classes) class_names.clear();
  // As a run makes it, so that posterior samples are those of its report.
  const Generator generator = Generator(options.seed.value_or(seed)).split("model");
  const ModelOptions model{
      .name = name,
      .classes = classes,
      .activation = options.activation ? options.activation : stored_activation(checkpoint),
      .dropout = stored_dropout(checkpoint),
      .widths = stored_widths(checkpoint),
      .rows = rows,
      .image = image};
  if (!checkpoint.text("image").empty()) require_image(checkpoint, entry, model);
  MadeModel made = make_fitting(checkpoint, model, generator);
  require_family(options, made.family, checkpoint);
  StoredModel stored{
      .model = std::move(made.model),
      .name = name,
      .family = made.family,
      .dataset = checkpoint.text("dataset"),
      .seed = seed,
      .validation = validation.empty() ? std::nullopt : std::optional(validation.front()),
      .held_out = held_out.empty() ? 0 : held_out.front(),
      .classes = classes,
      .class_names = std::move(class_names),
      .image = image,
      .normalize = normalization_of(checkpoint, image[0]),
      .norm = made.options.norm,
      .widths = stored_widths(checkpoint),
      .metadata = checkpoint.file().metadata};
  checkpoint.load(*stored.model.module);
  nn::move_to(*stored.model.module, options.device);
  stored.method = method_of(options, checkpoint, made, generator, *stored.model.module);
  stored.training_seconds = checkpoint.number("training_seconds").value_or(0);
  return stored;
}

bool averages(const StoredModel& stored) { return stored.method->name() != "deterministic"; }

bool takes_rows(const StoredModel& stored) { return stored.metadata.contains("columns"); }

std::string full_name(const StoredModel& stored) { return full_name(stored.family, stored.name); }

}  // namespace credence::zoo
