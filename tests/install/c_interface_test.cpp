// Tests of the installed C interface: a C99 program, and the examples in C and in Python.
#include "bayes/posterior/gaussian.hpp"
#include "bayes/uncertainty.hpp"
#include "data/transform.hpp"
#include "framework/io/checkpoint.hpp"
#include "framework/version.hpp"
#include "tests/install/installation.hpp"
#include "zoo/lenet5.hpp"

#include <sstream>

namespace credence::test {

BOOST_AUTO_TEST_SUITE(c_interface)

namespace {

using std::filesystem::path;

const std::string kCompiler = "${CC:-cc} -std=c99 -O2 -Wall -Wextra -Werror -pedantic";

// An untrained Bayesian LeNet5 whose spreads are large enough to be seen.
zoo::BayesianLeNet5 model_of(std::uint64_t seed) {
  zoo::Bayesian layers;
  layers.posterior = bayes::Gaussian{.log_variance = -4};
  return {{.classes = 3}, Generator(seed).split("model"), layers};
}

// A folder with the checkpoint and the C programs, compiled for the installed library.
class Programs {
 public:
  Programs() {
    zoo::BayesianLeNet5 model = model_of(7);
    io::save_checkpoint(checkpoint(), model,
                        {{"model", "LeNet5"},
                         {"family", "bayesian"},
                         {"posterior", "gaussian"},
                         {"activation", "softplus"},
                         {"seed", "7"},
                         {"class_names", "cat\ndog\nowl\n"},
                         {"mean", "0.25"},
                         {"std", "0.5"}});
    folder_.write("none", "not a checkpoint");
    const path root = CREDENCE_SOURCE_ROOT;
    copy_file(root / "examples/c_interface/predict.c", folder_.path() / "predict.c");
    copy_file(root / "tests/install/c_interface_arguments.c", folder_.path() / "arguments.c");
    for (const std::string name : {"predict", "arguments"}) {
      require_success(shell(folder_.path(),
                            kCompiler + " -o " + name + " " + name +
                                ".c $(pkg-config --cflags --libs credence-c) -pthread",
                            installation().pkg_config()));
    }
  }

  path checkpoint() const { return folder_.path() / "bayesian.safetensors"; }
  const TemporaryFolder& folder() const { return folder_; }
  /// Runs a program that finds the installed library, with one thread.
  Outcome run(const std::string& program, const std::vector<std::string>& arguments) const {
    return run_program(
        program, arguments,
        {"LD_LIBRARY_PATH=" + installation().libraries().string(), "OMP_NUM_THREADS=1"});
  }

 private:
  TemporaryFolder folder_;
};

const Programs& programs() {
  static const Programs compiled;
  return compiled;
}

// The numbers of a line, as the C program prints them.
std::vector<float> numbers_in(const std::string& line) {
  std::istringstream stream(line);
  std::vector<float> numbers;
  for (float number = 0; stream >> number;) numbers.push_back(number);
  return numbers;
}

std::vector<float> joined(const bayes::Uncertainty& u) {
  std::vector<float> all;
  for (const Tensor& part : {u.probabilities, u.entropy, u.mutual_information}) {
    for (const float number : part.to_vector<float>()) all.push_back(number);
  }
  return all;
}

// A picture of a bar as PGM, and its pixels.
std::string bar_pixels() {
  std::string pixels;
  // Bytes that are white space in text come first.
  for (int i = 0; i < 28 * 28; ++i)
    pixels += i < 10 ? ' ' : i % 28 > 11 && i % 28 < 16 ? '\xFF' : '\0';
  return pixels;
}

bayes::Uncertainty of_bar() {
  zoo::BayesianLeNet5 model = model_of(7);
  const std::string pixels = bar_pixels();
  const Tensor batch = Tensor::empty({1, 1, 28, 28});
  for (std::int64_t i = 0; i < batch.numel(); ++i) {
    const double pixel = static_cast<unsigned char>(pixels[static_cast<std::size_t>(i)]);
    batch.data<float>()[i] = static_cast<float>((pixel / 255 - 0.25) / 0.5);
  }
  return bayes::uncertainty(model, batch, {.samples = 15});
}

// What the examples print of the bar, one class a line.
void check_bar(const std::string& out) {
  const bayes::Uncertainty u = of_bar();
  std::istringstream lines(out);
  std::string line;
  const std::vector<float> probabilities = u.probabilities.to_vector<float>();
  std::size_t label = 0;
  for (const std::string name : {"cat ", "dog ", "owl "}) {
    std::getline(lines, line);
    BOOST_TEST_REQUIRE(line.starts_with(name), out);
    BOOST_TEST(std::stof(line.substr(name.size())) == probabilities[label++]);
  }
  float entropy = 0;
  float information = 0;
  std::getline(lines, line);
  BOOST_TEST_REQUIRE(std::sscanf(line.c_str(), "entropy %f, mutual information %f nats", &entropy,
                                 &information) == 2);
  BOOST_TEST(entropy == u.entropy.to_vector<float>()[0]);
  BOOST_TEST(information == u.mutual_information.to_vector<float>()[0]);
  BOOST_TEST(information > 0);
}

}  // namespace

BOOST_AUTO_TEST_CASE(wrong_arguments_give_messages_and_right_ones_the_numbers_of_cpp) {
  const TemporaryFolder& folder = programs().folder();
  const std::string none = (folder.path() / "none").string();
  for (const std::uint64_t seed : {7U, 8U}) {
    const Outcome outcome =
        programs().run((folder.path() / "arguments").string(),
                       {programs().checkpoint().string(), none, std::to_string(seed)});
    require_success(outcome);
    std::istringstream lines(outcome.out);
    const auto expect = [&](const std::string& start) {
      std::string line;
      std::getline(lines, line);
      BOOST_TEST(line.starts_with(start), "\"" << line << "\" does not start with " << start);
      return line;
    };
    expect("missing: 0 nowhere: ");
    expect("no checkpoint: 0 " + none + ": ");
    expect("no path: 0 the path is NULL");
    expect("negative seed: 0 the seed is negative");
    expect("cut: 7");
    expect("NULL: 1 1 1 1 1");
    expect("no model: 1 the model is NULL");
    expect("load: 0 ");
    expect("1 " + std::string(kVersion) +
           " BayesianLeNet5 variational 3 [1, 28, 28] 0.25 0.5 cat owl 1");
    expect("no images: 1 the images are NULL");
    expect("negative count: 1 the number of images is negative");
    expect("too many: 1 the number of images is too large");
    expect("negative samples: 1 the number of samples is negative");
    expect("no image: 0 ");
    expect("not a number: 2 [uncertainty] the probabilities of image 0");
    expect("nothing wanted: 0 ");
    expect("two images: 0 ");
    const std::vector<float> numbers = numbers_in(expect(""));
    // The weights are the file's; the noise is the seed's.
    zoo::BayesianLeNet5 model = model_of(seed);
    io::load_checkpoint(programs().checkpoint(), model);
    std::vector<float> images;
    for (int i = 0; i < 2 * 28 * 28; ++i) images.push_back(static_cast<float>(i % 7) / 7);
    const bayes::Uncertainty u =
        bayes::uncertainty(model, Tensor::from({2, 1, 28, 28}, images), {.samples = 5});
    BOOST_TEST(numbers == joined(u), boost::test_tools::per_element());
    expect("threads: 0");
  }
}

BOOST_AUTO_TEST_CASE(the_example_in_c_predicts_a_picture) {
  const path& folder = programs().folder().path();
  const path picture = programs().folder().write("bar.pgm", "P5\n28 28\n255\n" + bar_pixels());
  const std::string program = (folder / "predict").string();
  const Outcome outcome =
      programs().run(program, {programs().checkpoint().string(), picture.string()});
  require_success(outcome);
  check_bar(outcome.out);
  const path small = programs().folder().write("small.pgm", "P5\n2 2\n255\nabcd");
  for (const std::vector<std::string>& wrong :
       {std::vector<std::string>{programs().checkpoint().string(), small.string()},
        {picture.string(), picture.string()}}) {
    const Outcome refused = programs().run(program, wrong);
    BOOST_TEST(refused.status == 1);
    BOOST_TEST(refused.err.starts_with("predict: " + wrong[wrong[0] == picture.string() ? 0 : 1]));
  }
}

BOOST_AUTO_TEST_CASE(the_example_in_python_predicts_a_picture) {
  if (run_program("python3", {"-c", "import ctypes"}).status != 0) {
    BOOST_TEST_MESSAGE("skipped: python3 is not installed");
    return;
  }
  const path picture = programs().folder().write("bar.pgm", "P5\n28 28\n255\n" + bar_pixels());
  const std::string program =
      (path(CREDENCE_SOURCE_ROOT) / "examples/c_interface/predict.py").string();
  const Outcome outcome = programs().run(
      "python3", {"-B", program, programs().checkpoint().string(), picture.string()});
  require_success(outcome);
  check_bar(outcome.out);
  const Outcome refused = programs().run("python3", {"-B", program, "nowhere", picture.string()});
  BOOST_TEST(refused.status == 1);
  BOOST_TEST(refused.err.find("OSError: nowhere: ") != std::string::npos, refused.err);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace credence::test
