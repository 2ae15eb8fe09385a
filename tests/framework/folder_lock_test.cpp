// Tests of holding a folder for one process.
#include "framework/io/folder_lock.hpp"

#include "framework/base/error.hpp"
#include "tests/data/temporary_folder.hpp"

#include <csignal>
#include <filesystem>
#include <optional>
#include <string>

#include <boost/test/unit_test.hpp>
#include <sys/wait.h>
#include <unistd.h>

namespace credence::io {

BOOST_AUTO_TEST_SUITE(folder_lock)

namespace {

namespace fs = std::filesystem;

void check_held(const fs::path& folder, const std::string& holder) {
  BOOST_CHECK_EXCEPTION(FolderLock{folder}, FileError, [&](const FileError& error) {
    return error.what() ==
           folder.string() + ": is in use by " + holder + ", which writes into it until it ends";
  });
}

// A process that holds the folder until it is killed.
pid_t hold(const fs::path& folder) {
  int held[2];
  BOOST_REQUIRE(::pipe(held) == 0);
  const pid_t process = ::fork();
  if (process == 0) {
    const FolderLock lock(folder);
    const char done = 1;
    if (::write(held[1], &done, 1) != 1) ::_exit(1);
    for (;;) ::pause();
  }
  ::close(held[1]);
  char done = 0;
  BOOST_REQUIRE(::read(held[0], &done, 1) == 1);
  ::close(held[0]);
  return process;
}

}  // namespace

BOOST_AUTO_TEST_CASE(a_second_holder_is_refused_and_told_who_is_the_first) {
  const test::TemporaryFolder folder;
  std::optional<FolderLock> lock(std::in_place, folder.path());
  const std::string self = "process " + std::to_string(::getpid());
  check_held(folder.path(), self);
  check_held(folder.path(), self);
  lock.reset();
  BOOST_TEST(fs::is_empty(folder.path()));
  const FolderLock next(folder.path());
  check_held(folder.path(), self);
}

BOOST_AUTO_TEST_CASE(a_killed_process_holds_nothing) {
  const test::TemporaryFolder folder;
  const pid_t process = hold(folder.path());
  check_held(folder.path(), "process " + std::to_string(process));
  ::kill(process, SIGKILL);
  BOOST_REQUIRE(::waitpid(process, nullptr, 0) == process);
  BOOST_TEST(fs::exists(folder.path() / FolderLock::kFile));
  {
    const FolderLock lock(folder.path());
    check_held(folder.path(), "process " + std::to_string(::getpid()));
  }
  BOOST_TEST(fs::is_empty(folder.path()));
}

BOOST_AUTO_TEST_CASE(a_holder_that_says_no_number_is_another_process) {
  const test::TemporaryFolder folder;
  const FolderLock lock(folder.path());
  for (const char* text : {"", "no number", "0\n", "-3\n"}) {
    folder.write(FolderLock::kFile, text);
    check_held(folder.path(), "another process");
  }
}

BOOST_AUTO_TEST_CASE(a_missing_folder_is_made) {
  const test::TemporaryFolder folder;
  {
    const FolderLock lock(folder.path() / "a" / "b");
    check_held(folder.path() / "a" / "b", "process " + std::to_string(::getpid()));
  }
  BOOST_TEST(fs::is_empty(folder.path() / "a" / "b"));
  folder.write("file", "text");
  BOOST_CHECK_EXCEPTION(FolderLock{folder.path() / "file"}, FileError, [](const FileError& error) {
    return std::string(error.what()).find("file: cannot be made a folder: ") != std::string::npos;
  });
}

BOOST_AUTO_TEST_CASE(a_folder_that_cannot_be_written_is_not_held) {
  if (::geteuid() == 0) {
    BOOST_TEST_MESSAGE("skipped: root may write into every folder");
    return;
  }
  const test::TemporaryFolder folder;
  fs::permissions(folder.path(), fs::perms::owner_read | fs::perms::owner_exec);
  {
    const FolderLock first(folder.path());
    const FolderLock second(folder.path());
  }
  fs::permissions(folder.path(), fs::perms::owner_all);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace credence::io
