// Writing methods to safetensors files and reading them.
#include "bayes/methods/stored_method.hpp"

#include "bayes/methods/deep_ensemble.hpp"
#include "bayes/methods/ivon.hpp"
#include "bayes/methods/kept_samples.hpp"
#include "bayes/methods/laplace.hpp"
#include "bayes/methods/mc_dropout.hpp"
#include "bayes/methods/swag.hpp"
#include "bayes/methods/trained_network.hpp"
#include "framework/base/decimal.hpp"
#include "framework/base/error.hpp"
#include "framework/io/checkpoint.hpp"

#include <array>
#include <cstdio>
#include <utility>

namespace credence::bayes {
namespace {

constexpr const char* kMethod = "method";

std::string key_of(const std::string& prefix, const std::string& name) {
  return prefix + kMethod + '.' + name;
}

std::string part_prefix(const std::string& prefix, const std::string& name) {
  return name.empty() ? prefix : prefix + name + '.';
}

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

MethodWriter::MethodWriter(io::SafeTensors& file, std::string prefix)
    : file_(file), prefix_(std::move(prefix)) {}

void MethodWriter::model(nn::Module& model) {
  for (const nn::NamedParameter& p : nn::parameters(model)) {
    file_.tensors.push_back({prefix_ + p.name, p.parameter->value()});
  }
  for (const nn::NamedBuffer& b : nn::buffers(model)) {
    file_.tensors.push_back({prefix_ + b.name, *b.buffer});
  }
}

void MethodWriter::tensor(const std::string& name, const Tensor& tensor) {
  file_.tensors.push_back({key_of(prefix_, name), tensor});
}

void MethodWriter::text(const std::string& name, const std::string& value) {
  file_.metadata[key_of(prefix_, name)] = value;
}

void MethodWriter::number(const std::string& name, double value) {
  std::array<char, 40> digits{};
  std::snprintf(digits.data(), digits.size(), "%.17g", value);
  text(name, digits.data());
}

void MethodWriter::part(const std::string& name, const Method& method) {
  const std::string prefix = part_prefix(prefix_, name);
  file_.metadata[prefix + kMethod] = method.name();
  MethodWriter writer(file_, prefix);
  method.save(writer);
}

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

std::unique_ptr<Method> MethodReader::part(const std::string& name) const {
  const std::string prefix = part_prefix(prefix_, name);
  const auto stored = file_.metadata.find(prefix + kMethod);
  const MethodReader reader(path_, file_, make_, methods_, prefix);
  if (stored == file_.metadata.end()) return TrainedNetwork::read(reader);
  const auto found = methods_.find(stored->second);
  if (found == methods_.end()) fail("is of the method " + stored->second + ", which is not known");
  return found->second(reader);
}

void MethodReader::fail(const std::string& what) const { throw FileError(path_.string(), what); }

const std::map<std::string, ReadMethod>& method_readers() {
  static const std::map<std::string, ReadMethod> readers{
      {"csghmc", KeptSamples::read},
      {"csgld", KeptSamples::read},
      {"deterministic", TrainedNetwork::read},
      {"ensemble", DeepEnsemble::read},
      {"laplace", Laplace::read},
      {"hmc", KeptSamples::read},
      {"mc-dropout", McDropout::read},
      {"sghmc", KeptSamples::read},
      {"sgld", KeptSamples::read},
      {"ivon", Ivon::read},
      {"swag", Swag::read},
      {"variational", TrainedNetwork::read},
  };
  return readers;
}

void save_method(const std::filesystem::path& path, const Method& method,
                 const std::map<std::string, std::string>& metadata) {
  io::SafeTensors file{.tensors = {}, .metadata = metadata};
  MethodWriter(file).part({}, method);
  io::save_safetensors(path, file.tensors, file.metadata);
}

std::unique_ptr<Method> load_method(const std::filesystem::path& path, const MakeModel& make,
                                    const std::map<std::string, ReadMethod>& own) {
  return load_method(path, io::load_safetensors(path), make, own);
}

std::unique_ptr<Method> load_method(const std::filesystem::path& path, const io::SafeTensors& file,
                                    const MakeModel& make,
                                    const std::map<std::string, ReadMethod>& own) {
  std::map<std::string, ReadMethod> methods = own;
  methods.insert(method_readers().begin(), method_readers().end());
  return MethodReader(path, file, make, std::move(methods)).part({});
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
