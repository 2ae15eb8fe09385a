// What measuring on the device takes; no CUDA header is needed to include this. A build without
// CUDA has the same functions, which throw Error there, as they do without a usable device.
#pragma once

#include <cstddef>
#include <memory>

namespace credence::cuda {

/// A stopwatch in the stream of all work: it reads the device's own clock when the device comes to
/// start() and to stop(), however far the host is ahead by then.
class Timer {
 public:
  Timer();
  ~Timer();
  Timer(Timer&& other) noexcept;
  Timer& operator=(Timer&& other) noexcept;

  void start();
  void stop();
  /// The time between the two, to about half a microsecond. Waits for the device to come to stop().
  /// Throws Error where it was not started and stopped, or where the work failed.
  double seconds() const;

 private:
  struct Events;
  std::unique_ptr<Events> events_;
};

/// The size of the cache that all multiprocessors of the device share (L2).
std::size_t cache_bytes();

}  // namespace credence::cuda
