// Recording of device work, whose memory comes from a pool of its own.
#include "framework/core/device_graph.hpp"

#include "framework/base/error.hpp"
#include "framework/core/caching_allocator.hpp"
#include "framework/device/backend.hpp"
#include "framework/device/recording.hpp"

#include <exception>

namespace credence {
namespace {

CachingAllocator& allocator() { return caching_allocator(Device::cuda); }

}  // namespace

class DeviceGraph::Recording {
 public:
  explicit Recording(FunctionRef<void()> work) : pool_(allocator().begin_pool()) {
    try {
      // Makes the number, if it is not there yet: recorded, its making would be repeated.
      device::backend().set_draw_offset(0);
      device::backend().begin_capture();
      device::set_recording(true);
      work();
      end();
    } catch (...) {
      if (device::recording()) end_quietly();
      allocator().end_pool();
      allocator().release_pool(pool_);
      throw;
    }
    allocator().end_pool();
  }
  ~Recording() {
    work_.reset();
    allocator().release_pool(pool_);
  }
  Recording(const Recording&) = delete;
  Recording& operator=(const Recording&) = delete;

  void launch() const { work_->launch(); }

 private:
  void end() {
    device::set_recording(false);
    work_ = device::backend().end_capture();
  }

  // After a failure of the work, ending the recording may fail too.
  void end_quietly() {
    try {
      end();
    } catch (const std::exception&) {
      // The work's own error is the one to report.
    }
  }

  const int pool_;
  std::unique_ptr<device::CapturedWork> work_;
};

DeviceGraph DeviceGraph::record(FunctionRef<void()> work) {
  device::refuse_while_recording("graph");
  DeviceGraph graph;
  graph.recording_ = std::make_shared<const Recording>(work);
  return graph;
}

void DeviceGraph::replay(std::uint64_t draws) const {
  if (!recording_) throw Error("[graph] nothing was recorded");
  device::backend().set_draw_offset(draws);
  recording_->launch();
  device::backend().set_draw_offset(0);
}

}  // namespace credence
