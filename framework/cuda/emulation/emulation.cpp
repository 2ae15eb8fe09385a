// Running the threads of an emulated kernel as fibers that switch at barriers, and recording of
// emulated work.
#include "framework/cuda/emulation/emulation.hpp"

#include "framework/base/error.hpp"

#include <algorithm>
#include <cstdlib>
#include <exception>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include <ucontext.h>

credence::cuda::emulation::Index threadIdx;
credence::cuda::emulation::Index blockIdx;
credence::cuda::emulation::Index blockDim;
credence::cuda::emulation::Index gridDim;

namespace credence::cuda::emulation {
namespace {

constexpr std::size_t kStackBytes = std::size_t{1} << 16;

// What a thread does between two turns.
enum class State { runs, waits_for_warp, waits_for_block, ended };

struct Fiber {
  ucontext_t context{};
  std::unique_ptr<char[]> stack = std::make_unique<char[]>(kStackBytes);
  State state = State::runs;
  std::uint32_t handed = 0;  // in a shuffle
};

// The block that is running. Tests launch kernels from one thread at a time.
struct Block {
  std::vector<Fiber> fibers;
  ucontext_t scheduler{};
  Fiber* running = nullptr;
  FunctionRef<void()>* kernel = nullptr;
  std::exception_ptr failure;
};

Block& block() {
  static Block current;
  return current;
}

// The environment variable sets the order for a whole run of the tests.
Order first_order() {
  const char* const variable = std::getenv("CREDENCE_EMULATION_ORDER");
  const std::string wanted = variable == nullptr ? "forward" : variable;
  if (wanted == "forward") return Order::forward;
  if (wanted == "backward") return Order::backward;
  throw std::invalid_argument("CREDENCE_EMULATION_ORDER is forward or backward, not " + wanted);
}

Order& order() {
  static Order current = first_order();
  return current;
}

void run_fiber() {
  Block& current = block();
  try {
    (*current.kernel)();
  } catch (...) {
    current.failure = std::current_exception();
  }
  current.running->state = State::ended;
  swapcontext(&current.running->context, &current.scheduler);
}

void start(Fiber& fiber) {
  getcontext(&fiber.context);
  fiber.context.uc_stack.ss_sp = fiber.stack.get();
  fiber.context.uc_stack.ss_size = kStackBytes;
  fiber.context.uc_link = nullptr;
  fiber.state = State::runs;
  makecontext(&fiber.context, &run_fiber, 0);
}

using Fibers = std::vector<Fiber>::iterator;

bool all_are(Fibers begin, Fibers end, State state) {
  return std::all_of(begin, end, [state](const Fiber& fiber) { return fiber.state == state; });
}

// Lets the threads run on that wait for each other, where all of them do. False where none does.
bool release(Fibers begin, Fibers end, State waiting) {
  if (!all_are(begin, end, waiting)) return false;
  std::for_each(begin, end, [](Fiber& fiber) { fiber.state = State::runs; });
  return true;
}

// Releases the warps whose threads have all come to a shuffle, or else the block.
bool release(Block& current) {
  const auto begin = current.fibers.begin();
  const auto count = static_cast<std::ptrdiff_t>(current.fibers.size());
  bool released = release(begin, current.fibers.end(), State::waits_for_block);
  for (std::ptrdiff_t first = 0; first < count; first += kWarp) {
    const std::ptrdiff_t end = std::min<std::ptrdiff_t>(first + kWarp, count);
    released = release(begin + first, begin + end, State::waits_for_warp) || released;
  }
  return released;
}

// Runs every thread that does not wait to its next barrier, its next shuffle, or its end.
void advance(Block& current) {
  const std::size_t count = current.fibers.size();
  for (std::size_t i = 0; i < count; ++i) {
    const std::size_t number = order() == Order::forward ? i : count - 1 - i;
    Fiber& fiber = current.fibers[number];
    if (fiber.state != State::runs) continue;
    threadIdx.x = static_cast<unsigned>(number);
    current.running = &fiber;
    swapcontext(&current.scheduler, &fiber.context);
    if (current.failure) std::rethrow_exception(std::exchange(current.failure, nullptr));
  }
}

void wait(State state) {
  Block& current = block();
  current.running->state = state;
  swapcontext(&current.running->context, &current.scheduler);
}

struct Recording {
  std::vector<std::function<void()>> work{};
  const char* refused = nullptr;  ///< the last call that must not be made meanwhile
};

std::optional<Recording>& recorded() {
  static std::optional<Recording> recording;
  return recording;
}

}  // namespace

Order set_order(Order new_order) { return std::exchange(order(), new_order); }

void run(const char* name, unsigned blocks, unsigned threads, FunctionRef<void()> kernel) {
  Block& current = block();
  current.fibers.resize(threads);
  current.kernel = &kernel;
  blockDim.x = threads;
  gridDim.x = blocks;
  for (blockIdx.x = 0; blockIdx.x < blocks; ++blockIdx.x) {
    std::for_each(current.fibers.begin(), current.fibers.end(), &start);
    while (true) {
      advance(current);
      if (all_are(current.fibers.begin(), current.fibers.end(), State::ended)) break;
      if (!release(current)) {
        throw Error(std::string("[") + name + "] some threads ended, others wait at a barrier");
      }
    }
  }
}

void enqueue(std::function<void()> work) {
  if (!recorded()) {
    work();
    return;
  }
  recorded()->work.push_back(std::move(work));
}

void begin_recording() { recorded().emplace(); }

void refuse_recording(const char* call) noexcept {
  if (recorded()) recorded()->refused = call;
}

std::vector<std::function<void()>> end_recording() {
  Recording ended = *std::exchange(recorded(), std::nullopt);
  if (ended.refused != nullptr) {
    throw Error(std::string("[") + ended.refused + "] was called while work was recorded");
  }
  return std::move(ended.work);
}

void wait_at_barrier() { wait(State::waits_for_block); }

std::uint32_t exchange_in_warp(std::uint32_t bits, unsigned source) {
  Block& current = block();
  current.running->handed = bits;
  wait(State::waits_for_warp);
  const unsigned first = threadIdx.x / kWarp * kWarp;
  const std::uint32_t received = current.fibers[first + source % kWarp].handed;
  // None hands out its next number before all have read this one.
  wait(State::waits_for_warp);
  return received;
}

}  // namespace credence::cuda::emulation
