// A library in the place of NCCL for tests without cards: the functions of NCCL 2 that Credence
// calls, for ranks of one machine whose "device memory" is the host's. Ranks meet in shared memory,
// whose name is the communicator's, and add in the order of ranks. Each rank writes its calls to
// the file FAKE_NCCL_LOG.RANK. With FAKE_NCCL_FAIL=RANK this rank is refused its communicator, as
// NCCL refuses two ranks on one card.
#include <atomic>
#include <cstdarg>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>
#include <thread>

#include <fcntl.h>
#include <nccl.h>
#include <sys/mman.h>
#include <unistd.h>

// A rank's part of the memory: so many numbers of a sum meet at a time.
constexpr std::size_t kNumbers = 1000;
constexpr int kMostRanks = 8;

struct Meeting {
  std::atomic<int> joined;   ///< ranks
  std::atomic<int> arrived;  ///< ranks, over all meetings
  float numbers[kMostRanks][kNumbers];
};

struct ncclComm {
  int rank;
  int ranks;
  std::string name;
  Meeting* meeting;
  int met = 0;  ///< times

  // Waits until all ranks are here as often.
  void meet() {
    meeting->arrived.fetch_add(1);
    ++met;
    while (meeting->arrived.load() < met * ranks) std::this_thread::yield();
  }
};

namespace {

void log_call(int rank, const char* format, ...) {
  const char* const path = std::getenv("FAKE_NCCL_LOG");
  if (path == nullptr) return;
  std::FILE* const file = std::fopen((std::string(path) + '.' + std::to_string(rank)).c_str(), "a");
  if (file == nullptr) return;
  va_list arguments;
  va_start(arguments, format);
  std::vfprintf(file, format, arguments);
  va_end(arguments);
  std::fclose(file);
}

}  // namespace

extern "C" {

ncclResult_t ncclGetUniqueId(ncclUniqueId* id) {
  std::snprintf(id->internal, sizeof(id->internal), "/credence-fake-nccl-%d",
                static_cast<int>(getpid()));
  return ncclSuccess;
}

ncclResult_t ncclCommInitRank(ncclComm_t* communicator, int ranks, ncclUniqueId id, int rank) {
  log_call(rank, "init %d of %d\n", rank, ranks);
  const char* const failing = std::getenv("FAKE_NCCL_FAIL");
  if (failing != nullptr && std::atoi(failing) == rank) return ncclInvalidUsage;
  const int file = shm_open(id.internal, O_RDWR | O_CREAT, 0600);
  if (file < 0 || ftruncate(file, sizeof(Meeting)) != 0) return ncclSystemError;
  void* const memory = mmap(nullptr, sizeof(Meeting), PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
  close(file);
  if (memory == MAP_FAILED) return ncclSystemError;
  *communicator = new ncclComm{rank, ranks, id.internal, static_cast<Meeting*>(memory)};
  // The name is not needed once all have the memory, and some may end without a farewell.
  if ((*communicator)->meeting->joined.fetch_add(1) + 1 == ranks) shm_unlink(id.internal);
  return ncclSuccess;
}

ncclResult_t ncclAllReduce(const void* sent, void* received, std::size_t count, ncclDataType_t type,
                           ncclRedOp_t operation, ncclComm_t communicator, cudaStream_t stream) {
  log_call(communicator->rank, "sum %zu in place %d float %d add %d stream %p\n", count,
           sent == received, type == ncclFloat, operation == ncclSum, static_cast<void*>(stream));
  const auto* const from = static_cast<const float*>(sent);
  auto* const to = static_cast<float*>(received);
  for (std::size_t begin = 0; begin < count; begin += kNumbers) {
    const std::size_t n = count - begin < kNumbers ? count - begin : kNumbers;
    std::memcpy(communicator->meeting->numbers[communicator->rank], from + begin,
                n * sizeof(float));
    communicator->meet();
    for (std::size_t i = 0; i < n; ++i) {
      float sum = 0;
      for (int rank = 0; rank < communicator->ranks; ++rank) {
        sum += communicator->meeting->numbers[rank][i];
      }
      to[begin + i] = sum;
    }
    communicator->meet();
  }
  return ncclSuccess;
}

ncclResult_t ncclCommDestroy(ncclComm_t communicator) {
  log_call(communicator->rank, "destroy\n");
  shm_unlink(communicator->name.c_str());
  munmap(communicator->meeting, sizeof(Meeting));
  delete communicator;
  return ncclSuccess;
}

const char* ncclGetErrorString(ncclResult_t result) {
  return result == ncclInvalidUsage ? "invalid usage" : "another error";
}

}  // extern "C"
