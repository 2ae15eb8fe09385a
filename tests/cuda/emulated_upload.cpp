// The functions of framework/cuda/upload.hpp on host memory. A copy that was started arrives when
// it is waited for, so that a test sees whether somebody reads it before.
#include "framework/cuda/upload.hpp"

#include <cstring>
#include <vector>

namespace credence::cuda {

struct Upload::State {
  std::vector<std::byte> staging;
  std::byte* to = nullptr;
  std::size_t bytes = 0;
};

Upload::Upload(std::size_t bytes)
    : state_(std::make_unique<State>(State{.staging = std::vector<std::byte>(bytes)})) {}
Upload::~Upload() = default;
Upload::Upload(Upload&&) noexcept = default;
Upload& Upload::operator=(Upload&&) noexcept = default;

std::size_t Upload::bytes() const { return state_->staging.size(); }

std::byte* Upload::staging() const { return state_->staging.data(); }

void Upload::start(std::byte* to, std::size_t bytes) {
  state_->to = to;
  state_->bytes = bytes;
}

void Upload::finish() { std::memcpy(state_->to, state_->staging.data(), state_->bytes); }

}  // namespace credence::cuda
