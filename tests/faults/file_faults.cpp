// Lets each system call of each writer and reader fail once, in turn. Runs with the module of
// system_faults.cpp in LD_PRELOAD. Prints a line for each kind of file, and ends with status 1
// where a failure has lost or left something, or has a message that does not say what failed.
#include "framework/base/error.hpp"
#include "tests/data/temporary_folder.hpp"
#include "tests/faults/file_kinds.hpp"
#include "tests/faults/system_faults.hpp"

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <filesystem>
#include <iterator>
#include <map>
#include <optional>
#include <regex>
#include <string>
#include <system_error>
#include <vector>

#include <unistd.h>

namespace credence::test {
namespace {

namespace fs = std::filesystem;

// What happens at a call, and to which calls.
struct Fault {
  std::string name;
  std::string calls;
  int error = 0;
  bool harmless = false;  // whether the work has to succeed all the same
  void (*before)() = nullptr;
};

// A callback of the module has no argument.
std::string file_to_change;

void cut_file() {
  if (::truncate(file_to_change.c_str(), static_cast<off_t>(fs::file_size(file_to_change) / 2)) !=
      0) {
    std::perror("truncate");
  }
}

void remove_file() { ::unlink(file_to_change.c_str()); }

const std::vector<Fault> kFaults{
    {"EIO", " open read write fsync ftruncate lseek close rename mkdir stat readdir ", EIO},
    {"EMFILE", " open ", EMFILE},
    {"EINTR", " open read write fsync ftruncate ", EINTR, true},
    {"short count", " read write ", kShortCount, true},
};
const Fault kFullDisk{"ENOSPC", " open write fsync ftruncate rename mkdir ", ENOSPC};
// While the file is open: before, it is another file.
const std::vector<Fault> kChanges{
    {"file cut", " read ", 0, false, cut_file},
    {"file removed", " read ", 0, false, remove_file},
};

std::ptrdiff_t open_files() {
  return std::distance(fs::directory_iterator("/proc/self/fd"), fs::directory_iterator());
}

using Contents = std::map<std::string, std::string>;

Contents contents_of(const fs::path& folder) {
  Contents contents;
  for (const auto& entry : fs::recursive_directory_iterator(folder)) {
    // Cairo numbers the surfaces of a process, and writes the number into SVG.
    static const std::regex surface("surface[0-9]+");
    if (entry.is_directory()) continue;
    contents[entry.path().filename()] =
        std::regex_replace(read_file(entry.path()), surface, "surface");
  }
  return contents;
}

// What became of a piece of work.
struct Result {
  std::optional<std::string> message{};  // of the exception that it threw
  bool file_error = false;
  std::string value{};
};

class Trials {
 public:
  explicit Trials(const SystemFaults& faults) : faults_(faults) {}

  void run(const WrittenFile& kind) {
    std::vector<Fault> all = kFaults;
    all.push_back(kFullDisk);
    const Contents first = version(kind, {1});
    const Contents second = version(kind, {1, 2});
    for (const Fault& fault : all) {
      each_call(kind.name + ", written", fault, [&](const fs::path& folder) {
        kind.write(folder, 1);
        const Result result = attempt(folder, fault, [&] {
          kind.write(folder, 2);
          return std::string();
        });
        require_outcome(folder, fault, result);
        require_whole(kind, contents_of(folder), first, second, result);
        return result;
      });
    }
  }

  void run(const ReadFile& kind) {
    std::string expected;
    {
      const TemporaryFolder folder;
      kind.make(folder.path());
      expected = kind.read(folder.path());
    }
    std::vector<Fault> all = kFaults;
    all.insert(all.end(), kChanges.begin(), kChanges.end());
    for (const Fault& fault : all) {
      each_call(kind.name + ", read", fault, [&](const fs::path& folder) {
        kind.make(folder);
        file_to_change = first_file(folder);
        const Result result = attempt(folder, fault, [&] { return kind.read(folder); });
        require_outcome(folder, fault, result);
        if (!result.message && result.value != expected) complain("another content was read");
        return result;
      });
    }
  }

  // Prints the figures. Returns the program's exit status.
  int finish() const {
    std::printf("%ld calls failed: %ld errors, %ld successes; %d findings\n", calls_, errors_,
                calls_ - errors_, findings_);
    return findings_ == 0 ? 0 : 1;
  }

 private:
  static std::string first_file(const fs::path& folder) {
    std::vector<std::string> files;
    for (const auto& entry : fs::recursive_directory_iterator(folder)) {
      if (entry.is_regular_file()) files.push_back(entry.path());
    }
    return *std::min_element(files.begin(), files.end());
  }

  static Contents version(const WrittenFile& kind, const std::vector<int>& versions) {
    const TemporaryFolder folder;
    for (const int number : versions) kind.write(folder.path(), number);
    return contents_of(folder.path());
  }

  // Repeats the trial with the next call until there is none.
  template <class Trial>
  void each_call(const std::string& name, const Fault& fault, Trial trial) {
    long failed = 0;
    long errors = 0;
    for (number_ = 1;; ++number_) {
      const TemporaryFolder folder;
      where_ = name + ", " + fault.name + " at call " + std::to_string(number_);
      const Result result = trial(folder.path());
      if (!reached_) break;
      ++failed;
      if (result.message) ++errors;
    }
    std::printf("%s: %s at %ld calls, %ld errors\n", name.c_str(), fault.name.c_str(), failed,
                errors);
    calls_ += failed;
    errors_ += errors;
  }

  // Does the work while the present call is to fail.
  template <class Work>
  Result attempt(const fs::path& folder, const Fault& fault, Work work) {
    const std::ptrdiff_t open_before = open_files();
    const std::string path = folder.string();
    faults_.arm({.folder = path.c_str(),
                 .calls = fault.calls.c_str(),
                 .number = number_,
                 .error = fault.error,
                 .before = fault.before});
    Result result;
    try {
      result.value = work();
    } catch (const FileError& error) {
      result = {error.what(), true, {}};
    } catch (const std::exception& error) {
      result = {error.what(), false, {}};
    }
    const std::string call = faults_.failed();
    faults_.arm({});
    reached_ = !call.empty();
    where_ += " (" + call + ")";
    if (open_files() != open_before) complain("a descriptor is left open");
    return result;
  }

  void require_outcome(const fs::path& folder, const Fault& fault, const Result& result) {
    if (!result.message) return;
    if (!reached_ || fault.harmless) complain("has to succeed: " + *result.message);
    if (!result.file_error) complain("is no FileError: " + *result.message);
    const std::string reason = std::generic_category().message(fault.error);
    if (result.message->find(folder.string()) == std::string::npos ||
        (fault.error > 0 && result.message->find(reason) == std::string::npos)) {
      complain("the message lacks the file or the reason: " + *result.message);
    }
  }

  void require_whole(const WrittenFile& kind, const Contents& found, const Contents& first,
                     const Contents& second, const Result& result) {
    // The one failure that comes behind the replacement.
    const bool replaced =
        result.message && result.message->find("is written, but") != std::string::npos;
    bool any_old = false;
    for (const auto& [name, bytes] : found) {
      if (!second.contains(name)) {
        complain("left " + name);
        continue;
      }
      if (kind.ends) {
        const std::vector<std::size_t> ends = kind.ends(bytes);
        if (ends.back() != bytes.size()) complain(name + " ends within a record");
        // Of the longer version, where there is no error.
        if (!result.message && ends.size() != kind.ends(second.at(name)).size()) {
          complain(name + " lacks records");
        }
        continue;
      }
      const bool is_old = bytes == first.at(name);
      any_old = any_old || is_old;
      if (!is_old && bytes != second.at(name)) complain(name + " is damaged");
      if (is_old && !result.message) complain(name + " is the old one, without an error");
    }
    if (found.size() != second.size()) complain("a file is missing");
    // Of a figure's two files the first may be replaced where the second is not.
    if (!kind.ends && result.message && !replaced && !any_old) complain("the old file is lost");
  }

  void complain(const std::string& what) {
    std::fprintf(stderr, "%s: %s\n", where_.c_str(), what.c_str());
    ++findings_;
  }

  SystemFaults faults_;
  long number_ = 0;
  bool reached_ = false;  // whether there was a call of this number
  std::string where_{};
  long calls_ = 0;
  long errors_ = 0;
  int findings_ = 0;
};

int run() {
  const SystemFaults faults = SystemFaults::find();
  if (!faults) {
    std::fprintf(stderr, "file_faults: the module of system_faults.cpp is not in LD_PRELOAD\n");
    return 2;
  }
  Trials trials(faults);
  for (const WrittenFile& kind : written_files()) trials.run(kind);
  for (const ReadFile& kind : read_files()) trials.run(kind);
  return trials.finish();
}

}  // namespace
}  // namespace credence::test

int main() { return credence::test::run(); }
