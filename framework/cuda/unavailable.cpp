// What stands in for the folder's other files in a build without CUDA.
#include "framework/core/error.hpp"
#include "framework/cuda/graph.hpp"
#include "framework/cuda/runtime.hpp"
#include "framework/cuda/table.hpp"
#include "framework/cuda/timer.hpp"
#include "framework/cuda/upload.hpp"

namespace credence::cuda {
namespace {

constexpr const char* kReason = "this build has no CUDA";

[[noreturn]] void fail() { throw Error(std::string("[cuda] ") + kReason); }

}  // namespace

const Availability& availability() {
  static const Availability none{.usable = false, .description = kReason, .built_in = false};
  return none;
}

std::byte* allocate(std::size_t) { fail(); }
void free(std::byte*) {}
std::size_t free_memory() { fail(); }
std::string describe_memory() { return {}; }
void copy(std::byte*, Device, const std::byte*, Device, std::size_t) { fail(); }
void fill(DType, std::byte*, std::int64_t, double) { fail(); }
void convert(DType, const std::byte*, DType, std::byte*, std::int64_t) { fail(); }
void synchronize() { fail(); }
const Table& table() { fail(); }

struct Upload::State {};
Upload::Upload(std::size_t) { fail(); }
Upload::~Upload() = default;
Upload::Upload(Upload&&) noexcept = default;
Upload& Upload::operator=(Upload&&) noexcept = default;
std::size_t Upload::bytes() const { return 0; }
std::byte* Upload::staging() const { fail(); }
void Upload::start(std::byte*, std::size_t) { fail(); }
void Upload::finish() { fail(); }

class Graph::Recording {};
Graph Graph::record(FunctionRef<void()>) { fail(); }
void Graph::replay(std::uint64_t) const { fail(); }
void refuse_while_recording(const char*) {}

struct Timer::Events {};
Timer::Timer() { fail(); }
Timer::~Timer() = default;
Timer::Timer(Timer&&) noexcept = default;
Timer& Timer::operator=(Timer&&) noexcept = default;
void Timer::start() { fail(); }
void Timer::stop() { fail(); }
double Timer::seconds() const { fail(); }
std::size_t cache_bytes() { fail(); }

}  // namespace credence::cuda
