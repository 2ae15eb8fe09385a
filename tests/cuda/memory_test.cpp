// Tests of tensors on the device: copies, filled values and conversions.
#include "framework/base/error.hpp"
#include "tests/cuda/device.hpp"

namespace credence {

BOOST_AUTO_TEST_SUITE(device_memory)

namespace {

BOOST_AUTO_TEST_CASE(tensors_travel_to_the_device_and_back) {
  if (no_device()) return;
  const Tensor host = Tensor::from({2, 3}, std::vector<float>{1, -2, 3, 4, 5.5, 0});
  const Tensor device = host.to(Device::cuda);
  BOOST_TEST((device.device() == Device::cuda));
  BOOST_TEST(!device.shares_storage_with(host));
  BOOST_TEST((device.to(Device::cuda).shares_storage_with(device)));
  BOOST_TEST(device.to_vector<float>() == host.to_vector<float>(),
             boost::test_tools::per_element());
  BOOST_TEST(device.slice(1, 2).to_vector<float>() == (std::vector<float>{4, 5.5, 0}),
             boost::test_tools::per_element());
  BOOST_TEST(device.view_at(2, {}).item() == 3);
}

BOOST_AUTO_TEST_CASE(elements_of_every_type_are_set_and_converted) {
  if (no_device()) return;
  for (const DType dtype :
       {DType::float32, DType::float64, DType::uint8, DType::int32, DType::int64}) {
    const Tensor full = Tensor::full({1000}, 7, dtype, Device::cuda);
    const std::vector<double> values = full.to_vector<double>();
    BOOST_TEST(std::all_of(values.begin(), values.end(), [](double v) { return v == 7; }));
    const Tensor zeros = Tensor::zeros({257}, dtype, Device::cuda);
    const std::vector<double> none = zeros.to_vector<double>();
    BOOST_TEST(std::all_of(none.begin(), none.end(), [](double v) { return v == 0; }));
    const Tensor host = Tensor::from({4}, std::vector<double>{0, 1.75, 200, 3});
    const Tensor converted = host.to(Device::cuda).to(dtype);
    BOOST_TEST((converted.dtype() == dtype));
    BOOST_TEST((converted.device() == Device::cuda));
    BOOST_TEST(converted.to_vector<double>() == host.to(dtype).to_vector<double>(),
               boost::test_tools::per_element());
  }
}

BOOST_AUTO_TEST_CASE(copies_cross_devices_and_refuse_other_shapes) {
  if (no_device()) return;
  const Tensor host = Tensor::from({3}, std::vector<std::int64_t>{1, 2, 3});
  const Tensor device = Tensor::zeros({3}, DType::int64, Device::cuda);
  device.copy_from(host);
  BOOST_TEST(device.clone().to_vector<std::int64_t>() == host.to_vector<std::int64_t>(),
             boost::test_tools::per_element());
  BOOST_CHECK_THROW(device.copy_from(Tensor::zeros({2}, DType::int64)), ShapeError);
  BOOST_CHECK_THROW(device.copy_from(Tensor::zeros({3})), ShapeError);
}

// Small arrays travel as an argument of a kernel.
BOOST_AUTO_TEST_CASE(a_copy_has_the_bytes_that_the_host_had_at_the_call) {
  if (no_device()) return;
  for (const std::int64_t n : {1, 3, 255, 1023, 1024, 1025, 5000}) {
    std::vector<std::uint8_t> bytes(static_cast<std::size_t>(n));
    for (std::size_t i = 0; i < bytes.size(); ++i) bytes[i] = static_cast<std::uint8_t>(7 * i + 1);
    const Tensor host = Tensor::from({n}, bytes);
    const Tensor whole = Tensor::full({n + 2}, 9, DType::uint8, Device::cuda);
    whole.slice(1, n + 1).copy_from(host);
    host.fill(0);
    bytes.insert(bytes.begin(), 9);
    bytes.push_back(9);
    BOOST_TEST(whole.to_vector<std::uint8_t>() == bytes, boost::test_tools::per_element());
  }
}

BOOST_AUTO_TEST_CASE(the_device_has_a_cache_of_its_own) {
  if (no_device()) return;
  release_cached_memory(Device::cuda);
  const std::size_t on_host = allocator_statistics(Device::cpu).bytes_in_use;
  const std::size_t before = allocator_statistics(Device::cuda).bytes_in_use;
  {
    const Storage storage(100'000, Device::cuda);
    BOOST_TEST(allocator_statistics(Device::cuda).bytes_in_use >= before + 100'000);
    BOOST_TEST(allocator_statistics(Device::cpu).bytes_in_use == on_host);
  }
  BOOST_TEST(allocator_statistics(Device::cuda).bytes_in_use == before);
  BOOST_TEST(allocator_statistics(Device::cuda).bytes_cached >= 100'000U);
  release_cached_memory(Device::cuda);
  BOOST_TEST(allocator_statistics(Device::cuda).bytes_cached == 0U);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace credence
