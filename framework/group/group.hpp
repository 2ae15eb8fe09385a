// Processes that work on one task together, and how their numbers meet. A process is a rank. All
// ranks of a group make the same calls in the same order.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace credence {

/// The ranks of a job. single_process() is the group of a program that runs alone; framework/mpi
/// has one over MPI. Memory is the host's, apart from that of sum_on_device.
class Group {
 public:
  Group() = default;
  virtual ~Group() = default;
  Group(const Group&) = delete;
  Group& operator=(const Group&) = delete;

  /// The number of this process, from 0.
  virtual int rank() const = 0;
  /// The number of processes, at least 1.
  virtual int size() const = 0;
  /// Whether this process alone is the group: its calls cost nothing then.
  bool alone() const { return size() == 1; }

  /// Replaces each element by its sum over all ranks, which has the same bits on every rank. The
  /// order of the additions depends on the group's size.
  virtual void all_reduce(std::span<float> numbers) = 0;
  virtual void all_reduce(std::span<double> numbers) = 0;
  /// Starts all_reduce(numbers), which may go on while this process does other work. The numbers
  /// must not be read or changed until finish_sums returns. By default the call does all of it.
  virtual void start_sum(std::span<float> numbers) { all_reduce(numbers); }
  /// Lets the sums that were started go on, for whoever does other work in many pieces.
  virtual void advance_sums() {}
  /// Returns when all sums that were started are there.
  virtual void finish_sums() {}
  /// The same sum of numbers in the memory of the CUDA device, as work in `stream`, a cudaStream_t.
  /// Returns false, as by default, where the group cannot reach this memory: its caller then sums a
  /// copy in the host's.
  virtual bool sum_on_device(std::span<float> /*numbers*/, void* /*stream*/) { return false; }
  /// Replaces the bytes by those of rank `root`. All ranks pass as many.
  virtual void broadcast(std::span<std::byte> bytes, int root) = 0;
  /// Returns when every rank has called it.
  virtual void barrier() = 0;
  /// What each rank passes, in the order of ranks, on every rank. The lengths may differ.
  virtual std::vector<std::string> all_gather(std::string_view bytes) = 0;
  /// Sends sent[r] to rank r and returns what each rank has sent to this one.
  virtual std::vector<std::vector<float>> exchange(const std::vector<std::vector<float>>& sent) = 0;
  /// Says that this rank cannot go on. Either the job ends with this rank and this cause, and the
  /// call does not return, or the next call of every other rank throws Error with both.
  virtual void fail(const std::string& cause) = 0;
};

/// The group of one process.
Group& single_process();

/// Whether `own` holds on some rank.
bool on_some_rank(Group& group, bool own);

/// The parts, of `parts` that a group shares in order, which a rank has: begin, …, end − 1.
struct PartRange {
  std::int64_t begin = 0;
  std::int64_t end = 0;
  std::int64_t size() const { return end - begin; }
};
PartRange parts_of_rank(std::int64_t parts, int rank, int size);

/// Replaces `sum` by the element-wise sum of parts, vectors of its length. They are numbered over
/// all ranks in order: this rank has those of parts_of_rank(total, rank, size). The additions are
/// those of one tree over all parts, so that the bits depend on the number of parts alone, not on
/// that of ranks. Throws ValueError where a rank has other parts.
void ordered_sum(Group& group, std::int64_t total, const std::vector<std::span<const float>>& parts,
                 std::span<float> sum);

}  // namespace credence
