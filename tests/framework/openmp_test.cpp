// Tests of OpenMP's environment variables and parallel regions with parallel_for. Each case is a
// process of its own (openmp_program.cpp), because OpenMP reads its variables once.
#include "tests/benchmarks/program.hpp"

#include <boost/test/unit_test.hpp>
#include <sched.h>

namespace credence::test {

BOOST_AUTO_TEST_SUITE(openmp)

namespace {

std::string answer(const std::string& question, const std::vector<std::string>& environment) {
  const Outcome outcome = run_program(CREDENCE_OPENMP_PROGRAM, {question}, environment);
  BOOST_TEST(outcome.status == 0, outcome.err);
  return outcome.out;
}

bool may_run_on_cores_0_and_1() {
  cpu_set_t set;
  return sched_getaffinity(0, sizeof(set), &set) == 0 && CPU_ISSET(0, &set) && CPU_ISSET(1, &set);
}

}  // namespace

BOOST_AUTO_TEST_CASE(openmp_supplies_all_threads_but_the_caller) {
  BOOST_TEST(answer("threads", {"OMP_NUM_THREADS=4"}) == "4 asked for, 4 ran, 3 of OpenMP\n");
  BOOST_TEST(answer("threads", {"OMP_NUM_THREADS=3,2"}) == "3 asked for, 3 ran, 2 of OpenMP\n");
  BOOST_TEST(answer("threads", {"OMP_NUM_THREADS=1"}) == "1 asked for, 1 ran, 0 of OpenMP\n");
}

BOOST_AUTO_TEST_CASE(the_thread_limit_holds) {
  const std::vector<std::string> limit{"OMP_NUM_THREADS=4", "OMP_THREAD_LIMIT=2"};
  BOOST_TEST(answer("threads", limit) == "2 asked for, 2 ran, 1 of OpenMP\n");
}

BOOST_AUTO_TEST_CASE(threads_are_bound_to_their_places) {
  if (!may_run_on_cores_0_and_1()) {
    BOOST_TEST_MESSAGE("skipped: the process may not run on the cores 0 and 1");
    return;
  }
  BOOST_TEST(answer("cores", {"OMP_NUM_THREADS=2", "OMP_PROC_BIND=close", "OMP_PLACES={0},{1}"}) ==
             "0\n1\n");
  BOOST_TEST(answer("cores", {"OMP_NUM_THREADS=2", "OMP_PROC_BIND=close", "OMP_PLACES={1},{0}"}) ==
             "0\n1\n");
  BOOST_TEST(answer("cores", {"OMP_NUM_THREADS=2", "OMP_PROC_BIND=close", "OMP_PLACES={1}"}) ==
             "1\n");
}

BOOST_AUTO_TEST_CASE(a_loop_inside_a_region_of_the_program_runs_serially) {
  BOOST_TEST(answer("inside", {"OMP_NUM_THREADS=2"}) == "1\n");
}

BOOST_AUTO_TEST_CASE(the_program_may_choose_by_openmps_function) {
  BOOST_TEST(answer("chosen", {}) == "3\n");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace credence::test
