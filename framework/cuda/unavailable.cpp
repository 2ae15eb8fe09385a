// What stands in for the folder's other files in a build without CUDA.
#include "framework/core/error.hpp"
#include "framework/cuda/runtime.hpp"
#include "framework/cuda/table.hpp"

namespace credence::cuda {
namespace {

constexpr const char* kReason = "this build has no CUDA";

[[noreturn]] void fail() { throw Error(std::string("[cuda] ") + kReason); }

}  // namespace

const Availability& availability() {
  static const Availability none{.usable = false, .description = kReason};
  return none;
}

std::byte* allocate(std::size_t) { fail(); }
void free(std::byte*) {}
std::string describe_memory() { return {}; }
void copy(std::byte*, Device, const std::byte*, Device, std::size_t) { fail(); }
void fill(DType, std::byte*, std::int64_t, double) { fail(); }
void convert(DType, const std::byte*, DType, std::byte*, std::int64_t) { fail(); }
void synchronize() { fail(); }
const Table& table() { fail(); }

}  // namespace credence::cuda
