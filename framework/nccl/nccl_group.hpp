// A group whose sums on CUDA devices are made by NCCL. The library is loaded when the first of them
// is made, so that programs start, and train on the CPU, on machines without it. This header needs
// neither NCCL nor CUDA; the function is in credence-mpi, whose group has it already.
#pragma once

#include "framework/group/group.hpp"

#include <chrono>
#include <memory>
#include <string>

namespace credence::nccl {

struct Options {
  std::string file = "libnccl.so.2";  ///< the library
  std::string folder{};               ///< where else than the loader looks; empty for CUDA's
  /// How long after a sum on the device a rank may make no call in which all ranks meet.
  std::chrono::duration<double> timeout = std::chrono::minutes(30);
};

/// The ranks of `host`, whose calls are made as before, with sum_on_device by NCCL: each rank has a
/// card of its own. At the first such sum, which all ranks make, each loads the library, rank 0
/// makes up the name of the communicator and `host` sends it to all. Where this fails on some rank,
/// because the library is not there or two ranks have one card, rank 0 says so on stderr and
/// sum_on_device returns false on all. A later failure throws Error. A sum that another rank never
/// joins keeps its stream waiting, and so whoever waits for the stream: after the timeout the rank
/// says "rank R of N: waited …" on stderr and ends its process with status 1, for which a launcher
/// ends the job. In a build without NCCL, and for a group of one, the result is `host`.
std::unique_ptr<Group> over(std::unique_ptr<Group> host, const Options& options = {});

}  // namespace credence::nccl
