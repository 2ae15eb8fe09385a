// What `meson install` makes of the build that the tests belong to, and commands that use it.
#pragma once

#include "tests/benchmarks/program.hpp"

#include <cstdlib>
#include <filesystem>
#include <string>

#include <boost/test/unit_test.hpp>

namespace credence::test {

inline void require_success(const Outcome& outcome) {
  BOOST_TEST_REQUIRE(outcome.status == 0, outcome.out << outcome.err);
}

/// Runs a command line of the shell in `folder`. What it compiles, the build's compiler compiles.
inline Outcome shell(const std::filesystem::path& folder, const std::string& command,
                     const std::string& pkg_config = "") {
  const char* const before = std::getenv("PKG_CONFIG_PATH");
  return run_program("env", {"-C", folder.string(), "sh", "-c", command},
                     {"CXX=" CREDENCE_CXX,
                      "PKG_CONFIG_PATH=" + pkg_config + ":" + (before == nullptr ? "" : before)});
}

/// A folder that `meson install` filled.
class Installation {
 public:
  Installation() {
    require_success(run_program("meson", {"install", "-C", CREDENCE_BUILD_ROOT, "--no-rebuild",
                                          "--destdir", folder_.path().string()}));
    for (const auto& entry : std::filesystem::recursive_directory_iterator(folder_.path())) {
      if (entry.path().filename() == "credence.pc") pkg_config_ = entry.path().parent_path();
      if (entry.path().filename() == "credence" &&
          entry.path().parent_path().filename() == "include") {
        headers_ = entry.path();
      }
    }
    BOOST_TEST_REQUIRE(pkg_config_ != "");
    BOOST_TEST_REQUIRE(headers_ != "");
  }

  const std::filesystem::path& headers() const { return headers_; }
  /// The folder that holds include, lib and the others.
  std::filesystem::path prefix() const { return headers_.parent_path().parent_path(); }
  std::filesystem::path libraries() const { return pkg_config_.parent_path(); }
  std::string pkg_config() const { return pkg_config_.string(); }

 private:
  TemporaryFolder folder_;
  std::filesystem::path pkg_config_;
  std::filesystem::path headers_;
};

/// The one that all tests share, made when it is first asked for.
inline const Installation& installation() {
  static const Installation installed;
  return installed;
}

}  // namespace credence::test
