// An account of the work that enters a device's stream: what each call moves and computes. A
// backend tells it where it makes the call.
#pragma once

#include <cstdint>
#include <functional>
#include <string>

namespace credence::device {

/// What a call moves between the device's memory and its processors, and computes. Each array, or
/// the part of it that is used, counts once as read and once as written, however often the call
/// touches it; memory that a library takes for itself does not count. An addition, a multiplication
/// and a function such as exp are one flop each; integer arithmetic is none.
struct Work {
  std::int64_t read_bytes = 0;
  std::int64_t written_bytes = 0;
  std::int64_t flops = 0;

  constexpr Work operator+(const Work& other) const {
    return {read_bytes + other.read_bytes, written_bytes + other.written_bytes,
            flops + other.flops};
  }
};

/// `read` elements of type T that are read and `written` ones that are written.
template <class T>
constexpr Work elements(std::int64_t read, std::int64_t written, std::int64_t flops = 0) {
  constexpr auto kBytes = static_cast<std::int64_t>(sizeof(T));
  return {read * kBytes, written * kBytes, flops};
}

/// Whose code does the work of a call.
enum class Source : std::uint8_t { kernel, cublas_lt, cudnn, copy };

/// The numbers that a call multiplies. tf32 and bf16 are for tensor cores.
enum class Arithmetic : std::uint8_t { fp32, tf32, bf16, fp64 };

/// One call, which is one node of recorded work at least.
struct Call {
  std::string name;
  Source source = Source::kernel;
  Arithmetic arithmetic = Arithmetic::fp32;
  Work work{};
};

/// While an object lives, its function receives each call that enters the stream, whether it runs
/// or is recorded. An object within the life of another takes its place meanwhile.
class Account {
 public:
  explicit Account(std::function<void(const Call&)> listener);
  ~Account();
  Account(const Account&) = delete;
  Account& operator=(const Account&) = delete;

 private:
  friend void tell_account(const Call& call);
  std::function<void(const Call&)> listener_;
  const Account* const outer_;
};

/// Whether an Account lives. Without one, a backend need not make a Call.
bool account_listens();
/// Passes the call to the Account, if there is one.
void tell_account(const Call& call);

}  // namespace credence::device
