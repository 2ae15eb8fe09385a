// The choice of the algorithm that computes a convolution: plan() is the one place that makes it.
//
// The table is read from the top: the first row whose condition holds is the choice. A row serves
// the passes that it names; "all" are forward, backward data and backward weight. The two products
// of a Bayesian layer (mean and variance) take the row of the single product. float64 has one
// algorithm, the definition (reference_convolution.cpp), and asks for no plan.
//
// | algorithm       | passes         | condition, and why | | --------------- | -------------- |
// ------------------------------------------------------------ | | empty           | all | The
// input or the output has an extent of 0: there is no      | |                 |                |
// product. No other algorithm deals with such extents.         | | linear          | all | One
// group, and one element in each image, kernel and output  | |                 |                |
// plane: a fully connected layer. It is a product of matrices  | |                 | | that lie in
// memory (products/dense.hpp).                     | | winograd_4x4,   | all            | The
// convolution is planar (below) and 3 × 3; it has at least | | winograd_2x2    |                |
// 16 channels on either side, because vectors run over         | |                 | | channels and
// would be partly empty; the model of its cost    | |                 |                |
// (winograd_tile in plan.cpp) is below the multiplications of  | |                 | | the
// definition; CREDENCE_WINOGRAD does not turn it off. Of   | |                 |                |
// the two tile sizes the cheaper one is taken. Larger tiles    | |                 | | save more
// multiplications, but small planes leave them       | |                 |                | mostly
// empty.                                                | | image_lanes     | forward,       |
// Planar. The output's rows do not fill vectors: rows that do  | |                 | backward data
// | are as fast where they lie. Each output sums at least 64     | |                 | | products
// and there are at least 4 output channels, so that   | |                 |                |
// rearranging the images is a small part of the work. Images   | |                 | | occupy at
// least 3/4 of the lanes: an empty lane costs as     | |                 |                | much as
// another. The rearranged images and one panel of      | |                 |                |
// results fit into the second-level cache.                     | | image_lanes     | backward |
// Planar, with a kernel larger than 1 × 1 and at most 5        | |                 | weight |
// columns wide, whose sums the registers hold. Each output     | |                 | | sums at
// least 64 products and its plane has at least 16      | |                 |                |
// positions, so that rearranging the images and storing the    | |                 | | sums are a
// small part of the work. Images occupy at least    | |                 |                | 3/4 of
// the lanes. The rearranged images, gradients and sums  | |                 |                | fit
// into the second-level cache.                             | | direct_rows,    | all            |
// Neighbouring columns of the product read neighbouring        | | direct_long_row | | pixels
// (forward, backward weight: stride 1; backward data:   | |                 |                |
// always), and more than half of the computed positions are    | |                 | | outputs. It
// saves the packing of the images. Of the two ways | |                 |                | to lay
// out the positions the one that computes fewer is      | |                 |                |
// taken; where both compute as many, it is the rows.           | | packed          | all | All
// else.                                                    |
//
// A planar convolution has two dimensions, stride 1, no dilation and one group, and each of its
// outputs sees a pixel: the padding is smaller than the kernel.
#pragma once

#include "framework/kernels/shapes.hpp"

namespace credence::cpu {
namespace CREDENCE_ISA {

/// What is computed: the output, the gradient of the input, or the gradient of the weights.
enum class Pass { forward, backward_data, backward_weight };

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
/// variable CREDENCE_WINOGRAD decides on Winograd's algorithm (winograd_switch.hpp); it is read
/// only for shapes that this algorithm could compute. Throws ValueError where its value is wrong.
Algorithm plan(const ConvolutionShape& shape, Pass pass);

/// The choice where Winograd's algorithm has refused the numbers (winograd.hpp).
Algorithm plan_without_winograd(const ConvolutionShape& shape, Pass pass);

}  // namespace CREDENCE_ISA
}  // namespace credence::cpu
