// The ladders: for each of some kernels the steps from its definition to the framework's own, in
// order (ladder.hpp has those of the CPU, cuda_ladder.hpp those of a CUDA device).
#pragma once

#include "benchmarks/kernels/case_families.hpp"

#include <string>
#include <vector>

namespace credence::benchmarks {

/// "product", "convolution", "winograd", "moments", "noise", "softplus", "reduction", "softmax".
std::vector<std::string> ladder_names();

/// The steps of a ladder as cases, from the definition to the framework's kernel, on each of these
/// problems, or where there is none on a problem of the ladder's own. Throws ValueError for an
/// unknown name, for a problem of another kind, and for one that the steps do not compute.
std::vector<Case> ladder_cases(const std::string& name, const std::vector<Problem>& problems,
                               Device device);

/// The framework's CPU kernels on the same problems, for comparison, and what else the ladder has
/// on the CPU.
std::vector<Case> ladder_references(const std::string& name, const std::vector<Problem>& problems,
                                    Device device);

/// What a user has to know who asks for a ladder on this device; empty where there is nothing.
std::string ladder_remark(const std::string& name, Device device);

}  // namespace credence::benchmarks
