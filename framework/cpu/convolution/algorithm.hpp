// The algorithms of convolutions on the CPU and their names. Which of them computes a shape is said
// by plan.hpp. The environment variable CREDENCE_CONVOLUTION may name one, for comparisons.
#pragma once

#include <cstdint>
#include <optional>

namespace credence::cpu {

enum class Algorithm : std::uint8_t {
  empty,            ///< no product: the outputs are the bias, the gradients are 0
  linear,           ///< the matrix product of a fully connected layer (products/linear.hpp)
  winograd_4x4,     ///< Winograd's F(4 × 4, 3 × 3) (winograd.hpp)
  winograd_2x2,     ///< Winograd's F(2 × 2, 3 × 3)
  depthwise,        ///< a kernel for each channel (depthwise.hpp)
  image_lanes,      ///< each lane of a vector has an image of its own (image_lanes.hpp)
  output_lanes,     ///< each lane has a channel of the output of its own (output_lanes.hpp)
  direct_rows,      ///< direct, with vectors of their own for each row of the output
                    ///< (direct_layout.hpp)
  direct_long_row,  ///< direct, with the whole image as one row
  packed,           ///< implicit GEMM on packed panels of columns (image_columns.hpp)
  phases            ///< a convolution with stride 1 for each phase of the inputs
                    ///< (data_gradient.hpp)
};

/// The enumerator's name: "winograd_4x4".
const char* to_string(Algorithm algorithm);

/// The size m of the tiles of m × m outputs of one of Winograd's algorithms.
constexpr int tile_of(Algorithm winograd) { return winograd == Algorithm::winograd_4x4 ? 4 : 2; }

/// The algorithm of this name. Null stands for a variable that is not set, and gives none. Throws
/// ValueError for an unknown name.
std::optional<Algorithm> parse_algorithm(const char* name);

/// What CREDENCE_CONVOLUTION names. The variable is read at the first call. Throws as
/// parse_algorithm.
std::optional<Algorithm> forced_algorithm();

}  // namespace credence::cpu
