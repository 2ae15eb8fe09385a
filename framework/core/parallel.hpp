#pragma once

#include <cstdint>
#include <memory>
#include <type_traits>
#include <utility>

namespace credence {

/// A non-owning reference to a callable, cheaper than std::function. The callable must outlive it.
template <class Signature>
class FunctionRef;

template <class Result, class... Arguments>
class FunctionRef<Result(Arguments...)> {
 public:
  template <class Callable>
  requires(!std::is_same_v<std::remove_cvref_t<Callable>, FunctionRef>) FunctionRef(
      Callable&& callable)  // NOLINT: implicit, as a lambda is passed where it is written
      : object_(const_cast<void*>(static_cast<const void*>(std::addressof(callable)))),
        call_([](void* object, Arguments... arguments) -> Result {
          return (*static_cast<std::remove_reference_t<Callable>*>(object))(
              std::forward<Arguments>(arguments)...);
        }) {}

  Result operator()(Arguments... arguments) const {
    return call_(object_, std::forward<Arguments>(arguments)...);
  }

 private:
  void* object_;
  Result (*call_)(void*, Arguments...);
};

/// The most threads that can be asked for.
inline constexpr int kMaxThreads = 1024;

/// The number of threads that parallel_for uses: what set_num_threads said, else the environment
/// variable OMP_NUM_THREADS (see thread_count.hpp), else the cores that this process may run on, of
/// which a CPU quota of its cgroup may leave fewer.
int num_threads();
/// Throws ValueError below 1 and above kMaxThreads.
void set_num_threads(int threads);

/// Calls body(begin, end) for the ranges [0, grain), [grain, 2 grain), … that make up [0, count),
/// several at a time. The ranges do not depend on the number of threads: a reduction that keeps one
/// partial result per range and adds them in order gives the same bits with any number of threads.
/// Calls from inside a body run serially, and so does a call while another thread's loop has the
/// workers. The first exception thrown by a body is thrown again here.
void parallel_for(std::int64_t count, std::int64_t grain,
                  FunctionRef<void(std::int64_t begin, std::int64_t end)> body);

}  // namespace credence
