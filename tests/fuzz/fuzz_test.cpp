// Runs every fuzz target with its seeds, with these cut short, and with the inputs that once
// failed.
#include "tests/fuzz/inputs.hpp"
#include "tests/fuzz/target_list.hpp"

#include <cstdio>

#include <boost/test/unit_test.hpp>
#include <fcntl.h>
#include <unistd.h>

namespace credence::fuzz {

BOOST_AUTO_TEST_SUITE(fuzz)

namespace {

// Loses what is written to stdout and stderr: targets that read command lines print help and
// errors.
class Silence {
 public:
  Silence() : out_(replace(1)), err_(replace(2)) {}
  ~Silence() {
    restore(out_, 1);
    restore(err_, 2);
  }
  Silence(const Silence&) = delete;
  Silence& operator=(const Silence&) = delete;

 private:
  static int replace(int stream) {
    std::fflush(nullptr);
    const int kept = dup(stream);
    const int nothing = open("/dev/null", O_WRONLY);
    dup2(nothing, stream);
    close(nothing);
    return kept;
  }
  static void restore(int kept, int stream) {
    std::fflush(nullptr);
    dup2(kept, stream);
    close(kept);
  }

  int out_;
  int err_;
};

// What a target throws; empty where it returns.
std::string failure_of(const Target& target, std::string_view bytes) {
  const Silence silence;
  try {
    target.run(bytes);
    return {};
  } catch (const std::exception& error) {
    return error.what();
  }
}

void check(const Target& target, std::string_view bytes, const std::string& name) {
  const std::string failure = failure_of(target, bytes);
  BOOST_TEST(failure.empty(), target.name << ", " << name << ": " << failure);
}

}  // namespace

BOOST_AUTO_TEST_CASE(seeds_are_read_or_refused) {
  for (const Target& target : targets()) {
    const std::vector<std::string> seeds = target.seeds();
    BOOST_TEST(!seeds.empty(), target.name);
    for (std::size_t i = 0; i < seeds.size(); ++i) {
      const std::string& seed = seeds[i];
      check(target, seed, "seed " + std::to_string(i + 1));
      constexpr std::size_t kCuts = 7;
      for (std::size_t cut = 0; cut < kCuts; ++cut) {
        const std::size_t bytes = seed.size() * cut / kCuts;
        check(target, std::string_view(seed).substr(0, bytes),
              "seed " + std::to_string(i + 1) + " cut to " + std::to_string(bytes) + " bytes");
      }
    }
  }
}

BOOST_AUTO_TEST_CASE(inputs_that_once_failed_are_read_or_refused) {
  for (const Target& target : targets()) {
    for (const std::filesystem::path& file : inputs_of(target.name)) {
      check(target, test::read_file(file), file.filename().string());
    }
  }
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace credence::fuzz
