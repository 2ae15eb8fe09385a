// For LD_PRELOAD in front of a program that is to be killed while it changes files. It counts the
// calls that change files: open with O_CREAT, write to a regular file, ftruncate, fsync, mkdir,
// link, rename and unlink. Environment:
//   KILL_CHECK_AT=N     the process kills itself (SIGKILL) at the N-th of them, counted from 1: in
//   the
//                       middle of a write, before any other
//   KILL_CHECK_POWER=1  then first cuts each file that was written to what was forced to the disk
//   by
//                       fsync, as a power cut may
//   KILL_CHECK_SLOW=US  each 4 KiB of a write take so many microseconds, as on a slow file system
//   KILL_CHECK_COUNT=F  writes the number of calls to the file F at the program's end
//   KILL_CHECK_LOG=F    adds a line to the file F where the process kills itself: the call, and the
//   file
//                       that is open in it
//   KILL_CHECK_CLOCK=1  time stands still for the program, so that what it writes does not depend
//   on it
#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

enum { PIECE = 4096, MOST_FILES = 1024 };

static pthread_mutex_t guard = PTHREAD_MUTEX_INITIALIZER;
static long calls;
static long kill_at;
static long slow;
static int power_cut;
static int still;
// Of each open file: how much of it is on the disk, where something was written since; else -1.
static off_t on_disk[MOST_FILES];

static long number(const char* name) {
  const char* text = getenv(name);
  return text ? atol(text) : 0;
}

__attribute__((constructor)) static void begin(void) {
  kill_at = number("KILL_CHECK_AT");
  slow = number("KILL_CHECK_SLOW");
  power_cut = number("KILL_CHECK_POWER") != 0;
  still = number("KILL_CHECK_CLOCK") != 0;
  for (int i = 0; i < MOST_FILES; ++i) on_disk[i] = -1;
}

__attribute__((destructor)) static void end(void) {
  const char* name = getenv("KILL_CHECK_COUNT");
  FILE* file = name ? fopen(name, "w") : NULL;
  if (!file) return;
  fprintf(file, "%ld\n", calls);
  fclose(file);
}

// Adds "NAME FILE" to the log.
static void report(const char* name, int descriptor) {
  const char* log = getenv("KILL_CHECK_LOG");
  if (!log) return;
  char link[32], path[PATH_MAX + 1] = "", line[PATH_MAX + 64];
  snprintf(link, sizeof link, "/proc/self/fd/%d", descriptor);
  if (descriptor >= 0 && readlink(link, path, PATH_MAX) < 0) path[0] = 0;
  const int size = snprintf(line, sizeof line, "%s %s\n", name, path);
  const int file = (int)syscall(SYS_openat, AT_FDCWD, log, O_WRONLY | O_CREAT | O_APPEND, 0666);
  if (file >= 0) syscall(SYS_write, file, line, size);
}

static void die(const char* name, int descriptor) {
  report(name, descriptor);
  if (power_cut) {
    for (int i = 0; i < MOST_FILES; ++i) {
      if (on_disk[i] >= 0) syscall(SYS_ftruncate, i, on_disk[i]);
    }
  }
  kill(getpid(), SIGKILL);
  for (;;) pause();
}

// Whether this call is the last one.
static int count(void) {
  pthread_mutex_lock(&guard);
  const int last = ++calls == kill_at;
  pthread_mutex_unlock(&guard);
  return last;
}

static void change(const char* name) {
  if (count()) die(name, -1);
}

// A program's text on its standard streams is no change of a file.
static int is_file(int descriptor) {
  struct stat status;
  return descriptor > 2 && fstat(descriptor, &status) == 0 && S_ISREG(status.st_mode);
}

static void note_write(int descriptor) {
  struct stat status;
  if (descriptor >= MOST_FILES || on_disk[descriptor] >= 0) return;
  if (fstat(descriptor, &status) == 0) on_disk[descriptor] = status.st_size;
}

#define NEXT(name)               \
  static __typeof__(&name) next; \
  if (!next) next = (__typeof__(&name))dlsym(RTLD_NEXT, #name)

ssize_t write(int descriptor, const void* bytes, size_t size) {
  NEXT(write);
  if (!is_file(descriptor)) return next(descriptor, bytes, size);
  note_write(descriptor);
  const int last = count();
  size_t end = last ? size / 2 : size;
  size_t done = 0;
  while (done < end) {
    size_t piece = end - done < PIECE ? end - done : PIECE;
    if (slow > 0)
      usleep((useconds_t)slow);
    else
      piece = end - done;
    const ssize_t written = next(descriptor, (const char*)bytes + done, piece);
    if (written < 0) return done > 0 ? (ssize_t)done : written;
    done += (size_t)written;
  }
  if (last) die("write", descriptor);
  return (ssize_t)done;
}

static mode_t mode_of(int flags, va_list rest) {
  return flags & O_CREAT ? va_arg(rest, mode_t) : 0;
}

static int opened(int descriptor) {
  if (descriptor >= 0 && descriptor < MOST_FILES) on_disk[descriptor] = -1;
  return descriptor;
}

int open(const char* path, int flags, ...) {
  NEXT(open);
  va_list rest;
  va_start(rest, flags);
  const mode_t mode = mode_of(flags, rest);
  va_end(rest);
  if (flags & O_CREAT) change("open");
  return opened(next(path, flags, mode));
}

int open64(const char* path, int flags, ...) {
  va_list rest;
  va_start(rest, flags);
  const mode_t mode = mode_of(flags, rest);
  va_end(rest);
  return open(path, flags | O_LARGEFILE, mode);
}

int openat(int folder, const char* path, int flags, ...) {
  NEXT(openat);
  va_list rest;
  va_start(rest, flags);
  const mode_t mode = mode_of(flags, rest);
  va_end(rest);
  if (flags & O_CREAT) change("openat");
  return opened(next(folder, path, flags, mode));
}

int openat64(int folder, const char* path, int flags, ...) {
  va_list rest;
  va_start(rest, flags);
  const mode_t mode = mode_of(flags, rest);
  va_end(rest);
  return openat(folder, path, flags | O_LARGEFILE, mode);
}

int ftruncate(int descriptor, off_t size) {
  NEXT(ftruncate);
  change("ftruncate");
  return next(descriptor, size);
}

int ftruncate64(int descriptor, off64_t size) { return ftruncate(descriptor, size); }

int mkdir(const char* path, mode_t mode) {
  NEXT(mkdir);
  change("mkdir");
  return next(path, mode);
}

int fsync(int descriptor) {
  NEXT(fsync);
  change("fsync");
  if (descriptor < MOST_FILES) on_disk[descriptor] = -1;
  return next(descriptor);
}

int rename(const char* from, const char* to) {
  NEXT(rename);
  change("rename");
  return next(from, to);
}

int renameat(int from_folder, const char* from, int to_folder, const char* to) {
  NEXT(renameat);
  change("renameat");
  return next(from_folder, from, to_folder, to);
}

int link(const char* from, const char* to) {
  NEXT(link);
  change("link");
  return next(from, to);
}

int unlink(const char* path) {
  NEXT(unlink);
  change("unlink");
  return next(path);
}

int remove(const char* path) {
  NEXT(remove);
  change("remove");
  return next(path);
}

int unlinkat(int folder, const char* path, int flags) {
  NEXT(unlinkat);
  change("unlinkat");
  return next(folder, path, flags);
}

// Noon of the first of January 2020.
enum { MOMENT = 1577880000 };

int clock_gettime(clockid_t clock, struct timespec* time) {
  NEXT(clock_gettime);
  if (!still) return next(clock, time);
  time->tv_sec = MOMENT;
  time->tv_nsec = 0;
  return 0;
}

time_t time(time_t* result) {
  NEXT(time);
  if (!still) return next(result);
  if (result) *result = MOMENT;
  return MOMENT;
}
