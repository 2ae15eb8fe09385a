// Uploads on host memory, for tests without a device. A copy arrives only when finish() is called,
// so that a test notices whether its target is read too early.
#include "framework/cuda/runtime/runtime.hpp"
#include "framework/device/recording.hpp"

#include <cstring>
#include <vector>

namespace credence::cuda {
namespace {

class DelayedUpload : public device::Upload {
 public:
  explicit DelayedUpload(std::size_t bytes) : staging_(bytes) {}
  std::size_t bytes() const override { return staging_.size(); }
  std::byte* staging() const override { return staging_.data(); }
  void start(std::byte* to, std::size_t bytes) override {
    device::refuse_while_recording("upload");
    to_ = to;
    started_ = bytes;
  }
  void finish() override {
    device::refuse_while_recording("upload");
    std::memcpy(to_, staging_.data(), started_);
  }

 private:
  mutable std::vector<std::byte> staging_;
  std::byte* to_ = nullptr;
  std::size_t started_ = 0;
};

}  // namespace

std::unique_ptr<device::Upload> make_upload(std::size_t bytes) {
  return std::make_unique<DelayedUpload>(bytes);
}

}  // namespace credence::cuda
