// Matrix products: square ones in all transpositions, and the fully connected layers of the zoo.
#include "benchmarks/kernels/case_families.hpp"
#include "benchmarks/kernels/definition.hpp"
#include "benchmarks/kernels/ladder.hpp"
#include "benchmarks/kernels/layers.hpp"
#include "benchmarks/kernels/rivals.hpp"
#include "framework/dispatch/kernels.hpp"

namespace credence::benchmarks {
namespace {

// Multiply-adds of a product of 1024 × 1024 matrices; more would take half a minute.
constexpr double kMostNaiveProducts = 1 << 30;

double products_of(const ProductShape& s) {
  return static_cast<double>(s.m) * static_cast<double>(s.n) * static_cast<double>(s.k);
}

Case product_case(const ProductShape& s, const std::string& text, Device device,
                  const char* implementation,
                  std::function<Call(const Tensor& a, const Tensor& b, const Tensor& c)> make) {
  const auto m = static_cast<double>(s.m);
  const auto n = static_cast<double>(s.n);
  const auto k = static_cast<double>(s.k);
  const double bytes = sizeof(float) * (m * k + k * n + m * n);
  return {"matmul",
          text,
          implementation,
          s.m == s.n && s.n == s.k ? std::to_string(s.m) + "³" : joined({s.m, s.k, s.n}, "×"),
          {.flops = 2 * m * n * k, .bytes = bytes, .footprint = bytes},
          [s, device, make](const Fill& fill) {
            const Tensor a = filled(fill, {s.m * s.k}, "a", device);
            const Tensor b = filled(fill, {s.k * s.n}, "b", device);
            Call call = make(a, b, Tensor::empty({s.m * s.n}, DType::float32, device));
            call.definition = [=](std::size_t, std::int64_t index) {
              return product_element(s, a.data<float>(), b.data<float>(), index);
            };
            return call;
          },
          sum_tolerance(s.k),
          sums_are_exact(s.k)};
}

auto multiply_on(Device device) {
  return [device](const ProductShape& s, const float* a, const float* b, float* c) {
    kernels<float>(device).matmul(s.m, s.n, s.k, a, s.transpose_a ? 1 : s.k,
                                  s.transpose_a ? s.m : 1, b, s.transpose_b ? 1 : s.n,
                                  s.transpose_b ? s.k : 1, c);
  };
}

// A function multiply(shape, a, b, c) as what a case makes.
template <class Multiply>
auto called(const ProductShape& s, Multiply multiply) {
  return [=](const Tensor& a, const Tensor& b, const Tensor& c) -> Call {
    return {[=] { multiply(s, a.data<float>(), b.data<float>(), c.data<float>()); }, {c}};
  };
}

}  // namespace

void add_product(std::vector<Case>& cases, Device device, const ProductShape& s,
                 const std::string& text) {
  const auto add = [&](const char* implementation, auto make) {
    cases.push_back(product_case(s, text, device, implementation, make));
  };
  add(kOurs, called(s, multiply_on(device)));
  if (!openblas::version().empty()) add("openblas", called(s, &openblas::multiply));
  if (!onednn::version().empty()) {
    add("onednn", [s](auto&... t) { return onednn::multiply(s, t...); });
  }
  if (s.transpose_a || s.transpose_b) return;
  const auto step = [&](const char* name, Ladder::Multiply function) {
    add(name, called(s, [=](const ProductShape& p, const float* a, const float* b, float* c) {
          function(p.m, p.n, p.k, a, b, c);
        }));
  };
  const Ladder& steps = ladder();
  if (products_of(s) <= kMostNaiveProducts) step("naive", steps.multiply_naive);
  step("reordered", steps.multiply_reordered);
  step("blocked", steps.multiply_blocked);
  step("tiled", steps.multiply_tiled);
}

namespace {

// A pass of a fully connected layer as a product: y = x Wᵀ, grad_x = grad_y W, grad_W = grad_yᵀ x.
ProductShape product_of(Pass pass, const ConvolutionShape& s) {
  switch (pass) {
    case Pass::forward:
      return {s.batch, s.out_channels, s.in_channels, false, true};
    case Pass::backward_data:
      return {s.batch, s.in_channels, s.out_channels, false, false};
    case Pass::backward_weight:
      break;
  }
  return {s.out_channels, s.in_channels, s.batch, true, false};
}

}  // namespace

void add_linear(std::vector<Case>& cases, Device device, Pass pass, const Layer& layer) {
  const ConvolutionShape s = layer.shape;
  const ProductShape product = product_of(pass, s);
  // (x, grad_y) in the product's order: grad_yᵀ x.
  const auto in_order = [=](const PassTensors& t) {
    return pass == Pass::backward_weight ? PassTensors{t.second, t.first, t.result} : t;
  };
  const auto add = [&](const char* implementation, std::function<Call(const PassTensors&)> make) {
    cases.push_back(layer_case("linear", pass, layer, device, implementation, std::move(make)));
    cases.back().exact = sums_are_exact(pass, s);
  };
  add(kOurs, [=](const PassTensors& t) { return credence_call(pass, s, t); });
  cases.back().algorithm = algorithm_of(pass, s, device);
  if (!openblas::version().empty()) {
    add("openblas", [=](const PassTensors& t) {
      const PassTensors ordered = in_order(t);
      return called(product, &openblas::multiply)(ordered.first, ordered.second, ordered.result);
    });
  }
  if (!onednn::version().empty()) {
    add("onednn", [=](const PassTensors& t) {
      const PassTensors ordered = in_order(t);
      return onednn::multiply(product, ordered.first, ordered.second, ordered.result);
    });
  }
}

std::vector<Case> product_cases(Device device) {
  std::vector<Case> cases;
  for (const std::int64_t n : {256, 512, 1024, 2048}) {
    for (const bool transpose_a : {false, true}) {
      for (const bool transpose_b : {false, true}) {
        const std::string order = {transpose_a ? 't' : 'n', transpose_b ? 't' : 'n'};
        add_product(cases, device, {n, n, n, transpose_a, transpose_b},
                    joined({n, n, n}, "x") + order);
      }
    }
  }
  for (const Pass pass : kPasses) {
    for (const Layer& layer : fully_connected_layers()) add_linear(cases, device, pass, layer);
  }
  return cases;
}

}  // namespace credence::benchmarks
