// Tests of gradients in buckets: when a backward pass says that a gradient is complete, what a
// bucket holds, and in which order their sums begin.
#include "framework/train/gradient_buckets.hpp"

#include "framework/autograd/gradient_observer.hpp"
#include "framework/base/error.hpp"
#include "framework/nn/normalization.hpp"
#include "framework/ops/arithmetic.hpp"
#include "framework/ops/pointwise.hpp"
#include "framework/ops/reduce.hpp"
#include "framework/train/fit.hpp"
#include "framework/train/pass_scope.hpp"
#include "tests/framework/training.hpp"

#include <boost/test/unit_test.hpp>

namespace credence {

BOOST_AUTO_TEST_SUITE(group)

namespace {

Variable scalar_leaf(double value) { return Variable(Tensor::full({}, value), true); }

class Completed final : public GradientObserver {
 public:
  void completed(const Tensor& gradient) override { values.push_back(gradient.item()); }
  std::vector<double> values;
};

// Rank 0 or 1 of two that have the same numbers: a sum doubles them, when it is finished. Rank 1
// hears of rank 0's order.
class TwinRank final : public Group {
 public:
  explicit TwinRank(int rank = 0) : rank_(rank) {}
  int rank() const override { return rank_; }
  int size() const override { return 2; }
  void all_reduce(std::span<float> numbers) override { twice(numbers); }
  void all_reduce(std::span<double> numbers) override { twice(numbers); }
  void broadcast(std::span<std::byte> bytes, int /*root*/) override {
    if (rank_ == 0) order.assign(bytes.begin(), bytes.end());
    if (rank_ == 1) std::copy(order.begin(), order.end(), bytes.begin());
  }
  void barrier() override {}
  std::vector<std::string> all_gather(std::string_view bytes) override {
    return {std::string(bytes), std::string(bytes)};
  }
  std::vector<std::vector<float>> exchange(const std::vector<std::vector<float>>& sent) override {
    return sent;
  }
  void fail(const std::string& /*cause*/) override {}
  void start_sum(std::span<float> numbers) override { begun.push_back(numbers); }
  void finish_sums() override {
    for (const std::span<float> numbers : begun) twice(numbers);
    finished = std::move(begun);
    begun.clear();
  }

  std::vector<std::byte> order;
  std::vector<std::span<float>> begun;
  std::vector<std::span<float>> finished;

 private:
  template <class T>
  static void twice(std::span<T> numbers) {
    for (T& number : numbers) number *= 2;
  }
  int rank_;
};

// Three layers: of 320 and 16, of 256 and 16, and of 160 and 10 elements.
struct Layers final : nn::Module {
  nn::Linear first{20, 16, {}, Generator(1)};
  nn::Linear second{16, 16, {}, Generator(2)};
  nn::Linear third{16, 10, {}, Generator(3)};

  Variable forward(const Variable& x) override { return third(second(first(x))); }
  void visit(nn::Visitor& visitor) override {
    visitor.module("first", first);
    visitor.module("second", second);
    visitor.module("third", third);
  }
};

// These layers with an optimiser and a loss.
struct Bucketed {
  Layers net;
  std::unique_ptr<optim::Optimizer> optimizer = optim::make_optimizer(net, optim::Sgd{});
  Variable x{normals({5, 20}, "x").to(DType::float32)};

  Variable loss() { return mean(square(net(x))); }
  // The gradients of a step of one process.
  Tensor alone() {
    optimizer->zero_grad();
    loss().backward();
    return optimizer->gradients().clone();
  }
};

std::vector<const float*> begins_of(const std::vector<std::span<float>>& spans) {
  std::vector<const float*> begins;
  for (const std::span<float> span : spans) begins.push_back(span.data());
  return begins;
}

}  // namespace

BOOST_AUTO_TEST_CASE(a_pass_tells_when_the_gradient_of_a_leaf_is_complete) {
  const Variable a = scalar_leaf(2);
  const Variable b = scalar_leaf(3);
  const Variable unused = scalar_leaf(4);
  // d/da = 2 a b + b = 15, d/db = a² + a = 6: both have their last contribution from the first op.
  const Variable first = a * b;
  const Variable second = first * a;
  const Completed seen;
  (second + first).backward();
  BOOST_TEST(seen.values == (std::vector<double>{15, 6}), boost::test_tools::per_element());
  BOOST_TEST(GradientObserver::active() == &seen);
}

BOOST_AUTO_TEST_CASE(a_leaf_that_one_op_takes_twice_is_complete_once) {
  const Variable a = scalar_leaf(3);
  const Variable b = scalar_leaf(5);
  const Variable product = b * 2.0;
  const Completed seen;
  // The later op has a twice, the earlier one has b.
  (product + a * a).backward();
  BOOST_TEST(seen.values == (std::vector<double>{6, 2}), boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(buckets_cover_the_buffer_and_sum_it_once) {
  Bucketed one;
  const Tensor expected = (Variable(one.alone()) * 2.0).value();
  for (const std::int64_t bytes : {std::int64_t{1}, std::int64_t{1300}, std::int64_t{1} << 30}) {
    TwinRank group;
    train::GradientBuckets buckets(group, one.net, *one.optimizer, bytes);
    // With 1 byte a bucket for each weight and bias; 1300 end behind the first two and next three.
    BOOST_TEST(buckets.size() == (bytes == 1 ? 6U : bytes == 1300 ? 3U : 1U));
    for (int step = 0; step < 3; ++step) {
      one.optimizer->zero_grad();
      buckets.backward(one.loss());
      // The order is known after the first step, and then all but nothing is left to the end.
      BOOST_TEST(group.begun.size() == (step == 0 ? 0U : buckets.size()));
      buckets.finish();
      BOOST_TEST(same_bits(one.optimizer->gradients(), expected));
      std::size_t elements = 0;
      for (const std::span<float> sum : group.finished) elements += sum.size();
      BOOST_TEST(elements == static_cast<std::size_t>(expected.numel()));
    }
    // From the last layer to the first; a layer's weight is complete before its bias.
    const std::vector<const float*> begins = begins_of(group.finished);
    if (bytes > 1) BOOST_TEST(std::is_sorted(begins.rbegin(), begins.rend()));
  }
}

BOOST_AUTO_TEST_CASE(all_ranks_sum_in_the_order_of_rank_0) {
  Bucketed one;
  const auto step = [&](train::GradientBuckets& buckets, const Variable& loss) {
    one.optimizer->zero_grad();
    buckets.backward(loss);
    buckets.finish();
  };
  // The graph of rank 0 alone begins with the last layer too, whose gradients are complete last.
  const auto other_loss = [&] {
    const Variable early = sum(one.net.third(Variable(Tensor::full({1, 16}, 1))));
    return early + one.loss();
  };
  TwinRank first(0);
  train::GradientBuckets first_buckets(first, one.net, *one.optimizer, 1);
  step(first_buckets, other_loss());
  TwinRank second(1);
  second.order = first.order;
  train::GradientBuckets second_buckets(second, one.net, *one.optimizer, 1);
  step(second_buckets, one.loss());
  BOOST_TEST(begins_of(second.finished) == begins_of(first.finished),
             boost::test_tools::per_element());
  step(second_buckets, one.loss());
  BOOST_TEST(begins_of(second.finished) == begins_of(first.finished),
             boost::test_tools::per_element());
  // The buffer begins with the first layer, and ends with the last one's bias.
  BOOST_TEST(begins_of(first.finished).front() != begins_of(first.finished).back());
  BOOST_TEST(first.finished.back().data() >= one.optimizer->gradients().data<float>() + 608);
}

BOOST_AUTO_TEST_CASE(a_parameter_outside_the_loss_does_not_keep_the_others_waiting_for_ever) {
  Bucketed one;
  TwinRank group;
  train::GradientBuckets buckets(group, one.net, *one.optimizer, 1);
  for (int step = 0; step < 2; ++step) {
    one.optimizer->zero_grad();
    buckets.backward(sum(one.net.first(one.x)));
    BOOST_TEST(group.begun.size() == (step == 0 ? 0U : 2U));
    buckets.finish();
    BOOST_TEST(group.finished.size() == 6U);
  }
}

BOOST_AUTO_TEST_CASE(passes_of_ranks_meet_in_their_order) {
  TwinRank group(1);
  auto pass = [n = 0]() mutable { return scalar_leaf(++n); };
  BOOST_TEST(train::outputs_of_passes(5, pass).size() == 5U);
  const train::PassScope scope(group, 5, {2, 5});
  BOOST_TEST(scope.has_last());
  BOOST_CHECK_EXCEPTION(train::outputs_of_passes(4, pass), ValueError,
                        says("the objective makes 4 passes a step; ranks that share 5 passes"));
  const std::vector<Variable> own = train::outputs_of_passes(5, pass);
  BOOST_TEST(own.size() == 3U);
  BOOST_TEST(scope.used());
  // The twin has the same three.
  const std::vector<Variable> all = train::outputs_of_all(own);
  BOOST_TEST(all.size() == 6U);
  for (std::size_t i = 0; i < all.size(); ++i) {
    BOOST_TEST(all[i].value().item() == own[i % 3].value().item());
    BOOST_TEST(!all[i].requires_grad());
  }
  const Variable x = scalar_leaf(7);
  const Variable sum = train::sum_of_passes(x * 3.0);
  BOOST_TEST(sum.value().item() == 42.0);
  sum.backward();
  BOOST_TEST(x.grad().item() == 3.0);
  BOOST_TEST(train::counted_once(x).requires_grad());
}

BOOST_AUTO_TEST_CASE(passes_that_cannot_be_shared_are_refused) {
  TwinRank group;
  Layers net;
  nn::Sequential normalizing(nn::Linear(20, 3, {}, Generator(1)), nn::BatchNorm1d(3));
  FixedBatches batches({{normals({4, 20}, "x").to(DType::float32),
                         Tensor::from({4}, std::vector<std::int64_t>{0, 1, 2, 0})}});
  const auto refuses = [&](nn::Module& model, const train::DataParallel& parallel,
                           const char* words) {
    const train::FitOptions options{.epochs = 1, .parallel = parallel, .progress = false};
    BOOST_CHECK_EXCEPTION(train::fit(model, batches, options), ValueError, says(words));
  };
  refuses(net, {.group = &group, .passes = 5},
          "the objective makes no passes that ranks can share");
  refuses(net, {.group = &group, .passes = 1}, "1 pass cannot be shared by 2 ranks; give at least");
  refuses(net, {.group = &group, .blocks = 2, .passes = 2}, "blocks of rows or passes, not both");
  refuses(normalizing, {.group = &group, .passes = 2}, "so that ranks cannot share passes");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace credence
