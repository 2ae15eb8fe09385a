// One process that trains, stops, resumes, evaluates, predicts, saves and loads LeNet5 in both
// families, and whose child is killed in the middle of training, again and again: its memory and
// its descriptors have to stay as many as they are, and each resumed model has to be that of a run
// without interruption.
#include "bayes/elbo.hpp"
#include "bayes/predict.hpp"
#include "bayes/uncertainty.hpp"
#include "data/loader.hpp"
#include "data/synthetic_digits.hpp"
#include "framework/base/error.hpp"
#include "framework/base/standard_streams.hpp"
#include "framework/io/checkpoint.hpp"
#include "framework/train/evaluate.hpp"
#include "framework/train/fit.hpp"
#include "framework/train/state_files.hpp"
#include "tests/data/temporary_folder.hpp"
#include "tests/framework/training.hpp"
#include "zoo/lenet5.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include <fmt/core.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

namespace credence::test {
namespace {

namespace fs = std::filesystem;

constexpr std::int64_t kEpochs = 4;
constexpr std::int64_t kSteps = 8;
constexpr std::int64_t kBatch = 16;
constexpr std::int64_t kSamples = 3;
// Of the bytes after the warm-up.
constexpr double kGrowth = 0.01;

const data::Dataset& digits() {
  static const data::Dataset drawn =
      data::synthetic_digits(kSteps * kBatch, Generator(1), data::Split::train);
  return drawn;
}

std::unique_ptr<nn::Module> new_model(bool bayesian) {
  const Generator generator = Generator(2).split("model");
  if (bayesian)
    return std::make_unique<zoo::BayesianLeNet5>(zoo::LeNet5Options{.classes = 10}, generator);
  return std::make_unique<zoo::LeNet5<>>(zoo::LeNet5Options{.classes = 10}, generator);
}

train::FitOptions options_of(bool bayesian, train::StateFiles& states) {
  train::FitOptions options{.epochs = kEpochs, .progress = false};
  if (bayesian) options.objective = bayes::Elbo{};
  options.save = [&states](const io::SafeTensors& state) { states.save(state); };
  return options;
}

data::Loader loader() {
  return {digits(),
          {.batch_size = kBatch, .shuffle = true, .generator = Generator(3), .workers = 1}};
}

// Trains from the newest state, or from the beginning, until the question `stop_at`; 0 for never.
// Returns whether the run came to its end.
bool train(nn::Module& model, bool bayesian, train::StateFiles& states, int stop_at) {
  data::Loader source = loader();
  train::FitOptions options = options_of(bayesian, states);
  options.stop = [stop_at, asked = 0]() mutable { return ++asked == stop_at; };
  if (auto last = states.load()) options.resume = std::move(last->state);
  try {
    train::fit(model, source, options);
    return true;
  } catch (const train::Interrupted&) {
    return false;
  }
}

// What a killed process does: it trains, and again from the beginning, until it is killed.
void train_until_killed(const fs::path& state, bool bayesian) {
  for (;;) {
    train::StateFiles states(state);
    states.remove();
    train(*new_model(bayesian), bayesian, states, 0);
  }
}

// Starts this program as a process that trains, and kills it after a while.
void kill_a_run(const fs::path& state, bool bayesian, std::uint64_t milliseconds) {
  std::array<std::string, 4> texts{"credence-soak", "--train", state.string(),
                                   bayesian ? "1" : "0"};
  std::array<char*, 5> arguments{};
  for (std::size_t i = 0; i < texts.size(); ++i) arguments[i] = texts[i].data();
  pid_t process = 0;
  if (::posix_spawn(&process, "/proc/self/exe", nullptr, nullptr, arguments.data(), environ) != 0) {
    throw Error("no process can be started");
  }
  std::this_thread::sleep_for(std::chrono::milliseconds(milliseconds));
  ::kill(process, SIGKILL);
  int status = 0;
  ::waitpid(process, &status, 0);
  if (!WIFSIGNALED(status)) throw Error("the process that trains ended by itself");
}

// Evaluates, predicts, saves and loads.
void use(nn::Module& model, bool bayesian, const fs::path& file) {
  data::Loader source = loader();
  if (bayesian) {
    bayes::evaluate(model, source, {.samples = kSamples});
  } else {
    train::evaluate(model, source);
  }
  train::Batch batch;
  source.start_epoch(0);
  source.next(batch);
  bayes::uncertainty(model, batch.inputs, {.samples = kSamples});
  io::save_checkpoint(file, model);
  const std::unique_ptr<nn::Module> loaded = new_model(bayesian);
  io::load_checkpoint(file, *loaded);
  if (!same_bits(parameter_values(*loaded), parameter_values(model))) {
    throw Error("a checkpoint has other parameters than its model");
  }
}

struct Use {
  std::int64_t bytes = 0;  // of memory that is resident
  std::ptrdiff_t descriptors = 0;
};

Use use_of_process() {
  std::ifstream pages("/proc/self/statm");
  std::int64_t size = 0;
  std::int64_t resident = 0;
  pages >> size >> resident;
  pages.close();
  return {resident * ::sysconf(_SC_PAGESIZE),
          std::distance(fs::directory_iterator("/proc/self/fd"), fs::directory_iterator())};
}

class Soak {
 public:
  explicit Soak(const fs::path& folder) : folder_(folder) {
    for (const bool bayesian : {false, true}) {
      train::StateFiles states(folder_ / "whole.safetensors", 1);
      const std::unique_ptr<nn::Module> model = new_model(bayesian);
      train(*model, bayesian, states, 0);
      states.remove();
      expected_[bayesian ? 1 : 0] = parameter_values(*model);
    }
  }

  void round(std::int64_t number) {
    const bool bayesian = number % 2 == 1;
    const RandomStream random = Generator(static_cast<std::uint64_t>(number)).split("round").next();
    const fs::path file = folder_ / "run.safetensors";
    kill_a_run(file, bayesian, 20 + random.below(0, 400));
    left_ += train::StateFiles(file).files().empty() ? 0 : 1;
    // What the killed process left, or a run from the beginning, stopped twice.
    for (const std::uint64_t stop : {random.below(1, kSteps) + 1, random.below(2, kSteps) + 1}) {
      train::StateFiles states(file);
      train(*new_model(bayesian), bayesian, states, static_cast<int>(stop));
    }
    train::StateFiles states(file);
    const std::unique_ptr<nn::Module> model = new_model(bayesian);
    train(*model, bayesian, states, 0);
    if (!same_bits(parameter_values(*model), expected_[bayesian ? 1 : 0])) {
      throw Error(fmt::format("round {}: the resumed model is another one", number));
    }
    use(*model, bayesian, folder_ / "model.safetensors");
    states.remove();
  }

  /// The rounds whose killed process left a state.
  std::int64_t left() const { return left_; }

 private:
  fs::path folder_;
  std::int64_t left_ = 0;
  std::array<std::vector<Tensor>, 2> expected_;
};

int soak(double minutes) {
  using Clock = std::chrono::steady_clock;
  const std::chrono::duration<double> whole(60 * minutes);
  const TemporaryFolder folder;
  Soak work(folder.path());
  const auto begin = Clock::now();
  std::optional<Use> warm;
  Use most;
  double next_line = 60;
  std::int64_t rounds = 0;
  for (; Clock::now() - begin < whole; ++rounds) {
    work.round(rounds);
    const Use now = use_of_process();
    const std::chrono::duration<double> elapsed = Clock::now() - begin;
    // The first tenth fills caches.
    if (elapsed > whole / 10) {
      if (!warm) warm = now;
      most.bytes = std::max(most.bytes, now.bytes);
      most.descriptors = std::max(most.descriptors, now.descriptors);
    }
    if (elapsed.count() < next_line) continue;
    next_line += 60;
    write_stdout(fmt::format("{:.0f} s, {} rounds: {:.2f} MiB, {} descriptors\n", elapsed.count(),
                             rounds + 1, static_cast<double>(now.bytes) / 1048576,
                             now.descriptors));
  }
  if (!warm) throw Error("no round came to its end in time");
  const double growth =
      static_cast<double>(most.bytes - warm->bytes) / static_cast<double>(warm->bytes);
  write_stdout(
      fmt::format("{} rounds and kills, {} of which left a state, in {:g} min: from {:.2f} to at "
                  "most {:.2f} MiB "
                  "({:+.2f} %), from {} to at most {} descriptors\n",
                  rounds, work.left(), minutes, static_cast<double>(warm->bytes) / 1048576,
                  static_cast<double>(most.bytes) / 1048576, 100 * growth, warm->descriptors,
                  most.descriptors));
  return growth <= kGrowth && most.descriptors <= warm->descriptors ? 0 : 1;
}

int run(const std::vector<std::string>& arguments) {
  if (arguments.size() == 3 && arguments[0] == "--train") {
    train_until_killed(arguments[1], arguments[2] == "1");
  }
  char* end = nullptr;
  const double minutes = arguments.size() == 1 ? std::strtod(arguments[0].c_str(), &end) : 0;
  if (end == nullptr || *end != '\0' || !(minutes > 0)) {
    write_stderr("credence-soak: takes the number of minutes\n");
    return 2;
  }
  return soak(minutes);
}

}  // namespace
}  // namespace credence::test

int main(int argc, char** argv) {
  return credence::run_program("credence-soak", [&] {
    return credence::test::run(std::vector<std::string>(argv + 1, argv + argc));
  });
}
