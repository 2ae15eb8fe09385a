// Requests for what sums over dimensions, multiplies matrices or rearranges elements.
#include "framework/ops/arithmetic.hpp"
#include "framework/ops/matmul.hpp"
#include "framework/ops/reduce.hpp"
#include "framework/ops/shape_ops.hpp"
#include "framework/ops/softmax.hpp"
#include "tests/peers/operations.hpp"

#include <algorithm>

namespace credence::peers {
namespace {

// α A B + β C, with A or B transposed: ONNX's Gemm.
Variable gemm(Call& c) {
  const auto operand = [&c](const char* name, const char* transposed) {
    const Variable x = c.variable(name);
    return c.truth(transposed, false) ? transpose(x, 0, 1) : x;
  };
  const Variable product = matmul(operand("a", "transpose_a"), operand("b", "transpose_b"));
  const Variable scaled = product * c.number("alpha", 1);
  const double beta = c.number("beta", 1);
  const Variable added = c.variable_or_none("c");
  return added.defined() ? scaled + added * beta : scaled;
}

std::vector<int> dimensions_of(Call& c, const char* name) {
  std::vector<int> all;
  for (const std::int64_t one : c.integers(name)) all.push_back(static_cast<int>(one));
  return all;
}

int dimension_of(Call& c, const char* name = "dim", std::optional<std::int64_t> missing = {}) {
  return static_cast<int>(c.integer(name, missing));
}

using Sum = Variable (*)(const Variable&);
using PartialSum = Variable (*)(const Variable&, const std::vector<int>&, bool);
Answer reduced(Call& c, Sum all, PartialSum some) {
  const bool keep = c.truth("keepdim", false);
  if (!c.has("dim")) return all(c.variable("input"));
  return some(c.variable("input"), dimensions_of(c, "dim"), keep);
}

// −1 keeps an extent.
Variable expanded(Call& c) {
  const Variable x = c.variable("input");
  std::vector<std::int64_t> extents = c.integers("size");
  const auto lacking = static_cast<std::int64_t>(extents.size()) - x.shape().rank();
  for (std::int64_t i = 0; i < x.shape().rank(); ++i) {
    if (lacking + i >= 0 && extents[lacking + i] == -1) {
      extents[lacking + i] = x.shape()[static_cast<int>(i)];
    }
  }
  return broadcast_to(x, shape_of(extents));
}

std::vector<Variable> split_by(Call& c, const char* name) {
  const Variable x = c.variable("input");
  const int dimension = dimension_of(c, "dim", 0);
  const std::vector<std::int64_t> extents = c.integers(name);
  if (!c.is_number(name)) return split(x, extents, dimension);
  std::vector<std::int64_t> parts;
  const std::int64_t all = x.shape()[dimension < 0 ? dimension + x.shape().rank() : dimension];
  for (std::int64_t left = all; left > 0; left -= parts.back()) {
    parts.push_back(std::min(left, std::max<std::int64_t>(extents[0], 1)));
  }
  return split(x, parts, dimension);
}

// "pad" lists the dimensions from the last one on, two numbers for each.
Variable padded(Call& c) {
  Variable x = c.variable("input");
  const std::vector<std::int64_t> counts = c.integers("pad");
  const std::string mode = c.text("mode", "constant");
  if (mode != "constant" && mode != "circular") throw NoCounterpart("no counterpart for mode");
  if (counts.size() % 2 != 0) throw NoCounterpart("no counterpart for one number as pad");
  const double value = c.number("value", 0);
  for (std::size_t i = 0; i + 1 < counts.size(); i += 2) {
    x = pad(x, x.shape().rank() - 1 - static_cast<int>(i / 2), counts[i], counts[i + 1], value,
            mode == "constant" ? PaddingMode::constant : PaddingMode::circular);
  }
  return x;
}

}  // namespace

Operations shape_operations() {
  return {
      {"softmax", [](Call& c) { return softmax(c.variable("input"), dimension_of(c)); }},
      {"log_softmax", [](Call& c) { return log_softmax(c.variable("input"), dimension_of(c)); }},
      {"matmul", [](Call& c) { return matmul(c.variable("input"), c.variable("other")); }},
      {"rmatmul", [](Call& c) { return matmul(c.variable("other"), c.variable("input")); }},
      {"gemm", gemm},
      {"sum", [](Call& c) { return reduced(c, sum, sum); }},
      {"mean", [](Call& c) { return reduced(c, mean, mean); }},
      {"argmax",
       [](Call& c) {
         const Tensor x = c.tensor("input");
         if (x.shape().rank() != 2 || dimension_of(c) % 2 == 0) throw NoCounterpart("rows alone");
         c.only("keepdim", false);
         return argmax(x);
       }},
      {"reshape", [](Call& c) { return reshape(c.variable("input"), c.integers("shape")); }},
      {"flatten",
       [](Call& c) {
         if (dimension_of(c, "start_dim", 0) != 1) throw NoCounterpart("no other start_dim than 1");
         if (dimension_of(c, "end_dim", -1) != -1) throw NoCounterpart("no other end_dim than -1");
         return flatten(c.variable("input"));
       }},
      {"transpose",
       [](Call& c) {
         return transpose(c.variable("input"), dimension_of(c, "dim0"), dimension_of(c, "dim1"));
       }},
      {"permute", [](Call& c) { return permute(c.variable("input"), dimensions_of(c, "dims")); }},
      {"broadcast_to",
       [](Call& c) { return broadcast_to(c.variable("input"), shape_of(c.integers("size"))); }},
      {"expand", expanded},
      {"cat", [](Call& c) { return concat(c.variables("tensors"), dimension_of(c, "dim", 0)); }},
      {"split", [](Call& c) { return split_by(c, "split_size_or_sections"); }},
      {"slice",
       [](Call& c) {
         return slice(c.variable("input"), dimension_of(c), c.integer("start"), c.integer("end"),
                      c.integer("step", 1));
       }},
      {"pad", padded},
  };
}

}  // namespace credence::peers
