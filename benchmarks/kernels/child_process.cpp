// A child process whose output is collected.
#include "benchmarks/kernels/child_process.hpp"

#include "framework/base/error.hpp"

#include <array>
#include <cerrno>
#include <system_error>

#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

extern char** environ;

namespace credence::benchmarks {
namespace {

[[noreturn]] void fail(const std::string& program, int error) {
  throw Error(program + ": cannot be started: " + std::generic_category().message(error));
}

// Both outputs of the child go to the writing end of a pipe.
struct Output {
  std::array<int, 2> ends{};
  posix_spawn_file_actions_t actions{};

  explicit Output(const std::string& program) {
    if (pipe2(ends.data(), O_CLOEXEC) != 0) fail(program, errno);
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_adddup2(&actions, ends[1], STDOUT_FILENO);
    posix_spawn_file_actions_adddup2(&actions, ends[1], STDERR_FILENO);
  }
  ~Output() {
    posix_spawn_file_actions_destroy(&actions);
    close(ends[0]);
    if (ends[1] >= 0) close(ends[1]);
  }
  Output(const Output&) = delete;
  Output& operator=(const Output&) = delete;

  std::string read_all() {
    close(ends[1]);
    ends[1] = -1;
    std::string text;
    std::array<char, 4096> buffer{};
    while (true) {
      const ssize_t count = read(ends[0], buffer.data(), buffer.size());
      if (count < 0 && errno == EINTR) continue;
      if (count <= 0) return text;
      text.append(buffer.data(), static_cast<std::size_t>(count));
    }
  }
};

}  // namespace

ChildResult run_child(const std::string& program, const std::vector<std::string>& arguments) {
  std::vector<std::string> texts{program};
  texts.insert(texts.end(), arguments.begin(), arguments.end());
  std::vector<char*> pointers;
  for (std::string& text : texts) pointers.push_back(text.data());
  pointers.push_back(nullptr);
  Output output(program);
  pid_t child = 0;
  const int error =
      posix_spawnp(&child, program.c_str(), &output.actions, nullptr, pointers.data(), environ);
  if (error != 0) fail(program, error);
  ChildResult result;
  result.output = output.read_all();
  int status = 0;
  while (waitpid(child, &status, 0) < 0 && errno == EINTR) {
  }
  result.status = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  return result;
}

}  // namespace credence::benchmarks
