// Ops that choose elements by their indices. Indices are int64. Those on the CPU are checked; a
// device is not waited for, and an index outside the extent gives a result that is not a number.
#pragma once

#include "framework/autograd/variable.hpp"

#include <optional>

namespace credence {

/// y[i…, j, k…] = x[i…, index[i…, j, k…], k…] with j and the index in `dimension`, as torch.gather.
/// index has x's rank, and in the other dimensions at most x's extents. The index `ignored` gives 0
/// and passes no gradient on. Throws ShapeError where the index does not fit, ValueError for one
/// outside [0, extent).
Variable gather(const Variable& x, int dimension, const Tensor& index,
                std::optional<std::int64_t> ignored = {});

/// The rows of weight [V, D] that the indices [shape…] choose: [shape…, D], as
/// torch.nn.functional.embedding. The row `padding_index` gets no gradient. Throws ShapeError for
/// another weight, ValueError for an index outside [0, V).
Variable embedding(const Variable& weight, const Tensor& indices,
                   std::optional<std::int64_t> padding_index = {});

/// 1 at each index and 0 elsewhere: [shape…, classes] of indices [shape…], as
/// torch.nn.functional.one_hot, in a floating-point type. The index `ignored` gives zeros, as any
/// index outside [0, classes) does on a device; ValueError on the CPU.
Tensor one_hot(const Tensor& indices, std::int64_t classes, DType dtype = DType::float32,
               std::optional<std::int64_t> ignored = {});

}  // namespace credence
