// A group that measures its sums.
#pragma once

#include "framework/group/group.hpp"

#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

namespace credence::benchmarks {

using Clock = std::chrono::steady_clock;

inline double milliseconds_since(Clock::time_point begin) {
  return std::chrono::duration<double, std::milli>(Clock::now() - begin).count();
}

/// Another group, with the time that is spent in its sums.
class TimedGroup final : public Group {
 public:
  explicit TimedGroup(Group& group) : group_(group) {}
  int rank() const override { return group_.rank(); }
  int size() const override { return group_.size(); }
  void all_reduce(std::span<float> numbers) override { reduce(numbers); }
  void all_reduce(std::span<double> numbers) override { reduce(numbers); }
  void start_sum(std::span<float> numbers) override {
    timed([&] { group_.start_sum(numbers); });
    ++messages;
    summed_bytes += numbers.size_bytes();
  }
  void advance_sums() override {
    timed([&] { group_.advance_sums(); });
  }
  void finish_sums() override {
    timed([&] { group_.finish_sums(); });
  }
  bool sum_on_device(std::span<float> numbers, void* stream) override {
    return group_.sum_on_device(numbers, stream);
  }
  void broadcast(std::span<std::byte> bytes, int root) override { group_.broadcast(bytes, root); }
  void barrier() override { group_.barrier(); }
  std::vector<std::string> all_gather(std::string_view bytes) override {
    return group_.all_gather(bytes);
  }
  std::vector<std::vector<float>> exchange(const std::vector<std::vector<float>>& sent) override {
    return group_.exchange(sent);
  }
  void fail(const std::string& cause) override { group_.fail(cause); }

  double milliseconds = 0;  ///< in sums
  std::int64_t messages = 0;
  std::size_t summed_bytes = 0;

 private:
  template <class T>
  void reduce(std::span<T> numbers) {
    timed([&] { group_.all_reduce(numbers); });
    ++messages;
    summed_bytes += numbers.size_bytes();
  }
  template <class Call>
  void timed(Call call) {
    const Clock::time_point begin = Clock::now();
    call();
    milliseconds += milliseconds_since(begin);
  }
  Group& group_;
};

}  // namespace credence::benchmarks
