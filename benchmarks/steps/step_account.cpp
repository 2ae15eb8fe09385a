// The account of a recorded training step.
#include "benchmarks/steps/step_account.hpp"

#include "benchmarks/steps/step_timing.hpp"
#include "framework/core/device_graph.hpp"

#include <algorithm>

namespace credence::benchmarks {
namespace {

double flops_per_second(device::Arithmetic arithmetic, const Card& card) {
  switch (arithmetic) {
    case device::Arithmetic::tf32:
      return 1e12 * card.tf32;
    case device::Arithmetic::bf16:
      return 1e12 * card.bf16;
    case device::Arithmetic::fp64:
      return 1e12 * card.fp64;
    case device::Arithmetic::fp32:
      break;
  }
  return 1e12 * card.fp32;
}

double seconds_of_bytes(const device::Work& work, const Card& card) {
  return static_cast<double>(work.read_bytes + work.written_bytes) / (1e12 * card.terabytes);
}

double seconds_of_flops(const device::Call& call, const Card& card) {
  return static_cast<double>(call.work.flops) / flops_per_second(call.arithmetic, card);
}

bool same_row(const device::Call& a, const device::Call& b) {
  return a.name == b.name && a.source == b.source && a.arithmetic == b.arithmetic;
}

}  // namespace

std::vector<device::Call> recorded_calls(nn::Module& model, const train::Objective& objective,
                                         const train::Batch& batch, bool runs_before) {
  TrainingStep step(model, objective);
  TrainingStep::Parts parts;
  if (runs_before) {
    step.begin();
    step.work(batch, parts);
  }
  step.begin();
  std::vector<device::Call> calls;
  DeviceGraph::record([&] {
    const device::Account account([&](const device::Call& call) { calls.push_back(call); });
    step.work(batch, parts);
  });
  return calls;
}

double least_seconds(const device::Call& call, const Card& card) {
  return std::max(seconds_of_bytes(call.work, card), seconds_of_flops(call, card));
}

std::vector<AccountRow> account_of(const std::vector<device::Call>& calls, const Card& card) {
  std::vector<AccountRow> rows;
  for (const device::Call& call : calls) {
    auto row = std::find_if(rows.begin(), rows.end(),
                            [&](const AccountRow& known) { return same_row(known.call, call); });
    if (row == rows.end()) {
      rows.push_back({.call = call});
      row = rows.end() - 1;
      row->call.work = {};
    }
    const double seconds = least_seconds(call, card);
    row->call.work = row->call.work + call.work;
    row->launches += 1;
    row->seconds += seconds;
    if (seconds_of_flops(call, card) > seconds_of_bytes(call.work, card)) {
      row->flop_seconds += seconds;
    }
  }
  std::stable_sort(rows.begin(), rows.end(),
                   [](const AccountRow& a, const AccountRow& b) { return a.seconds > b.seconds; });
  return rows;
}

AccountRow total_of(const std::vector<AccountRow>& rows) {
  AccountRow total;
  for (const AccountRow& row : rows) {
    total.call.work = total.call.work + row.call.work;
    total.launches += row.launches;
    total.seconds += row.seconds;
    total.flop_seconds += row.flop_seconds;
  }
  return total;
}

}  // namespace credence::benchmarks
