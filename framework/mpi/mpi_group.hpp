// The group of the processes that mpirun or srun has started. Programs that are to have it link
// credence-mpi, the only library of Credence that needs MPI.
#pragma once

#include "framework/group/group.hpp"

#include <chrono>
#include <memory>

namespace credence::mpi {

/// Whether a launcher has started this process as one of an MPI job: mpirun of Open MPI or MPICH,
/// or srun with PMIx or PMI. A process that was not need not start MPI. The environment of
/// torchrun (RANK, WORLD_SIZE) is no such sign: MPI cannot find its processes by it.
bool launched();

/// The number of this process in its job, as the launcher's environment has it; 0 without one. It
/// is known before MPI is started.
int launched_rank();

struct Options {
  /// How long a rank waits for the others in one call before it ends the job. It is longer than the
  /// slowest rank takes between two calls, such as for an evaluation.
  std::chrono::duration<double> timeout = std::chrono::minutes(30);
};

/// Starts MPI and returns the group of all processes of the job. Its destructor ends MPI, so that
/// a process can make one group. Calls come from the thread that made it. Rank 0 and others print
/// "rank R of N: cause" on stderr before fail() or a timeout ends the job with status 1; the
/// message of a timeout names the ranks that do not answer. Throws Error where MPI cannot be
/// started, or was ended.
std::unique_ptr<Group> start(const Options& options = {});

}  // namespace credence::mpi
