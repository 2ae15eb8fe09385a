// Lets each request for memory of a small training run fail, in turn: those of operator new, and
// those of the caching allocator to the system. After each failure the same run, without one, has
// to give the same bits. Prints a line for each kind of run, and ends with status 1 for a wrong
// result; a crash ends it by itself.
//   memory_faults [--every N] [--cold]
// --every N tries each N-th request alone. --cold begins each try in a new process, where what a
// process sets up once is still to be set up.
#include "bayes/elbo.hpp"
#include "data/loader.hpp"
#include "data/synthetic_digits.hpp"
#include "framework/base/error.hpp"
#include "framework/core/caching_allocator.hpp"
#include "framework/core/parallel.hpp"
#include "framework/io/atomic_file.hpp"
#include "framework/io/checkpoint.hpp"
#include "framework/train/fit.hpp"
#include "tests/data/temporary_folder.hpp"
#include "zoo/mlp.hpp"

#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <filesystem>
#include <new>
#include <string>
#include <string_view>

#include <malloc.h>
#include <sys/wait.h>
#include <unistd.h>

namespace {

// Which requests fail, counted from 1: those from `first` to `last`. operator new has no argument
// to reach this by.
struct Plan {
  std::atomic<long> count{0};
  std::atomic<long> first{0};
  std::atomic<long> last{0};

  void arm(long from, long to) {
    count = 0;
    first = from;
    last = to;
  }
  bool fails() {
    const long number = ++count;
    return number >= first && number <= last;
  }
};
Plan objects;  // of operator new
Plan tensors;  // of the caching allocator

void* new_block(std::size_t bytes) {
  void* const block = objects.fails() ? nullptr : std::malloc(bytes);
  if (block == nullptr) throw std::bad_alloc();
  return block;
}

}  // namespace

void* operator new(std::size_t bytes) { return new_block(bytes); }
void* operator new[](std::size_t bytes) { return new_block(bytes); }
// std::stable_sort asks so, and goes on without memory. A sanitizer has a form of its own.
void* operator new(std::size_t bytes, const std::nothrow_t&) noexcept {
  return objects.fails() ? nullptr : std::malloc(bytes);
}
void operator delete(void* block) noexcept { std::free(block); }
void operator delete[](void* block) noexcept { std::free(block); }
void operator delete(void* block, std::size_t) noexcept { std::free(block); }
void operator delete[](void* block, std::size_t) noexcept { std::free(block); }

// The caching allocator's source, in front of the C library's.
extern "C" void* aligned_alloc(std::size_t alignment, std::size_t bytes) noexcept {
  return tensors.fails() ? nullptr : memalign(alignment, bytes);
}

namespace credence::test {
namespace {

std::string bits_of(nn::Module& model) {
  std::string bits;
  for (const nn::NamedParameter& p : nn::parameters(model)) {
    const Tensor& value = p.parameter->value();
    bits.append(reinterpret_cast<const char*>(value.raw_data()), value.bytes());
  }
  return bits;
}

// Two steps of training, the model written and read again, and its outputs. Returns all bits of it.
template <class Family>
std::string run_once(const std::filesystem::path& folder, const train::Objective& objective) {
  const zoo::MLPOptions net{.features = 784, .hidden = {6}, .classes = 10, .dropout = 0.2};
  data::Loader images(data::synthetic_digits(8, Generator(1), data::Split::train),
                      {.batch_size = 4, .shuffle = true, .generator = Generator(2), .workers = 1});
  zoo::MLP<Family> model(net, Generator(3));
  train::fit(model, images,
             {.epochs = 1, .optimizer = optim::Adam{}, .objective = objective, .progress = false});
  io::save_checkpoint(folder / "model.safetensors", model);
  zoo::MLP<Family> again(net, Generator(4));
  io::load_checkpoint(folder / "model.safetensors", again);
  const NoGrad no_grad;
  const nn::EvaluationMode mode(again);
  const nn::DrawsFrom noise(again, 0);
  const Variable outputs = again(Variable(Tensor::full({2, 784}, 0.5)));
  return bits_of(model) + bits_of(again) +
         std::string(reinterpret_cast<const char*>(outputs.value().raw_data()),
                     outputs.value().bytes());
}

struct Run {
  const char* name;
  std::string (*once)(const std::filesystem::path& folder);
};

const Run kRuns[] = {
    {"frequentist",
     [](const auto& folder) { return run_once<zoo::Frequentist>(folder, train::cross_entropy); }},
    {"Bayesian", [](const auto& folder) { return run_once<zoo::Bayesian>(folder, bayes::Elbo{}); }},
};

// Which requests of a plan fail from number n on.
struct Fault {
  const char* name;
  Plan& plan;
  long more;  // requests behind the n-th that fail too
};

// The allocator asks a second time after it has given back what it had stored.
const Fault kFaults[] = {{"operator new", objects, 0},
                         {"the allocator's first request", tensors, 0},
                         {"both of the allocator's requests", tensors, 1}};

// Where a process that ended by std::terminate was.
const Run* running = nullptr;
const Fault* failing = nullptr;
long number = 0;

[[noreturn]] void report_and_abort() {
  objects.arm(0, 0);
  std::fprintf(stderr, "%s run, %s number %ld: std::terminate\n", running->name, failing->name,
               number);
  std::abort();
}

class Trials {
 public:
  Trials(long every, bool cold) : every_(every), cold_(cold) {}

  int run() {
    std::set_terminate(report_and_abort);
    for (const Run& run : kRuns) {
      running = &run;
      for (const Fault& fault : kFaults) {
        failing = &fault;
        all_requests();
      }
    }
    return findings_ == 0 ? 0 : 1;
  }

 private:
  // What a request's failure came to.
  enum Outcome : int { kError = 0, kSuccess = 1, kNoRequest = 2, kWrong = 3 };

  void all_requests() {
    expected_ = cold_ ? std::string() : running->once(folder_.path());
    long requests = 0;
    long errors = 0;
    for (number = 1;; number += every_) {
      const Outcome outcome = cold_ ? in_new_process() : attempt();
      if (outcome == kNoRequest) break;
      ++requests;
      if (outcome == kError) ++errors;
      if (outcome == kWrong) ++findings_;
    }
    std::printf("%s run, %s: %ld failures, %ld errors\n", running->name, failing->name, requests,
                errors);
    std::fflush(stdout);
  }

  Outcome attempt() {
    // What other tries have stored would serve this one's requests.
    release_cached_memory(Device::cpu);
    Outcome outcome = kSuccess;
    std::string message;
    std::string result;
    failing->plan.arm(number, number + failing->more);
    try {
      result = running->once(folder_.path());
    } catch (const std::bad_alloc&) {
      outcome = kError;
    } catch (const Error& error) {
      outcome = kError;
      failing->plan.arm(0, 0);
      message = error.what();
    }
    const bool reached = outcome == kError || failing->plan.count >= number;
    failing->plan.arm(0, 0);
    if (!reached) return kNoRequest;
    if (!message.empty() && message.find("out of memory") == std::string::npos) {
      return complain("the error does not say what was lacking: " + message);
    }
    const std::string afterwards = running->once(folder_.path());
    if (outcome == kSuccess && result != afterwards) return complain("a wrong result");
    // The first process of several gives what the others are compared with.
    if (cold_) exchange_expected(afterwards);
    if (afterwards != expected_) return complain("a wrong result afterwards");
    return outcome;
  }

  void exchange_expected(const std::string& bits) {
    const std::filesystem::path file = folder_.path() / running->name;
    if (!std::filesystem::exists(file)) io::write_file_atomically(file, bits);
    expected_ = read_file(file);
  }

  Outcome in_new_process() {
    const pid_t child = fork();
    if (child == 0) _exit(attempt());
    int status = 0;
    waitpid(child, &status, 0);
    if (WIFEXITED(status)) return static_cast<Outcome>(WEXITSTATUS(status));
    return complain("the process was ended by signal " + std::to_string(WTERMSIG(status)));
  }

  Outcome complain(const std::string& what) const {
    std::fprintf(stderr, "%s run, %s number %ld: %s\n", running->name, failing->name, number,
                 what.c_str());
    return kWrong;
  }

  const TemporaryFolder folder_;
  const long every_;
  const bool cold_;
  std::string expected_{};
  int findings_ = 0;
};

}  // namespace
}  // namespace credence::test

int main(int argc, char** argv) {
  long every = 1;
  bool cold = false;
  for (int i = 1; i < argc; ++i) {
    const std::string_view argument = argv[i];
    if (argument == "--every" && i + 1 < argc) every = std::atol(argv[++i]);
    if (argument == "--cold") cold = true;
  }
  if (every < 1) {
    std::fprintf(stderr, "memory_faults: --every needs a number from 1 on\n");
    return 2;
  }
  credence::set_num_threads(2);
  return credence::test::Trials(every, cold).run();
}
