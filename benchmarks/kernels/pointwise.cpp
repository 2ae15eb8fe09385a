// The functions of the catalogue, forward and backward.
#include "framework/formulas/pointwise.hpp"

#include "benchmarks/kernels/elementwise.hpp"
#include "benchmarks/kernels/ladder.hpp"
#include "benchmarks/kernels/rivals.hpp"
#include "framework/base/error.hpp"

#include <optional>

namespace credence::benchmarks {
namespace {

// What a case needs to know of a function.
struct Function {
  pointwise::Entry entry;
  Interval domain;
  PointwiseParameters parameters;
};

PointwiseParameters parameters_of(const std::string& name) {
  if (name == "leaky_relu") return {0.01, 0};
  if (name == "pow") return {1.5, 0};
  if (name == "affine") return {2, 1};
  if (name == "clamp") return {-1, 1};
  return {1, 0};
}

template <class... Functors>
std::optional<Function> find(const std::string& name, pointwise::List<Functors...>) {
  std::optional<Function> found;
  ((name == Functors::kName
        ? void(found = {pointwise::kEntry<Functors>, Functors::kDomain, parameters_of(name)})
        : void()),
   ...);
  return found;
}

Function function_named(const std::string& name) {
  const std::optional<Function> found = find(name, pointwise::Catalogue{});
  if (!found) throw ValueError("there is no function \"" + name + "\"");
  return *found;
}

Tensor drawn(const Function& f, const Arrays& a) {
  return filled_between(a.fill, f.domain.low, f.domain.high, {a.n}, "x", a.device);
}

double forward_in_double(const Function& f, double x) {
  double y = 0;
  kernels<double>(Device::cpu).pointwise_forward[f.entry.index](f.parameters, 1, &x, &y);
  return y;
}

double backward_in_double(const Function& f, double x, double grad_y) {
  const double saved = f.entry.keeps_output ? forward_in_double(f, x) : x;
  double grad_x = 0;
  kernels<double>(Device::cpu)
      .pointwise_backward[f.entry.index](f.parameters, 1, &saved, &grad_y, &grad_x);
  return grad_x;
}

// The same function of a rival or of the ladder, where there is one.
std::optional<onednn::Pointwise> onednn_function(const std::string& name) {
  if (onednn::version().empty()) return {};
  if (name == "relu") return onednn::Pointwise::relu;
  if (name == "exp") return onednn::Pointwise::exp;
  if (name == "softplus") return onednn::Pointwise::softplus;
  return {};
}

void (*naive_function(const std::string& name))(std::int64_t n, const float* x, float* y) {
  if (name == "relu") return ladder().relu;
  if (name == "exp") return ladder().exp;
  return name == "softplus" ? ladder().softplus : nullptr;
}

// A function compute(arrays, x, y) as what a case prepares.
template <class Compute>
auto forward_call(const Function& f, Compute compute) {
  return [=](const Arrays& a) -> Call {
    const Tensor x = drawn(f, a);
    const Tensor y = a.empty();
    return {[=] { compute(a, at(x), at(y)); },
            {y},
            {},
            [=](std::size_t, std::int64_t i) { return forward_in_double(f, at(x)[i]); }};
  };
}

}  // namespace

void add_pointwise_forward(std::vector<Case>& cases, const Arrays& arrays,
                           const std::string& function, const ArrayNames& names) {
  const Function f = function_named(function);
  const Group group(cases, arrays, function + "_forward", 8, 8, names);
  group.add(kOurs, forward_call(f, [f](const Arrays& a, const float* x, float* y) {
              a.kernels().pointwise_forward[f.entry.index](f.parameters, a.n, x, y);
            }));
  if (const auto naive = naive_function(function)) {
    group.add("naive", forward_call(f, [naive](const Arrays& a, const float* x, float* y) {
                naive(a.n, x, y);
              }));
  }
  if (const auto rival = onednn_function(function)) {
    group.add("onednn",
              [=](const Arrays& a) { return onednn::pointwise(*rival, drawn(f, a), a.empty()); });
  }
}

void add_softplus_steps(std::vector<Case>& cases, const Arrays& arrays, const ArrayNames& names) {
  const Function f = function_named("softplus");
  const Group group(cases, arrays, "softplus_forward", 8, 8, names);
  for (const auto& [name, step] : {std::pair{"polynomials", ladder().softplus_polynomials},
                                   std::pair{"undivided", ladder().softplus_undivided}}) {
    group.add(name, forward_call(f, [call = step](const Arrays& a, const float* x, float* y) {
                call(a.n, x, y);
              }));
  }
}

void add_pointwise_backward(std::vector<Case>& cases, const Arrays& arrays,
                            const std::string& function, const ArrayNames& names) {
  const Function f = function_named(function);
  const Group group(cases, arrays, function + "_backward", 12, 12, names);
  group.add(kOurs, [f](const Arrays& a) -> Call {
    const Tensor x = drawn(f, a);
    const Tensor grad_y = a.normals("grad_y");
    const Tensor grad_x = a.empty();
    Tensor saved = x;
    if (f.entry.keeps_output) {
      saved = a.empty();
      a.kernels().pointwise_forward[f.entry.index](f.parameters, a.n, at(x), at(saved));
    }
    return {[=] {
              a.kernels().pointwise_backward[f.entry.index](f.parameters, a.n, at(saved),
                                                            at(grad_y), at(grad_x));
            },
            {grad_x},
            {},
            [=](std::size_t, std::int64_t i) {
              return backward_in_double(f, at(x)[i], at(grad_y)[i]);
            }};
  });
}

}  // namespace credence::benchmarks
