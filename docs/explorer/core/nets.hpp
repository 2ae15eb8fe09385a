// The three answers that the explorer compares: one LeNet5, a Bayesian one, and an ensemble.
#pragma once

#include "framework/io/safetensors.hpp"
#include "zoo/lenet5.hpp"

#include <array>
#include <filesystem>
#include <memory>

namespace credence::explorer {

/// LeNet5 with two convolutions and two fully connected layers: 25,010 parameters.
inline zoo::LeNet5Options net_size() { return {.widths = {6, 16, 84}}; }

using OrdinaryNet = zoo::LeNet5<zoo::Frequentist>;
using BayesianNet = zoo::LeNet5<zoo::Bayesian>;

std::shared_ptr<OrdinaryNet> ordinary_net(const Generator& generator);
/// With a normal posterior and the prior N(0, 0.3²).
std::shared_ptr<BayesianNet> bayesian_net(const Generator& generator);

/// The members of the ensemble. The first is the ordinary net itself.
inline constexpr std::size_t kMembers = 5;

/// The trained nets. They have the same layers.
struct Nets {
  std::array<std::shared_ptr<OrdinaryNet>, kMembers> members;
  std::shared_ptr<BayesianNet> bayesian;

  OrdinaryNet& ordinary() const { return *members[0]; }
};

/// The prefixes of the tensors in the file of the weights.
std::string member_prefix(std::size_t member);
inline constexpr const char* kBayesianPrefix = "bayesian.";

/// Nets with the weights of a file that explorer-train has written. Throws FileError where it is
/// none.
Nets load_nets(const std::filesystem::path& path, const io::SafeTensors& file);

}  // namespace credence::explorer
