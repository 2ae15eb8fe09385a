// Tests of the emulation of CUDA itself.
#include "framework/base/error.hpp"
#include "framework/core/device_graph.hpp"
#include "framework/core/random.hpp"
#include "framework/core/tensor.hpp"
#include "framework/cuda/runtime/launch.hpp"
#include "framework/cuda/runtime/runtime.hpp"
#include "framework/dispatch/kernels.hpp"

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
  const emulation::Order before = emulation::set_order(emulation::Order::forward);
  for (const auto order : {emulation::Order::forward, emulation::Order::backward}) {
    emulation::set_order(order);
    std::vector<int> y(kThreads);
    launch("reverse_block", 1, &reverse_block, x.data(), y.data());
    BOOST_TEST(y == std::vector<int>(x.rbegin(), x.rend()), boost::test_tools::per_element());
  }
  emulation::set_order(before);
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
  const emulation::Order before = emulation::set_order(emulation::Order::forward);
  for (const auto order : {emulation::Order::forward, emulation::Order::backward}) {
    emulation::set_order(order);
    std::vector<float> y(3 * kThreads);
    launch("shuffle", 1, &shuffle, x.data(), y.data());
    for (unsigned i = 0; i < kThreads; ++i) {
      const unsigned lane = i % 32;
      BOOST_TEST(y[i] == x[lane < 16 ? i + 16 : i]);
      BOOST_TEST(y[kThreads + i] == x[i ^ 5]);
      BOOST_TEST(y[2 * kThreads + i] == x[i - lane + 7]);
    }
  }
  emulation::set_order(before);
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

BOOST_AUTO_TEST_CASE(memory_that_is_freed_while_work_is_recorded_is_an_error) {
  std::byte* const block = allocate(1024);
  emulation::begin_recording();
  free(block);
  BOOST_CHECK_THROW(emulation::end_recording(), Error);
  emulation::begin_recording();
  BOOST_TEST(emulation::end_recording().empty());
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
