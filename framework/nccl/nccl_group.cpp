// The communicator of NCCL over the ranks of another group, and its one collective: the sum.
#include "framework/nccl/nccl_group.hpp"

#include "framework/base/error.hpp"
#include "framework/base/standard_streams.hpp"
#include "framework/cuda/libraries/shared_library.hpp"

#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <cstdlib>
#include <limits>
#include <mutex>
#include <optional>
#include <thread>
#include <utility>

#include <nccl.h>

namespace credence::nccl {
namespace {

// The functions that are used here, by their names without "nccl".
struct Functions {
  decltype(&ncclGetUniqueId) get_unique_id;
  decltype(&ncclCommInitRank) comm_init_rank;
  decltype(&ncclCommDestroy) comm_destroy;
  decltype(&ncclAllReduce) all_reduce;
  decltype(&ncclGetErrorString) get_error_string;
};

Functions load(const Options& from) {
  const cuda::SharedLibrary library(
      from.file, from.folder.empty() ? CREDENCE_NCCL_FOLDER : from.folder, "NCCL 2");
  Functions found{};
  library.find("ncclGetUniqueId", found.get_unique_id);
  library.find("ncclCommInitRank", found.comm_init_rank);
  library.find("ncclCommDestroy", found.comm_destroy);
  library.find("ncclAllReduce", found.all_reduce);
  library.find("ncclGetErrorString", found.get_error_string);
  return found;
}

// Ends the process where start() was called and stop() was not for longer than the timeout. Its
// thread looks at the clock, since the group's own may be waiting for a stream.
class Watch {
 public:
  Watch(std::chrono::duration<double> timeout, const Group& group)
      : timeout_(timeout), rank_(group.rank()), size_(group.size()) {}

  void start() {
    started_ = Clock::now().time_since_epoch().count();
    if (thread_.joinable()) return;
    thread_ = std::jthread([this](const std::stop_token& end) { look(end); });
  }
  void stop() { started_ = kNever; }

 private:
  using Clock = std::chrono::steady_clock;
  static constexpr Clock::rep kNever = std::numeric_limits<Clock::rep>::max();

  void look(const std::stop_token& end) {
    const auto pause =
        std::min<std::chrono::duration<double>>(timeout_ / 4, std::chrono::seconds(1));
    std::mutex mutex;
    std::unique_lock lock(mutex);
    std::condition_variable_any ended;
    while (!ended.wait_for(lock, end, pause, [&] { return end.stop_requested(); })) {
      const Clock::rep started = started_;
      if (started == kNever) continue;
      if (Clock::now() - Clock::time_point(Clock::duration(started)) > timeout_) report();
    }
  }

  [[noreturn]] void report() const {
    write_stderr("rank " + std::to_string(rank_) + " of " + std::to_string(size_) + ": waited " +
                 std::to_string(static_cast<long>(timeout_.count())) +
                 " s for the others after a sum of NCCL: a rank hangs, or cards do not reach each "
                 "other\n");
    // Destructors would wait for the stream.
    std::_Exit(1);
  }

  std::chrono::duration<double> timeout_;
  int rank_;
  int size_;
  std::atomic<Clock::rep> started_ = kNever;
  std::jthread thread_;
};

class NcclGroup final : public Group {
 public:
  NcclGroup(std::unique_ptr<Group> host, Options options)
      : host_(std::move(host)), options_(std::move(options)), watch_(options_.timeout, *host_) {}
  ~NcclGroup() override {
    watch_.stop();
    if (communicator_ != nullptr) functions_->comm_destroy(communicator_);
  }

  int rank() const override { return host_->rank(); }
  int size() const override { return host_->size(); }
  void all_reduce(std::span<float> numbers) override { host().all_reduce(numbers); }
  void all_reduce(std::span<double> numbers) override { host().all_reduce(numbers); }
  void start_sum(std::span<float> numbers) override { host_->start_sum(numbers); }
  void advance_sums() override { host_->advance_sums(); }
  void finish_sums() override { host_->finish_sums(); }
  void broadcast(std::span<std::byte> bytes, int root) override { host().broadcast(bytes, root); }
  void barrier() override { host().barrier(); }
  std::vector<std::string> all_gather(std::string_view bytes) override {
    return host().all_gather(bytes);
  }
  std::vector<std::vector<float>> exchange(const std::vector<std::vector<float>>& sent) override {
    return host().exchange(sent);
  }
  void fail(const std::string& cause) override { host_->fail(cause); }

  bool sum_on_device(std::span<float> numbers, void* stream) override {
    if (!std::exchange(asked_, true)) connect();
    if (communicator_ == nullptr) return false;
    watch_.start();
    check("sum", functions_->all_reduce(numbers.data(), numbers.data(), numbers.size(), ncclFloat,
                                        ncclSum, communicator_, static_cast<cudaStream_t>(stream)));
    return true;
  }

 private:
  // For the calls in which all ranks meet, which have a timeout of their own. After one, all ranks
  // have made the sums before it.
  Group& host() {
    watch_.stop();
    return *host_;
  }

  void check(const char* operation, ncclResult_t result) const {
    if (result == ncclSuccess) return;
    throw Error(std::string("[nccl] ") + operation + ": " + functions_->get_error_string(result));
  }

  // All ranks take the same steps, whichever of them fail: a rank that waits for another in one of
  // NCCL's would wait for ever.
  void connect() {
    std::string reason;
    const auto attempt = [&](auto step) {
      try {
        step();
      } catch (const Error& error) {
        reason = error.what();
      }
      return !on_some_rank(*host_, !reason.empty());
    };
    ncclUniqueId id{};
    const bool connected =
        attempt([&] { functions_ = load(options_); }) && attempt([&] {
          if (rank() == 0) check("name", functions_->get_unique_id(&id));
        }) &&
        attempt([&] {
          host_->broadcast(std::as_writable_bytes(std::span(id.internal)), 0);
          check("communicator", functions_->comm_init_rank(&communicator_, size(), id, rank()));
        });
    if (connected) return;
    if (communicator_ != nullptr) functions_->comm_destroy(communicator_);
    communicator_ = nullptr;
    say_why(reason);
  }

  void say_why(const std::string& own) const {
    const std::vector<std::string> reasons = host_->all_gather(own);
    for (std::size_t from = 0; rank() == 0 && from < reasons.size(); ++from) {
      if (reasons[from].empty()) continue;
      write_stderr("sums of the ranks' cards go through the host's memory: rank " +
                   std::to_string(from) + ": " + reasons[from] + "\n");
      return;
    }
  }

  std::unique_ptr<Group> host_;
  Options options_;
  Watch watch_;
  bool asked_ = false;
  std::optional<Functions> functions_;
  ncclComm_t communicator_ = nullptr;
};

}  // namespace

std::unique_ptr<Group> over(std::unique_ptr<Group> host, const Options& options) {
  if (host->alone()) return host;
  return std::make_unique<NcclGroup>(std::move(host), options);
}

}  // namespace credence::nccl
