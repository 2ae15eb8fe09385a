// The gradient of a convolution's data by the direct and the packed algorithms,
//   dx[c, phase] = flipped weights of the phase · columns(dy)
// for each phase of the inputs (data_phases.hpp). Stride 1 has one phase, whose product goes
// straight to dx. A larger stride has several: their products go to scratch memory, image by image,
// and are then joined to rows of dx. With zeros between the pixels of dy, one product would do the
// same with stride_d · stride_h · stride_w times the multiplications.
//
// For the moments of a Bayesian layer there are two products, and dx = first + 2 x · second.
#pragma once

#include "framework/cpu/convolution/output_lanes.hpp"
#include "framework/cpu/convolution/plan.hpp"
#include "framework/formulas/noise.hpp"

namespace credence::cpu {
namespace CREDENCE_ISA {

/// One pass: dy and the weights of each product. `x` is read with two products only.
template <int Products>
class DataGradient {
 public:
  DataGradient(const ConvolutionShape& s, const float* const (&grad_y)[Products],
               const float* const (&weight)[Products], const float* x, float* grad_x)
      : s_(s), x_(x), grad_x_(grad_x), rows_(s.in_channels / s.groups), phases_(data_phases(s)) {
    for (int product = 0; product < Products; ++product) {
      grad_y_[product] = grad_y[product];
      weight_[product] = weight[product];
    }
  }

  void run() const {
    for (std::int64_t group = 0; group < s_.groups; ++group) run_group(group);
  }

 private:
  std::int64_t weight_numel() const { return s_.weight_numel() / s_.groups; }

  // Which of the two algorithms computes a phase, in all groups.
  Algorithm algorithm_of(const DataPhase& phase) const {
    return plan_columns(output_columns(s_, 0, phase, nullptr), rows_);
  }

  // The panels of all phases and products, one after the other.
  void pack(std::int64_t group, float* packed) const {
    for (const float* const weight : weight_) {
      for (std::int64_t i = 0; i < phases_; ++i) {
        const DataPhase phase(s_, i);
        if (!phase.has_inputs() || !phase.has_kernel()) continue;
        const Algorithm algorithm = algorithm_of(phase);
        if (algorithm == Algorithm::output_lanes) {
          pack_transposed_lanes(s_, group, phase, weight, packed);
        } else {
          const bool packs = algorithm == Algorithm::packed;
          pack_transposed(s_, group, phase, weight, packs ? kTileRows : even_panel_rows(rows_),
                          packed);
        }
        packed += panels_numel(phase);
      }
    }
  }
  std::int64_t panels_numel(const DataPhase& phase) const {
    // Enough for either kind of panels.
    return lane_panels_numel(rows_,
                             s_.out_channels / s_.groups * ConvolutionShape::volume(phase.kernel));
  }

  void run_group(std::int64_t group) const {
    std::int64_t numel_packed = 0;
    for (std::int64_t i = 0; i < phases_; ++i) numel_packed += panels_numel(DataPhase(s_, i));
    const Scratch packed(Products * numel_packed);
    pack(group, packed.data());
    const Destination to = input_of(s_, group, grad_x_);
    const std::int64_t numel = rows_ * to.plane;
    parallel_for(s_.batch, range(), [&](std::int64_t begin, std::int64_t end) {
      const Scratch second(Products == 2 ? (end - begin) * numel : 0);
      const float* panels = packed.data();
      for (int product = 0; product < Products; ++product) {
        const Destination first{to.first + begin * to.image_stride, to.image_stride, to.plane, {}};
        const Destination other{second.data(), numel, to.plane, {}};
        panels = multiply(group, product, begin, end, panels, product == 0 ? first : other);
      }
      if constexpr (Products == 2) {
        for (std::int64_t n = begin; n < end; ++n) {
          float* const image = to.first + n * to.image_stride;
          map_serial(numel, image, formulas::MomentsGradient{}, static_cast<const float*>(image),
                     static_cast<const float*>(second.data() + (n - begin) * numel),
                     x_ + (image - grad_x_));
        }
      }
    });
  }

  // A thread should have work that pays for waking it, and columns that pay for reading the
  // weights.
  std::int64_t range() const {
    constexpr std::int64_t kWorkPerRange = std::int64_t{1} << 19;
    const std::int64_t columns = ConvolutionShape::volume(DataPhase(s_, 0).count);
    const std::int64_t work = weight_numel() * ConvolutionShape::volume(s_.output);
    return larger(kWorkPerRange / larger(1, work), images_per_range(s_.batch, columns));
  }

  // The product of images [begin, end). Returns where the panels of the next product begin.
  const float* multiply(std::int64_t group, int product, std::int64_t begin, std::int64_t end,
                        const float* panels, const Destination& to) const {
    if (phases_ == 1) {
      const DataPhase phase(s_, 0);
      ImageColumns images = output_columns(s_, group, phase, grad_y_[product]);
      images.source += begin * images.image_stride;
      multiply_phase(images, algorithm_of(phase), end - begin, panels, to);
      return panels + panels_numel(phase);
    }
    const std::int64_t numel = rows_ * to.plane;
    const ImageColumns all = all_output_columns(s_, group, grad_y_[product]);
    const DirectImages ready(all, false, end - begin);
    const float* const pixels = ready.prepare(begin, end);
    const Scratch parts((end - begin) * numel);
    float* part = parts.data();
    for (std::int64_t i = 0; i < phases_; ++i) {
      const DataPhase phase(s_, i);
      if (!phase.has_inputs()) continue;
      const std::int64_t plane = ConvolutionShape::volume(phase.count);
      if (phase.has_kernel()) {
        const ImageColumns own = output_columns(s_, group, phase, grad_y_[product]);
        multiply_phase(prepared_columns(own, all, pixels, ready.stride()), algorithm_of(phase),
                       end - begin, panels, {part, numel, plane, {}});
        panels += panels_numel(phase);
      } else {
        for (std::int64_t n = 0; n < end - begin; ++n) clear(rows_ * plane, part + n * numel);
      }
      part += rows_ * plane;
    }
    for (std::int64_t n = 0; n < end - begin; ++n) {
      join_phases(s_, rows_, parts.data() + n * numel, to.first + n * to.image_stride);
    }
    return panels;
  }

  void multiply_phase(const ImageColumns& images, Algorithm algorithm, std::int64_t batch,
                      const float* panels, const Destination& to) const {
    if (algorithm == Algorithm::output_lanes) {
      multiply_lanes<1>(images, batch, rows_, {panels}, {to});
    } else if (algorithm == Algorithm::packed) {
      multiply_images<1>(images, batch, rows_, {panels}, {to});
    } else {
      multiply_directly<1>(images, algorithm == Algorithm::direct_rows, batch, rows_, {panels},
                           {to});
    }
  }

  const ConvolutionShape& s_;
  const float* x_;
  float* grad_x_;
  std::int64_t rows_;
  std::int64_t phases_;
  const float* grad_y_[Products];
  const float* weight_[Products];
};

}  // namespace CREDENCE_ISA
}  // namespace credence::cpu
