// Tests of the library in other projects: installed in a folder and found through pkg-config or by
// CMake, or built as a meson subproject. The project is a copy of examples/consumer.
#include "tests/install/installation.hpp"

#include <regex>
#include <set>

namespace credence::test {

BOOST_AUTO_TEST_SUITE(install)

namespace {

using std::filesystem::path;
using Names = std::set<std::string>;

const path kSource = CREDENCE_SOURCE_ROOT;

// The headers that no header for users includes.
const Names kInternalHeaders = {
    "bayes/average.hpp",
    "bayes/methods/method_keys.hpp",
    "bayes/methods/require.hpp",
    "bayes/metrics/entropy.hpp",
    "bayes/metrics/input.hpp",
    "bayes/metrics/mixture.hpp",
    "bayes/metrics/standard_normal.hpp",
    "data/byte_reader.hpp",
    "data/corruption/blur.hpp",
    "data/corruption/image_function.hpp",
    "data/corruption/noise.hpp",
    "data/corruption/pixelate.hpp",
    "data/corruption/tone.hpp",
    "data/digit_strokes.hpp",
    "data/download.hpp",
    "data/image_integrity.hpp",
    "data/inflater.hpp",
    "data/npy_header.hpp",
    "data/pen.hpp",
    "data/pixel.hpp",
    "data/resize.hpp",
    "data/tar.hpp",
    "data/zip.hpp",
    "framework/autograd/additions.hpp",
    "framework/autograd/gradient_observer.hpp",
    "framework/base/bit_cast.hpp",
    "framework/base/counted.hpp",
    "framework/base/markdown.hpp",
    "framework/core/address_sanitizer.hpp",
    "framework/core/caching_allocator.hpp",
    "framework/core/coordinates.hpp",
    "framework/core/cpu_quota.hpp",
    "framework/core/device_graph.hpp",
    "framework/core/scratch.hpp",
    "framework/core/thread_team.hpp",
    "framework/device/account.hpp",
    "framework/device/recording.hpp",
    "framework/formulas/normal_pair.hpp",
    "framework/group/packing.hpp",
    "framework/io/crc32c.hpp",
    "framework/io/event_file.hpp",
    "framework/io/file_kind.hpp",
    "framework/io/half_precision.hpp",
    "framework/io/input_file.hpp",
    "framework/io/nearest_names.hpp",
    "framework/io/protobuf.hpp",
    "framework/io/safetensors_header.hpp",
    "framework/io/system_failure.hpp",
    "framework/mpi/local_card.hpp",
    "framework/nn/chain.hpp",
    "framework/ops/op_attributes.hpp",
    "framework/ops/shared_batch_norm.hpp",
    "framework/ops/strided.hpp",
    "framework/pch/standard.hpp",
    "framework/train/device_source.hpp",
    "framework/train/draws.hpp",
    "framework/train/epoch_watch.hpp",
    "framework/train/fit_checks.hpp",
    "framework/train/gradient_buckets.hpp",
    "framework/train/group_step.hpp",
    "framework/train/recorded_step.hpp",
    "framework/train/running_sums.hpp",
    "framework/train/step_check.hpp",
    "framework/train/step_history.hpp",
    "framework/train/sum_over_ranks.hpp",
    "zoo/architecture_entry.hpp",
    "zoo/stored_metadata.hpp",
};

// The headers of a folder by their path from `root`; none where the folder does not exist.
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

/// A copy of examples/consumer.
class Consumer {
 public:
  Consumer() { copy(kSource / "examples/consumer", folder_.path()); }

  const path& folder() const { return folder_.path(); }

  /// Runs the program, which contains Credence.
  void check(const std::string& program) const {
    const Outcome outcome = shell(folder(), "./" + program);
    require_success(outcome);
    const std::regex form(
        R"((\d+\.\d) % of 500 test images right\nleast sure of image \d+, a \d taken for a \d: )"
        R"(epistemic 0\.\d{4}, aleatoric 0\.\d{4}\n)");
    std::smatch match;
    BOOST_TEST_REQUIRE(std::regex_match(outcome.out, match, form), outcome.out);
    BOOST_TEST(std::stod(match[1]) > 80);

    const Outcome needed = shell(folder(), "ldd " + program);
    require_success(needed);
    BOOST_TEST(needed.out.find("libcredence") == std::string::npos, needed.out);
  }

 private:
  TemporaryFolder folder_;
};

}  // namespace

BOOST_AUTO_TEST_CASE(headers_for_users_are_installed_and_compile_without_others) {
  const Names installed = headers_of(installation().headers());
  Names missing;
  for (const std::string& name : headers_of(kSource)) {
    const bool kernel = name.starts_with("framework/cpu/") || name.starts_with("framework/cuda/");
    const bool internal =
        (kernel && name != "framework/device/backend.hpp") || kInternalHeaders.contains(name);
    // The headers for pictures belong to builds with stb_image.
    if (!internal && !name.starts_with("data/image_f") && !installed.contains(name)) {
      missing.insert(name);
    }
    if (internal) BOOST_TEST(!installed.contains(name), name << " is installed");
  }
  BOOST_TEST(missing.empty(), "neither installed nor internal:" << names_in(missing));

  const std::string all = read_text(installation().headers() / "credence.hpp");
  for (const std::string& name : installed) {
    BOOST_TEST(all.find("#include \"" + name + "\"\n") != std::string::npos, name);
  }
  const TemporaryFolder folder;
  folder.write("all.cpp", "#include \"credence.hpp\"\n");
  require_success(shell(folder.path(),
                        "$CXX -std=c++20 -Wall -Wextra -Werror -fsyntax-only all.cpp "
                        "$(pkg-config --cflags credence)",
                        installation().pkg_config()));
}

BOOST_AUTO_TEST_CASE(a_makefile_links_statically_through_pkg_config) {
  const Consumer consumer;
  require_success(shell(consumer.folder(), "make", installation().pkg_config()));
  consumer.check("consumer");
}

BOOST_AUTO_TEST_CASE(meson_finds_the_installed_library_and_links_statically) {
  const Consumer consumer;
  require_success(shell(consumer.folder(),
                        "meson setup --wrap-mode=nofallback build && meson compile -C build",
                        installation().pkg_config()));
  consumer.check("build/consumer");
}

BOOST_AUTO_TEST_CASE(cmake_finds_the_installed_library) {
  const Consumer consumer;
  if (shell(consumer.folder(), "cmake --version").status != 0) {
    BOOST_TEST_MESSAGE("skipped: cmake is not installed");
    return;
  }
  const std::string configure =
      "cmake -DCMAKE_PREFIX_PATH='" + installation().prefix().string() + "' -B build ";
  require_success(shell(consumer.folder(), configure + "&& cmake --build build"));
  consumer.check("build/consumer");
  require_success(
      shell(consumer.folder(), configure + "-DBUILD_SHARED_LIBS=ON && cmake --build build"));
  const Outcome needed = shell(consumer.folder(), "ldd build/consumer");
  BOOST_TEST(needed.out.find("libcredence.so") != std::string::npos, needed.out);
}

BOOST_AUTO_TEST_CASE(meson_builds_it_as_a_subproject_and_links_statically) {
  const Consumer consumer;
  create_directory(consumer.folder() / "subprojects");
  create_directory_symlink(kSource, consumer.folder() / "subprojects/credence");
  // The whole library is compiled, without optimisation and with kernels for one instruction set
  // and no GPU.
  require_success(shell(consumer.folder(),
                        "meson setup --force-fallback-for=credence -Doptimization=0 "
                        "-Dcredence:wide_kernels=false -Dcredence:cuda=disabled build && meson "
                        "compile -C build"));
  consumer.check("build/consumer");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace credence::test
