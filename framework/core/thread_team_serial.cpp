// The thread team of a build without OpenMP: every loop runs on its caller.
#include "framework/core/thread_team.hpp"

namespace credence::thread_team {

int default_threads() { return 1; }
bool inside_parallel_region() { return false; }
bool run(SharedLoop&, int) { return false; }

}  // namespace credence::thread_team
