// A checkpoint as a model: the one whose tensors the file has, among those that its metadata
// permit.
#include "zoo/stored_model.hpp"

#include "bayes/methods/stored_method.hpp"
#include "bayes/methods/trained_network.hpp"
#include "framework/base/error.hpp"
#include "zoo/stored_metadata.hpp"

#include <algorithm>
#include <set>
#include <utility>

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace credence::zoo {
namespace {

// Gives the tensors the model's names. A file with the name of the last layer has them already.
void use_key_map(Checkpoint& checkpoint, const io::KeyMap& given, const Architecture& model) {
  if (!given.rules().empty()) {
    checkpoint.rename(given);
    return;
  }
  const io::SafeTensors& file = checkpoint.file();
  if (!model.pytorch_names || file.find(model.last_layer + ".weight") != nullptr) return;
  const std::optional<PyTorchNames> found =
      model.pytorch_names(checkpoint.numbers<std::int64_t>("widths"), checkpoint.names());
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

void require_family(const StoredModelOptions& options, Family family,
                    const Checkpoint& checkpoint) {
  if (options.family.value_or(family) == family) return;
  checkpoint.fail(fmt::format("is of a {} model, not of a {} one", to_string(family),
                              to_string(*options.family)));
}

// The width of the first layer behind the flattened images. The layer before it is the one on whose
// width its inputs depend; where there is none, it is the model's first layer.
std::int64_t first_linear_outputs(const Architecture& model, ModelOptions options,
                                  std::int64_t inputs) {
  if (options.widths.empty()) options.widths = model.widths;
  for (std::size_t i = 0; i + 1 < options.widths.size(); ++i) {
    ModelOptions wider = options;
    ++wider.widths[i];
    if (model.first_linear_inputs(wider) != inputs) return options.widths[i + 1];
  }
  return options.widths.front();
}

// Throws where the first layer behind the flattened images has other inputs than they have, or
// other outputs than its width.
void require_image(const Checkpoint& checkpoint, const Architecture& model,
                   const ModelOptions& options) {
  if (model.first_linear.empty()) return;
  const std::string name = model.first_linear + ".weight";
  const Tensor* const weight = checkpoint.file().find(name);
  // Without it nothing would limit the memory that the images' size asks for.
  if (weight == nullptr || weight->shape().rank() != 2 || weight->numel() < 1) {
    checkpoint.fail("has no matrix \"" + name + "\", which " + model.name + " has");
  }
  std::int64_t inputs = 0;
  try {
    inputs = model.first_linear_inputs(options);
  } catch (const ValueError& error) {
    checkpoint.fail(error.what());
  }
  const std::int64_t outputs = first_linear_outputs(model, options, inputs);
  if (weight->shape()[0] != outputs) {
    checkpoint.fail(fmt::format("has a \"{}\" with {} rows; {} of these widths has {}", name,
                                weight->shape()[0], model.name, outputs));
  }
  if (weight->shape()[1] == inputs) return;
  checkpoint.fail(fmt::format("has a \"{}\" with {} columns; {} on images of shape {} has {}", name,
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

// The method that the file names; the model as it is where it names none, or the network itself.
std::unique_ptr<bayes::Method> method_of(const StoredModelOptions& options,
                                         const Checkpoint& checkpoint, const MadeModel& made,
                                         const Generator& generator, nn::Module& model) {
  // Does not own the model, which is stored beside it.
  auto network = std::make_unique<bayes::TrainedNetwork>(
      std::shared_ptr<nn::Module>(std::shared_ptr<void>(), &model), options.draw);
  const std::string method = checkpoint.text("method");
  if (method.empty() || method == network->name()) return network;
  if (options.draw != bayes::PassDraw::outputs) {
    throw ValueError("[read_stored_model] " + options.checkpoint.string() +
                     " predicts by the method \"" + method + "\", which draws in its own way");
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
  if (rows || !checkpoint.text("image").empty()) require_image(checkpoint, entry, model);
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
      .columns = checkpoint.parts("columns", '\n'),
      .class_names = std::move(class_names),
      .image = image,
      .normalize = normalization_of(checkpoint, image[0]),
      .norm = made.options.norm,
      .widths = made.options.widths,
      .metadata = checkpoint.file().metadata};
  checkpoint.load(*stored.model.module);
  nn::move_to(*stored.model.module, options.device);
  stored.method = method_of(options, checkpoint, made, generator, *stored.model.module);
  stored.training_seconds = checkpoint.number("training_seconds").value_or(0);
  return stored;
}

bool averages(const StoredModel& stored) { return stored.method->name() != "deterministic"; }

bool takes_rows(const StoredModel& stored) { return !stored.columns.empty(); }

std::string full_name(const StoredModel& stored) { return full_name(stored.family, stored.name); }

}  // namespace credence::zoo
