#include "framework/cuda/graph.hpp"

#include "framework/core/caching_allocator.hpp"
#include "framework/core/error.hpp"
#include "framework/cuda/capture.hpp"

#include <string>

namespace credence::cuda {
namespace {

CachingAllocator& allocator() { return caching_allocator(Device::cuda); }

// Part of the device's context: whether what is put into its stream is being recorded.
bool recording = false;

}  // namespace

class Graph::Recording {
 public:
  explicit Recording(FunctionRef<void()> work) : pool_(allocator().begin_pool()) {
    try {
      begin_capture();
      recording = true;
      work();
      end();
    } catch (...) {
      if (recording) end_quietly();
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
    recording = false;
    work_ = end_capture();
  }

  // Work that failed may have left the recording in a state that cannot be ended well.
  void end_quietly() {
    try {
      end();
    } catch (const Error&) {
      // The work's own error is the one to report.
    }
  }

  const int pool_;
  std::unique_ptr<CapturedWork> work_;
};

Graph Graph::record(FunctionRef<void()> work) {
  refuse_while_recording("graph");
  Graph graph;
  graph.recording_ = std::make_shared<const Recording>(work);
  return graph;
}

void Graph::replay(std::uint64_t draws) const {
  if (!recording_) throw Error("[graph] nothing was recorded");
  set_draw_offset(draws);
  recording_->launch();
  set_draw_offset(0);
}

void refuse_while_recording(const char* operation) {
  if (!recording) return;
  throw Error(std::string("[") + operation +
              "] is not possible while work on the device is being recorded");
}

}  // namespace credence::cuda
