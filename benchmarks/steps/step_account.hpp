// What a training step on a CUDA device consists of: the kernels and library calls of one recorded
// step, what they move and compute, and the time below which a card cannot be.
#pragma once

#include "framework/device/account.hpp"
#include "framework/train/objective.hpp"

#include <cstdint>
#include <vector>

namespace credence::benchmarks {

/// What a card moves and computes in a second at most. The defaults are those of an H200's data
/// sheet, those of tensor cores for dense factors.
struct Card {
  double terabytes = 4.8;  ///< to and from its memory
  double fp32 = 67;        ///< teraflops
  double tf32 = 494;
  double bf16 = 989;
  double fp64 = 34;
};

/// The calls of one training step of a model on a CUDA device, in order, as a graph records them.
/// With `runs_before` a step runs first, in which libraries choose their algorithms; without it
/// nothing is computed.
std::vector<device::Call> recorded_calls(nn::Module& model, const train::Objective& objective,
                                         const train::Batch& batch, bool runs_before);

/// The least time of a call on the card, in seconds: that for its bytes or that for its flops.
double least_seconds(const device::Call& call, const Card& card);

/// Calls of one kernel, or of one function of a library with one kind of numbers.
struct AccountRow {
  device::Call call;  ///< with the work of all
  std::int64_t launches = 0;
  double seconds = 0;       ///< the least time of all
  double flop_seconds = 0;  ///< the part of those calls that flops bound
};

/// The rows of these calls, those that take the most time first.
std::vector<AccountRow> account_of(const std::vector<device::Call>& calls, const Card& card);

/// The sum of all rows, without a name.
AccountRow total_of(const std::vector<AccountRow>& rows);

}  // namespace credence::benchmarks
