// Passes with the kept weights, and their file.
#include "bayes/methods/kept_samples.hpp"

#include "bayes/methods/posterior_energy.hpp"
#include "bayes/methods/stored_method.hpp"
#include "framework/base/error.hpp"

#include <algorithm>
#include <cmath>
#include <map>
#include <utility>

namespace credence::bayes {
namespace {

constexpr const char* kPrefix = "samples.";
constexpr const char* kCount = "samples";
constexpr const char* kName = "name";

// The tensors of the parameters and buffers by their paths.
std::map<std::string, Tensor> members_of(nn::Module& model) {
  std::map<std::string, Tensor> members;
  for (const nn::NamedParameter& p : nn::parameters(model)) {
    members.emplace(p.name, p.parameter->value());
  }
  for (const nn::NamedBuffer& b : nn::buffers(model)) members.emplace(b.name, *b.buffer);
  return members;
}

// [K, …] for a member of the shape ….
bool has_room(const Tensor& samples, const Tensor& member, std::int64_t kept) {
  const Shape& shape = samples.shape();
  return samples.dtype() == member.dtype() && shape.rank() == member.shape().rank() + 1 &&
         shape[0] == kept && std::equal(shape.begin() + 1, shape.end(), member.shape().begin());
}

}  // namespace

KeptSamples::KeptSamples(std::shared_ptr<nn::Module> model, std::string name,
                         std::vector<NamedTensor> samples)
    : WeightSamples(std::move(model)), name_(std::move(name)) {
  const std::map<std::string, Tensor> members = members_of(this->model());
  if (!samples.empty() && samples.front().tensor.shape().rank() > 0) {
    kept_ = samples.front().tensor.shape()[0];
  }
  if (kept_ < 1) throw ValueError("[" + name_ + "] no sample of the weights was kept");
  for (NamedTensor& own : samples) {
    const auto found = members.find(own.name);
    if (found == members.end() || !has_room(own.tensor, found->second, kept_)) {
      throw ValueError("[" + name_ + "] samples " + own.tensor.shape().to_string() + " of \"" +
                       own.name + "\" do not fit the model's parameters and buffers");
    }
    members_.push_back({found->second, std::move(own)});
  }
  set_sample(kept_ - 1);
}

std::int64_t KeptSamples::passes(std::int64_t samples) const {
  return std::clamp<std::int64_t>(samples, 1, kept_);
}

void KeptSamples::require_finite(const char* operation) const {
  WeightSamples::require_finite(operation);
  for (const Member& member : members_) {
    // A sum of squares is finite only where all its terms are.
    const Tensor& samples = member.samples.tensor;
    if (!is_floating(samples.dtype()) || std::isfinite(square_sum(samples))) continue;
    throw ValueError("[" + std::string(operation) + "] a sample of \"" + member.samples.name +
                     "\" is not finite");
  }
}

void KeptSamples::save(MethodWriter& writer) const {
  writer.model(model());
  writer.text(kName, name_);
  writer.integer(kCount, kept_);
  for (const Member& member : members_) {
    writer.tensor(kPrefix + member.samples.name, member.samples.tensor);
  }
}

std::unique_ptr<Method> KeptSamples::read(const MethodReader& reader) {
  const std::shared_ptr<nn::Module> model = reader.model();
  std::vector<NamedTensor> samples;
  for (const auto& [name, own] : members_of(*model)) {
    const Tensor* const stored = reader.find(kPrefix + name);
    if (stored != nullptr) samples.push_back({name, *stored});
  }
  const std::int64_t kept = reader.integer(kCount);
  auto method = std::make_unique<KeptSamples>(model, reader.text(kName), std::move(samples));
  if (method->kept() == kept) return method;
  reader.fail("has other than the " + std::to_string(kept) + " samples that it names");
}

void KeptSamples::set_weights(std::int64_t pass, std::int64_t passes) {
  set_sample((pass + 1) * kept_ / passes - 1);
}

void KeptSamples::set_sample(std::int64_t number) const {
  for (const Member& member : members_) {
    member.own.copy_from(
        member.samples.tensor.slice(number, number + 1).reshape(member.own.shape()));
  }
}

}  // namespace credence::bayes
