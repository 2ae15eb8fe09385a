// Methods that the ranks of a group make side by side: members of an ensemble, chains.
#pragma once

#include "bayes/methods/stored_method.hpp"
#include "framework/group/group.hpp"

#include <cstdint>
#include <memory>
#include <vector>

namespace credence::bayes {

/// Makes member i by train(i), which trains in this process alone, on the rank that has it (see
/// parts_of_rank), and gives all members to all ranks, as a file of each would be read. A member
/// that was made here is read too, so that all ranks hold the same. `make` gives a new model of the
/// members' architecture. DeepEnsemble takes the result: members may be networks (TrainedNetwork),
/// chains (SgMcmc::finish), or any method that method_readers() or `own` reads.
///   auto members = bayes::spread_members(group, 16, make, [&](std::int64_t member) {
///     const auto model = …;  // of seed `member`
///     train::fit(*model, source, options);
///     return std::make_unique<bayes::TrainedNetwork>(model);
///   });
std::vector<std::unique_ptr<Method>> spread_members(
    Group& group, std::int64_t members, const MakeModel& make,
    FunctionRef<std::unique_ptr<Method>(std::int64_t member)> train,
    const std::map<std::string, ReadMethod>& own = {});

}  // namespace credence::bayes
