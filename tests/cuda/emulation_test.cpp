// Tests of the emulation of CUDA itself.
#include "framework/base/error.hpp"
#include "framework/core/device_graph.hpp"
#include "framework/core/random.hpp"
#include "framework/core/tensor.hpp"
#include "framework/cuda/runtime/launch.hpp"
#include "framework/cuda/runtime/runtime.hpp"
#include "framework/dispatch/kernels.hpp"
#include "tests/framework/support.hpp"

#include <cmath>
#include <functional>
#include <numeric>
#include <vector>

#include <boost/test/unit_test.hpp>

namespace credence::cuda {

BOOST_AUTO_TEST_SUITE(emulated_device)

namespace {

__global__ void number_threads(std::int64_t* y) { y[first_index()] = first_index(); }

// Each thread reads what its neighbour wrote before the barrier.
__global__ void reverse_block(const int* x, int* y) {
  __shared__ int shared[kThreads];
  shared[threadIdx.x] = x[threadIdx.x];
  __syncthreads();
  y[threadIdx.x] = shared[kThreads - 1 - threadIdx.x];
}

// The barrier between writing and reading is missing.
__global__ void reverse_too_early(const int* x, int* y) {
  __shared__ int shared[kThreads];
  shared[threadIdx.x] = x[threadIdx.x];
  y[threadIdx.x] = shared[kThreads - 1 - threadIdx.x];
  __syncthreads();
  shared[threadIdx.x] = -1;
}

__global__ void leave_early() {
  if (threadIdx.x == 3) return;
  __syncthreads();
}

__global__ void leave() {}

__global__ void shuffle_from_the_last() { __shfl_sync(0xFFFFFFFFU, 1.0F, 31); }

__global__ void leave_before_shuffle() {
  if (threadIdx.x == 3) return;
  __shfl_sync(0xFFFFFFFFU, 1.0F, 0);
}

__global__ void shuffle(const float* x, float* y) {
  const float value = x[threadIdx.x];
  y[threadIdx.x] = __shfl_down_sync(0xFFFFFFFFU, value, 16);
  y[kThreads + threadIdx.x] = __shfl_xor_sync(0xFFFFFFFFU, value, 5);
  y[2 * kThreads + threadIdx.x] = __shfl_sync(0xFFFFFFFFU, value, 7);
}

__global__ void exchange_by_warp(float* y) {
  auto value = static_cast<float>(threadIdx.x);
  for (unsigned i = 0; i < threadIdx.x / 32; ++i) {
    value = __shfl_xor_sync(0xFFFFFFFFU, value, 1);
  }
  __syncthreads();
  y[threadIdx.x] = value;
}

// y is the number of the thread of a grid of blocks of several dimensions, x fastest.
__global__ void number_in_space(int* y) {
  const unsigned block = (blockIdx.z * gridDim.y + blockIdx.y) * gridDim.x + blockIdx.x;
  const unsigned thread = (threadIdx.z * blockDim.y + threadIdx.y) * blockDim.x + threadIdx.x;
  const unsigned number = block * blockDim.x * blockDim.y * blockDim.z + thread;
  y[number] += static_cast<int>(number) + 1;
}

// The neighbours along x of a block of 8 × 4 threads, which is one warp, exchange their numbers.
__global__ void exchange_in_rows(float* y) {
  const unsigned thread = threadIdx.y * blockDim.x + threadIdx.x;
  y[thread] = __shfl_xor_sync(0xFFFFFFFFU, static_cast<float>(threadIdx.x), 1);
}

__global__ void reverse_in_shared(const float* x, float* y) {
  auto* const shared = dynamic_shared<float>();
  shared[threadIdx.x] = x[threadIdx.x];
  __syncthreads();
  y[threadIdx.x] = shared[blockDim.x - 1 - threadIdx.x];
}

__global__ void read_unwritten(float* y) { y[threadIdx.x] = dynamic_shared<float>()[threadIdx.x]; }

// All threads but the first vote, with their lane's lowest bit and with others.
__global__ void vote(unsigned* ballots, int* votes) {
  const unsigned lane = threadIdx.x % 32;
  constexpr unsigned kOthers = 0xFFFFFFFEU;
  if (lane == 0) return;
  ballots[threadIdx.x] = __ballot_sync(kOthers, lane % 2 == 1);
  votes[4 * threadIdx.x] = __any_sync(kOthers, lane == 5);
  votes[4 * threadIdx.x + 1] = __any_sync(kOthers, lane == 0);
  votes[4 * threadIdx.x + 2] = __all_sync(kOthers, lane > 0);
  votes[4 * threadIdx.x + 3] = __all_sync(kOthers, lane > 1);
}

// The halves of a warp add up on their own.
__global__ void add_in_halves(int* signed_sums, unsigned* unsigned_sums) {
  const bool upper = threadIdx.x % 32 >= 16;
  const unsigned half = upper ? 0xFFFF0000U : 0x0000FFFFU;
  signed_sums[threadIdx.x] = __reduce_add_sync(half, upper ? -static_cast<int>(threadIdx.x) : 1);
  unsigned_sums[threadIdx.x] = __reduce_add_sync(half, threadIdx.x);
}

__global__ void shuffle_from_outside() {
  if (threadIdx.x < 16) __shfl_sync(0x0000FFFFU, 1.0F, 20);
}

__global__ void vote_uninvited() { __ballot_sync(0x0000FFFFU, 1); }

// The two groups of a warp wait for each other with different masks.
__global__ void vote_by_other_masks() {
  __ballot_sync(threadIdx.x % 32 < 16 ? 0xFFFFFFFFU : 0xFFFF0000U, 1);
}

// Runs the test in both orders of threads.
void in_both_orders(const std::function<void()>& test) {
  const emulation::Order before = emulation::set_order(emulation::Order::forward);
  test();
  emulation::set_order(emulation::Order::backward);
  test();
  emulation::set_order(before);
}

BOOST_AUTO_TEST_CASE(every_thread_of_every_block_runs_once) {
  std::vector<std::int64_t> y(3 * kThreads, -1);
  launch("number_threads", 3, &number_threads, y.data());
  std::vector<std::int64_t> expected(y.size());
  std::iota(expected.begin(), expected.end(), 0);
  BOOST_TEST(y == expected, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(a_barrier_lets_threads_read_each_other) {
  std::vector<int> x(kThreads);
  std::iota(x.begin(), x.end(), 0);
  in_both_orders([&] {
    std::vector<int> y(kThreads);
    launch("reverse_block", 1, &reverse_block, x.data(), y.data());
    BOOST_TEST(y == std::vector<int>(x.rbegin(), x.rend()), boost::test_tools::per_element());
  });
}

BOOST_AUTO_TEST_CASE(a_missing_barrier_shows) {
  const std::vector<int> x(kThreads, 1);
  for (int repetition = 0; repetition < 2; ++repetition) {
    std::vector<int> y(kThreads);
    launch("reverse_too_early", 1, &reverse_too_early, x.data(), y.data());
    BOOST_TEST(y != x);
  }
}

BOOST_AUTO_TEST_CASE(a_barrier_that_some_threads_miss_is_an_error) {
  BOOST_CHECK_THROW(launch("leave_early", 1, &leave_early), Error);
  BOOST_CHECK_THROW(launch("leave_before_shuffle", 1, &leave_before_shuffle), Error);
}

// A thread of the last half gets its own number from beyond the warp's end.
BOOST_AUTO_TEST_CASE(shuffles_move_numbers_within_a_warp) {
  std::vector<float> x(kThreads);
  std::iota(x.begin(), x.end(), 0.0F);
  in_both_orders([&] {
    std::vector<float> y(3 * kThreads);
    launch("shuffle", 1, &shuffle, x.data(), y.data());
    for (unsigned i = 0; i < kThreads; ++i) {
      const unsigned lane = i % 32;
      BOOST_TEST(y[i] == x[lane < 16 ? i + 16 : i]);
      BOOST_TEST(y[kThreads + i] == x[i ^ 5]);
      BOOST_TEST(y[2 * kThreads + i] == x[i - lane + 7]);
    }
  });
}

// Warp w makes w exchanges: none waits for another.
BOOST_AUTO_TEST_CASE(warps_exchange_as_often_as_they_like) {
  std::vector<float> y(kThreads);
  launch("exchange_by_warp", 1, &exchange_by_warp, y.data());
  for (unsigned i = 0; i < kThreads; ++i) {
    const unsigned exchanges = i / 32;
    BOOST_TEST(y[i] == static_cast<float>(exchanges % 2 == 0 ? i : i ^ 1U), i);
  }
}

BOOST_AUTO_TEST_CASE(grids_and_blocks_have_three_dimensions) {
  in_both_orders([] {
    std::vector<int> y(std::size_t{2} * 3 * 4 * 5 * 6 * 7);
    launch("number_in_space", {.blocks = {2, 3, 4}, .threads = {5, 6, 7}}, &number_in_space,
           y.data());
    std::vector<int> expected(y.size());
    std::iota(expected.begin(), expected.end(), 1);
    BOOST_TEST(y == expected, boost::test_tools::per_element());
    std::vector<float> exchanged(32);
    launch("exchange_in_rows", {.blocks = 1, .threads = {8, 4}}, &exchange_in_rows,
           exchanged.data());
    for (unsigned i = 0; i < 32; ++i) BOOST_TEST(exchanged[i] == static_cast<float>(i % 8 ^ 1U));
  });
}

BOOST_AUTO_TEST_CASE(a_block_has_dynamic_shared_memory) {
  for (const unsigned threads : {1U, 48U, 1024U}) {
    std::vector<float> x(threads);
    std::iota(x.begin(), x.end(), 0.0F);
    in_both_orders([&] {
      std::vector<float> y(threads);
      launch("reverse_in_shared",
             {.blocks = 1, .threads = threads, .shared_bytes = threads * sizeof(float)},
             &reverse_in_shared, x.data(), y.data());
      BOOST_TEST(y == std::vector<float>(x.rbegin(), x.rend()), boost::test_tools::per_element());
    });
  }
  std::vector<float> y(32);
  launch("read_unwritten", {.blocks = 1, .threads = 32, .shared_bytes = 128}, &read_unwritten,
         y.data());
  for (const float value : y) BOOST_TEST(std::isnan(value));
}

BOOST_AUTO_TEST_CASE(shared_memory_that_was_not_asked_for_is_an_error) {
  const std::vector<float> x(64);
  std::vector<float> y(64);
  const auto run = [&](std::size_t bytes) {
    launch("reverse_in_shared", {.blocks = 1, .threads = 64, .shared_bytes = bytes},
           &reverse_in_shared, x.data(), y.data());
  };
  BOOST_CHECK_EXCEPTION(run(0), Error, says("no dynamic shared memory was asked for"));
  BOOST_CHECK_EXCEPTION(run(63 * sizeof(float)), Error,
                        says("[reverse_in_shared] writes beyond its dynamic shared memory"));
  run(64 * sizeof(float));
}

// The limits of compute capability 9.0.
BOOST_AUTO_TEST_CASE(what_no_device_launches_is_an_error) {
  const auto refused = [](const LaunchShape& shape) {
    BOOST_CHECK_EXCEPTION(launch("leave", shape, &leave), Error,
                          says("[leave] invalid configuration argument"));
  };
  refused({.blocks = 0});
  refused({.blocks = 1, .threads = 0});
  refused({.blocks = 1, .threads = 1025});
  refused({.blocks = 1, .threads = {32, 33}});
  refused({.blocks = 1, .threads = {1, 1, 65}});
  refused({.blocks = {1, 65536}});
  refused({.blocks = {1, 1, 65536}});
  refused({.blocks = 1, .shared_bytes = 48 * 1024 + 1});
  launch("leave", {.blocks = 1, .threads = {32, 32}, .shared_bytes = 48 * 1024}, &leave);
}

BOOST_AUTO_TEST_CASE(threads_of_a_warp_vote) {
  in_both_orders([] {
    std::vector<unsigned> ballots(64);
    std::vector<int> votes(std::size_t{4} * 64);
    launch("vote", {.blocks = 1, .threads = 64}, &vote, ballots.data(), votes.data());
    for (std::size_t i = 0; i < 64; ++i) {
      if (i % 32 == 0) continue;
      BOOST_TEST(ballots[i] == 0xAAAAAAAAU);
      BOOST_TEST(votes[4 * i] != 0);
      BOOST_TEST(votes[4 * i + 1] == 0);
      BOOST_TEST(votes[4 * i + 2] != 0);
      BOOST_TEST(votes[4 * i + 3] == 0);
    }
  });
}

BOOST_AUTO_TEST_CASE(parts_of_a_warp_add_up) {
  in_both_orders([] {
    std::vector<int> sums(32);
    std::vector<unsigned> unsigned_sums(32);
    launch("add_in_halves", {.blocks = 1, .threads = 32}, &add_in_halves, sums.data(),
           unsigned_sums.data());
    // 16 + … + 31 = 376, 0 + … + 15 = 120.
    for (std::size_t i = 0; i < 32; ++i) {
      BOOST_TEST(sums[i] == (i < 16 ? 16 : -376));
      BOOST_TEST(unsigned_sums[i] == (i < 16 ? 120U : 376U));
    }
  });
}

BOOST_AUTO_TEST_CASE(masks_that_do_not_fit_are_errors) {
  const LaunchShape warp{.blocks = 1, .threads = 32};
  BOOST_CHECK_EXCEPTION(launch("shuffle_from_outside", warp, &shuffle_from_outside), Error,
                        says("asks for the number of one that took no part"));
  BOOST_CHECK_EXCEPTION(launch("vote_uninvited", warp, &vote_uninvited), Error,
                        says("whose mask leaves it out"));
  BOOST_CHECK_EXCEPTION(launch("vote_by_other_masks", warp, &vote_by_other_masks), Error,
                        says("some threads wait for others that do not come"));
  // A warp of 20 threads has no thread 20.
  BOOST_CHECK_THROW(launch("shuffle", {.blocks = 1, .threads = 20}, &shuffle_from_the_last), Error);
}

BOOST_AUTO_TEST_CASE(memory_that_is_freed_while_work_is_recorded_is_an_error) {
  std::byte* const block = allocate(1024);
  emulation::begin_recording();
  free(block);
  BOOST_CHECK_THROW(emulation::end_recording(), Error);
  emulation::begin_recording();
  BOOST_TEST(emulation::end_recording().empty());
}

// Work that was recorded finds its memory by address: where that memory was freed, on a card
// another array has it, or no one.
BOOST_AUTO_TEST_CASE(the_use_of_memory_that_was_freed_is_an_error) {
  constexpr std::int64_t kElements = 64;
  std::byte* const block = allocate(kElements * sizeof(float));
  emulation::begin_recording();
  fill(DType::float32, block, kElements, 1);
  const auto work = emulation::end_recording();
  BOOST_TEST_REQUIRE(work.size() == 1U);
  work.front()();
  BOOST_TEST(reinterpret_cast<float*>(block)[kElements - 1] == 1);
  free(block);
  BOOST_CHECK_EXCEPTION(work.front()(), Error,
                        says("[fill] uses memory of the device that was freed"));
  float number = 0;
  BOOST_CHECK_EXCEPTION(
      copy(reinterpret_cast<std::byte*>(&number), Device::cpu, block, Device::cuda, sizeof(number)),
      Error, says("[copy] uses memory of the device that was freed"));
}

// Memory that is allocated meanwhile is there at once, and its content is not.
BOOST_AUTO_TEST_CASE(memory_may_be_allocated_while_work_is_recorded) {
  emulation::begin_recording();
  std::byte* const block = allocate(1024);
  fill(DType::uint8, block, 1024, 7);
  const auto work = emulation::end_recording();
  BOOST_TEST_REQUIRE(work.size() == 1U);
  work.front()();
  BOOST_TEST(static_cast<int>(block[1023]) == 7);
  free(block);
}

BOOST_AUTO_TEST_CASE(uploads_and_timers_are_refused_while_work_is_recorded) {
  const Tensor target = Tensor::empty({4}, DType::float32, Device::cuda);
  const auto upload = make_upload(16);
  const auto timer = make_timer();
  const auto refused = [](const char* what, const std::function<void()>& call) {
    BOOST_CHECK_EXCEPTION(DeviceGraph::record([&] { call(); }), Error, says(what));
  };
  auto* const bytes = reinterpret_cast<std::byte*>(target.data<float>());
  refused("[upload]", [&] { upload->start(bytes, 16); });
  refused("[upload]", [&] { upload->finish(); });
  refused("[timer]", [&] { timer->start(); });
  refused("[timer]", [&] { timer->stop(); });
}

BOOST_AUTO_TEST_CASE(recorded_noise_moves_on_where_nothing_drew_before) {
  const Tensor y = Tensor::empty({8}, DType::float32, Device::cuda);
  emulation::forget_draw_offset();
  Generator generator(5);
  const DeviceGraph graph = DeviceGraph::record(
      [&] { kernels<float>(Device::cuda).normal(generator.next(), 8, y.data<float>()); });
  graph.replay(0);
  const std::vector<float> first = y.to_vector<float>();
  graph.replay(1);
  const std::vector<float> second = y.to_vector<float>();
  generator.seek(1);
  kernels<float>(Device::cuda).normal(generator.next(), 8, y.data<float>());
  BOOST_TEST((first != second));
  BOOST_TEST((y.to_vector<float>() == second));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace credence::cuda
