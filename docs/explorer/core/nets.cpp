// The nets of the explorer and their weights.
#include "docs/explorer/core/nets.hpp"

#include "bayes/posterior/gaussian.hpp"
#include "bayes/prior/normal.hpp"
#include "framework/io/checkpoint.hpp"

namespace credence::explorer {
namespace {

// The tensors whose names begin with the prefix, without it.
io::SafeTensors part(const io::SafeTensors& file, const std::string& prefix) {
  io::SafeTensors result;
  for (const NamedTensor& tensor : file.tensors) {
    if (!tensor.name.starts_with(prefix)) continue;
    result.tensors.push_back({tensor.name.substr(prefix.size()), tensor.tensor});
  }
  return result;
}

}  // namespace

std::shared_ptr<OrdinaryNet> ordinary_net(const Generator& generator) {
  return std::make_shared<OrdinaryNet>(net_size(), generator);
}

std::shared_ptr<BayesianNet> bayesian_net(const Generator& generator) {
  return std::make_shared<BayesianNet>(net_size(), generator,
                                       zoo::Bayesian{.activation = nn::Activation::relu(),
                                                     .posterior = bayes::Gaussian{-8},
                                                     .prior = bayes::Normal{.deviation = 0.3}});
}

std::string member_prefix(std::size_t member) { return "member" + std::to_string(member) + "."; }

Nets load_nets(const std::filesystem::path& path, const io::SafeTensors& file) {
  const Generator seed(1);
  Nets nets;
  for (std::size_t i = 0; i < kMembers; ++i) {
    nets.members[i] = ordinary_net(seed);
    io::load_checkpoint(path, part(file, member_prefix(i)), *nets.members[i]);
  }
  nets.bayesian = bayesian_net(seed);
  io::load_checkpoint(path, part(file, kBayesianPrefix), *nets.bayesian);
  return nets;
}

}  // namespace credence::explorer
