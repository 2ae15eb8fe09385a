// A plane of a depthwise convolution with its borders, and the choice of the loops for its kernel.
#pragma once

#include "framework/cpu/convolution/depthwise.hpp"
#include "framework/cpu/convolution/depthwise_tiles.hpp"
#include "framework/cpu/convolution/pixel_copy.hpp"

namespace credence::cpu {
namespace CREDENCE_ISA {

/// Memory for a plane with its borders, of which copies write the pixels alone.
class PlaneStage {
 public:
  explicit PlaneStage(const ImageColumns& images)
      : images_(images),
        pixels_(images),
        numel_(ConvolutionShape::volume(images.phases) *
               ConvolutionShape::volume(images.staged_extents)),
        memory_(numel_ + kLanes) {
    clear(numel_ + kLanes, memory_.data());
  }

  void copy(const float* plane) const { pixels_.copy(plane, 1, memory_.data()); }
  void square() const {
    map_serial(
        numel_, memory_.data(), [](Vec v) { return v * v; },
        static_cast<const float*>(memory_.data()));
  }
  /// The plane with a kernel.
  DepthwisePlane plane(std::int64_t kernel_height, std::int64_t kernel_width) const {
    const Extents3& e = images_.staged_extents;
    return {memory_.data(), e[2], e[1] * e[2], kernel_height, kernel_width, images_.column_step[2]};
  }

 private:
  ImageColumns images_;
  PixelCopy pixels_;
  std::int64_t numel_;
  Scratch memory_;
};

/// Calls function.operator()<Height, Width, Step>() for the kernels that have loops: those that
/// plan.cpp admits, and what the phases of a gradient with stride 2 see of them.
template <class Function>
void with_kernel(const DepthwisePlane& plane, Function function) {
  const auto is = [&](std::int64_t height, std::int64_t width, std::int64_t step) {
    return plane.kernel_height == height && plane.kernel_width == width && plane.step == step;
  };
  if (is(3, 3, 1)) {
    function.template operator()<3, 3, 1>();
  } else if (is(5, 5, 1)) {
    function.template operator()<5, 5, 1>();
  } else if (is(3, 3, 2)) {
    function.template operator()<3, 3, 2>();
  } else if (is(5, 5, 2)) {
    function.template operator()<5, 5, 2>();
  } else if (is(1, 1, 1)) {
    function.template operator()<1, 1, 1>();
  } else if (is(1, 2, 1)) {
    function.template operator()<1, 2, 1>();
  } else if (is(2, 1, 1)) {
    function.template operator()<2, 1, 1>();
  } else if (is(2, 2, 1)) {
    function.template operator()<2, 2, 1>();
  } else if (is(2, 3, 1)) {
    function.template operator()<2, 3, 1>();
  } else if (is(3, 2, 1)) {
    function.template operator()<3, 2, 1>();
  }
}

}  // namespace CREDENCE_ISA
}  // namespace credence::cpu
