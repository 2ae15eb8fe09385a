// The group of the processes that mpirun or srun has started. MPI is not linked: the library
// libcredence-mpi.so is loaded when a launcher has started the program as one of several, so that
// programs start, and run alone, on machines without MPI.
#pragma once

#include "framework/group/group.hpp"

#include <memory>

namespace credence::benchmarks {

/// Whether the environment is that of one of several processes of mpirun (Open MPI, MPICH) or of
/// srun. That of torchrun (RANK, WORLD_SIZE) is no such sign: MPI cannot find its processes by it.
bool launched_as_rank();

/// The group of the job, whose ranks wait for each other for at most `timeout` seconds (see
/// mpi::Options); nothing where the program was not launched as a rank. Ranks above 0 then write
/// nothing on stdout. The group lives as long as the result. Throws Error where the library, which
/// a build without MPI does not have, cannot be loaded.
std::unique_ptr<Group> join_job(double timeout);

}  // namespace credence::benchmarks
