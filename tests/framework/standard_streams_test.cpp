// Tests of output on standard streams that are closed, full or gone.
#include "framework/base/standard_streams.hpp"

#include "framework/base/error.hpp"
#include "tests/data/temporary_folder.hpp"

#include <cerrno>
#include <csignal>
#include <cstdio>
#include <functional>
#include <iostream>
#include <stdexcept>
#include <string>

#include <boost/test/unit_test.hpp>
#include <fcntl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

namespace credence {

BOOST_AUTO_TEST_SUITE(standard_streams)

namespace {

// The exit status of a forked copy of this process that calls `function`; -1 where a signal ended
// it.
int status_of_child(const std::function<int()>& function) {
  std::fflush(stdout);
  const pid_t child = fork();
  BOOST_REQUIRE(child >= 0);
  if (child == 0) {
    // The handlers of a new program. Boost.Test has set others.
    for (const int signal : {SIGPIPE, SIGXFSZ, SIGABRT}) std::signal(signal, SIG_DFL);
    int status = 99;
    try {
      status = function();
    } catch (...) {
    }
    _exit(status);
  }
  int status = 0;
  waitpid(child, &status, 0);
  return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

// The ways to lose a stream.
void close_it(int stream) { close(stream); }

void fill_its_disk(int stream) { dup2(open("/dev/full", O_WRONLY), stream); }

void take_its_reader(int stream) {
  int ends[2];
  if (pipe(ends) != 0) _exit(98);
  dup2(ends[1], stream);
  close(ends[0]);
  close(ends[1]);
}

void take_its_terminal(int stream) {
  const int master = posix_openpt(O_RDWR | O_NOCTTY);
  grantpt(master);
  unlockpt(master);
  dup2(open(ptsname(master), O_RDWR | O_NOCTTY), stream);
  close(master);
}

void bound_its_file(int stream) {
  const rlimit limit{4, 4};
  setrlimit(RLIMIT_FSIZE, &limit);
  std::string name = (std::filesystem::temp_directory_path() / "credence-XXXXXX").string();
  dup2(mkstemp(name.data()), stream);
  unlink(name.c_str());
}

using Loss = void (*)(int);
constexpr Loss kLosses[] = {close_it, fill_its_disk, take_its_reader, take_its_terminal,
                            bound_its_file};

}  // namespace

BOOST_AUTO_TEST_CASE(what_is_lost_on_stderr_does_no_harm) {
  for (const Loss lose : kLosses) {
    const int status = status_of_child([&] {
      lose(STDERR_FILENO);
      for (int i = 0; i < 3; ++i) write_stderr("text\n");
      sigset_t pending;
      sigpending(&pending);
      return sigismember(&pending, SIGPIPE) + sigismember(&pending, SIGXFSZ) == 0 ? 7 : 8;
    });
    BOOST_TEST(status == 7);
  }
}

BOOST_AUTO_TEST_CASE(what_is_lost_on_stdout_is_an_error) {
  for (const Loss lose : kLosses) {
    const int status = status_of_child([&] {
      lose(STDOUT_FILENO);
      try {
        write_stdout("a text\n");
      } catch (const Error& error) {
        return std::string(error.what()).starts_with("stdout: cannot be written: ") ? 7 : 8;
      }
      return 0;
    });
    BOOST_TEST(status == 7);
  }
}

BOOST_AUTO_TEST_CASE(a_signal_that_waited_before_is_still_there) {
  const int status = status_of_child([] {
    sigset_t pipe_signal;
    sigemptyset(&pipe_signal);
    sigaddset(&pipe_signal, SIGPIPE);
    sigprocmask(SIG_BLOCK, &pipe_signal, nullptr);
    std::raise(SIGPIPE);
    take_its_reader(STDERR_FILENO);
    write_stderr("text\n");
    sigset_t pending;
    sigpending(&pending);
    return sigismember(&pending, SIGPIPE) == 1 ? 7 : 8;
  });
  BOOST_TEST(status == 7);
}

BOOST_AUTO_TEST_CASE(texts_keep_their_order_with_those_of_stdio) {
  const test::TemporaryFolder folder;
  const std::string path = folder.path() / "out";
  const int status = status_of_child([&] {
    dup2(open(path.c_str(), O_CREAT | O_WRONLY, 0600), STDOUT_FILENO);
    std::printf("one ");
    write_stdout("two ");
    std::cout << "three";
    return run_program("test", [] { return 0; });
  });
  BOOST_TEST(status == 0);
  BOOST_TEST(test::read_file(path) == "one two three");
}

BOOST_AUTO_TEST_CASE(closed_streams_are_not_given_to_files) {
  const test::TemporaryFolder folder;
  const std::string path = folder.path() / "file";
  const int status = status_of_child([&] {
    for (const int stream : {0, 1, 2}) close(stream);
    reserve_standard_streams();
    const int file = open(path.c_str(), O_CREAT | O_WRONLY, 0600);
    write_stderr("text\n");
    std::printf("text\n");
    const bool lost = std::fflush(stdout) != 0;
    return file > 2 && lost ? 7 : 8;
  });
  BOOST_TEST(status == 7);
  BOOST_TEST(test::read_file(path) == "");
}

BOOST_AUTO_TEST_CASE(open_streams_stay_as_they_are) {
  const test::TemporaryFolder folder;
  const std::string path = folder.path() / "file";
  const int status = status_of_child([&] {
    dup2(open(path.c_str(), O_CREAT | O_WRONLY, 0600), STDERR_FILENO);
    close(STDIN_FILENO);
    reserve_standard_streams();
    write_stderr("text");
    return 0;
  });
  BOOST_TEST(status == 0);
  BOOST_TEST(test::read_file(path) == "text");
}

BOOST_AUTO_TEST_CASE(a_program_says_why_it_fails) {
  const test::TemporaryFolder folder;
  const auto said = [&](const std::function<int()>& body, int expected) {
    const std::string path = folder.path() / "err";
    const int status = status_of_child([&] {
      dup2(open(path.c_str(), O_CREAT | O_TRUNC | O_WRONLY, 0600), STDERR_FILENO);
      return run_program("name", body);
    });
    BOOST_TEST(status == expected);
    return test::read_file(path);
  };
  BOOST_TEST(said([] { return 2; }, 2) == "");
  BOOST_TEST(said([]() -> int { throw ValueError("[op] wrong"); }, 1) == "name: [op] wrong\n");
  BOOST_TEST(said([]() -> int { throw 3; }, 1) == "name: an exception of an unknown type\n");
  const std::string full = "name: stdout: cannot be written: No space left on device\n";
  const auto prints = [] {
    std::printf("text");
    return 0;
  };
  BOOST_TEST(said([&] { return fill_its_disk(STDOUT_FILENO), prints(); }, 1) == full);
  // A write in between found the disk full and the last one did not.
  const auto prints_much = [] {
    fill_its_disk(STDOUT_FILENO);
    std::cout << std::string(100'000, 'x') << std::flush;
    close(STDOUT_FILENO);
    open("/dev/null", O_WRONLY);
    return 0;
  };
  BOOST_TEST(said(prints_much, 1).starts_with("name: stdout: "));
}

BOOST_AUTO_TEST_CASE(a_program_without_streams_still_has_its_status) {
  for (const Loss lose : kLosses) {
    const int status = status_of_child([&] {
      lose(STDERR_FILENO);
      lose(STDOUT_FILENO);
      return run_program("name", []() -> int { throw Error("what nobody reads"); });
    });
    BOOST_TEST(status == 1);
  }
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace credence
