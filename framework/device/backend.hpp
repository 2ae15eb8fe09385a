// What a device is beside its kernels: memory, copies, a stream of work, recorded work, uploads and
// a clock, in bytes and pointers. A backend hands over a table of functions; the folders above see
// the table alone, so that they neither include nor link the backend. The CPU needs none of this.
//
// All work on the device is put into one stream, in the order of the calls, and runs while the host
// goes on. A block that is freed may be handed out again at once: what uses it next comes later in
// the stream.
#pragma once

#include "framework/base/dtype.hpp"
#include "framework/device/device.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>

namespace credence::device {

/// Whether there is a device that can be used.
struct Availability {
  bool usable = false;
  std::string description{};  ///< the card's name and memory, or why there is none
  bool built_in = true;       ///< whether the program has the backend, device or not
};

/// Work of the stream that was recorded.
class CapturedWork {
 public:
  virtual ~CapturedWork() = default;
  /// Puts the work into the stream.
  virtual void launch() const = 0;
};

/// Page-locked memory of the host, and copies from it to the device in a stream of their own: they
/// run while the device computes.
class Upload {
 public:
  virtual ~Upload() = default;
  virtual std::size_t bytes() const = 0;
  /// The host's memory, to be filled. Waits until the last copy has left it.
  virtual std::byte* staging() const = 0;
  /// Copies the first bytes of it to the device as soon as the work that is in the stream at the
  /// call is done. What is put into the stream after the call may run beside the copy.
  virtual void start(std::byte* to, std::size_t bytes) = 0;
  /// Lets what is put into the stream after the call wait for the copy.
  virtual void finish() = 0;
};

/// A stopwatch in the stream: it reads the device's own clock when the device comes to start() and
/// to stop(), however far the host is ahead by then.
class Timer {
 public:
  virtual ~Timer() = default;
  virtual void start() = 0;
  virtual void stop() = 0;
  /// Seconds between the two, to about half a microsecond. Waits for the device to come to stop().
  /// Throws Error where it was not started and stopped, or where the work failed.
  virtual double seconds() const = 0;
};

/// The functions of a backend. Those that need a device throw Error where there is none.
struct Backend {
  /// Looks for a device once; later calls give the same answer.
  const Availability& (*availability)();

  /// Memory of the device, aligned to 64 bytes; null where it has none left.
  std::byte* (*allocate)(std::size_t bytes);
  void (*free)(std::byte* block);
  /// Bytes of the device's memory that nobody has taken.
  std::size_t (*free_memory)();
  /// ", 1234 free of 5678": the device's memory in bytes, as part of an error.
  std::string (*describe_memory)();

  /// Copies within the device, to it or from it. Host memory may be changed or freed once the call
  /// has returned, and holds the copy if it is the destination: that waits for the device, a copy
  /// to it does not.
  void (*copy)(std::byte* to, Device to_device, const std::byte* from, Device from_device,
               std::size_t bytes);
  /// Sets n elements of the type to a value.
  void (*fill)(DType dtype, std::byte* elements, std::int64_t n, double value);
  /// Converts n elements from one type to another, as static_cast does.
  void (*convert)(DType from, const std::byte* elements, DType to, std::byte* converted,
                  std::int64_t n);
  /// Waits for all work on the device. Throws Error where some of it failed.
  void (*synchronize)();

  /// Until end_capture what is put into the stream is recorded in place of being done.
  void (*begin_capture)();
  std::unique_ptr<CapturedWork> (*end_capture)();
  /// Writes, in the order of the stream, the number that kernels add to the draw of their streams.
  void (*set_draw_offset)(std::uint64_t offset);

  /// Throws Error where the page-locked memory cannot be had.
  std::unique_ptr<Upload> (*make_upload)(std::size_t bytes);
  std::unique_ptr<Timer> (*make_timer)();
  /// Bytes of the cache that all multiprocessors of the device share (L2).
  std::size_t (*cache_bytes)();
};

/// The CUDA backend. Throws Error in a program that is linked without it.
const Backend& backend();

/// Whether the CUDA device can be used, and why not.
const Availability& availability();

}  // namespace credence::device
