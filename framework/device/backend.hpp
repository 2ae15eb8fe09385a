// What a device offers beside its kernels: memory, copies, a stream of work, recorded work, uploads
// and a clock, in bytes and pointers. A backend supplies a table of functions. The folders above
// this one see only the table, so that they neither include nor link the backend. The CPU needs no
// table.
//
// All work on the device goes into one stream, in the order of the calls, and runs while the host
// goes on. A block that is freed may be given out again at once, because its next use comes later
// in the stream.
#pragma once

#include "framework/base/dtype.hpp"
#include "framework/device/device.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>

namespace credence::device {

/// Whether the device can be used.
struct Availability {
  bool usable = false;
  std::string description{};  ///< the card's name and memory, or why it cannot be used
  bool built_in = true;  ///< whether the program contains the backend, with or without a device
};

/// Recorded work.
class CapturedWork {
 public:
  virtual ~CapturedWork() = default;
  /// Appends the work to the stream.
  virtual void launch() const = 0;
};

/// Page-locked host memory, and copies from it to the device in a stream of their own, which run
/// while the device computes.
class Upload {
 public:
  virtual ~Upload() = default;
  virtual std::size_t bytes() const = 0;
  /// The page-locked memory, to be filled by the host. Waits until the last copy has read it.
  virtual std::byte* staging() const = 0;
  /// Copies the first `bytes` bytes of the staging memory to `to` once the work that is in the main
  /// stream at the call is done. Work that enters the main stream after the call may run beside the
  /// copy.
  virtual void start(std::byte* to, std::size_t bytes) = 0;
  /// Makes the work that enters the main stream after this call wait for the copy.
  virtual void finish() = 0;
};

/// A stopwatch in the stream. It reads the device's own clock when the device reaches start() and
/// stop(), however far the host is ahead.
class Timer {
 public:
  virtual ~Timer() = default;
  virtual void start() = 0;
  virtual void stop() = 0;
  /// Seconds between start and stop, to about half a microsecond. Waits until the device has
  /// reached stop(). Throws Error where start() or stop() was not called, or where the work failed.
  virtual double seconds() const = 0;
};

/// The functions of a backend. A function that needs a device throws Error where there is none.
struct Backend {
  /// Looks for a device at the first call; later calls return the same answer.
  const Availability& (*availability)();

  /// Memory of the device, aligned to 64 bytes; null where none is left.
  std::byte* (*allocate)(std::size_t bytes);
  void (*free)(std::byte* block);
  /// The number of free bytes of the device's memory.
  std::size_t (*free_memory)();
  /// Text for error messages with the device's memory in bytes: ", 1234 free of 5678".
  std::string (*describe_memory)();

  /// Copies within the device, to it or from it. Host memory may be changed or freed after the call
  /// returns. A copy to the host waits for the device, and the host then holds the bytes; a copy to
  /// the device does not wait.
  void (*copy)(std::byte* to, Device to_device, const std::byte* from, Device from_device,
               std::size_t bytes);
  /// Sets n elements of the given type to `value`.
  void (*fill)(DType dtype, std::byte* elements, std::int64_t n, double value);
  /// Converts n elements from one type to another as static_cast does.
  void (*convert)(DType from, const std::byte* elements, DType to, std::byte* converted,
                  std::int64_t n);
  /// Waits for all work on the device. Throws Error where work failed.
  void (*synchronize)();

  /// The stream of all work, a cudaStream_t, for libraries that put work of their own there.
  void* (*stream)();

  /// Starts recording: until end_capture, work that enters the stream is recorded and does not run.
  void (*begin_capture)();
  std::unique_ptr<CapturedWork> (*end_capture)();
  /// Sets, in stream order, the number that kernels add to the draw number of their random streams.
  void (*set_draw_offset)(std::uint64_t offset);

  /// Makes an upload of `bytes` bytes. Throws Error where page-locked memory is not available.
  std::unique_ptr<Upload> (*make_upload)(std::size_t bytes);
  std::unique_ptr<Timer> (*make_timer)();
  /// Number of bytes of the device's L2 cache.
  std::size_t (*cache_bytes)();
};

/// The functions of the CUDA backend. Throws Error in a program that is linked without it.
const Backend& backend();

/// Whether the CUDA device can be used. Never throws for a missing backend.
const Availability& availability();

}  // namespace credence::device
