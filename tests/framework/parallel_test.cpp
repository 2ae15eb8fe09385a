// Tests of parallel_for: ranges, threads, nesting and exceptions.
#include "framework/core/parallel.hpp"

#include "framework/base/error.hpp"

#include <atomic>
#include <stdexcept>
#include <thread>
#include <vector>

#include <boost/test/unit_test.hpp>

namespace credence {

BOOST_AUTO_TEST_SUITE(parallel)

namespace {

// Sets the number of threads within its scope.
class Threads {
 public:
  explicit Threads(int threads) : before_(num_threads()) { set_num_threads(threads); }
  ~Threads() { set_num_threads(before_); }
  Threads(const Threads&) = delete;
  Threads& operator=(const Threads&) = delete;

 private:
  int before_;
};

std::vector<int> visits(std::int64_t count, std::int64_t grain) {
  std::vector<std::atomic<int>> seen(static_cast<std::size_t>(count));
  parallel_for(count, grain, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t i = begin; i < end; ++i) ++seen[static_cast<std::size_t>(i)];
  });
  return {seen.begin(), seen.end()};
}

}  // namespace

BOOST_AUTO_TEST_CASE(every_element_is_visited_once) {
  for (const int threads : {1, 2, 3, 8}) {
    const Threads set(threads);
    for (const std::int64_t count : {0, 1, 7, 64, 1001}) {
      for (const std::int64_t grain : {1, 3, 64, 5000}) {
        BOOST_TEST(visits(count, grain) == std::vector<int>(static_cast<std::size_t>(count), 1));
      }
    }
  }
}

BOOST_AUTO_TEST_CASE(ranges_do_not_depend_on_the_threads) {
  const Threads set(3);
  std::vector<std::atomic<std::int64_t>> end_of(100);
  parallel_for(100, 7, [&](std::int64_t begin, std::int64_t end) {
    end_of[static_cast<std::size_t>(begin)] = end;
  });
  for (std::int64_t begin = 0; begin < 100; ++begin) {
    const std::int64_t expected = begin % 7 == 0 ? std::min<std::int64_t>(begin + 7, 100) : 0;
    BOOST_TEST(end_of[static_cast<std::size_t>(begin)] == expected);
  }
}

BOOST_AUTO_TEST_CASE(thousands_of_short_loops_finish) {
  const Threads set(4);
  std::atomic<std::int64_t> sum{0};
  for (int loop = 0; loop < 20000; ++loop) {
    parallel_for(4, 1, [&](std::int64_t begin, std::int64_t) { sum += begin; });
  }
  BOOST_TEST(sum == 20000 * 6);
}

BOOST_AUTO_TEST_CASE(several_threads_work_on_one_loop) {
  const Threads set(2);
  std::atomic<int> inside{0};
  std::atomic<bool> together{false};
  // Each of the two ranges waits for the other: with one thread the loop would never end.
  parallel_for(2, 1, [&](std::int64_t, std::int64_t) {
    ++inside;
    for (int i = 0; i < 2000 && inside < 2; ++i) {
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
    }
    if (inside == 2) together = true;
  });
  BOOST_TEST(together);
}

BOOST_AUTO_TEST_CASE(nested_loops_and_loops_of_several_threads_run) {
  const Threads set(3);
  std::atomic<int> count{0};
  const auto nested = [&] {
    for (int i = 0; i < 50; ++i) {
      parallel_for(5, 1, [&](std::int64_t, std::int64_t) {
        parallel_for(4, 1, [&](std::int64_t, std::int64_t) { ++count; });
      });
    }
  };
  std::thread other(nested);
  nested();
  other.join();
  BOOST_TEST(count == 2 * 50 * 5 * 4);
}

BOOST_AUTO_TEST_CASE(an_exception_of_a_body_arrives) {
  const Threads set(2);
  for (int i = 0; i < 100; ++i) {
    BOOST_CHECK_THROW(parallel_for(16, 1,
                                   [&](std::int64_t begin, std::int64_t) {
                                     if (begin == 5) throw std::runtime_error("range 5");
                                   }),
                      std::runtime_error);
  }
  BOOST_TEST(visits(100, 1) == std::vector<int>(100, 1));
}

BOOST_AUTO_TEST_CASE(impossible_numbers_of_threads_are_refused) {
  BOOST_CHECK_THROW(set_num_threads(0), ValueError);
  BOOST_CHECK_THROW(set_num_threads(kMaxThreads + 1), ValueError);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace credence
