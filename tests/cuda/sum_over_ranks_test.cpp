// Tests of sums over ranks of numbers on the device: by the group there, or by way of the host.
#include "framework/train/sum_over_ranks.hpp"

#include "tests/cuda/device.hpp"

namespace credence {

BOOST_AUTO_TEST_SUITE(device_sum_over_ranks)

namespace {

// Two ranks with the same numbers, whose cards the group reaches or not.
class Twins final : public Group {
 public:
  explicit Twins(bool reaches_cards) : reaches_cards_(reaches_cards) {}
  int rank() const override { return 0; }
  int size() const override { return 2; }
  void all_reduce(std::span<float> numbers) override {
    for (float& number : numbers) number *= 2;
  }
  void all_reduce(std::span<double> /*numbers*/) override {}
  void broadcast(std::span<std::byte> /*bytes*/, int /*root*/) override {}
  void barrier() override {}
  std::vector<std::string> all_gather(std::string_view /*bytes*/) override { return {}; }
  std::vector<std::vector<float>> exchange(const std::vector<std::vector<float>>& sent) override {
    return sent;
  }
  void fail(const std::string& /*cause*/) override {}
  bool sum_on_device(std::span<float> numbers, void* stream) override {
    asked = numbers;
    asked_stream = stream;
    return reaches_cards_;
  }

  std::span<float> asked;
  void* asked_stream = nullptr;

 private:
  bool reaches_cards_;
};

}  // namespace

BOOST_AUTO_TEST_CASE(a_group_that_reaches_the_cards_gets_their_memory_and_the_stream_of_work) {
  if (no_device()) return;
  Twins group(true);
  train::SumOverRanks sums(group);
  const Tensor numbers = Tensor::full({5}, 3, DType::float32, Device::cuda);
  sums.begin(numbers.slice(1, 4));
  sums.finish();
  BOOST_TEST(group.asked.data() == numbers.data<float>() + 1);
  BOOST_TEST(group.asked.size() == 3U);
  BOOST_TEST(group.asked_stream == device::backend().stream());
  BOOST_TEST(numbers.to_vector<float>() == std::vector<float>(5, 3),
             boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(other_groups_sum_in_the_host_s_memory) {
  if (no_device()) return;
  Twins group(false);
  train::SumOverRanks sums(group);
  // The staging memory grows, and is used again.
  for (const std::int64_t count : {3, 1000, 7}) {
    const Tensor numbers = Tensor::full({count + 1}, 3, DType::float32, Device::cuda);
    sums.begin(numbers.slice(0, count));
    sums.finish();
    std::vector<float> expected(static_cast<std::size_t>(count), 6);
    expected.push_back(3);
    BOOST_TEST(numbers.to_vector<float>() == expected, boost::test_tools::per_element());
  }
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace credence
