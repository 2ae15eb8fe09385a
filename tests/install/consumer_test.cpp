// The library as other projects use it: installed in a folder and found through pkg-config, or
// built as a meson subproject. The project is examples/consumer, copied to a folder of its own.
#include "tests/benchmarks/program.hpp"

#include <cstdlib>
#include <regex>
#include <set>

#include <boost/test/unit_test.hpp>

namespace credence::test {
namespace {

using std::filesystem::path;
using Names = std::set<std::string>;

const path kSource = CREDENCE_SOURCE_ROOT;

// Those that no header for users includes.
const Names kInternalHeaders = {
    "data/byte_reader.hpp",
    "data/digit_strokes.hpp",
    "data/download.hpp",
    "data/image_integrity.hpp",
    "data/pen.hpp",
    "data/resize.hpp",
    "data/sha256.hpp",
    "data/tar.hpp",
    "framework/core/coordinates.hpp",
    "framework/core/device_graph.hpp",
    "framework/base/counted.hpp",
    "framework/base/markdown.hpp",
    "framework/core/cpu_quota.hpp",
    "framework/core/thread_team.hpp",
    "framework/core/caching_allocator.hpp",
    "framework/core/scratch.hpp",
    "framework/device/recording.hpp",
    "framework/io/file_kind.hpp",
    "framework/io/safetensors_header.hpp",
    "framework/train/device_source.hpp",
    "framework/train/recorded_step.hpp",
    "framework/train/running_sums.hpp",
};

// The headers of a floor by their path from `root`; none where it is not there.
void add_headers(Names& names, const path& root, const std::string& floor) {
  if (!exists(root / floor)) return;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(root / floor)) {
    if (entry.path().extension() == ".hpp") names.insert(relative(entry.path(), root).string());
  }
}

Names headers_of(const path& root) {
  Names names;
  for (const char* floor : {"framework", "bayes", "zoo", "data"}) add_headers(names, root, floor);
  return names;
}

std::string names_in(const Names& names) {
  std::string text;
  for (const std::string& name : names) text += " " + name;
  return text;
}

/// Runs a command line of the shell in `folder`. What it compiles, the build's compiler compiles.
Outcome shell(const path& folder, const std::string& command, const std::string& pkg_config = "") {
  const char* const before = std::getenv("PKG_CONFIG_PATH");
  return run_program("env", {"-C", folder.string(), "sh", "-c", command},
                     {"CXX=" CREDENCE_CXX,
                      "PKG_CONFIG_PATH=" + pkg_config + ":" + (before == nullptr ? "" : before)});
}

void require_success(const Outcome& outcome) {
  BOOST_TEST_REQUIRE(outcome.status == 0, outcome.out << outcome.err);
}

/// What `meson install` makes of the build that this test belongs to.
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

  const path& headers() const { return headers_; }
  path libraries() const { return pkg_config_.parent_path(); }
  std::string pkg_config() const { return pkg_config_.string(); }

 private:
  TemporaryFolder folder_;
  path pkg_config_;
  path headers_;
};

/// A copy of examples/consumer.
class Consumer {
 public:
  Consumer() { copy(kSource / "examples/consumer", folder_.path()); }

  const path& folder() const { return folder_.path(); }

  /// Runs the program, which has Credence inside or finds the shared library in `libraries`.
  void check(const std::string& program, const path& libraries = "") const {
    const Outcome outcome =
        shell(folder(), "LD_LIBRARY_PATH='" + libraries.string() + "' ./" + program);
    require_success(outcome);
    const std::regex form(
        R"((\d+\.\d) % of 500 test images right\nleast sure of image \d+, a \d taken for a \d: )"
        R"(epistemic 0\.\d{4}, aleatoric 0\.\d{4}\n)");
    std::smatch match;
    BOOST_TEST_REQUIRE(std::regex_match(outcome.out, match, form), outcome.out);
    BOOST_TEST(std::stod(match[1]) > 80);

    const Outcome needed = shell(folder(), "ldd " + program);
    require_success(needed);
    BOOST_TEST((needed.out.find("libcredence") == std::string::npos) == libraries.empty(),
               needed.out);
  }

 private:
  TemporaryFolder folder_;
};

}  // namespace

BOOST_AUTO_TEST_SUITE(install)

BOOST_AUTO_TEST_CASE(headers_for_users_are_installed_and_compile_without_others) {
  const Installation installation;
  const Names installed = headers_of(installation.headers());
  Names missing;
  for (const std::string& name : headers_of(kSource)) {
    const bool kernel = name.starts_with("framework/cpu/") || name.starts_with("framework/cuda/");
    const bool internal =
        (kernel && name != "framework/device/backend.hpp") || kInternalHeaders.contains(name);
    // Those for pictures are for builds that have stb_image.
    if (!internal && !name.starts_with("data/image_f") && !installed.contains(name)) {
      missing.insert(name);
    }
    if (internal) BOOST_TEST(!installed.contains(name), name << " is installed");
  }
  BOOST_TEST(missing.empty(), "neither installed nor internal:" << names_in(missing));

  std::string text;
  for (const std::string& name : installed) text += "#include \"" + name + "\"\n";
  const TemporaryFolder folder;
  folder.write("all.cpp", text);
  require_success(shell(folder.path(),
                        "$CXX -std=c++20 -Wall -Wextra -Werror -fsyntax-only all.cpp "
                        "$(pkg-config --cflags credence)",
                        installation.pkg_config()));
}

BOOST_AUTO_TEST_CASE(a_makefile_links_statically_through_pkg_config) {
  const Installation installation;
  const Consumer consumer;
  require_success(shell(consumer.folder(), "make", installation.pkg_config()));
  consumer.check("consumer");
}

BOOST_AUTO_TEST_CASE(the_shared_library_works) {
  const Installation installation;
  const Consumer consumer;
  require_success(
      shell(consumer.folder(),
            "$CXX -std=c++20 -o consumer main.cpp $(pkg-config --cflags --libs credence)",
            installation.pkg_config()));
  consumer.check("consumer", installation.libraries());
}

BOOST_AUTO_TEST_CASE(meson_finds_the_installed_library_and_links_statically) {
  const Installation installation;
  const Consumer consumer;
  require_success(shell(consumer.folder(),
                        "meson setup --wrap-mode=nofallback build && meson compile -C build",
                        installation.pkg_config()));
  consumer.check("build/consumer");
}

BOOST_AUTO_TEST_CASE(meson_builds_it_as_a_subproject_and_links_statically) {
  const Consumer consumer;
  create_directory(consumer.folder() / "subprojects");
  create_directory_symlink(kSource, consumer.folder() / "subprojects/credence");
  // All of the library is compiled: without optimisation, and with kernels for one instruction set
  // and for no GPU.
  require_success(shell(consumer.folder(),
                        "meson setup --force-fallback-for=credence -Doptimization=0 "
                        "-Dcredence:wide_kernels=false -Dcredence:cuda=disabled build && meson "
                        "compile -C build"));
  consumer.check("build/consumer");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace credence::test
