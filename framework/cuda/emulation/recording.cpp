// The stream of emulated work: it runs at once, or is recorded as a list of calls.
#include "framework/base/error.hpp"
#include "framework/cuda/emulation/emulation.hpp"

#include <optional>
#include <string>
#include <utility>

namespace credence::cuda::emulation {
namespace {

struct Recording {
  std::vector<std::function<void()>> work{};
  const char* refused = nullptr;  ///< the last call that must not be made meanwhile
};

std::optional<Recording>& recorded() {
  static std::optional<Recording> recording;
  return recording;
}

}  // namespace

void enqueue(const char* name, Addresses addresses, std::function<void()> work) {
  const auto checked = [name, addresses = std::move(addresses), work = std::move(work)] {
    for (const void* const address : addresses) require_live(name, address);
    work();
  };
  if (recorded()) {
    recorded()->work.emplace_back(checked);
  } else {
    checked();
  }
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

}  // namespace credence::cuda::emulation
