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
// | winograd_2x2    |               | vectors run over channels and would be partly empty. The |
// |                 |               | channels of both sides are more than two vectors: with   |
// |                 |               | fewer products for each transform it does not pay.       |
// |                 |               | CREDENCE_WINOGRAD does not turn the algorithm off. Its   |
// |                 |               | modelled cost (winograd_tile in plan.cpp) is below that  |
// |                 |               | of the definition. The cheaper of the two tile sizes is  |
// |                 |               | taken: larger tiles save more multiplications, but are   |
// |                 |               | mostly empty on small planes.                            |
// | depthwise       | all           | A kernel for each channel: as many groups as input and   |
// |                 |               | as output channels. 3 × 3 or 5 × 5, the same stride of 1 |
// |                 |               | or 2 in both dimensions, no dilation, a padding smaller  |
// |                 |               | than the kernel. There are few products for each pixel,  |
// |                 |               | so that each pixel should be moved once.                 |
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
// | phases          | backward data | A stride above 1, without dilation in that dimension.    |
// |                 |               | The inputs fall into phases, each of which sees some     |
// |                 |               | kernel positions at stride 1 (data_phases.hpp). Each     |
// |                 |               | phase takes one of the rows below.                       |
// | output_lanes    | forward,      | A kernel larger than 1 × 1. Each result sums at least 64 |
// |                 | backward data | products, so that transposing the results is a small     |
// |                 |               | part of the work. The channels of the results occupy at  |
// |                 |               | least 3/4 of the lanes of a tile's vectors. Reading in   |
// |                 |               | place is not as fast: the rows of the result fill less   |
// |                 |               | than 7/8 of their vectors, or the pixels of a row's      |
// |                 |               | windows leave the first-level cache.                     |
// | output_lanes    | backward      | At least 8 input channels and output channels that       |
// |                 | weight        | occupy 3/4 of the lanes, in each group: tiles have rows  |
// |                 |               | of the ones and columns of the others. With at least 8   |
// |                 |               | rows in a tile, the lanes of one vector are enough.      |
// | packed          | forward,      | 1 × 1, with at least 24 channels on either side. Each    |
// |                 | backward data | pixel is copied once and used for all results; in place, |
// |                 |               | the channels of a position lie a plane apart.            |
// | direct_rows,    | all           | More than half of the positions that are computed belong |
// | direct_long_row |               | to the result. The images need no packing, as            |
// |                 |               | neighbouring columns read neighbouring pixels            |
// |                 |               | (image_columns.hpp). The layout that computes fewer      |
// |                 |               | positions is taken; if both compute as many, it is that  |
// |                 |               | by rows (direct_layout.hpp).                             |
// | packed          | all           | Everything else.                                         |
//
// A planar convolution has two dimensions, stride 1, no dilation and one group, and its padding is
// smaller than its kernel, so that no output sees padding alone.
#pragma once

#include "framework/cpu/convolution/algorithm.hpp"
#include "framework/kernels/shapes.hpp"

namespace credence::cpu {
namespace CREDENCE_ISA {

using Pass = ConvolutionPass;

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
/// all shapes that it can compute, and for the phases of a gradient of the data with a stride. It
/// is read at the first call. The variable CREDENCE_WINOGRAD decides on Winograd's algorithm
/// (winograd_switch.hpp); it is read only for shapes that this algorithm could compute. Throws
/// ValueError where its value is wrong.
Algorithm plan(const ConvolutionShape& shape, Pass pass);

struct ImageColumns;

/// What multiplies `rows` rows with columns of images: an output channel in each lane, a direct
/// form or packed panels, by the last rows of the table. Follows CREDENCE_CONVOLUTION.
Algorithm plan_columns(const ImageColumns& images, std::int64_t rows);

/// Whether an algorithm computes the shape at all, however well it suits.
bool can_compute(Algorithm algorithm, const ConvolutionShape& shape, Pass pass);

/// The choice where Winograd's algorithm has refused the numbers (winograd.hpp).
Algorithm plan_without_winograd(const ConvolutionShape& shape, Pass pass);

}  // namespace CREDENCE_ISA
}  // namespace credence::cpu
