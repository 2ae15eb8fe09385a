// Finds and loads libcredence-mpi.so: beside the program's folder in a build, in the library folder
// of an installation, or where the system looks for libraries.
#include "benchmarks/common/rank_group.hpp"

#include "framework/base/error.hpp"

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <initializer_list>
#include <string>
#include <system_error>

#include <dlfcn.h>

namespace credence::benchmarks {
namespace {

// framework/mpi/mpi_group.cpp defines it.
using Start = Group* (*)(double timeout, char* error, std::size_t size);

const char* first_set(std::initializer_list<const char*> names) {
  for (const char* name : names) {
    if (const char* value = std::getenv(name)) return value;
  }
  return nullptr;
}

// Programs are in BUILD/benchmarks or PREFIX/bin.
void* load_library() {
  namespace fs = std::filesystem;
  const std::string name = CREDENCE_MPI_LIBRARY;
  std::error_code error;
  const fs::path above = fs::read_symlink("/proc/self/exe", error).parent_path().parent_path();
  for (const fs::path& file :
       {above / name, above / CREDENCE_LIBRARY_FOLDER / name, fs::path(name)}) {
    if (file.has_parent_path() && !fs::exists(file, error)) continue;
    if (void* library = dlopen(file.c_str(), RTLD_NOW | RTLD_GLOBAL)) return library;
  }
  const char* const reason = dlerror();
  throw Error("[ranks] this process is one of several of a job, which needs MPI: " +
              std::string(reason == nullptr ? "there is no " + name : reason));
}

}  // namespace

bool launched_as_rank() {
  if (first_set({"OMPI_COMM_WORLD_RANK", "PMIX_RANK", "PMI_RANK"}) == nullptr) return false;
  const char* const size =
      first_set({"OMPI_COMM_WORLD_SIZE", "PMI_SIZE", "SLURM_STEP_NUM_TASKS", "SLURM_NTASKS"});
  return size != nullptr && std::atoi(size) > 1;
}

std::unique_ptr<Group> join_job(double timeout) {
  if (!launched_as_rank()) return nullptr;
  const auto start = reinterpret_cast<Start>(dlsym(load_library(), "credence_mpi_start"));
  if (start == nullptr) throw Error("[ranks] " CREDENCE_MPI_LIBRARY " is of another version");
  char error[512] = "";
  std::unique_ptr<Group> group(start(timeout, error, sizeof(error)));
  if (!group) throw Error(error);
  // Rank 0 alone prints results.
  if (group->rank() > 0 && std::freopen("/dev/null", "w", stdout) == nullptr) {
    group->fail("cannot open /dev/null");
  }
  return group;
}

}  // namespace credence::benchmarks
