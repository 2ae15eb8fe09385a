// A group over MPI 3.1. Every call is one that does not block, followed by tests until it is done:
// so a rank that waits for one that hangs can end the job.
#include "framework/mpi/mpi_group.hpp"

#include "framework/base/error.hpp"
#include "framework/mpi/local_card.hpp"
#include "framework/nccl/nccl_group.hpp"

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <limits>
#include <numeric>
#include <thread>

#include <mpi.h>

namespace credence::mpi {
namespace {

using Clock = std::chrono::steady_clock;
using Seconds = std::chrono::duration<double>;

// Elements of one call, whose counts are int.
constexpr std::size_t kMostElements = std::size_t{1} << 28;
// How long the ranks of a job that has hung may take to say that they live.
constexpr Seconds kAnswers{3};
// Where all ranks fail for one reason, rank 0 says so, and ends the job before the others do.
constexpr Seconds kFirstWord{0.5};

int as_count(std::size_t elements) {
  if (elements > static_cast<std::size_t>(std::numeric_limits<int>::max())) {
    throw Error("[mpi] a message of " + std::to_string(elements) + " elements is too long");
  }
  return static_cast<int>(elements);
}

// Where each of these many elements begins, one after the other.
std::vector<int> begins_of(const std::vector<int>& counts) {
  std::vector<int> begins(counts.size());
  std::size_t next = 0;
  for (std::size_t i = 0; i < counts.size(); ++i) {
    begins[i] = as_count(next);
    next += static_cast<std::size_t>(counts[i]);
  }
  as_count(next);
  return begins;
}

std::size_t sum_of(const std::vector<int>& counts) {
  return std::accumulate(counts.begin(), counts.end(), std::size_t{0},
                         [](std::size_t sum, int n) { return sum + static_cast<std::size_t>(n); });
}

class MpiGroup final : public Group {
 public:
  explicit MpiGroup(const Options& options) : timeout_(options.timeout) {
    int done = 0;
    MPI_Finalized(&done);
    if (done != 0) throw Error("[mpi] MPI was ended; a process can make one group");
    MPI_Initialized(&done);
    if (done == 0) {
      int level = MPI_THREAD_SINGLE;
      // Other threads of the process make no calls.
      MPI_Init_thread(nullptr, nullptr, MPI_THREAD_FUNNELED, &level);
      if (level < MPI_THREAD_FUNNELED) throw Error("[mpi] this MPI allows no threads");
    }
    MPI_Comm_dup(MPI_COMM_WORLD, &world_);
    MPI_Comm_dup(MPI_COMM_WORLD, &sums_);
    MPI_Comm_dup(MPI_COMM_WORLD, &alarm_);
    MPI_Comm_rank(world_, &rank_);
    MPI_Comm_size(world_, &size_);
    if (size_ > 1) choose_card();
  }

  ~MpiGroup() override {
    // The others would wait in MPI_Finalize for a rank that is on its way out by an exception.
    if (std::uncaught_exceptions() > 0 && size_ > 1) fail("ends before the others");
    MPI_Comm_free(&alarm_);
    MPI_Comm_free(&sums_);
    MPI_Comm_free(&world_);
    MPI_Finalize();
  }

  int rank() const override { return rank_; }
  int size() const override { return size_; }
  void all_reduce(std::span<float> numbers) override { reduce(numbers, MPI_FLOAT); }
  void all_reduce(std::span<double> numbers) override { reduce(numbers, MPI_DOUBLE); }

  void start_sum(std::span<float> numbers) override {
    for (std::size_t begin = 0; begin < numbers.size(); begin += kMostElements) {
      const std::size_t count = std::min(kMostElements, numbers.size() - begin);
      MPI_Iallreduce(MPI_IN_PLACE, numbers.data() + begin, as_count(count), MPI_FLOAT, MPI_SUM,
                     sums_, &started_.emplace_back());
    }
    advance_sums();
  }

  // MPI moves messages within its calls alone, unless it has a thread of its own.
  void advance_sums() override {
    int done = 0;
    MPI_Testall(as_count(started_.size()), started_.data(), &done, MPI_STATUSES_IGNORE);
    if (done != 0) started_.clear();
  }

  void finish_sums() override {
    wait_until("all_reduce", [&] {
      advance_sums();
      return started_.empty();
    });
  }

  void broadcast(std::span<std::byte> bytes, int root) override {
    for (std::size_t begin = 0; begin < bytes.size(); begin += kMostElements) {
      const std::size_t count = std::min(kMostElements, bytes.size() - begin);
      wait("broadcast", [&](MPI_Request* request) {
        MPI_Ibcast(bytes.data() + begin, as_count(count), MPI_BYTE, root, world_, request);
      });
    }
  }

  void barrier() override {
    wait("barrier", [&](MPI_Request* request) { MPI_Ibarrier(world_, request); });
  }

  std::vector<std::string> all_gather(std::string_view bytes) override {
    const int own = as_count(bytes.size());
    std::vector<int> counts(static_cast<std::size_t>(size_));
    wait("all_gather", [&](MPI_Request* request) {
      MPI_Iallgather(&own, 1, MPI_INT, counts.data(), 1, MPI_INT, world_, request);
    });
    const std::vector<int> begins = begins_of(counts);
    std::string all(sum_of(counts), '\0');
    wait("all_gather", [&](MPI_Request* request) {
      MPI_Iallgatherv(bytes.data(), own, MPI_BYTE, all.data(), counts.data(), begins.data(),
                      MPI_BYTE, world_, request);
    });
    std::vector<std::string> parts;
    for (std::size_t r = 0; r < counts.size(); ++r) {
      parts.push_back(
          all.substr(static_cast<std::size_t>(begins[r]), static_cast<std::size_t>(counts[r])));
    }
    return parts;
  }

  std::vector<std::vector<float>> exchange(const std::vector<std::vector<float>>& sent) override {
    std::vector<int> out;
    std::vector<float> leaving;
    for (const std::vector<float>& numbers : sent) {
      out.push_back(as_count(numbers.size()));
      leaving.insert(leaving.end(), numbers.begin(), numbers.end());
    }
    std::vector<int> in(out.size());
    wait("exchange", [&](MPI_Request* request) {
      MPI_Ialltoall(out.data(), 1, MPI_INT, in.data(), 1, MPI_INT, world_, request);
    });
    const std::vector<int> out_begins = begins_of(out);
    const std::vector<int> in_begins = begins_of(in);
    std::vector<float> arriving(sum_of(in));
    wait("exchange", [&](MPI_Request* request) {
      MPI_Ialltoallv(leaving.data(), out.data(), out_begins.data(), MPI_FLOAT, arriving.data(),
                     in.data(), in_begins.data(), MPI_FLOAT, world_, request);
    });
    std::vector<std::vector<float>> received;
    for (std::size_t r = 0; r < in.size(); ++r) {
      const float* const first = arriving.data() + in_begins[r];
      received.emplace_back(first, first + in[r]);
    }
    return received;
  }

  void fail(const std::string& cause) override {
    if (size_ == 1) return;
    if (rank_ > 0) std::this_thread::sleep_for(kFirstWord);
    end_job(cause);
  }

 private:
  // Before CUDA is started, which reads the variable once.
  void choose_card() const {
    MPI_Comm machine = MPI_COMM_NULL;
    int local_rank = 0;
    MPI_Comm_split_type(world_, MPI_COMM_TYPE_SHARED, rank_, MPI_INFO_NULL, &machine);
    MPI_Comm_rank(machine, &local_rank);
    MPI_Comm_free(&machine);
    const char* const name = "CUDA_VISIBLE_DEVICES";
    const char* const set = std::getenv(name);
    const auto visible = set == nullptr ? std::nullopt : std::optional<std::string>(set);
    if (const auto card = card_of_rank(visible, cards_of_machine(), local_rank)) {
      setenv(name, card->c_str(), 1);
    }
  }

  template <class T>
  void reduce(std::span<T> numbers, MPI_Datatype type) {
    for (std::size_t begin = 0; begin < numbers.size(); begin += kMostElements) {
      const std::size_t count = std::min(kMostElements, numbers.size() - begin);
      wait("all_reduce", [&](MPI_Request* request) {
        MPI_Iallreduce(MPI_IN_PLACE, numbers.data() + begin, as_count(count), type, MPI_SUM, world_,
                       request);
      });
    }
  }

  template <class Start>
  void wait(const char* call, Start start) {
    if (size_ == 1 && std::string_view(call) == "barrier") return;
    MPI_Request request = MPI_REQUEST_NULL;
    start(&request);
    wait_until(call, [&] {
      int done = 0;
      MPI_Test(&request, &done, MPI_STATUS_IGNORE);
      return done != 0;
    });
  }

  template <class Done>
  void wait_until(const char* call, Done done) {
    for (const Clock::time_point begin = Clock::now(); !done();) {
      if (Clock::now() - begin > timeout_) report_timeout(call);
      // Ranks may be more than cores.
      std::this_thread::yield();
    }
  }

  // Every rank that waits says so to all others; those that do not are the cause.
  [[noreturn]] void report_timeout(const char* call) {
    std::vector<MPI_Request> requests;
    for (int other = 0; other < size_; ++other) {
      if (other == rank_) continue;
      MPI_Isend(nullptr, 0, MPI_BYTE, other, 0, alarm_, &requests.emplace_back());
    }
    std::vector<bool> lives(static_cast<std::size_t>(size_), false);
    lives[static_cast<std::size_t>(rank_)] = true;
    for (const Clock::time_point begin = Clock::now(); Clock::now() - begin < kAnswers;) {
      int found = 0;
      MPI_Status status;
      MPI_Iprobe(MPI_ANY_SOURCE, 0, alarm_, &found, &status);
      if (found == 0) {
        std::this_thread::yield();
        continue;
      }
      MPI_Recv(nullptr, 0, MPI_BYTE, status.MPI_SOURCE, 0, alarm_, MPI_STATUS_IGNORE);
      lives[static_cast<std::size_t>(status.MPI_SOURCE)] = true;
    }
    std::string missing;
    for (int other = 0; other < size_; ++other) {
      if (!lives[static_cast<std::size_t>(other)]) missing += ' ' + std::to_string(other);
    }
    if (rank_ > 0) std::this_thread::sleep_for(kFirstWord);
    end_job("waited " + std::to_string(static_cast<long>(Seconds(timeout_).count())) + " s in " +
            call + " for the others; " +
            (missing.empty() ? std::string("all answer, but not all make this call")
                             : "no answer from rank" + missing));
  }

  [[noreturn]] void end_job(const std::string& cause) const {
    std::fprintf(stderr, "rank %d of %d: %s\n", rank_, size_, cause.c_str());
    std::fflush(stderr);
    MPI_Abort(MPI_COMM_WORLD, 1);
    std::abort();
  }

  Seconds timeout_;
  MPI_Comm world_ = MPI_COMM_NULL;
  MPI_Comm sums_ = MPI_COMM_NULL;   ///< for sums beside which other calls are made
  MPI_Comm alarm_ = MPI_COMM_NULL;  ///< for messages of a job that hangs
  std::vector<MPI_Request> started_;
  int rank_ = 0;
  int size_ = 1;
};

}  // namespace

std::unique_ptr<Group> start(const Options& options) {
  return nccl::over(std::make_unique<MpiGroup>(options), {.timeout = options.timeout});
}

extern "C" Group* credence_mpi_start(double timeout_seconds, char* error, std::size_t size) {
  try {
    return start({.timeout = std::chrono::duration<double>(timeout_seconds)}).release();
  } catch (const std::exception& failure) {
    std::snprintf(error, size, "%s", failure.what());
    return nullptr;
  }
}

}  // namespace credence::mpi
