// A module for LD_PRELOAD that lets one chosen system call fail once. It stands in front of the C
// library's functions that the library, libstdc++ and zlib call for files. A program plans faults
// by the functions of system_faults.hpp, or the environment does:
//   CREDENCE_FAULT_FOLDER  the folder whose files count
//   CREDENCE_FAULT_CALLS   the calls that count: "open read write"
//   CREDENCE_FAULT_NUMBER  the number of the call that fails, from 1
//   CREDENCE_FAULT_ERROR   its errno value; -1 for a short count
//   CREDENCE_FAULT_REPORT  a file that gets the number of calls at the program's end, and the name
//                          of the one that failed
//   CREDENCE_FAULT_CLOCK   seconds by which the wall clock jumps at each second look

// With these the C library's headers would give its functions other names and bodies.
#undef _FILE_OFFSET_BITS
#undef _FORTIFY_SOURCE

#include "tests/faults/system_faults.hpp"

#include <atomic>
#include <cerrno>
#include <cstdarg>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

namespace {

using credence::test::FaultPlan;
using credence::test::kShortCount;

constexpr int kMostDescriptors = 4096;

// One module, one process: the functions below have no argument to reach any other state by.
std::atomic<bool> watched[kMostDescriptors];
FaultPlan plan;
std::atomic<long> count{0};
std::atomic<const char*> failed_call{""};

template <class Function>
Function* real(const char* name) {
  return reinterpret_cast<Function*>(dlsym(RTLD_NEXT, name));
}

bool is_watched(int descriptor) {
  return descriptor >= 0 && descriptor < kMostDescriptors && watched[descriptor].load();
}

bool in_folder(const char* path) {
  const std::size_t length = std::strlen(plan.folder);
  return length > 0 && path != nullptr && std::strncmp(path, plan.folder, length) == 0;
}

bool in_folder(int folder, const char* path) {
  return in_folder(path) || (path != nullptr && path[0] != '/' && is_watched(folder));
}

int watch(int descriptor, bool concerned) {
  if (descriptor >= 0 && descriptor < kMostDescriptors) watched[descriptor].store(concerned);
  return descriptor;
}

enum class Verdict { proceed, fail, halve };

// Counts a call and says what becomes of it. errno is set where it fails.
Verdict verdict(const char* call, bool concerned) {
  if (!concerned) return Verdict::proceed;
  char wanted[32];
  std::snprintf(wanted, sizeof wanted, " %s ", call);
  if (std::strstr(plan.calls, wanted) == nullptr) return Verdict::proceed;
  if (count.fetch_add(1) + 1 != plan.number) return Verdict::proceed;
  failed_call.store(call);
  if (plan.before != nullptr) plan.before();
  if (plan.error == 0) return Verdict::proceed;
  if (plan.error == kShortCount) return Verdict::halve;
  errno = plan.error;
  return Verdict::fail;
}

bool fails(const char* call, bool concerned) { return verdict(call, concerned) == Verdict::fail; }

// About half of a count, and never nothing: that would mean the end of the file.
std::size_t half(std::size_t bytes) { return bytes > 1 ? bytes / 2 : bytes; }

using Open = int(const char*, int, ...);
using OpenAt = int(int, const char*, int, ...);

int opened(const char* name, const char* path, int flags, unsigned mode) {
  const bool concerned = in_folder(path);
  if (fails("open", concerned)) return -1;
  return watch(real<Open>(name)(path, flags, mode), concerned);
}

int opened_at(const char* name, int folder, const char* path, int flags, unsigned mode) {
  const bool concerned = in_folder(folder, path);
  if (fails("open", concerned)) return -1;
  return watch(real<OpenAt>(name)(folder, path, flags, mode), concerned);
}

std::FILE* opened_stream(const char* name, const char* path, const char* mode) {
  const bool concerned = in_folder(path);
  if (fails("open", concerned)) return nullptr;
  std::FILE* const file = real<std::FILE*(const char*, const char*)>(name)(path, mode);
  if (file != nullptr) watch(fileno(file), concerned);
  return file;
}

template <class Status>
int examined(const char* name, const char* path, Status* status) {
  if (fails("stat", in_folder(path))) return -1;
  return real<int(const char*, Status*)>(name)(path, status);
}

template <class Status>
int examined(const char* name, int descriptor, Status* status) {
  if (fails("stat", is_watched(descriptor))) return -1;
  return real<int(int, Status*)>(name)(descriptor, status);
}

unsigned mode_of(int flags, std::va_list arguments) {
  return (flags & (O_CREAT | O_TMPFILE)) != 0 ? va_arg(arguments, unsigned) : 0;
}

const char* setting(const char* name) {
  const char* const text = std::getenv(name);
  return text == nullptr ? "" : text;
}

}  // namespace

extern "C" {

void credence_faults_arm(const FaultPlan& wanted) {
  plan = wanted;
  count.store(0);
  failed_call.store("");
}
long credence_faults_calls() { return count.load(); }
const char* credence_faults_failed() { return failed_call.load(); }

int open(const char* path, int flags, ...) {
  std::va_list arguments;
  va_start(arguments, flags);
  const unsigned mode = mode_of(flags, arguments);
  va_end(arguments);
  return opened("open", path, flags, mode);
}
int open64(const char* path, int flags, ...) {
  std::va_list arguments;
  va_start(arguments, flags);
  const unsigned mode = mode_of(flags, arguments);
  va_end(arguments);
  return opened("open64", path, flags, mode);
}
int openat(int folder, const char* path, int flags, ...) {
  std::va_list arguments;
  va_start(arguments, flags);
  const unsigned mode = mode_of(flags, arguments);
  va_end(arguments);
  return opened_at("openat", folder, path, flags, mode);
}
int openat64(int folder, const char* path, int flags, ...) {
  std::va_list arguments;
  va_start(arguments, flags);
  const unsigned mode = mode_of(flags, arguments);
  va_end(arguments);
  return opened_at("openat64", folder, path, flags, mode);
}
std::FILE* fopen(const char* path, const char* mode) { return opened_stream("fopen", path, mode); }
std::FILE* fopen64(const char* path, const char* mode) {
  return opened_stream("fopen64", path, mode);
}

ssize_t read(int descriptor, void* bytes, std::size_t size) {
  const Verdict verdict_of_call = verdict("read", is_watched(descriptor));
  if (verdict_of_call == Verdict::fail) return -1;
  if (verdict_of_call == Verdict::halve) size = half(size);
  return real<ssize_t(int, void*, std::size_t)>("read")(descriptor, bytes, size);
}
// What read() is in a program that was compiled with _FORTIFY_SOURCE.
ssize_t __read_chk(int descriptor, void* bytes, std::size_t size, std::size_t) {
  return read(descriptor, bytes, size);
}
ssize_t write(int descriptor, const void* bytes, std::size_t size) {
  const Verdict verdict_of_call = verdict("write", is_watched(descriptor));
  if (verdict_of_call == Verdict::fail) return -1;
  if (verdict_of_call == Verdict::halve) size = half(size);
  return real<ssize_t(int, const void*, std::size_t)>("write")(descriptor, bytes, size);
}
ssize_t writev(int descriptor, const iovec* pieces, int number) {
  if (fails("write", is_watched(descriptor))) return -1;
  return real<ssize_t(int, const iovec*, int)>("writev")(descriptor, pieces, number);
}
int fsync(int descriptor) {
  // It does nothing else: thousands of tests would wait for the disk.
  return fails("fsync", is_watched(descriptor)) ? -1 : 0;
}
int ftruncate(int descriptor, off_t size) {
  if (fails("ftruncate", is_watched(descriptor))) return -1;
  return real<int(int, off_t)>("ftruncate")(descriptor, size);
}
int ftruncate64(int descriptor, off64_t size) {
  if (fails("ftruncate", is_watched(descriptor))) return -1;
  return real<int(int, off64_t)>("ftruncate64")(descriptor, size);
}
off_t lseek(int descriptor, off_t offset, int whence) {
  if (fails("lseek", is_watched(descriptor))) return -1;
  return real<off_t(int, off_t, int)>("lseek")(descriptor, offset, whence);
}
off64_t lseek64(int descriptor, off64_t offset, int whence) {
  if (fails("lseek", is_watched(descriptor))) return -1;
  return real<off64_t(int, off64_t, int)>("lseek64")(descriptor, offset, whence);
}
// Linux closes the descriptor whatever it reports.
int close(int descriptor) {
  const bool failed = fails("close", is_watched(descriptor));
  const int error = errno;
  watch(descriptor, false);
  const int result = real<int(int)>("close")(descriptor);
  if (failed) errno = error;
  return failed ? -1 : result;
}
int fclose(std::FILE* file) {
  const int descriptor = fileno(file);
  const bool failed = fails("close", is_watched(descriptor));
  const int error = errno;
  watch(descriptor, false);
  const int result = real<int(std::FILE*)>("fclose")(file);
  if (failed) errno = error;
  return failed ? EOF : result;
}
int rename(const char* from, const char* to) {
  if (fails("rename", in_folder(from))) return -1;
  return real<int(const char*, const char*)>("rename")(from, to);
}
int renameat(int from_folder, const char* from, int to_folder, const char* to) {
  if (fails("rename", in_folder(from_folder, from))) return -1;
  return real<int(int, const char*, int, const char*)>("renameat")(from_folder, from, to_folder,
                                                                   to);
}
int mkdir(const char* path, mode_t mode) {
  if (fails("mkdir", in_folder(path))) return -1;
  return real<int(const char*, mode_t)>("mkdir")(path, mode);
}
int stat(const char* path, struct stat* status) { return examined("stat", path, status); }
int lstat(const char* path, struct stat* status) { return examined("lstat", path, status); }
int fstat(int descriptor, struct stat* status) { return examined("fstat", descriptor, status); }
int stat64(const char* path, struct stat64* status) { return examined("stat64", path, status); }
int lstat64(const char* path, struct stat64* status) { return examined("lstat64", path, status); }
int fstat64(int descriptor, struct stat64* status) {
  return examined("fstat64", descriptor, status);
}
dirent* readdir(DIR* folder) {
  if (fails("readdir", is_watched(dirfd(folder)))) return nullptr;
  return real<dirent*(DIR*)>("readdir")(folder);
}

int clock_gettime(clockid_t clock, timespec* time) {
  static const long jump = std::atol(setting("CREDENCE_FAULT_CLOCK"));
  static std::atomic<long> looks{0};
  const int result = real<int(clockid_t, timespec*)>("clock_gettime")(clock, time);
  if (clock == CLOCK_REALTIME && jump != 0 && looks.fetch_add(1) % 2 == 1) time->tv_sec += jump;
  return result;
}

}  // extern "C"

namespace {

[[gnu::constructor]] void begin() {
  static char calls[256];
  std::snprintf(calls, sizeof calls, " %s ", setting("CREDENCE_FAULT_CALLS"));
  credence_faults_arm({.folder = setting("CREDENCE_FAULT_FOLDER"),
                       .calls = calls,
                       .number = std::atol(setting("CREDENCE_FAULT_NUMBER")),
                       .error = std::atoi(setting("CREDENCE_FAULT_ERROR"))});
}

[[gnu::destructor]] void end() {
  const char* const report = setting("CREDENCE_FAULT_REPORT");
  if (*report == '\0') return;
  const int file = real<Open>("open")(report, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
  char text[64];
  const int length = std::snprintf(text, sizeof text, "%ld %s\n", count.load(), failed_call.load());
  [[maybe_unused]] const ssize_t written = real<ssize_t(int, const void*, std::size_t)>("write")(
      file, text, static_cast<std::size_t>(length));
  real<int(int)>("close")(file);
}

}  // namespace
