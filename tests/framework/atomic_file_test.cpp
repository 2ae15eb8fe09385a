// Tests of replacing files in one step.
#include "framework/io/atomic_file.hpp"

#include "framework/base/error.hpp"
#include "tests/data/temporary_folder.hpp"
#include "tests/framework/file_size_limit.hpp"

#include <array>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <thread>
#include <vector>

#include <boost/test/unit_test.hpp>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

namespace credence::io {

BOOST_AUTO_TEST_SUITE(atomic_file)

namespace {

namespace fs = std::filesystem;
using test::FileSizeLimit;
using test::read_file;
using test::TemporaryFolder;

std::ptrdiff_t count_files(const fs::path& folder) {
  return std::distance(fs::directory_iterator(folder), fs::directory_iterator());
}

void check_refused(const fs::path& path, const std::string& expectation) {
  BOOST_CHECK_EXCEPTION(write_file_atomically(path, "new"), FileError, [&](const FileError& error) {
    const std::string message = error.what();
    const bool fits =
        message.starts_with(path.string() + ": ") && message.find(expectation) != std::string::npos;
    if (!fits) BOOST_TEST_MESSAGE("unexpected message: " << message);
    return fits;
  });
}

BOOST_AUTO_TEST_CASE(writes_and_replaces_leaving_nothing_else_behind) {
  const TemporaryFolder folder;
  const fs::path path = folder.path() / "result.json";
  write_file_atomically(path, "the first and longer text");
  BOOST_TEST(read_file(path) == "the first and longer text");
  write_file_atomically(path, "second");
  BOOST_TEST(read_file(path) == "second");
  write_file_atomically(path, "");
  BOOST_TEST(read_file(path).empty());
  const std::string text = "pieces";
  const auto bytes = std::as_bytes(std::span(text));
  write_file_atomically(path, std::array{bytes.first(2), bytes.first(0), bytes.subspan(2)});
  BOOST_TEST(read_file(path) == "pieces");
  BOOST_TEST(count_files(folder.path()) == 1);
}

BOOST_AUTO_TEST_CASE(a_name_without_a_folder_is_of_the_current_folder) {
  const TemporaryFolder folder;
  const fs::path previous = fs::current_path();
  fs::current_path(folder.path());
  BOOST_CHECK_NO_THROW(write_file_atomically("plain", "text"));
  fs::current_path(previous);
  BOOST_TEST(read_file(folder.path() / "plain") == "text");
}

BOOST_AUTO_TEST_CASE(the_mode_follows_the_umask) {
  const TemporaryFolder folder;
  const auto mode_under = [&](mode_t mask) {
    const mode_t previous = umask(mask);
    write_file_atomically(folder.path() / "file", "text");
    umask(previous);
    return static_cast<unsigned>(fs::status(folder.path() / "file").permissions());
  };
  BOOST_TEST(mode_under(0022) == 0644U);
  BOOST_TEST(mode_under(0007) == 0660U);
}

BOOST_AUTO_TEST_CASE(a_symbolic_link_stays_and_its_target_is_replaced) {
  const TemporaryFolder folder;
  const fs::path target = folder.write("runs/7/model", "old");
  const fs::path link = folder.path() / "latest";
  fs::create_symlink("runs/7/model", link);
  write_file_atomically(link, "new");
  BOOST_TEST(fs::is_symlink(link));
  BOOST_TEST(read_file(target) == "new");
  // Over two links, to a file that is not there yet.
  fs::remove(target);
  fs::create_symlink("latest", folder.path() / "last");
  write_file_atomically(folder.path() / "last", "newer");
  BOOST_TEST(fs::is_symlink(folder.path() / "last"));
  BOOST_TEST(fs::is_symlink(link));
  BOOST_TEST(read_file(target) == "newer");
  fs::create_symlink("loop", folder.path() / "loop");
  check_refused(folder.path() / "loop", "cannot be followed: Too many levels of symbolic links");
}

BOOST_AUTO_TEST_CASE(what_is_no_regular_file_is_never_replaced) {
  const TemporaryFolder folder;
  const fs::path pipe = folder.path() / "pipe";
  BOOST_REQUIRE(mkfifo(pipe.c_str(), 0600) == 0);
  check_refused(pipe, "no regular file");
  BOOST_TEST(fs::is_fifo(pipe));
  check_refused(folder.path(), "no regular file");
  check_refused(folder.path() / "name/", "no regular file");
  check_refused("", "no regular file");
  check_refused(folder.path() / "missing" / "file", "cannot open its folder: No such file");
  check_refused(pipe / "file", "cannot open its folder: Not a directory");
  check_refused(folder.path() / std::string(300, 'x'), "File name too long");
  BOOST_TEST(count_files(folder.path()) == 1);
}

BOOST_AUTO_TEST_CASE(a_write_that_fails_half_way_leaves_the_old_file) {
  const TemporaryFolder folder;
  const fs::path path = folder.write("result", "old");
  const std::string text(5000, 'x');
  {
    const FileSizeLimit limit(4096);
    BOOST_CHECK_EXCEPTION(write_file_atomically(path, text), FileError, [&](const auto& error) {
      return std::string(error.what()) == path.string() + ": cannot be written: File too large";
    });
  }
  BOOST_TEST(read_file(path) == "old");
  BOOST_TEST(count_files(folder.path()) == 1);
}

BOOST_AUTO_TEST_CASE(files_that_a_killed_process_left_are_no_obstacle) {
  const TemporaryFolder folder;
  const fs::path left =
      folder.write(".credence-" + std::to_string(getpid()) + "-0.tmp", "of another");
  write_file_atomically(folder.path() / "result", "text");
  BOOST_TEST(read_file(folder.path() / "result") == "text");
  BOOST_TEST(read_file(left) == "of another");
}

BOOST_AUTO_TEST_CASE(what_killed_processes_left_is_removed_and_nothing_else) {
  const TemporaryFolder folder;
  const pid_t ended = ::fork();
  if (ended == 0) ::_exit(0);
  BOOST_REQUIRE(::waitpid(ended, nullptr, 0) == ended);
  const auto name = [](pid_t process, const std::string& rest) {
    return ".credence-" + std::to_string(process) + rest;
  };
  const std::vector<std::string> abandoned = {name(ended, "-0.tmp"), name(ended, "-999.tmp"),
                                              name(::getpid(), "-0.tmp")};
  // The first is the file of a process that is running.
  const std::vector<std::string> others = {
      name(::getppid(), "-0.tmp"), name(ended, "-0.tmpx"), name(ended, ".tmp"), ".credence-.tmp",
      ".credence-x-0.tmp",         ".credence.lock",       "credence-1-0.tmp",  "results.json"};
  for (const auto* names : {&abandoned, &others}) {
    for (const std::string& file : *names) folder.write(file, "bytes");
  }
  remove_abandoned_files(folder.path());
  for (const std::string& file : abandoned) BOOST_TEST(!fs::exists(folder.path() / file), file);
  for (const std::string& file : others) BOOST_TEST(fs::exists(folder.path() / file), file);
  remove_abandoned_files(folder.path() / "missing");
}

// A writer that is done removes no temporary file: another one may have taken its name.
BOOST_AUTO_TEST_CASE(threads_write_into_one_folder) {
  constexpr int kWriters = 4;
  constexpr int kFiles = 10;
  const TemporaryFolder folder;
  const auto path = [&](int writer) { return folder.path() / std::to_string(writer); };
  std::array<std::string, kWriters> failures;
  std::vector<std::thread> writers;
  for (int writer = 0; writer < kWriters; ++writer) {
    writers.emplace_back([&, writer] {
      try {
        for (int i = 0; i < kFiles; ++i) {
          write_file_atomically(path(writer), std::to_string(i));
          if (read_file(path(writer)) != std::to_string(i)) throw Error("wrong bytes");
        }
      } catch (const std::exception& error) {
        failures[static_cast<std::size_t>(writer)] = error.what();
      }
    });
  }
  for (std::thread& writer : writers) writer.join();
  for (const std::string& failure : failures) BOOST_TEST(failure == "");
  BOOST_TEST(std::distance(fs::directory_iterator(folder.path()), {}) == kWriters);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace credence::io
