// The functions of framework/cuda/runtime/runtime.hpp and capture.hpp on host memory. With these
// and emulation.hpp the device "cuda" works, slowly, on a machine without one.
#include "framework/cuda/runtime/runtime.hpp"

#include "framework/base/error.hpp"
#include "framework/core/storage.hpp"
#include "framework/cuda/emulation/emulation.hpp"
#include "framework/cuda/runtime/capture.hpp"
#include "framework/cuda/runtime/small_copy.hpp"
#include "framework/device/recording.hpp"

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <deque>
#include <map>
#include <string>
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

// Of the blocks that are in use.
std::map<const std::byte*, std::size_t>& sizes() {
  static auto& all = *new std::map<const std::byte*, std::size_t>;
  return all;
}

// The blocks that were freed last. They are kept for a while, filled with NaN, so that the use of
// one shows.
class FreedBlocks {
 public:
  void add(std::byte* block, std::size_t bytes) {
    // A large block's pages may never have been touched.
    if (bytes > kMostBytes) {
      std::free(block);
      return;
    }
    std::memset(block, 0xFF, bytes);
    blocks_.push_back({block, bytes});
    if (blocks_.size() <= kMost) return;
    std::free(blocks_.front().first);
    blocks_.pop_front();
  }

  bool contain(const std::byte* address) const {
    return std::any_of(blocks_.begin(), blocks_.end(), [&](const auto& block) {
      return address >= block.first && address < block.first + block.second;
    });
  }

 private:
  static constexpr std::size_t kMost = 64;
  static constexpr std::size_t kMostBytes = std::size_t{1} << 18;
  std::deque<std::pair<std::byte*, std::size_t>> blocks_;
};

// It is never destroyed, because objects of static lifetime free their memory later.
FreedBlocks& freed_blocks() {
  static auto& blocks = *new FreedBlocks;
  return blocks;
}

std::uint64_t offset_of_draws = 0;
bool offset_is_made = false;

}  // namespace

const Availability& availability() {
  static const Availability emulated{.usable = true, .description = "emulated on the host"};
  return emulated;
}

// In the mode in which steps are recorded, memory may be allocated meanwhile, and is not part of
// the recording.
std::byte* allocate(std::size_t bytes) {
  auto* const block = static_cast<std::byte*>(std::aligned_alloc(kAlignment, bytes));
  if (block != nullptr) sizes()[block] = bytes;
  return block;
}
void free(std::byte* block) {
  emulation::refuse_recording("free");
  const auto size = sizes().find(block);
  freed_blocks().add(block, size->second);
  sizes().erase(size);
}
std::size_t free_memory() { return std::size_t{1} << 34; }
std::string describe_memory() { return {}; }

void copy(std::byte* to, Device to_device, const std::byte* from, Device from_device,
          std::size_t bytes) {
  if (to_device != from_device) device::refuse_while_recording("copy");
  if (to_device == Device::cuda && from_device == Device::cpu && bytes <= kMostSmallBytes) {
    return copy_small(to, from, bytes);
  }
  emulation::enqueue("copy", {to, from}, [=] { std::memmove(to, from, bytes); });
}

void* stream_of_work() { return nullptr; }

void synchronize() { device::refuse_while_recording("synchronize"); }

void begin_capture() { emulation::begin_recording(); }
std::unique_ptr<CapturedWork> end_capture() {
  return std::make_unique<RecordedCalls>(emulation::end_recording());
}

// Zeroed in the stream at the first use, as the device's memory is.
const std::uint64_t* draw_offset() {
  if (!std::exchange(offset_is_made, true))
    emulation::enqueue("draws", {}, [] { offset_of_draws = 0; });
  return &offset_of_draws;
}
void set_draw_offset(std::uint64_t offset) {
  draw_offset();
  emulation::enqueue("draws", {}, [=] { offset_of_draws = offset; });
}

void emulation::require_live(const char* name, const void* address) {
  if (!freed_blocks().contain(static_cast<const std::byte*>(address))) return;
  throw Error(std::string("[") + name + "] uses memory of the device that was freed");
}

void emulation::forget_draw_offset() { offset_is_made = false; }

}  // namespace credence::cuda
