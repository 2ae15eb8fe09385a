// The group of the processes that mpirun or srun has started. Programs that are to have it link
// credence-mpi, the only library of Credence that needs MPI; this header needs none.
#pragma once

#include "framework/group/group.hpp"

#include <chrono>
#include <memory>

namespace credence::mpi {

struct Options {
  /// How long a rank waits for the others in one call before it ends the job. It is longer than the
  /// slowest rank takes between two calls, such as for an evaluation.
  std::chrono::duration<double> timeout = std::chrono::minutes(30);
};

/// Starts MPI and returns the group of all processes of the job. Its destructor ends MPI, so that a
/// process can make one group. A rank that sees several cards is left with one of them, by its
/// number on the machine: start() sets CUDA_VISIBLE_DEVICES, and so comes before the first use of a
/// device. Sums on the cards are made by NCCL where it is there (framework/nccl). Calls come from
/// the thread that made it. A rank prints "rank R of N: cause" on stderr before fail() or a timeout
/// ends the job with status 1; the message of a timeout names the ranks that do not answer. Throws
/// Error where MPI cannot be started, or was ended.
std::unique_ptr<Group> start(const Options& options = {});

/// The same for a program that loads the library at run time: null, with the reason in `error`,
/// where start() throws. The caller deletes the group.
extern "C" Group* credence_mpi_start(double timeout_seconds, char* error, std::size_t size);

}  // namespace credence::mpi
