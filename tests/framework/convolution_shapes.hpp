// The shapes on which the tests compare convolution kernels with their definition.
#pragma once

#include "framework/kernels/shapes.hpp"

#include <cstdint>
#include <vector>

namespace credence::test {

/// A convolution with a 3 × 3 kernel, stride 1 and one group.
ConvolutionShape shape_3x3(std::int64_t batch, std::int64_t in, std::int64_t out,
                           std::int64_t height, std::int64_t width, std::int64_t padding);

/// One, two and three dimensions, groups, strides, dilation, and rows that fill vectors or not.
const std::vector<ConvolutionShape>& general_shapes();
/// Fully connected layers: few and many images, few and many outputs.
const std::vector<ConvolutionShape>& linear_shapes();
/// Shapes that Winograd's algorithm computes: tiles of 4 and of 2, edges that cut tiles and blocks
/// of channels, every padding, several groups of images.
const std::vector<ConvolutionShape>& winograd_shapes();
/// Small images, of which a vector holds one in each lane: full and partly filled lanes, odd
/// widths, every padding, one panel of channels and several.
const std::vector<ConvolutionShape>& lane_shapes();
/// Strides: every kernel of the residual nets, deep and shallow ones, few and many output channels;
/// kernels smaller than the stride, padding beyond the kernel, one pixel, a window beside it,
/// dilation, groups.
const std::vector<ConvolutionShape>& strided_shapes();
/// Stride 1, with an output channel in each lane or with packed columns: 1 × 1 kernels over short,
/// long and deep planes, and larger kernels over narrow ones.
const std::vector<ConvolutionShape>& channel_shapes();
/// A kernel for each channel: both sizes and strides, every kind of padding, planes that fill
/// vectors, tiles of rows, and neither; many planes, whose sums are long.
const std::vector<ConvolutionShape>& depthwise_shapes();

}  // namespace credence::test
