// Uploads on host memory. A copy that was started arrives when it is waited for, so that a test
// sees whether somebody reads it before.
#include "framework/cuda/runtime/runtime.hpp"

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
    to_ = to;
    started_ = bytes;
  }
  void finish() override { std::memcpy(to_, staging_.data(), started_); }

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
