// Copies to the device beside the work in its stream. No CUDA header is needed to include this.
#pragma once

#include <cstddef>
#include <memory>

namespace credence::cuda {

/// Page-locked memory of the host, and copies from it to the device in a stream of their own: they
/// run while the device computes.
class Upload {
 public:
  /// Throws Error where the memory cannot be had.
  explicit Upload(std::size_t bytes);
  ~Upload();
  Upload(Upload&&) noexcept;
  Upload& operator=(Upload&&) noexcept;

  std::size_t bytes() const;
  /// The host's memory, to be filled. Waits until the copy before has left it.
  std::byte* staging() const;
  /// Copies the first bytes of it to the device as soon as the work that is in the stream now is
  /// done. What is put into the stream afterwards may run beside it.
  void start(std::byte* to, std::size_t bytes);
  /// Lets what is put into the stream from now on wait for the copy.
  void finish();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace credence::cuda
