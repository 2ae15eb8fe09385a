// Copying of weights by name, with all checks first, loading them, and freezing of means.
#include "bayes/convert.hpp"

#include "bayes/walk.hpp"
#include "framework/base/error.hpp"

#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace credence::bayes {
namespace {

using Tensors = std::map<std::string, Tensor>;

// The paths of the parameters that are spreads of distributions.
std::set<std::string> spreads_of(nn::Module& model) {
  std::set<std::string> paths;
  for (const nn::NamedParameter& p : nn::parameters(model)) {
    if (p.role != nn::Role::spread) continue;
    paths.insert(p.name);
    paths.insert(p.other_names.begin(), p.other_names.end());
  }
  return paths;
}

// The path of the part that a member belongs to.
std::string owner_of(const std::string& member) {
  const std::size_t dot = member.rfind('.');
  return dot == std::string::npos ? "" : member.substr(0, dot);
}

// The paths of the buffers that Bayesian layers list themselves, such as a prior's mean.
std::set<std::string> buffers_of_layers(nn::Module& model) {
  std::set<std::string> layers;
  for (const NamedLayer& named : bayesian_layers(model)) layers.insert(named.name);
  std::set<std::string> paths;
  for (const nn::NamedBuffer& b : nn::buffers(model)) {
    if (layers.contains(owner_of(b.name))) paths.insert(b.name);
  }
  return paths;
}

void add(Tensors& tensors, const std::string& name, const std::vector<std::string>& other_names,
         const Tensor& tensor) {
  tensors.emplace(name, tensor);
  for (const std::string& other : other_names) tensors.emplace(other, tensor);
}

// The parameters by all their paths: a tied one has several.
Tensors parameters_of(nn::Module& module) {
  Tensors tensors;
  for (const nn::NamedParameter& p : nn::parameters(module)) {
    add(tensors, p.name, p.other_names, p.parameter->value());
  }
  return tensors;
}

Tensors buffers_of(nn::Module& module) {
  Tensors tensors;
  for (const nn::NamedBuffer& b : nn::buffers(module)) {
    add(tensors, b.name, b.other_names, *b.buffer);
  }
  return tensors;
}

bool same_elements(const Tensor& a, const Tensor& b) {
  return a.numel() == 0 || a.raw_data() == b.raw_data();
}

std::string describe(const Tensor& tensor) {
  return tensor.shape().to_string() + ' ' + to_string(tensor.dtype());
}

// What is in `own` need not be in `from`.
void check_fits(const char* function, const char* kind, const Tensors& from, const Tensors& to,
                const std::set<std::string>& own) {
  const std::string op = std::string("[") + function + "] the " + kind + " \"";
  for (const auto& [name, tensor] : from) {
    const auto found = to.find(name);
    if (found == to.end()) {
      throw ValueError(op + name + "\", " + describe(tensor) +
                       ", does not exist in the model that is copied to");
    }
    if (found->second.shape() != tensor.shape() || found->second.dtype() != tensor.dtype()) {
      throw ShapeError(op + name + "\" is " + describe(tensor) +
                       ", but in the model that is copied to " + describe(found->second));
    }
    for (const auto& [other, other_tensor] : from) {
      const auto target = to.find(other);
      const bool tied = target != to.end() && same_elements(found->second, target->second);
      if (tied && !same_elements(tensor, other_tensor)) {
        throw ValueError(op + name + "\" is tied to \"" + other +
                         "\" in the model that is copied to, but not in the other one");
      }
    }
  }
  for (const auto& [name, tensor] : to) {
    if (!from.contains(name) && !own.contains(name)) {
      throw ValueError(op + name + "\", " + describe(tensor) +
                       ", does not exist in the model that is copied from");
    }
  }
}

void copy(const Tensors& from, const Tensors& to) {
  for (const auto& [name, tensor] : from) to.at(name).copy_from(tensor);
}

void set_means_trained(nn::Module& model, bool trained) {
  for (const nn::NamedParameter& p : nn::parameters(model)) {
    if (p.role != nn::Role::spread) p.parameter->set_requires_grad(trained);
  }
}

}  // namespace

void copy_weights(nn::Module& from, nn::Module& to) {
  const Tensors from_parameters = parameters_of(from);
  const Tensors to_parameters = parameters_of(to);
  const Tensors from_buffers = buffers_of(from);
  const Tensors to_buffers = buffers_of(to);
  check_fits("copy_weights", "parameter", from_parameters, to_parameters, spreads_of(to));
  check_fits("copy_weights", "buffer", from_buffers, to_buffers, buffers_of_layers(to));
  copy(from_parameters, to_parameters);
  copy(from_buffers, to_buffers);
  for (const NamedLayer& named : bayesian_layers(to)) named.layer->centre_prior();
}

void copy_means(nn::Module& from, nn::Module& to) {
  Tensors from_parameters = parameters_of(from);
  Tensors from_buffers = buffers_of(from);
  for (const std::string& spread : spreads_of(from)) from_parameters.erase(spread);
  for (const std::string& buffer : buffers_of_layers(from)) from_buffers.erase(buffer);
  const Tensors to_parameters = parameters_of(to);
  const Tensors to_buffers = buffers_of(to);
  check_fits("copy_means", "parameter", from_parameters, to_parameters, {});
  check_fits("copy_means", "buffer", from_buffers, to_buffers, {});
  copy(from_parameters, to_parameters);
  copy(from_buffers, to_buffers);
}

void moped(nn::Module& from, nn::Module& to, double ratio) {
  if (!(ratio > 0)) {
    throw ValueError("[moped] the deviation's ratio to the weight must be positive, not " +
                     std::to_string(ratio));
  }
  copy_weights(from, to);
  for (const NamedLayer& named : bayesian_layers(to)) named.layer->set_relative_deviation(ratio);
}

io::LoadReport load_weights(const std::filesystem::path& path, nn::Module& model,
                            io::LoadOptions options) {
  return load_weights(path, io::load_safetensors(path), model, std::move(options));
}

io::LoadReport load_weights(const std::filesystem::path& path, const io::SafeTensors& file,
                            nn::Module& model, io::LoadOptions options) {
  const std::set<std::string> buffers = buffers_of_layers(model);
  std::set<std::string> own = spreads_of(model);
  own.insert(buffers.begin(), buffers.end());
  options.optional.insert(own.begin(), own.end());
  io::LoadReport report = io::load_checkpoint(path, file, model, options);
  std::set<std::string> centred_anew;
  for (const std::string& name : report.missing) {
    if (buffers.contains(name)) centred_anew.insert(owner_of(name));
  }
  for (const NamedLayer& named : bayesian_layers(model)) {
    if (centred_anew.contains(named.name)) named.layer->centre_prior();
  }
  std::erase_if(report.missing, [&](const std::string& name) { return own.contains(name); });
  return report;
}

void freeze_means(nn::Module& model) { set_means_trained(model, false); }
void unfreeze_means(nn::Module& model) { set_means_trained(model, true); }

}  // namespace credence::bayes
