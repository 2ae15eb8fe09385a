// Ops that rearrange elements. The gradient of each goes the way back: it is rearranged likewise.
#include "framework/ops/shape_ops.hpp"

#include "framework/base/error.hpp"
#include "framework/ops/checks.hpp"
#include "framework/ops/op_attributes.hpp"
#include "framework/ops/reduce.hpp"
#include "framework/ops/strided.hpp"

#include <algorithm>
#include <string>
#include <utility>

namespace credence {
namespace {

OpCall slice_call(const Variable& x, int dimension, std::int64_t begin, std::int64_t end,
                  std::int64_t step) {
  return {"slice",
          {x},
          {{"dimension", std::int64_t{dimension}}, {"begin", begin}, {"end", end}, {"step", step}}};
}

Variable viewed(const Variable& x, const Tensor& view) {
  const Shape shape = x.shape();
  const Variable result = make_result(
      view, {x}, [=](const Tensor& grad) -> Gradients { return {grad.reshape(shape)}; });
  return described(result, [&] {
    return OpCall{"reshape", {x}, {{"shape", list_of(view.shape())}}};
  });
}

// The piece that input `input` takes of the concatenation, seen as [outer, joined · inner]: columns
// [offset, offset + width).
struct Piece {
  std::int64_t offset;
  std::int64_t width;
  Shape shape;
};

// Copies between the columns of a piece and the piece's own tensor: on a device in one kernel where
// there are several rows, elsewhere row by row.
void copy_rows(const Tensor& whole, const Tensor& part, const Piece& piece, std::int64_t outer,
               bool into_whole) {
  const std::int64_t row_width = outer == 0 ? 0 : whole.numel() / outer;
  if (outer > 1 && whole.device() != Device::cpu && is_floating(whole.dtype())) {
    const StridedView columns{{outer, piece.width}, {row_width, 1}, piece.offset};
    if (into_whole) {
      write_strided(part, columns, whole);
    } else {
      read_strided(whole, columns, part);
    }
    return;
  }
  for (std::int64_t row = 0; row < outer; ++row) {
    const Tensor in_whole = whole.view_at(row * row_width + piece.offset, {piece.width});
    const Tensor in_part = part.view_at(row * piece.width, {piece.width});
    (into_whole ? in_whole : in_part).copy_from(into_whole ? in_part : in_whole);
  }
}

void check_fits(const Variable& first, const Variable& other, int dimension) {
  check_same_type("concat", first, other);
  const Shape& a = first.shape();
  const Shape& b = other.shape();
  if (a.rank() == b.rank() && a.with(dimension, 0) == b.with(dimension, 0)) return;
  throw ShapeError("[concat] shapes may differ in dimension " + std::to_string(dimension) +
                   " only: " + a.to_string() + " and " + b.to_string());
}

// The elements of a view of x; its gradient goes where they came from.
Variable read_view(const Variable& x, const StridedView& view) {
  const Shape shape = x.shape();
  return make_result(read_strided(x.value(), view), {x}, [=](const Tensor& grad) -> Gradients {
    const Tensor grad_x = Tensor::zeros(shape, grad.dtype(), grad.device());
    write_strided(grad, view, grad_x);
    return {grad_x};
  });
}

Variable filled(const Variable& like, int dimension, std::int64_t extent, double value) {
  return Variable(
      Tensor::full(like.shape().with(dimension, extent), value, like.dtype(), like.device()));
}

}  // namespace

Variable reshape(const Variable& x, std::initializer_list<std::int64_t> extents) {
  return viewed(x, x.value().reshape(extents));
}

Variable reshape(const Variable& x, const Shape& shape) {
  return viewed(x, x.value().reshape(shape));
}

Variable reshape(const Variable& x, const std::vector<std::int64_t>& extents) {
  return viewed(x, x.value().reshape(extents));
}

Variable flatten(const Variable& x) {
  if (x.shape().rank() == 0) throw ShapeError("[flatten] a scalar has no dimension to keep");
  return reshape(x, Shape{x.shape()[0], x.shape().numel_from(1)});
}

Variable concat(const std::vector<Variable>& inputs, int dimension) {
  if (inputs.empty()) throw ShapeError("[concat] at least one input is needed");
  const Variable& first = inputs.front();
  const int joined = first.shape().dimension_index(dimension);
  const std::int64_t inner = first.shape().numel_from(joined + 1);
  std::int64_t outer = 1;
  for (int i = 0; i < joined; ++i) outer *= first.shape()[i];

  std::vector<Piece> pieces;
  std::int64_t extent = 0;
  for (const Variable& input : inputs) {
    check_fits(first, input, joined);
    const std::int64_t own = input.shape()[joined];
    pieces.push_back({extent * inner, own * inner, input.shape()});
    extent += own;
  }
  const Tensor y = Tensor::empty(first.shape().with(joined, extent), first.dtype(), first.device());
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    copy_rows(y, inputs[i].value(), pieces[i], outer, true);
  }
  const Variable result = make_result(y, inputs, [pieces, outer](const Tensor& grad) {
    Gradients gradients;
    for (const Piece& piece : pieces) {
      gradients.push_back(Tensor::empty(piece.shape, grad.dtype(), grad.device()));
      copy_rows(grad, gradients.back(), piece, outer, false);
    }
    return gradients;
  });
  return described(result, [&] {
    return OpCall{"concat", inputs, {{"dimension", std::int64_t{joined}}}};
  });
}

std::vector<Variable> split(const Variable& x, const std::vector<std::int64_t>& extents,
                            int dimension) {
  const Shape& shape = x.shape();
  const int cut = shape.dimension_index(dimension);
  std::int64_t total = 0;
  for (const std::int64_t extent : extents) {
    if (extent < 0) throw ShapeError("[split] an extent is negative: " + std::to_string(extent));
    total += extent;
  }
  if (total != shape[cut]) {
    throw ShapeError("[split] the extents add up to " + std::to_string(total) +
                     ", expected those of dimension " + std::to_string(cut) + " of " +
                     shape.to_string());
  }
  const std::int64_t inner = shape.numel_from(cut + 1);
  std::int64_t outer = 1;
  for (int i = 0; i < cut; ++i) outer *= shape[i];
  std::vector<Variable> parts;
  std::int64_t begin = 0;
  for (const std::int64_t extent : extents) {
    const Piece piece{begin * inner, extent * inner, shape.with(cut, extent)};
    begin += extent;
    const Tensor part = Tensor::empty(piece.shape, x.dtype(), x.device());
    copy_rows(x.value(), part, piece, outer, false);
    const Variable result =
        make_result(part, {x}, [shape = shape, piece, outer](const Tensor& grad) -> Gradients {
          const Tensor grad_x = Tensor::zeros(shape, grad.dtype(), grad.device());
          copy_rows(grad_x, grad, piece, outer, true);
          return {grad_x};
        });
    parts.push_back(
        described(result, [&] { return slice_call(x, cut, begin - extent, begin, 1); }));
  }
  return parts;
}

Variable slice(const Variable& x, std::int64_t begin, std::int64_t end) {
  const Shape shape = x.shape();
  const Variable result =
      make_result(x.value().slice(begin, end), {x}, [=](const Tensor& grad) -> Gradients {
        const Tensor grad_x = Tensor::zeros(shape, grad.dtype(), grad.device());
        grad_x.slice(begin, end).copy_from(grad);
        return {grad_x};
      });
  return described(result, [&] { return slice_call(x, 0, begin, end, 1); });
}

Variable slice(const Variable& x, int dimension, std::int64_t begin, std::int64_t end,
               std::int64_t step) {
  const Shape& shape = x.shape();
  const int cut = shape.dimension_index(dimension);
  if (begin < 0 || begin > end || end > shape[cut]) {
    throw ShapeError("[slice] the range [" + std::to_string(begin) + ", " + std::to_string(end) +
                     ") is outside dimension " + std::to_string(cut) + " of the shape " +
                     shape.to_string());
  }
  if (step < 1) {
    throw ValueError("[slice] the step must be positive, not " + std::to_string(step));
  }
  StridedView view{shape, contiguous_strides(shape)};
  std::int64_t& stride = view.strides[static_cast<std::size_t>(cut)];
  view.offset = begin * stride;
  view.shape = shape.with(cut, begin == end ? 0 : (end - begin - 1) / step + 1);
  // A step beyond the extent would overflow, and is not taken.
  if (view.shape[cut] > 1) stride *= step;
  return described(read_view(x, view), [&] { return slice_call(x, cut, begin, end, step); });
}

Variable transpose(const Variable& x, int first, int second) {
  std::vector<int> order;
  for (int i = 0; i < x.shape().rank(); ++i) order.push_back(i);
  std::swap(order[static_cast<std::size_t>(x.shape().dimension_index(first))],
            order[static_cast<std::size_t>(x.shape().dimension_index(second))]);
  return permute(x, order);
}

Variable permute(const Variable& x, const std::vector<int>& order) {
  const Shape& shape = x.shape();
  const std::vector<std::int64_t> strides = contiguous_strides(shape);
  StridedView view;
  std::vector<std::int64_t> extents;
  std::vector<int> indices;
  for (const int dimension : order) {
    indices.push_back(shape.dimension_index(dimension));
    extents.push_back(shape[dimension]);
    view.strides.push_back(strides[static_cast<std::size_t>(indices.back())]);
  }
  std::sort(indices.begin(), indices.end());
  if (static_cast<int>(order.size()) != shape.rank() ||
      std::adjacent_find(indices.begin(), indices.end()) != indices.end()) {
    throw ShapeError(
        "[permute] the order must name each dimension once: " + std::to_string(order.size()) +
        " dimensions for the shape " + shape.to_string());
  }
  view.shape = Shape(extents);
  return described(read_view(x, view), [&] {
    std::vector<std::int64_t> positive;
    for (const int dimension : order) positive.push_back(shape.dimension_index(dimension));
    return OpCall{"permute", {x}, {{"order", positive}}};
  });
}

Variable broadcast_to(const Variable& x, const Shape& shape) {
  const Shape own = x.shape();
  if (credence::broadcast_shape(own, shape, "broadcast_to") != shape) {
    throw ShapeError("[broadcast_to] the shape " + own.to_string() + " does not stretch to " +
                     shape.to_string());
  }
  const std::vector<std::int64_t> strides = contiguous_strides(own);
  StridedView view{shape, std::vector<std::int64_t>(static_cast<std::size_t>(shape.rank()))};
  for (int i = 1; i <= own.rank(); ++i) {
    if (own[-i] == 1) continue;
    view.strides[static_cast<std::size_t>(shape.rank() - i)] =
        strides[static_cast<std::size_t>(own.rank() - i)];
  }
  const Variable result =
      make_result(read_strided(x.value(), view), {x},
                  [=](const Tensor& grad) -> Gradients { return {sum_to_shape(grad, own)}; });
  return described(result, [&] {
    return OpCall{"broadcast_to", {x}, {{"shape", list_of(shape)}}};
  });
}

Variable pad(const Variable& x, int dimension, std::int64_t before, std::int64_t after,
             double value, PaddingMode mode) {
  const int along = x.shape().dimension_index(dimension);
  const std::int64_t extent = x.shape()[along];
  const bool circular = mode == PaddingMode::circular;
  if (before < 0 || after < 0 || (circular && (before > extent || after > extent))) {
    throw ShapeError("[pad] " + std::to_string(before) + " elements in front and " +
                     std::to_string(after) + " behind do not fit dimension " +
                     std::to_string(along) + " of the shape " + x.shape().to_string() +
                     (circular ? "; a circular padding is at most the extent" : ""));
  }
  std::vector<Variable> parts{x};
  if (before > 0) {
    parts.insert(parts.begin(), circular ? slice(x, along, extent - before, extent)
                                         : filled(x, along, before, value));
  }
  if (after > 0) {
    parts.push_back(circular ? slice(x, along, 0, after) : filled(x, along, after, value));
  }
  return parts.size() == 1 ? x : concat(parts, along);
}

}  // namespace credence
