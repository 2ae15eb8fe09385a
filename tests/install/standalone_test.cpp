// What programs need on the machine that runs them: README's program, linked by README's command,
// by CMake and fully statically; a program that predicts; the shared libraries; and credence-bench
// where CUDA is not there.
#include "bayes/uncertainty.hpp"
#include "framework/io/checkpoint.hpp"
#include "framework/version.hpp"
#include "tests/benchmarks/small_mnist.hpp"
#include "tests/install/installation.hpp"
#include "zoo/lenet5.hpp"

#include <algorithm>
#include <regex>
#include <set>
#include <sstream>
#include <vector>

namespace credence::test {

BOOST_AUTO_TEST_SUITE(standalone)

namespace {

using std::filesystem::path;

std::string readme() { return read_text(path(CREDENCE_SOURCE_ROOT) / "README.md"); }

// The first match's first group, in README.
std::string in_readme(const std::string& pattern) {
  const std::string text = readme();
  std::smatch match;
  BOOST_TEST_REQUIRE(std::regex_search(text, match, std::regex(pattern)), pattern);
  return match[1];
}

std::string replaced(const std::string& text, const std::string& from, const std::string& to) {
  const std::size_t at = text.find(from);
  BOOST_TEST_REQUIRE(at != std::string::npos, text << " is without " << from);
  return std::string(text).replace(at, from.size(), to);
}

/// A program that is compiled as README says for the installed library, and linked on demand.
class Program {
 public:
  Program(std::string name, const std::string& source) : name_(std::move(name)) {
    folder_.write(name_ + ".cpp", source);
    command_ = replaced(in_readme("\n(g\\+\\+ -std[^`]*?)\n```"), "g++", "$CXX");
    run("$CXX -std=c++20 -O2 -Wall -Wextra -Werror -c -o " + name_ + ".o " + name_ +
        ".cpp $(pkg-config --cflags credence)");
  }

  const TemporaryFolder& temporary_folder() const { return folder_; }
  const path& folder() const { return folder_.path(); }

  /// README's command, which takes what is compiled already.
  void link(const std::string& program, const std::string& more = "") const {
    const std::string linked = replaced(command_, "digits.cpp", name_ + ".o");
    run(replaced(linked, "-o digits", "-o " + program) + more);
  }
  void run(const std::string& command) const {
    require_success(shell(folder(), command, installation().pkg_config()));
  }

 private:
  std::string name_;
  TemporaryFolder folder_;
  std::string command_;
};

/// README's program.
const Program& digits() {
  static const Program compiled("digits", in_readme("```cpp\n([^`]*)```"));
  return compiled;
}

/// examples/predict.cpp, with the checkpoint of an untrained model and a picture.
class PredictProgram : public Program {
 public:
  PredictProgram()
      : Program("predict", read_text(path(CREDENCE_SOURCE_ROOT) / "examples/predict.cpp")) {
    zoo::BayesianLeNet5 model = make();
    io::save_checkpoint(folder() / "model.safetensors", model,
                        {{"model", "LeNet5"}, {"seed", "3"}, {"class_names", "cat\ndog\n"}});
    // Three bytes for each pixel, and rows of a multiple of four bytes from bottom to top.
    std::string bitmap("BM", 2);
    for (const std::uint32_t word :
         {54U + 28 * 84, 0U, 54U, 40U, 28U, 28U, 1U + (24U << 16), 0U, 0U, 0U, 0U, 0U, 0U}) {
      for (int shift = 0; shift < 32; shift += 8) bitmap += static_cast<char>(word >> shift & 255U);
    }
    temporary_folder().write("white.bmp", bitmap + std::string(28 * 84, '\xFF'));
  }

  /// Runs the linked program and compares what it prints with the library's own prediction.
  void check(const std::string& program) const {
    const path picture = folder() / "white.bmp";
    const Outcome outcome =
        run_program((folder() / program).string(),
                    {(folder() / "model.safetensors").string(), picture.string()});
    require_success(outcome);
    zoo::BayesianLeNet5 model = make();
    const bayes::Uncertainty u =
        bayes::uncertainty(model, Tensor::full({1, 1, 28, 28}, 1), {.samples = 15});
    const auto label = static_cast<std::size_t>(u.prediction.item());
    char expected[160];
    std::snprintf(expected, sizeof expected,
                  "%s (%.2f %%), entropy %.4f, mutual information %.4f nats\n",
                  label == 0 ? "cat" : "dog", 100 * u.probabilities.to_vector<double>()[label],
                  u.entropy.item(), u.mutual_information.item());
    BOOST_TEST(outcome.out == picture.string() + ": " + expected);
  }

 private:
  static zoo::BayesianLeNet5 make() { return {{.classes = 2}, Generator(3).split("model")}; }
};

const PredictProgram& predict_program() {
  static const PredictProgram compiled;
  return compiled;
}

// Says so where the library reads no pictures.
bool no_pictures() {
  if (exists(installation().headers() / "data/image_file.hpp")) return false;
  BOOST_TEST_MESSAGE("skipped: this build has no stb_image");
  return true;
}

// What it prints. Its seed is fixed.
void check_output(const std::string& output) {
  const std::regex form(
      "test accuracy (\\d+\\.\\d) %\nfirst image: a \\d, entropy of the prediction 0\\.\\d{3} "
      "nats\n");
  std::smatch match;
  BOOST_TEST_REQUIRE(std::regex_match(output, match, form), output);
  BOOST_TEST(std::stod(match[1]) > 80);
}

std::set<std::string> needed_libraries(const path& file) {
  const Outcome outcome = run_program("readelf", {"-d", file.string()});
  require_success(outcome);
  std::set<std::string> names;
  const std::regex form(R"(\(NEEDED\)[^\[]*\[([^\]]+)\])");
  for (std::sregex_iterator at(outcome.out.begin(), outcome.out.end(), form), end; at != end;
       ++at) {
    names.insert((*at)[1]);
  }
  return names;
}

// The runtimes of C, C++ and OpenMP, and zlib.
const std::string kRuntimes =
    "ld-linux.*|libc|libm|libdl|librt|libpthread|libstdc\\+\\+|libc\\+\\+"
    "|libc\\+\\+abi|libgcc_s|libgomp|libomp|libz";

// `names` is a regular expression for what may stand before ".so".
void check_needs_only(const path& file, const std::string& names) {
  const std::regex allowed("(" + names + ")\\.so(\\..*)?");
  const std::set<std::string> needed = needed_libraries(file);
  BOOST_TEST(needed.contains("libc.so.6"));
  for (const std::string& name : needed) {
    BOOST_TEST(std::regex_match(name, allowed), file << " needs " << name);
  }
}

// README says "smaller than N MB" of the program, then of the one that is linked with -static, then
// of the program that predicts and of that with -static.
void check_size(const path& program, int place) {
  if (std::string(CREDENCE_OPTIMIZATION) != "3") return;
  const std::string text = readme();
  const std::regex form(R"(smaller\s+than\s+([0-9.]+)\s+MB)");
  const std::sregex_iterator end;
  std::sregex_iterator at(text.begin(), text.end(), form);
  for (; place > 0 && at != end; --place) ++at;
  BOOST_TEST_REQUIRE((at != end));
  const path stripped = program.string() + "-stripped";
  require_success(run_program("strip", {"-o", stripped.string(), program.string()}));
  BOOST_TEST(static_cast<double>(file_size(stripped)) < 1e6 * std::stod((*at)[1]));
}

bool succeeds(const std::string& command) {
  return shell(std::filesystem::temp_directory_path(), command).status == 0;
}

// Says so where a program cannot be linked with -static.
bool no_static_libraries() {
  if (succeeds("echo 'int main() {}' | $CXX -x c++ - -fopenmp -static -lz -o /dev/null")) {
    return false;
  }
  BOOST_TEST_MESSAGE("skipped: static libraries of OpenMP or zlib are missing");
  return true;
}

// Says so where this build has no CUDA that can be hidden.
bool no_cuda_folder() {
  const std::string root = CREDENCE_CUDA_ROOT;
  if (root.empty()) {
    BOOST_TEST_MESSAGE("skipped: this build has no CUDA");
  } else if (root == "/usr") {
    BOOST_TEST_MESSAGE("skipped: CUDA has no folder of its own on this machine");
  } else if (!succeeds("unshare -rm mount -t tmpfs none " + root)) {
    BOOST_TEST_MESSAGE("skipped: this user may not mount folders in a namespace");
  } else {
    return false;
  }
  return true;
}

// Runs credence-bench with an empty folder in place of CUDA's.
Outcome run_without_cuda(const std::vector<std::string>& arguments) {
  std::vector<std::string> whole{"-rm",
                                 "sh",
                                 "-c",
                                 "mount -t tmpfs none " CREDENCE_CUDA_ROOT
                                 " && test -z \"$(ls " CREDENCE_CUDA_ROOT ")\" && exec \"$@\"",
                                 "sh",
                                 CREDENCE_BENCH};
  whole.insert(whole.end(), arguments.begin(), arguments.end());
  return run_program("unshare", whole);
}

}  // namespace

BOOST_AUTO_TEST_CASE(the_example_is_the_program_of_readme) {
  BOOST_TEST(in_readme("```cpp\n([^`]*)```") ==
             read_text(path(CREDENCE_SOURCE_ROOT) / "examples/digits.cpp"));
}

BOOST_AUTO_TEST_CASE(the_shared_library_needs_runtimes_and_zlib_alone) {
  check_needs_only(installation().libraries() / "libcredence.so", kRuntimes);
}

BOOST_AUTO_TEST_CASE(the_cuda_library_needs_nothing_of_cuda) {
  if (std::string(CREDENCE_CUDA_ROOT).empty()) {
    BOOST_TEST_MESSAGE("skipped: this build has no CUDA");
    return;
  }
  check_needs_only(installation().libraries() / "libcredence-cuda.so", kRuntimes + "|libcredence");
}

BOOST_AUTO_TEST_CASE(only_the_library_of_mpi_needs_mpi) {
  const path library = installation().libraries() / "libcredence-mpi.so";
  if (!exists(library)) {
    BOOST_TEST_MESSAGE("skipped: this build has no MPI");
    return;
  }
  check_needs_only(library, kRuntimes + "|libcredence|libmpi");
}

BOOST_AUTO_TEST_CASE(installed_programs_need_nothing_of_cuda_and_mpi) {
  int programs = 0;
  for (const auto& entry : std::filesystem::directory_iterator(installation().prefix() / "bin")) {
    check_needs_only(entry.path(), kRuntimes +
                                       "|libcairo|libcurl|libnettle|libbenchmark"
                                       "|libopenblas|libdnnl|libmkldnn");
    ++programs;
  }
  BOOST_TEST(programs >= 3);
}

BOOST_AUTO_TEST_CASE(programs_and_licence_are_installed) {
  const path prefix = installation().prefix();
  for (const char* name : {"credence-bench", "credence-cost-curves", "credence-explain-step",
                           "credence-gradient-variance", "credence-training-step"}) {
    const Outcome outcome = run_program((prefix / "bin" / name).string(), {"--version"});
    require_success(outcome);
    BOOST_TEST(outcome.out.starts_with(name), outcome.out);
  }
  BOOST_TEST(read_text(prefix / "share/doc/credence/LICENSE") ==
             read_text(path(CREDENCE_SOURCE_ROOT) / "LICENSE"));
}

BOOST_AUTO_TEST_CASE(each_installed_file_is_in_one_debian_package) {
  // Lines such as "usr/lib/*/cmake" name a file or a folder with all in it.
  std::vector<std::regex> patterns;
  for (const auto& entry :
       std::filesystem::directory_iterator(path(CREDENCE_SOURCE_ROOT) / "debian")) {
    const path& list = entry.path();
    if (list.extension() != ".install" && list.filename() != "not-installed") continue;
    std::istringstream lines(read_text(list));
    for (std::string line; std::getline(lines, line);) {
      std::string form;
      for (const char c : line) form += c == '*' ? "[^/]*" : c == '.' ? "\\." : std::string(1, c);
      patterns.emplace_back(form + "(/.*)?");
    }
  }
  BOOST_TEST(patterns.size() == 11U);
  for (const auto& entry : std::filesystem::recursive_directory_iterator(installation().prefix())) {
    if (entry.is_directory()) continue;
    std::string name = "usr/" + relative(entry.path(), installation().prefix()).string();
    // The packages are built without CUDA, MPI and rivals' libraries.
    if (name.find("credence-cuda") != std::string::npos) continue;
    if (name.find("credence-mpi") != std::string::npos) continue;
    const auto packages =
        std::count_if(patterns.begin(), patterns.end(),
                      [&](const std::regex& form) { return std::regex_match(name, form); });
    BOOST_TEST(packages == 1, name << " is in " << packages << " packages");
  }
}

BOOST_AUTO_TEST_CASE(the_program_of_readme_is_what_readme_says) {
  digits().link("digits");
  const path program = digits().folder() / "digits";
  check_needs_only(program, kRuntimes);
  check_size(program, 0);
  const Outcome outcome = run_program(program.string(), {});
  require_success(outcome);
  check_output(outcome.out);
}

BOOST_AUTO_TEST_CASE(the_shared_library_works) {
  digits().run("$CXX -o digits-shared digits.o $(pkg-config --libs credence)");
  const path program = digits().folder() / "digits-shared";
  BOOST_TEST(needed_libraries(program).contains(std::string("libcredence.so.") + kVersion));
  const Outcome outcome =
      run_program(program.string(), {}, {"LD_LIBRARY_PATH=" + installation().libraries().string()});
  require_success(outcome);
  check_output(outcome.out);
}

BOOST_AUTO_TEST_CASE(the_program_of_readme_links_fully_statically) {
  if (no_static_libraries()) return;
  digits().link("digits-static", " -static");
  const path program = digits().folder() / "digits-static";
  BOOST_TEST(needed_libraries(program).empty());
  check_size(program, 1);
  const Outcome outcome = run_program(program.string(), {});
  require_success(outcome);
  check_output(outcome.out);
}

BOOST_AUTO_TEST_CASE(a_program_that_predicts_has_no_training_loop) {
  if (no_pictures()) return;
  predict_program().link("predict");
  const path program = predict_program().folder() / "predict";
  check_needs_only(program, kRuntimes);
  check_size(program, 2);
  const Outcome symbols = run_program("nm", {"-C", program.string()});
  require_success(symbols);
  BOOST_TEST(symbols.out.find("credence::bayes::uncertainty(") != std::string::npos);
  for (const char* training : {"credence::train::fit(", "credence::optim::Optimizer::step("}) {
    BOOST_TEST(symbols.out.find(training) == std::string::npos, training);
  }
  predict_program().check("predict");
}

BOOST_AUTO_TEST_CASE(a_program_that_predicts_links_fully_statically) {
  if (no_pictures() || no_static_libraries()) return;
  predict_program().link("predict-static", " -static");
  const path program = predict_program().folder() / "predict-static";
  BOOST_TEST(needed_libraries(program).empty());
  check_size(program, 3);
  predict_program().check("predict-static");
}

BOOST_AUTO_TEST_CASE(the_c_library_needs_runtimes_alone_and_shows_its_functions_alone) {
  const path library = installation().libraries() / "libcredence-c.so.1";
  check_needs_only(library, kRuntimes);
  BOOST_TEST(!needed_libraries(library).contains("libz.so.1"));
  const Outcome symbols = run_program("nm", {"-D", "--defined-only", library.string()});
  require_success(symbols);
  std::istringstream lines(symbols.out);
  int functions = 0;
  for (std::string line; std::getline(lines, line); ++functions) {
    BOOST_TEST(line.find(" T credence_") != std::string::npos, line);
  }
  BOOST_TEST(functions == 13);
}

BOOST_AUTO_TEST_CASE(credence_bench_starts_where_cuda_is_not) {
  if (no_cuda_folder()) return;
  const Outcome version = run_without_cuda({"--version"});
  require_success(version);
  BOOST_TEST(version.out.find("CUDA: built in") != std::string::npos, version.out);

  const TemporaryFolder data;
  write_small_mnist(data, 600, 100);
  const Outcome training =
      run_without_cuda({"--data-dir", data.path().string(), "--device", "cpu", "--epochs", "1",
                        "--validation", "100", "--samples", "2"});
  require_success(training);
  BOOST_TEST(training.out.find("| LeNet5 | ") != std::string::npos, training.out);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace credence::test
