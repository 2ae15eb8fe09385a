// The program that openmp_test.cpp starts with different environment variables. It does what its
// argument names and prints the result.
#include "framework/core/parallel.hpp"

#include <atomic>
#include <chrono>
#include <cstdio>
#include <set>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include <omp.h>
#include <sched.h>

namespace {

using namespace credence;

// What one range of a loop found out about its thread.
struct Seen {
  std::thread::id thread{};
  bool of_openmp = false;  // whether OpenMP counts it to a parallel region
  std::string cores{};     // on which it may run, in ascending order
};

std::string allowed_cores() {
  cpu_set_t set;
  if (sched_getaffinity(0, sizeof(set), &set) != 0) return "?";
  std::string cores;
  for (int core = 0; core < CPU_SETSIZE; ++core) {
    if (!CPU_ISSET(core, &set)) continue;
    if (!cores.empty()) cores += ',';
    cores += std::to_string(core);
  }
  return cores;
}

// Runs a loop of `count` ranges, each of which waits a while for the others to start.
std::vector<Seen> meet(int count) {
  std::vector<Seen> seen(static_cast<std::size_t>(count));
  std::atomic<int> inside{0};
  parallel_for(count, 1, [&](std::int64_t range, std::int64_t) {
    seen[static_cast<std::size_t>(range)] = {std::this_thread::get_id(), omp_in_parallel() != 0,
                                             allowed_cores()};
    ++inside;
    for (int i = 0; i < 300 && inside < count; ++i) {
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
    }
  });
  return seen;
}

int threads_of(const std::vector<Seen>& seen) {
  std::set<std::thread::id> threads;
  for (const Seen& one : seen) threads.insert(one.thread);
  return static_cast<int>(threads.size());
}

// Prints the number of threads of a loop of four ranges, and how many of them OpenMP made.
void print_threads() {
  const std::vector<Seen> seen = meet(4);
  std::set<std::thread::id> made;
  for (const Seen& one : seen) {
    if (one.of_openmp) made.insert(one.thread);
  }
  std::printf("%d asked for, %d ran, %d of OpenMP\n", num_threads(), threads_of(seen),
              static_cast<int>(made.size()));
}

// Prints the cores on which the thread of each of two ranges may run.
void print_cores() {
  std::set<std::string> cores;
  for (const Seen& one : meet(2)) cores.insert(one.cores);
  for (const std::string& one : cores) std::printf("%s\n", one.c_str());
}

// Prints how many threads run a loop that is called from the program's own parallel region.
void print_threads_inside_a_region() {
  std::atomic<int> most{0};
#pragma omp parallel num_threads(2)
  {
    const int threads = threads_of(meet(2));
    if (threads > most) most = threads;
  }
  std::printf("%d\n", most.load());
}

// Prints the default after the program has chosen a number with OpenMP's own function.
void print_threads_chosen_by_the_program() {
  omp_set_num_threads(3);
  std::printf("%d\n", num_threads());
}

}  // namespace

int main(int argc, char** argv) {
  const std::string_view what = argc > 1 ? argv[1] : "";
  if (what == "threads") print_threads();
  if (what == "cores") print_cores();
  if (what == "inside") print_threads_inside_a_region();
  if (what == "chosen") print_threads_chosen_by_the_program();
  return 0;
}
