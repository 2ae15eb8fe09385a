// The choice of the algorithm that computes a convolution: plan() is the one place that makes it.
//
// The table is read from the top. The first row whose condition holds is the choice. A row is for
// the passes that it names; "all" means forward, backward data and backward weight. The two
// products of a Bayesian layer (mean and variance) take the same row as a single product. float64
// has one algorithm, the definition (reference_convolution.cpp), and needs no plan.
//
// | algorithm       | passes        | condition, and why                                       |
// | --------------- | ------------- | -------------------------------------------------------- |
// | empty           | all           | The input or the output has an extent of 0, so that      |
// |                 |               | there is no product. No other algorithm deals with such  |
// |                 |               | extents.                                                 |
// | linear          | all           | A fully connected layer: one group, and one element in   |
// |                 |               | each image, kernel and output plane. It is a product of  |
// |                 |               | matrices that lie in memory (products/dense.hpp).        |
// | winograd_4x4,   | all           | Planar and 3 × 3. At least 16 channels on either side:   |
// | winograd_2x2    |               | vectors run over channels and would be partly empty.     |
// |                 |               | CREDENCE_WINOGRAD does not turn the algorithm off. Its   |
// |                 |               | modelled cost (winograd_tile in plan.cpp) is below that  |
// |                 |               | of the definition. The cheaper of the two tile sizes is  |
// |                 |               | taken: larger tiles save more multiplications, but are   |
// |                 |               | mostly empty on small planes.                            |
// | image_lanes     | forward,      | Planar. The rows of the output do not fill vectors: rows |
// |                 | backward data | that do are as fast in place. Each output sums at least  |
// |                 |               | 64 products and there are at least 4 output channels, so |
// |                 |               | that rearranging the images is a small part of the work. |
// |                 |               | Images occupy at least 3/4 of the lanes: an empty lane   |
// |                 |               | costs as much as another. The rearranged images and one  |
// |                 |               | panel of results fit into the second-level cache.        |
// | image_lanes     | backward      | Planar, with a kernel larger than 1 × 1 and at most 5    |
// |                 | weight        | columns wide, whose sums the registers hold. In the      |
// |                 |               | forward pass each output sums at least 64 products, and  |
// |                 |               | an image has at least 16 outputs in each channel, so     |
// |                 |               | that rearranging the images and storing the sums is a    |
// |                 |               | small part of the work. Images occupy at least 3/4 of    |
// |                 |               | the lanes. The rearranged images and gradients and the   |
// |                 |               | sums fit into the second-level cache.                    |
// | direct_rows,    | all           | Neighbouring columns (image_columns.hpp) read            |
// | direct_long_row |               | neighbouring pixels. That is so with stride 1, and for   |
// |                 |               | backward data always. More than half of the positions    |
// |                 |               | that are computed belong to the result. The images need  |
// |                 |               | no packing. The layout that computes fewer positions is  |
// |                 |               | taken; if both compute as many, it is that by rows       |
// |                 |               | (direct_layout.hpp).                                     |
// | packed          | all           | Everything else.                                         |
//
// A planar convolution has two dimensions, stride 1, no dilation and one group, and its padding is
// smaller than its kernel, so that no output sees padding alone.
#pragma once

#include "framework/kernels/shapes.hpp"

#include <optional>

namespace credence::cpu {
namespace CREDENCE_ISA {

using Pass = ConvolutionPass;

enum class Algorithm {
  empty,            ///< no product: the outputs are the bias, the gradients are 0
  linear,           ///< the matrix product of a fully connected layer (products/linear.hpp)
  winograd_4x4,     ///< Winograd's F(4 × 4, 3 × 3) (winograd.hpp)
  winograd_2x2,     ///< Winograd's F(2 × 2, 3 × 3)
  image_lanes,      ///< each lane of a vector has an image of its own (image_lanes.hpp)
  direct_rows,      ///< direct, with vectors of their own for each row of the output
                    ///< (direct_layout.hpp)
  direct_long_row,  ///< direct, with the whole image as one row
  packed            ///< implicit GEMM on packed panels of columns (image_columns.hpp)
};

/// The enumerator's name: "winograd_4x4".
const char* to_string(Algorithm algorithm);

/// The size m of the tiles of m × m outputs of one of Winograd's algorithms.
constexpr int tile_of(Algorithm winograd) { return winograd == Algorithm::winograd_4x4 ? 4 : 2; }

/// What the choice needs to know of an instruction set.
struct VectorUnit {
  std::int64_t lanes;      ///< float32 numbers in a vector
  std::int64_t tile_rows;  ///< rows of a product that are summed in registers (products/gemm.hpp)
};

/// The algorithm of the table for an instruction set. `winograd` says whether Winograd's algorithm
/// may be chosen.
Algorithm plan(const ConvolutionShape& shape, Pass pass, const VectorUnit& unit, bool winograd);

/// The same for the instruction set that the kernels of this namespace are compiled for. The
/// variable CREDENCE_CONVOLUTION may name an algorithm, for comparisons: it is then the choice for
/// all shapes that it can compute. It is read at the first call. The variable CREDENCE_WINOGRAD
/// decides on Winograd's algorithm (winograd_switch.hpp); it is read only for shapes that this
/// algorithm could compute. Throws ValueError where its value is wrong.
Algorithm plan(const ConvolutionShape& shape, Pass pass);

/// Whether an algorithm computes the shape at all, however well it suits.
bool can_compute(Algorithm algorithm, const ConvolutionShape& shape, Pass pass);

/// The algorithm of this name. Null stands for a variable that is not set, and gives none. Throws
/// ValueError for an unknown name.
std::optional<Algorithm> parse_algorithm(const char* name);

/// The choice where Winograd's algorithm has refused the numbers (winograd.hpp).
Algorithm plan_without_winograd(const ConvolutionShape& shape, Pass pass);

}  // namespace CREDENCE_ISA
}  // namespace credence::cpu
