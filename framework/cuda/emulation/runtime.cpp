// The functions of framework/cuda/runtime/runtime.hpp and capture.hpp on host memory. With these
// and emulation.hpp the device "cuda" works, slowly, on a machine without one.
#include "framework/cuda/runtime/runtime.hpp"

#include "framework/core/storage.hpp"
#include "framework/cuda/emulation/emulation.hpp"
#include "framework/cuda/runtime/capture.hpp"
#include "framework/device/recording.hpp"

#include <cstdlib>
#include <cstring>
#include <utility>

namespace credence::cuda {
namespace {

class RecordedCalls : public CapturedWork {
 public:
  explicit RecordedCalls(std::vector<std::function<void()>> calls) : calls_(std::move(calls)) {}
  void launch() const override {
    for (const std::function<void()>& call : calls_) call();
  }

 private:
  std::vector<std::function<void()>> calls_;
};

std::uint64_t offset_of_draws = 0;
bool offset_is_made = false;

}  // namespace

const Availability& availability() {
  static const Availability emulated{.usable = true, .description = "emulated on the host"};
  return emulated;
}

std::byte* allocate(std::size_t bytes) {
  return static_cast<std::byte*>(std::aligned_alloc(kAlignment, bytes));
}
void free(std::byte* block) {
  emulation::refuse_recording("free");
  std::free(block);
}
std::size_t free_memory() { return std::size_t{1} << 34; }
std::string describe_memory() { return {}; }

void copy(std::byte* to, Device to_device, const std::byte* from, Device from_device,
          std::size_t bytes) {
  if (to_device != from_device) device::refuse_while_recording("copy");
  emulation::enqueue([=] { std::memmove(to, from, bytes); });
}

void* stream_of_work() { return nullptr; }

void synchronize() { device::refuse_while_recording("synchronize"); }

void begin_capture() { emulation::begin_recording(); }
std::unique_ptr<CapturedWork> end_capture() {
  return std::make_unique<RecordedCalls>(emulation::end_recording());
}

// Zeroed in the stream at the first use, as the device's memory is.
const std::uint64_t* draw_offset() {
  if (!std::exchange(offset_is_made, true)) emulation::enqueue([] { offset_of_draws = 0; });
  return &offset_of_draws;
}
void set_draw_offset(std::uint64_t offset) {
  draw_offset();
  emulation::enqueue([=] { offset_of_draws = offset; });
}

void emulation::forget_draw_offset() { offset_is_made = false; }

}  // namespace credence::cuda
