// The sanitizers of the program that this file is part of report what they are there for.
#include "framework/core/address_sanitizer.hpp"
#include "framework/core/tensor.hpp"

#include <csignal>
#include <cstdlib>
#include <iostream>
#include <limits>

#include <boost/test/unit_test.hpp>
#include <sys/wait.h>
#include <unistd.h>

namespace credence::test {

BOOST_AUTO_TEST_SUITE(sanitizers)

namespace {

// Whether a child process that makes this call ends by itself with status 0. Its report is not
// shown.
template <class Call>
bool ends_well(const Call& call) {
  std::cout.flush();
  const pid_t child = fork();
  if (child == 0) {
    close(2);
    call();
    _exit(0);
  }
  int status = 0;
  waitpid(child, &status, 0);
  return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

bool skipped_without_sanitizers() {
  constexpr bool kSkipped = CREDENCE_ADDRESS_SANITIZER == 0;
  if (kSkipped) std::cout << "skipped: the compiler has no sanitizers\n";
  return kSkipped;
}

}  // namespace

BOOST_AUTO_TEST_CASE(memory_behind_a_tensor_is_reported) {
  if (skipped_without_sanitizers()) return;
  Tensor tensor = Tensor::zeros({3});
  // Kernels may read 64 bytes behind a tensor.
  volatile float* data = tensor.data<float>();
  BOOST_TEST(ends_well([&] { data[2] = 1; }));
  BOOST_TEST(!ends_well([&] { data[3 + 64 / sizeof(float) + 1] = 1; }));
}

BOOST_AUTO_TEST_CASE(memory_that_was_given_back_is_reported) {
  if (skipped_without_sanitizers()) return;
  const volatile float* data = nullptr;
  {
    Tensor tensor = Tensor::zeros({16});
    data = tensor.data<float>();
  }
  BOOST_TEST(!ends_well([&] { [[maybe_unused]] const float read = data[0]; }));
}

BOOST_AUTO_TEST_CASE(undefined_behaviour_is_reported) {
  if (skipped_without_sanitizers()) return;
  volatile int largest = std::numeric_limits<int>::max();
  BOOST_TEST(!ends_well([&] { largest = largest + 1; }));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace credence::test
