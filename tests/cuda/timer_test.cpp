// Tests of the device's timer.
#include "framework/base/error.hpp"
#include "framework/device/backend.hpp"
#include "tests/cuda/device.hpp"

#include <chrono>

namespace credence {

BOOST_AUTO_TEST_SUITE(device_timer)

namespace {

BOOST_AUTO_TEST_CASE(the_device_and_the_host_measure_the_same_time) {
  if (no_device()) return;
  using Clock = std::chrono::steady_clock;
  const Tensor from = Tensor::zeros({1 << 18}, DType::float32, Device::cuda);
  const Tensor to = Tensor::empty_like(from);
  to.copy_from(from);
  const auto timer = device::backend().make_timer();
  device::backend().synchronize();
  const auto begin = Clock::now();
  timer->start();
  for (int i = 0; i < 20; ++i) to.copy_from(from);
  timer->stop();
  const double seconds = timer->seconds();
  const double on_host = std::chrono::duration<double>(Clock::now() - begin).count();
  // The host's interval contains the device's. Other processes may prolong it.
  BOOST_TEST(seconds > 0);
  BOOST_TEST(seconds <= on_host + 2e-6);
  BOOST_TEST(seconds > on_host / 300);
}

BOOST_AUTO_TEST_CASE(a_timer_starts_again) {
  if (no_device()) return;
  const auto timer = device::backend().make_timer();
  timer->start();
  timer->stop();
  const double seconds = timer->seconds();
  const Tensor array = Tensor::empty({1 << 14}, DType::float32, Device::cuda);
  timer->start();
  for (int i = 0; i < 20; ++i) array.fill(i);
  timer->stop();
  BOOST_TEST(timer->seconds() > seconds);
}

BOOST_AUTO_TEST_CASE(a_timer_that_was_not_stopped_has_no_time) {
  if (no_device()) return;
  const auto timer = device::backend().make_timer();
  BOOST_CHECK_THROW(timer->seconds(), Error);
  timer->start();
  BOOST_CHECK_THROW(timer->seconds(), Error);
}

BOOST_AUTO_TEST_CASE(without_a_device_there_is_no_timer) {
  if (device::availability().usable) return;
  BOOST_CHECK_THROW(device::backend().make_timer(), Error);
  BOOST_CHECK_THROW(device::backend().cache_bytes(), Error);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace credence
