// Tests that the contract of layers finds faults: layers that break one promise each.
#include "framework/nn/module.hpp"
#include "framework/ops/arithmetic.hpp"
#include "framework/ops/reduce.hpp"
#include "tests/framework/layer_contract.hpp"
#include "tests/framework/support.hpp"

#include <algorithm>
#include <cstring>
#include <functional>
#include <string>
#include <utility>
#include <vector>

namespace credence::test {

BOOST_AUTO_TEST_SUITE(broken_layers)

namespace {

Tensor product(const Tensor& a, const Tensor& b) { return (Variable(a) * Variable(b)).value(); }

// y = scale · x as an op of its own, whose backward function may be at fault.
class Scaled : public nn::Module {
 public:
  using Backward = std::function<Gradients(const Tensor& g, const Variable& x, const Tensor& s)>;
  explicit Scaled(Backward backward) : backward_(std::move(backward)) {}
  Variable forward(const Variable& x) override {
    return make_result(
        product(x.value(), scale_.value()), {x, scale_},
        [own = backward_, x, s = scale_.value()](const Tensor& g) { return own(g, x, s); });
  }
  void visit(nn::Visitor& visitor) override { visitor.parameter("scale", scale_); }
  std::string type_name() const override { return "Scaled"; }

 private:
  Backward backward_;
  Variable scale_{Tensor::full({}, 2), true};
};

Gradients right(const Tensor& g, const Variable& x, const Tensor& s) {
  return {product(g, s), sum(Variable(product(g, x.value()))).value()};
}

Gradients twice_as_large(const Tensor& g, const Variable& x, const Tensor& s) {
  const Gradients all = right(g, x, s);
  return {product(all[0], s), all[1]};
}

// The first element is left as it was in memory.
Gradients not_fully_written(const Tensor& g, const Variable& x, const Tensor& s) {
  const Gradients all = right(g, x, s);
  const Tensor partly = Tensor::empty_like(all[0]);
  const std::size_t first = size_of(g.dtype());
  std::memcpy(partly.raw_data() + first, all[0].raw_data() + first, partly.bytes() - first);
  return {partly, all[1]};
}

Gradients assigned(const Tensor& g, const Variable& x, const Tensor& s) {
  if (x.grad().defined()) x.zero_grad();
  return right(g, x, s);
}

// Counts its calls.
class Counting : public nn::Module {
 public:
  enum class Fault { in_evaluation, in_output };
  explicit Counting(Fault fault) : fault_(fault) {}
  Variable forward(const Variable& x) override {
    calls_.fill(calls_.item() + 1);
    return x * (fault_ == Fault::in_output ? ++unlisted_ : 1);
  }
  void visit(nn::Visitor& visitor) override { visitor.buffer("calls", calls_); }
  std::string type_name() const override { return "Counting"; }

 private:
  Fault fault_;
  double unlisted_ = 0;
  Tensor calls_ = Tensor::zeros({});
};

// Has a parameter that visit does not list, and no name.
class Hiding : public nn::Module {
 public:
  Variable forward(const Variable& x) override { return x * hidden_; }

 private:
  Variable hidden_{Tensor::full({}, 1.5), true};
};

// Loses its factor when it moves.
class Losing : public nn::Module {
 public:
  Losing() = default;
  Losing(Losing&& other) noexcept : Module(std::move(other)) {}
  Losing& operator=(Losing&&) = delete;
  ~Losing() override = default;
  Variable forward(const Variable& x) override { return x * factor_; }
  std::string type_name() const override { return "Losing"; }
  void prepare() { factor_ = 2; }

 private:
  double factor_ = 1;
};

// Whether there is a fault with this text.
template <class Make>
bool finds(Make make, const std::string& text) {
  const auto faults = faults_of_layer(make, normals({3, 5}, "x").to(DType::float32));
  return std::any_of(faults.begin(), faults.end(), [&](const std::string& fault) {
    return fault.find(text) != std::string::npos;
  });
}

auto scaled(const Scaled::Backward& backward) {
  return [backward] { return Scaled(backward); };
}

}  // namespace

BOOST_AUTO_TEST_CASE(a_layer_without_fault_has_none) { BOOST_TEST(!finds(scaled(right), "")); }

BOOST_AUTO_TEST_CASE(each_fault_is_found) {
  BOOST_TEST(finds(scaled(twice_as_large), "Scaled: gradients: "));
  BOOST_TEST(finds(scaled(not_fully_written), "a pass in memory full of NaN: other bits"));
  BOOST_TEST(finds(scaled(assigned), "gradient 1 is not added to the one there was"));
  const auto counting = [](Counting::Fault fault) { return [=] { return Counting(fault); }; };
  BOOST_TEST(finds(counting(Counting::Fault::in_evaluation), "evaluation changes calls"));
  BOOST_TEST(finds(counting(Counting::Fault::in_output), "a second pass: other bits"));
  BOOST_TEST(finds([] { return Hiding(); }, "visit"));
  BOOST_TEST(finds([] { return Hiding(); }, "no type_name()"));
  BOOST_TEST(finds(
      [] {
        struct Prepared : Losing {
          Prepared() { prepare(); }
        };
        return Prepared();
      },
      "a layer that was moved: other bits"));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace credence::test
