// Tests of the handling of SIGINT and SIGTERM.
#include "benchmarks/driver/interruption.hpp"

#include <csignal>

#include <boost/test/unit_test.hpp>

namespace credence::benchmarks {
namespace {

bool is_default(int signal) {
  struct sigaction action {};
  sigaction(signal, nullptr, &action);
  return action.sa_handler == SIG_DFL;
}

// Boost.Test may handle signals itself, so each test starts from the system's default.
struct DefaultSignals {
  DefaultSignals() {
    for (const int signal : {SIGINT, SIGTERM}) std::signal(signal, SIG_DFL);
  }
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(interruption, DefaultSignals)

BOOST_AUTO_TEST_CASE(the_first_signal_is_a_request_and_the_second_would_end_the_program) {
  for (const int signal : {SIGINT, SIGTERM}) {
    const InterruptionHandler handler;
    BOOST_TEST(!interruption_requested());
    BOOST_TEST(!is_default(signal));
    std::raise(signal);
    BOOST_TEST(interruption_requested());
    BOOST_TEST(interruption_exit_status() == 128 + signal);
    BOOST_TEST(is_default(signal));
  }
}

BOOST_AUTO_TEST_CASE(afterwards_all_is_as_before) {
  { const InterruptionHandler handler; }
  BOOST_TEST(is_default(SIGINT));
  {
    const InterruptionHandler handler;
    std::raise(SIGINT);
  }
  BOOST_TEST(!interruption_requested());
  BOOST_TEST(is_default(SIGINT));
}

BOOST_AUTO_TEST_CASE(an_ignored_signal_stays_ignored) {
  std::signal(SIGINT, SIG_IGN);
  {
    const InterruptionHandler handler;
    std::raise(SIGINT);
    BOOST_TEST(!interruption_requested());
  }
  std::signal(SIGINT, SIG_DFL);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace credence::benchmarks
