// The shapes on which the tests compare convolution kernels with their definition.
#include "tests/framework/convolution_shapes.hpp"

#include <cstddef>

namespace credence::test {

namespace {

ConvolutionShape shape_of(std::int64_t batch, std::int64_t groups, std::int64_t in,
                          std::int64_t out, Extents3 input, Extents3 kernel, Extents3 stride,
                          Extents3 padding, Extents3 dilation) {
  ConvolutionShape s{batch, groups, in, out, input, {}, kernel, stride, padding, dilation};
  for (std::size_t i = 0; i < 3; ++i) {
    s.output[i] = (input[i] + 2 * padding[i] - dilation[i] * (kernel[i] - 1) - 1) / stride[i] + 1;
  }
  return s;
}

ConvolutionShape planar(std::int64_t batch, std::int64_t in, std::int64_t out, std::int64_t height,
                        std::int64_t width, std::int64_t kernel, std::int64_t stride,
                        std::int64_t padding, std::int64_t groups = 1) {
  return shape_of(batch, groups, in, out, {1, height, width}, {1, kernel, kernel},
                  {1, stride, stride}, {0, padding, padding}, {1, 1, 1});
}

}  // namespace

const std::vector<ConvolutionShape>& general_shapes() {
  static const std::vector<ConvolutionShape> list{
      shape_of(5, 1, 1, 6, {1, 28, 28}, {1, 5, 5}, {1, 1, 1}, {0, 0, 0}, {1, 1, 1}),
      shape_of(7, 1, 6, 16, {1, 12, 12}, {1, 5, 5}, {1, 1, 1}, {0, 0, 0}, {1, 1, 1}),
      shape_of(3, 2, 4, 6, {1, 9, 11}, {1, 3, 2}, {1, 2, 3}, {0, 1, 2}, {1, 2, 1}),
      shape_of(2, 1, 40, 20, {1, 4, 4}, {1, 3, 3}, {1, 1, 1}, {0, 1, 1}, {1, 1, 1}),
      shape_of(2, 3, 3, 6, {5, 6, 7}, {3, 2, 3}, {2, 1, 2}, {1, 0, 2}, {1, 2, 1}),
      shape_of(19, 1, 300, 13, {1, 1, 1}, {1, 1, 1}, {1, 1, 1}, {0, 0, 0}, {1, 1, 1}),
      shape_of(2, 1, 2, 3, {1, 7, 7}, {1, 1, 1}, {1, 2, 2}, {0, 2, 2}, {1, 1, 1}),
      // Rows of the output that fill vectors of 4, 8 or 16 numbers, or all but one of their lanes.
      shape_of(3, 1, 3, 13, {1, 5, 32}, {1, 3, 3}, {1, 1, 1}, {0, 1, 1}, {1, 1, 1}),
      shape_of(3, 2, 4, 6, {1, 9, 8}, {1, 3, 3}, {1, 1, 1}, {0, 1, 1}, {1, 1, 1}),
      shape_of(2, 1, 2, 5, {1, 7, 15}, {1, 3, 5}, {1, 1, 1}, {0, 1, 2}, {1, 1, 1}),
      shape_of(2, 1, 3, 4, {3, 4, 16}, {3, 2, 3}, {1, 1, 1}, {1, 0, 1}, {1, 1, 1}),
      shape_of(70, 1, 3, 4, {1, 1, 16}, {1, 1, 3}, {1, 1, 1}, {0, 0, 1}, {1, 1, 1}),
  };
  return list;
}

const std::vector<ConvolutionShape>& linear_shapes() {
  static const std::vector<ConvolutionShape> list = [] {
    std::vector<ConvolutionShape> shapes;
    for (const std::int64_t batch : {1, 2, 5, 8, 13, 100}) {
      for (const std::int64_t out : {1, 10, 33, 150}) {
        for (const std::int64_t in : {1, 35, 272, 600}) {
          shapes.push_back(
              shape_of(batch, 1, in, out, {1, 1, 1}, {1, 1, 1}, {1, 1, 1}, {0, 0, 0}, {1, 1, 1}));
        }
      }
    }
    return shapes;
  }();
  return list;
}

ConvolutionShape shape_3x3(std::int64_t batch, std::int64_t in, std::int64_t out,
                           std::int64_t height, std::int64_t width, std::int64_t padding) {
  return shape_of(batch, 1, in, out, {1, height, width}, {1, 3, 3}, {1, 1, 1},
                  {0, padding, padding}, {1, 1, 1});
}

const std::vector<ConvolutionShape>& winograd_shapes() {
  static const std::vector<ConvolutionShape> list{
      shape_3x3(3, 64, 64, 16, 16, 1),   shape_3x3(5, 37, 50, 7, 9, 1),
      shape_3x3(16, 64, 32, 4, 4, 1),    shape_3x3(33, 48, 100, 2, 2, 1),
      shape_3x3(2, 16, 70, 13, 8, 0),    shape_3x3(2, 40, 16, 6, 11, 2),
      shape_3x3(26, 256, 16, 12, 12, 1), shape_3x3(3, 150, 40, 8, 8, 1)};
  return list;
}

const std::vector<ConvolutionShape>& lane_shapes() {
  const auto shape = [](std::int64_t batch, std::int64_t in, std::int64_t out, Extents3 input,
                        Extents3 kernel, Extents3 padding) {
    return shape_of(batch, 1, in, out, input, kernel, {1, 1, 1}, padding, {1, 1, 1});
  };
  static const std::vector<ConvolutionShape> list{
      shape(32, 6, 16, {1, 12, 12}, {1, 5, 5}, {0, 0, 0}),
      shape(47, 5, 7, {1, 7, 9}, {1, 5, 4}, {0, 2, 3}),
      shape(16, 12, 30, {1, 5, 3}, {1, 2, 3}, {0, 1, 1}),
      shape(16, 8, 5, {1, 10, 6}, {1, 9, 1}, {0, 4, 0}),
      shape(16, 8, 5, {1, 6, 8}, {1, 5, 2}, {0, 0, 1}),
      shape(15, 9, 13, {1, 4, 6}, {1, 3, 3}, {0, 1, 0})};
  return list;
}

const std::vector<ConvolutionShape>& strided_shapes() {
  static const std::vector<ConvolutionShape> list{
      planar(3, 9, 50, 15, 17, 3, 2, 1),
      planar(2, 20, 25, 9, 7, 5, 2, 2),
      planar(2, 3, 30, 23, 37, 7, 2, 3),
      planar(3, 24, 26, 10, 9, 1, 2, 0),
      planar(2, 70, 30, 6, 7, 3, 2, 1),
      planar(2, 3, 33, 16, 16, 4, 4, 0),
      planar(2, 10, 60, 8, 9, 3, 2, 1, 2),
      planar(2, 2, 3, 1, 1, 3, 2, 1),
      planar(2, 2, 3, 1, 1, 1, 3, 1),
      planar(2, 3, 2, 9, 9, 1, 3, 1),
      planar(2, 2, 3, 6, 7, 3, 2, 4),
      planar(2, 3, 4, 11, 10, 2, 3, 1),
      shape_of(2, 1, 4, 5, {1, 13, 14}, {1, 3, 4}, {1, 3, 3}, {0, 1, 2}, {1, 1, 1}),
      shape_of(2, 1, 6, 28, {5, 6, 7}, {3, 3, 3}, {2, 2, 2}, {1, 1, 1}, {1, 1, 1}),
      shape_of(2, 1, 2, 3, {1, 11, 12}, {1, 3, 2}, {1, 2, 2}, {0, 1, 0}, {1, 2, 1}),
  };
  return list;
}

const std::vector<ConvolutionShape>& channel_shapes() {
  static const std::vector<ConvolutionShape> list{
      planar(3, 26, 40, 5, 7, 1, 1, 0),
      planar(20, 30, 25, 3, 3, 1, 1, 0),
      planar(2, 300, 24, 20, 9, 1, 1, 0),
      planar(2, 9, 26, 20, 31, 1, 1, 0),
      planar(2, 13, 30, 9, 5, 5, 1, 2),
      shape_of(2, 1, 30, 26, {2, 3, 5}, {1, 1, 1}, {1, 1, 1}, {0, 0, 0}, {1, 1, 1}),
      shape_of(2, 1, 8, 28, {4, 5, 6}, {3, 3, 3}, {1, 1, 1}, {1, 1, 1}, {1, 1, 1}),
  };
  return list;
}

const std::vector<ConvolutionShape>& depthwise_shapes() {
  static const std::vector<ConvolutionShape> list = [] {
    std::vector<ConvolutionShape> shapes{planar(40, 2, 2, 5, 5, 3, 1, 1, 2)};
    for (const std::int64_t kernel : {3, 5}) {
      for (const std::int64_t stride : {1, 2}) {
        for (const std::int64_t padding : {std::int64_t{0}, kernel / 2, kernel - 1}) {
          shapes.push_back(planar(2, 3, 3, kernel, kernel, kernel, stride, padding, 3));
          shapes.push_back(planar(2, 3, 3, 7, 9, kernel, stride, padding, 3));
          shapes.push_back(planar(1, 2, 2, 12, 33, kernel, stride, padding, 2));
        }
      }
    }
    shapes.push_back(planar(2, 3, 3, 1, 1, 3, 2, 1, 3));
    shapes.push_back(shape_of(2, 3, 3, 3, {1, 6, 20}, {1, 3, 3}, {1, 2, 2}, {0, 0, 2}, {1, 1, 1}));
    return shapes;
  }();
  return list;
}

}  // namespace credence::test
