// Files of methods: writing them, and reading their parts.
#include "bayes/methods/stored_method.hpp"

#include "bayes/methods/deep_ensemble.hpp"
#include "bayes/methods/method_keys.hpp"
#include "bayes/methods/trained_network.hpp"
#include "framework/base/decimal.hpp"
#include "framework/base/error.hpp"
#include "framework/io/checkpoint.hpp"

#include <utility>

namespace credence::bayes {
namespace {

// The tensors of the model in the part of the file with this prefix.
io::SafeTensors network_of(const io::SafeTensors& file, const std::string& prefix) {
  io::SafeTensors own{.tensors = {}, .metadata = file.metadata};
  for (const NamedTensor& stored : file.tensors) {
    if (!stored.name.starts_with(prefix) || stored.name.starts_with(key_of(prefix, {}))) continue;
    own.tensors.push_back({stored.name.substr(prefix.size()), stored.tensor});
  }
  return own;
}

}  // namespace

MethodReader::MethodReader(std::filesystem::path path, const io::SafeTensors& file, MakeModel make,
                           std::map<std::string, ReadMethod> methods, std::string prefix)
    : path_(std::move(path)),
      file_(file),
      make_(std::move(make)),
      methods_(std::move(methods)),
      prefix_(std::move(prefix)) {}

std::shared_ptr<nn::Module> MethodReader::model() const {
  std::shared_ptr<nn::Module> model = make_();
  io::load_checkpoint(path_, network_of(file_, prefix_), *model);
  return model;
}

const Tensor* MethodReader::find(const std::string& name) const {
  return file_.find(key_of(prefix_, name));
}

const Tensor& MethodReader::tensor(const std::string& name) const {
  const Tensor* const found = find(name);
  if (found == nullptr) fail("has no tensor \"" + key_of(prefix_, name) + '"');
  return *found;
}

std::string MethodReader::text(const std::string& name) const {
  const auto found = file_.metadata.find(key_of(prefix_, name));
  if (found == file_.metadata.end()) fail("has no metadata \"" + key_of(prefix_, name) + '"');
  return found->second;
}

double MethodReader::number(const std::string& name) const {
  const std::optional<double> value = parse_decimal<double>(text(name));
  if (!value) fail('"' + key_of(prefix_, name) + "\" is no number: " + text(name));
  return *value;
}

std::int64_t MethodReader::integer(const std::string& name) const {
  const std::optional<std::int64_t> value = parse_decimal<std::int64_t>(text(name));
  if (!value) fail('"' + key_of(prefix_, name) + "\" is no whole number: " + text(name));
  return *value;
}

// Here, so that a program that reads no file is without what reads them.
std::unique_ptr<Method> TrainedNetwork::read(const MethodReader& reader) {
  return std::make_unique<TrainedNetwork>(reader.model());
}

Generator MethodReader::generator() const {
  return Generator(static_cast<std::uint64_t>(integer(kKey)));
}

std::unique_ptr<Method> MethodReader::part(const std::string& name) const {
  const std::string prefix = part_prefix(prefix_, name);
  const auto stored = file_.metadata.find(prefix + kMethod);
  const MethodReader reader(path_, file_, make_, methods_, prefix);
  if (stored == file_.metadata.end()) return TrainedNetwork::read(reader);
  const auto found = methods_.find(stored->second);
  if (found == methods_.end()) fail("is of the method " + stored->second + ", which is not known");
  // What a constructor refuses is a fault of the file, or of the model that was made for it.
  try {
    return found->second(reader);
  } catch (const ValueError& error) {
    reader.fail(error.what());
  } catch (const ShapeError& error) {
    reader.fail(error.what());
  }
}

void MethodReader::fail(const std::string& what) const { throw FileError(path_.string(), what); }

void save_method(const std::filesystem::path& path, const Method& method,
                 const std::map<std::string, std::string>& metadata) {
  io::SafeTensors file{.tensors = {}, .metadata = metadata};
  MethodWriter(file).part({}, method);
  io::save_safetensors(path, file.tensors, file.metadata);
}

io::SafeTensors first_network(const io::SafeTensors& file) {
  std::string prefix;
  // An ensemble has no model of its own.
  while (file.metadata.contains(key_of(prefix, "members"))) {
    prefix = part_prefix(prefix, DeepEnsemble::part_name(0));
  }
  return network_of(file, prefix);
}

}  // namespace credence::bayes
