// Running the threads of an emulated kernel as fibers that switch at barriers and where a warp
// exchanges numbers.
#include "framework/cuda/emulation/emulation.hpp"

#include "framework/base/error.hpp"

#include <algorithm>
#include <cstdlib>
#include <exception>
#include <memory>
#include <stdexcept>
#include <string>
#include <utility>

#include <ucontext.h>

credence::cuda::Extent threadIdx = 0;
credence::cuda::Extent blockIdx = 0;
credence::cuda::Extent blockDim = 1;
credence::cuda::Extent gridDim = 1;

namespace credence::cuda::emulation {
namespace {

constexpr std::size_t kStackBytes = std::size_t{1} << 16;

// What a device takes (CUDA C++ Programming Guide, "Compute Capabilities").
constexpr std::size_t kMostThreads = 1024;
constexpr unsigned kMostThreadsAlongZ = 64;
constexpr unsigned kMostBlocksAlongX = 0x7FFFFFFFU;
constexpr unsigned kMostBlocksAlongYZ = 65535;
constexpr std::size_t kMostSharedBytes = std::size_t{48} << 10;

// Bytes behind the dynamic shared memory that a kernel must leave as they are.
constexpr std::size_t kGuardBytes = 64;
constexpr std::byte kGuard{0xA5};
// Of memory that was not written yet: floating-point numbers of these bytes are NaN.
constexpr std::byte kUnwritten{0xFF};

// What a thread does between two turns.
enum class State { runs, waits_for_warp, waits_for_block, ended };

struct Fiber {
  ucontext_t context{};
  std::unique_ptr<char[]> stack = std::make_unique<char[]>(kStackBytes);
  State state = State::runs;
  std::uint32_t mask = 0;    // of the exchange that it waits for
  std::uint32_t handed = 0;  // in this exchange
  Exchanged received;
};

// The block that is running. Tests launch kernels from one thread at a time.
struct Block {
  std::vector<Fiber> fibers;
  ucontext_t scheduler{};
  std::size_t running = 0;
  const std::function<void()>* kernel = nullptr;
  std::vector<std::byte> shared;  // with the guard
  std::exception_ptr failure;
};

Block& block() {
  static Block current;
  return current;
}

Fiber& running_fiber() { return block().fibers[block().running]; }

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
  running_fiber().state = State::ended;
  swapcontext(&running_fiber().context, &current.scheduler);
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

bool all_are(const std::vector<Fiber>& fibers, State state) {
  return std::all_of(fibers.begin(), fibers.end(),
                     [state](const Fiber& fiber) { return fiber.state == state; });
}

// Calls body(lane, thread of the warp) for the threads that the mask names. A last warp may have
// fewer threads than others.
template <class Body>
void for_each_named(Fibers warp, unsigned threads, std::uint32_t mask, Body body) {
  for (unsigned lane = 0; lane < threads; ++lane) {
    if ((mask >> lane & 1U) != 0) body(lane, warp[lane]);
  }
}

// Lets the threads run on that wait for the exchange of this mask, where all of them do.
bool release(Fibers warp, unsigned threads, std::uint32_t mask) {
  bool all = true;
  Exchanged exchanged;
  for_each_named(warp, threads, mask, [&](unsigned lane, const Fiber& fiber) {
    all = all && fiber.state == State::waits_for_warp && fiber.mask == mask;
    exchanged.mask |= 1U << lane;
    exchanged.numbers[lane] = fiber.handed;
  });
  if (!all) return false;
  for_each_named(warp, threads, mask, [&](unsigned, Fiber& fiber) {
    fiber.received = exchanged;
    fiber.state = State::runs;
  });
  return true;
}

// Releases the threads of warps that have all come to an exchange, or else the block.
bool release(Block& current) {
  if (all_are(current.fibers, State::waits_for_block)) {
    for (Fiber& fiber : current.fibers) fiber.state = State::runs;
    return true;
  }
  bool released = false;
  const auto count = static_cast<unsigned>(current.fibers.size());
  for (unsigned i = 0; i < count; ++i) {
    if (current.fibers[i].state != State::waits_for_warp) continue;
    const unsigned first = i / kWarp * kWarp;
    const unsigned threads = std::min(kWarp, count - first);
    const Fibers warp = current.fibers.begin() + first;
    released = release(warp, threads, current.fibers[i].mask) || released;
  }
  return released;
}

// Runs every thread that does not wait to its next barrier, its next exchange, or its end.
void advance(Block& current) {
  const std::size_t count = current.fibers.size();
  for (std::size_t i = 0; i < count; ++i) {
    const std::size_t number = order() == Order::forward ? i : count - 1 - i;
    Fiber& fiber = current.fibers[number];
    if (fiber.state != State::runs) continue;
    const auto thread = static_cast<unsigned>(number);
    threadIdx = {thread % blockDim.x, thread / blockDim.x % blockDim.y,
                 thread / blockDim.x / blockDim.y};
    current.running = number;
    swapcontext(&current.scheduler, &fiber.context);
    if (current.failure) std::rethrow_exception(std::exchange(current.failure, nullptr));
  }
}

void wait(State state) {
  running_fiber().state = state;
  swapcontext(&running_fiber().context, &block().scheduler);
}

void run_block(const char* name, Block& current) {
  std::fill(current.shared.begin(), current.shared.end() - kGuardBytes, kUnwritten);
  std::fill(current.shared.end() - kGuardBytes, current.shared.end(), kGuard);
  std::for_each(current.fibers.begin(), current.fibers.end(), &start);
  while (true) {
    advance(current);
    if (all_are(current.fibers, State::ended)) break;
    if (!release(current)) {
      throw Error(std::string("[") + name + "] some threads wait for others that do not come");
    }
  }
  if (std::any_of(current.shared.end() - kGuardBytes, current.shared.end(),
                  [](std::byte byte) { return byte != kGuard; })) {
    throw Error(std::string("[") + name + "] writes beyond its dynamic shared memory");
  }
}

void run(const char* name, const LaunchShape& shape, const std::function<void()>& kernel) {
  Block& current = block();
  current.fibers.resize(shape.threads.count());
  current.kernel = &kernel;
  current.shared.resize(shape.shared_bytes + kGuardBytes);
  blockDim = shape.threads;
  gridDim = shape.blocks;
  for (blockIdx.z = 0; blockIdx.z < gridDim.z; ++blockIdx.z) {
    for (blockIdx.y = 0; blockIdx.y < gridDim.y; ++blockIdx.y) {
      for (blockIdx.x = 0; blockIdx.x < gridDim.x; ++blockIdx.x) run_block(name, current);
    }
  }
}

void require_shape(const char* name, const LaunchShape& shape) {
  const Extent& threads = shape.threads;
  const Extent& blocks = shape.blocks;
  const bool valid = threads.count() > 0 && threads.count() <= kMostThreads &&
                     threads.z <= kMostThreadsAlongZ && blocks.count() > 0 &&
                     blocks.x <= kMostBlocksAlongX && blocks.y <= kMostBlocksAlongYZ &&
                     blocks.z <= kMostBlocksAlongYZ && shape.shared_bytes <= kMostSharedBytes;
  if (!valid) throw Error(std::string("[") + name + "] invalid configuration argument");
}

}  // namespace

Order set_order(Order new_order) { return std::exchange(order(), new_order); }

void launch(const char* name, const LaunchShape& shape, Addresses addresses,
            std::function<void()> kernel) {
  require_shape(name, shape);
  enqueue(name, std::move(addresses),
          [name, shape, kernel = std::move(kernel)] { run(name, shape, kernel); });
}

void wait_at_barrier() { wait(State::waits_for_block); }

std::byte* shared_memory() {
  std::vector<std::byte>& shared = block().shared;
  if (shared.size() == kGuardBytes)
    throw Error("[emulation] no dynamic shared memory was asked for");
  return shared.data();
}

unsigned lane() { return static_cast<unsigned>(block().running) % kWarp; }

Exchanged exchange_in_warp(std::uint32_t mask, std::uint32_t bits) {
  if ((mask >> lane() & 1U) == 0) {
    throw Error("[emulation] a thread takes part in an exchange whose mask leaves it out");
  }
  running_fiber().mask = mask;
  running_fiber().handed = bits;
  wait(State::waits_for_warp);
  return running_fiber().received;
}

std::uint32_t Exchanged::of(unsigned lane) const {
  if ((mask >> lane & 1U) == 0) {
    throw Error("[emulation] a thread asks for the number of one that took no part");
  }
  return numbers[lane];
}

}  // namespace credence::cuda::emulation
