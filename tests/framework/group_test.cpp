// Tests of parts of batches: which rows a share has, the noise of these rows, sums in one order,
// and batch normalisation over the rows of several ranks, which are played by threads.
#include "framework/group/batch_scope.hpp"
#include "framework/nn/dropout.hpp"
#include "framework/ops/dropout.hpp"
#include "framework/ops/normalization.hpp"
#include "framework/ops/random_tensors.hpp"
#include "tests/framework/support.hpp"

#include <cmath>
#include <condition_variable>
#include <mutex>
#include <thread>

#include <boost/test/unit_test.hpp>

namespace credence {

BOOST_AUTO_TEST_SUITE(group)

namespace {

// Threads of this process as ranks: each adds its numbers to a common sum.
class Meeting {
 public:
  explicit Meeting(int size) : size_(size) {}
  int size() const { return size_; }

  // All ranks pass as many numbers. The first of a round waits for all of the last one.
  std::vector<double> sum(const std::vector<double>& numbers) {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return leaving_ == 0; });
    if (arrived_ == 0) sum_.assign(numbers.size(), 0.0);
    for (std::size_t i = 0; i < numbers.size(); ++i) sum_[i] += numbers[i];
    if (++arrived_ == size_) {
      leaving_ = size_;
      arrived_ = 0;
      changed_.notify_all();
    }
    changed_.wait(lock, [&] { return leaving_ > 0; });
    std::vector<double> result = sum_;
    if (--leaving_ == 0) changed_.notify_all();
    return result;
  }

 private:
  int size_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<double> sum_;
  int arrived_ = 0;
  int leaving_ = 0;
};

class ThreadRank final : public Group {
 public:
  ThreadRank(Meeting& meeting, int rank) : meeting_(meeting), rank_(rank) {}
  int rank() const override { return rank_; }
  int size() const override { return meeting_.size(); }
  void all_reduce(std::span<float> numbers) override { add(numbers); }
  void all_reduce(std::span<double> numbers) override { add(numbers); }
  void broadcast(std::span<std::byte> /*bytes*/, int /*root*/) override {}
  void barrier() override {}
  std::vector<std::string> all_gather(std::string_view /*bytes*/) override { return {}; }
  std::vector<std::vector<float>> exchange(
      const std::vector<std::vector<float>>& /*sent*/) override {
    return {};
  }
  void fail(const std::string& /*cause*/) override {}

 private:
  template <class T>
  void add(std::span<T> numbers) {
    const std::vector<double> sum = meeting_.sum({numbers.begin(), numbers.end()});
    for (std::size_t i = 0; i < sum.size(); ++i) numbers[i] = static_cast<T>(sum[i]);
  }
  Meeting& meeting_;
  int rank_;
};

BOOST_AUTO_TEST_CASE(shares_have_each_row_once) {
  for (const std::int64_t total : {1, 2, 7, 64}) {
    for (const std::int64_t parts : {1, 2, 3, 5, 9}) {
      std::int64_t next = 0;
      double weight = 0;
      for (std::int64_t part = 0; part < parts; ++part) {
        const BatchRows rows = rows_of(total, {part, part + 1, parts});
        BOOST_TEST(rows.total == total);
        BOOST_TEST(rows.count >= 1);
        BOOST_TEST(rows.first + rows.count <= total);
        if (rows.counted) BOOST_TEST(rows.first == next);
        next += rows.counted_rows();
        weight += rows.weight();
      }
      BOOST_TEST(next == total);
      BOOST_TEST(weight == 1, boost::test_tools::tolerance(1e-12));
    }
  }
}

BOOST_AUTO_TEST_CASE(a_stream_that_begins_inside_its_draw_gives_the_numbers_from_there) {
  const RandomStream whole{0x0123456789ABCDEFU, 5};
  constexpr std::int64_t kAll = 3000;
  for (const DType dtype : {DType::float32, DType::float64}) {
    const Tensor like = Tensor::empty({kAll}, dtype);
    const Tensor numbers = normal_tensor(like, whole);
    const Tensor signs = sign_tensor(like, whole);
    const Variable ones(Tensor::full({kAll}, 1, dtype));
    const Tensor dropped = dropout(ones, 0.3, whole).value();
    for (const std::int64_t first : {0, 1, 63, 64, 65, 127, 128, 500, 512, 1025}) {
      for (const std::int64_t count : {1, 2, 64, 129, 700, 1975}) {
        if (first + count > kAll) continue;
        const RandomStream part{whole.key, whole.draw, first};
        const Tensor mine = Tensor::empty({count}, dtype);
        const std::string at = std::to_string(first) + "+" + std::to_string(count);
        BOOST_TEST(same_bits(normal_tensor(mine, part), numbers.slice(first, first + count)), at);
        BOOST_TEST(same_bits(sign_tensor(mine, part), signs.slice(first, first + count)), at);
        const Variable some(Tensor::full({count}, 1, dtype));
        BOOST_TEST(same_bits(dropout(some, 0.3, part).value(), dropped.slice(first, first + count)),
                   at);
        BOOST_TEST(part.bits(count - 1) == whole.bits(first + count - 1));
        BOOST_TEST(part.normal(0) == whole.normal(first));
      }
    }
  }
}

BOOST_AUTO_TEST_CASE(the_layers_of_a_part_draw_what_its_rows_have_in_the_batch) {
  const Tensor x = Tensor::full({10, 7}, 1);
  nn::Dropout layer(0.5, Generator(3));
  const Tensor whole = layer(Variable(x)).value();
  for (const PartRange rows : {PartRange{0, 3}, {3, 4}, {4, 10}}) {
    nn::Dropout again(0.5, Generator(3));
    const BatchScope scope(single_process(), {rows.begin, rows.size(), 10}, false);
    const Tensor part = again(Variable(x.slice(rows.begin, rows.end))).value();
    BOOST_TEST(same_bits(part, whole.slice(rows.begin, rows.end)));
  }
  const BatchScope scope(single_process(), {0, 4, 10}, false);
  BOOST_CHECK_EXCEPTION(stream_of_rows({}, {6, 7}), ShapeError, says("[6, 7]"));
  BOOST_TEST(BatchScope::active() == &scope);
}

BOOST_AUTO_TEST_CASE(sums_in_one_order_add_halves) {
  // (1 + 2⁻²⁴) + (2⁻²⁴ + 2⁻²⁴) = 1 + 2⁻²³, where adding from the left gives 1.
  const float tiny = 0x1p-24F;
  const std::vector<std::vector<float>> parts{{1, 1}, {tiny, 2}, {tiny, 3}, {tiny, 4}};
  const std::vector<std::span<const float>> spans(parts.begin(), parts.end());
  std::vector<float> sum(2);
  ordered_sum(single_process(), 4, spans, sum);
  BOOST_TEST(sum[0] == 1 + 0x1p-23F);
  BOOST_TEST(sum[1] == 10);
  BOOST_CHECK_THROW(ordered_sum(single_process(), 3, spans, sum), ValueError);
}

BOOST_AUTO_TEST_CASE(batch_normalisation_of_ranks_is_that_of_the_whole_batch) {
  constexpr std::int64_t kRows = 7;
  const Tensor x = normals({kRows, 3, 2, 2}, "x");
  const Tensor seed = normals({kRows, 3, 2, 2}, "seed");
  struct Result {
    Tensor y, grad_x, grad_weight, running_mean, running_variance;
  };
  const auto run = [&](std::int64_t begin, std::int64_t end) {
    const Variable input(x.slice(begin, end).clone(), true);
    const Variable weight(normals({3}, "weight"), true);
    const Variable bias(normals({3}, "bias"), true);
    Result result;
    result.running_mean = normals({3}, "mean");
    result.running_variance = Tensor::full({3}, 2, DType::float64);
    const Variable y =
        batch_norm(input, weight, bias, result.running_mean, result.running_variance);
    y.backward(seed.slice(begin, end));
    result.y = y.value();
    result.grad_x = input.grad();
    result.grad_weight = weight.grad();
    return result;
  };
  const Result whole = run(0, kRows);
  const auto close = [](const Tensor& a, const Tensor& b) {
    const std::vector<double> left = a.to_vector<double>();
    const std::vector<double> right = b.to_vector<double>();
    double worst = 0;
    for (std::size_t i = 0; i < left.size(); ++i) {
      worst = std::max(worst, std::abs(left[i] - right[i]));
    }
    return worst < 1e-12;
  };
  // The last has no row.
  const std::vector<BatchRows> shares{{0, 4, kRows}, {4, 3, kRows}, {6, 1, kRows, false}};
  Meeting meeting(3);
  std::vector<Result> results(3);
  std::vector<std::jthread> threads;
  for (int rank = 0; rank < 3; ++rank) {
    threads.emplace_back([&, rank] {
      ThreadRank own(meeting, rank);
      const BatchRows& rows = shares[static_cast<std::size_t>(rank)];
      const BatchScope scope(own, rows, true);
      results[static_cast<std::size_t>(rank)] = run(rows.first, rows.first + rows.count);
    });
  }
  threads.clear();
  for (std::size_t rank = 0; rank < 3; ++rank) {
    const BatchRows& rows = shares[rank];
    const Result& own = results[rank];
    BOOST_TEST(close(own.y, whole.y.slice(rows.first, rows.first + rows.count)));
    BOOST_TEST(close(own.running_mean, whole.running_mean));
    BOOST_TEST(close(own.running_variance, whole.running_variance));
    if (!rows.counted) continue;
    BOOST_TEST(close(own.grad_x, whole.grad_x.slice(rows.first, rows.first + rows.count)));
  }
  const std::vector<double> first = results[0].grad_weight.to_vector<double>();
  const std::vector<double> second = results[1].grad_weight.to_vector<double>();
  const std::vector<double> expected = whole.grad_weight.to_vector<double>();
  for (std::size_t c = 0; c < 3; ++c) {
    BOOST_TEST(first[c] + second[c] == expected[c], boost::test_tools::tolerance(1e-10));
  }
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace credence
