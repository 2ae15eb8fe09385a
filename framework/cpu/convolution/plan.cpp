// The choice of a convolution's algorithm: the conditions of the table in plan.hpp.
#include "framework/cpu/convolution/plan.hpp"

#include "framework/cpu/convolution/data_phases.hpp"
#include "framework/cpu/convolution/lane_planes.hpp"
#include "framework/cpu/convolution/winograd.hpp"
#include "framework/cpu/convolution/winograd_switch.hpp"

namespace credence::cpu {
namespace CREDENCE_ISA {
namespace {

constexpr VectorUnit kVectorUnit{kLanes, kTileRows};

// The least depth (products that one output sums) that repays rearranging the images.
constexpr std::int64_t kLeastLaneDepth = 64;
constexpr std::int64_t kLeastLaneChannels = 4;
constexpr std::int64_t kLeastLanePositions = 16;
// Floats of rearranged images and results that stay in the second-level cache.
constexpr std::int64_t kMostLaneFloats = 131072;
constexpr std::int64_t kMostDepthwiseStride = 2;
constexpr std::int64_t kLeastWinogradChannels = 16;
// The least input channels and the least depth of products with an output channel in each lane, and
// the most floats of pixels that the outputs of one row read in place instead.
constexpr std::int64_t kLeastTileRows = 8;
constexpr std::int64_t kLeastOutputLanesDepth = 64;
constexpr std::int64_t kMostRowFloats = 6144;
// The least rows of weights and the least channels of a 1 × 1 kernel that repay packing.
constexpr std::int64_t kLeastPackedRows = 24;
constexpr std::int64_t kLeastPackedDepth = 24;
// Multiply-adds that the transform of one element of a tile costs.
constexpr std::int64_t kTransformWork = 8;

bool is_planar(const ConvolutionShape& s) {
  return s.groups == 1 && s.input[0] == 1 && s.kernel[0] == 1 && s.padding[0] == 0 &&
         s.stride == Extents3{1, 1, 1} && s.dilation == Extents3{1, 1, 1} &&
         s.padding[1] < s.kernel[1] && s.padding[2] < s.kernel[2];
}

bool is_depthwise(const ConvolutionShape& s) {
  const bool has_loops = s.kernel == Extents3{1, 3, 3} || s.kernel == Extents3{1, 5, 5};
  return has_loops && s.groups > 1 && s.groups == s.in_channels && s.groups == s.out_channels &&
         s.input[0] == 1 && s.padding[0] == 0 && s.stride[0] == 1 && s.stride[1] == s.stride[2] &&
         s.stride[1] <= kMostDepthwiseStride && s.dilation == Extents3{1, 1, 1} &&
         s.padding[1] < s.kernel[1] && s.padding[2] < s.kernel[2];
}

// Whether Winograd's algorithm can compute the convolution, with vectors that are not mostly empty.
bool has_winograd(const ConvolutionShape& s) {
  return is_planar(s) && s.kernel == Extents3{1, 3, 3} &&
         smaller(s.in_channels, s.out_channels) >= kLeastWinogradChannels;
}

bool suits_winograd(const ConvolutionShape& s, const VectorUnit& unit) {
  return has_winograd(s) && s.in_channels + s.out_channels > 2 * unit.lanes;
}

// The size m of Winograd's tiles, 4 or 2, or 0 where the definition is cheaper. The model of the
// cost counts multiply-adds. The products take (m + 2)² · tiles · in · out of them. Each element of
// a transformed tile or kernel takes kTransformWork more. The gradient of the weights has the
// tiles of the forward pass.
int winograd_tile(const ConvolutionShape& s, Pass pass) {
  const WinogradShape w(s, pass == Pass::backward_data);
  std::int64_t least = s.batch * 9 * w.out_plane() * w.in * w.out;
  int chosen = 0;
  for (const int m : {4, 2}) {
    const std::int64_t tiles = s.batch * w.tiles(m);
    const std::int64_t work =
        (m + 2) * (m + 2) *
        (tiles * w.in * w.out + kTransformWork * (tiles * (w.in + w.out) + w.in * w.out));
    if (work < least) {
      least = work;
      chosen = m;
    }
  }
  return chosen;
}

// Whether the images of a batch occupy at least 3/4 of the lanes.
bool fill_lanes(std::int64_t batch, const VectorUnit& unit) {
  return 4 * batch >= 3 * round_up(batch, unit.lanes);
}

// For the forward pass and the gradient of the data.
bool suits_lanes(const ConvolutionShape& shape, Pass pass, const VectorUnit& unit) {
  const PlanarShape s(shape, pass == Pass::backward_data);
  if (s.out_width % unit.lanes == 0) return false;
  const bool deep = s.depth() >= kLeastLaneDepth && s.out >= kLeastLaneChannels;
  const std::int64_t vectors = LanePlanes::vectors(s.in, s.height, s.width, kLaneMargin) +
                               even_panel_rows(s.out, unit.tile_rows) * s.out_plane();
  return deep && fill_lanes(s.batch, unit) && vectors * unit.lanes <= kMostLaneFloats;
}

// For the gradient of the weights.
bool suits_lanes_weight(const ConvolutionShape& shape, const VectorUnit& unit) {
  if (ConvolutionShape::volume(shape.kernel) == 1) return false;
  const PlanarShape s(shape, false);
  const std::int64_t vectors = LanePlanes::vectors(s.in, s.height, s.width, s.pad_width) +
                               LanePlanes::vectors(s.out, s.out_height, s.out_width, 0) +
                               s.out * s.depth();
  return s.kernel_width <= kMostLaneTaps && s.depth() >= kLeastLaneDepth &&
         s.out_plane() >= kLeastLanePositions && fill_lanes(s.batch, unit) &&
         vectors * unit.lanes <= kMostLaneFloats;
}

// Whether at least 3/4 of the lanes of a tile have an output channel each.
bool fill_output_lanes(std::int64_t outputs, const VectorUnit& unit) {
  return 4 * outputs >= 3 * round_up(outputs, 2 * unit.lanes);
}

// For the gradient of the weights.
bool suits_output_lanes_weight(const ConvolutionShape& s, const VectorUnit& unit) {
  const std::int64_t outputs = s.out_channels / s.groups;
  // A tile of one vector has too few sums where it has few rows.
  const bool fill_vector =
      unit.tile_rows >= kLeastTileRows && outputs <= unit.lanes && 4 * outputs >= 3 * unit.lanes;
  return s.in_channels / s.groups >= kLeastTileRows &&
         (fill_vector || fill_output_lanes(outputs, unit));
}

bool has_phases(const ConvolutionShape& s, Pass pass) {
  return pass == Pass::backward_data && data_phases(s) > 1;
}

// For a product of `rows` rows of weights with columns.
bool suits_output_lanes(const ImageColumns& images, std::int64_t rows, const VectorUnit& unit) {
  if (ConvolutionShape::volume(images.kernel) == 1 || images.depth() < kLeastOutputLanesDepth) {
    return false;
  }
  const Extents3& c = images.column_extents;
  const std::int64_t computed = c[0] * c[1] * round_up(c[2], unit.lanes);
  const std::int64_t read = images.channels * images.kernel[0] * images.kernel[1] *
                            images.extents()[2] * images.phases[2];
  const bool in_place = 8 * images.columns_per_image() >= 7 * computed && read <= kMostRowFloats;
  return !in_place && fill_output_lanes(rows, unit);
}

// Whether copies of the pixels side by side repay the copying: several panels of rows read them.
bool repays_packing(const ImageColumns& images, std::int64_t rows) {
  return ConvolutionShape::volume(images.kernel) == 1 && rows >= kLeastPackedRows &&
         images.channels >= kLeastPackedDepth;
}

// One of the two direct forms, or packed panels.
Algorithm direct_or_packed(const ImageColumns& images, const VectorUnit& unit) {
  const Extents3& c = images.column_extents;
  const std::int64_t in_rows = c[0] * c[1] * round_up(c[2], unit.lanes);
  const std::int64_t in_long_row = round_up(images.span(), unit.lanes);
  if (2 * images.columns_per_image() <= smaller(in_rows, in_long_row)) return Algorithm::packed;
  return in_rows <= in_long_row ? Algorithm::direct_rows : Algorithm::direct_long_row;
}

// The last rows of the table, for a product of `rows` rows of weights with columns.
Algorithm product_algorithm(const ImageColumns& images, std::int64_t rows, const VectorUnit& unit) {
  if (suits_output_lanes(images, rows, unit)) return Algorithm::output_lanes;
  if (repays_packing(images, rows)) return Algorithm::packed;
  return direct_or_packed(images, unit);
}

}  // namespace

Algorithm plan(const ConvolutionShape& s, Pass pass, const VectorUnit& unit, bool winograd) {
  if (s.empty()) return Algorithm::empty;
  if (s.fully_connected()) return Algorithm::linear;
  if (winograd && suits_winograd(s, unit)) {
    const int tile = winograd_tile(s, pass);
    if (tile == 4) return Algorithm::winograd_4x4;
    if (tile == 2) return Algorithm::winograd_2x2;
  }
  if (is_depthwise(s)) return Algorithm::depthwise;
  if (is_planar(s) &&
      (pass == Pass::backward_weight ? suits_lanes_weight(s, unit) : suits_lanes(s, pass, unit))) {
    return Algorithm::image_lanes;
  }
  switch (pass) {
    case Pass::forward:
      return product_algorithm(input_columns(s, 0, nullptr), s.out_channels / s.groups, unit);
    case Pass::backward_data:
      if (has_phases(s, pass)) return Algorithm::phases;
      return product_algorithm(output_columns(s, 0, DataPhase(s, 0), nullptr),
                               s.in_channels / s.groups, unit);
    case Pass::backward_weight:
      break;
  }
  if (suits_output_lanes_weight(s, unit)) return Algorithm::output_lanes;
  return direct_or_packed(input_columns(s, 0, nullptr), unit);
}

Algorithm plan_columns(const ImageColumns& images, std::int64_t rows) {
  switch (const Algorithm forced = forced_algorithm().value_or(Algorithm::empty)) {
    case Algorithm::output_lanes:
    case Algorithm::direct_rows:
    case Algorithm::direct_long_row:
    case Algorithm::packed:
      return forced;
    default:
      return product_algorithm(images, rows, kVectorUnit);
  }
}

bool can_compute(Algorithm algorithm, const ConvolutionShape& s, Pass pass) {
  if (s.empty() || algorithm == Algorithm::empty) return s.empty() && algorithm == Algorithm::empty;
  switch (algorithm) {
    case Algorithm::empty:
      break;
    case Algorithm::linear:
      return s.fully_connected();
    case Algorithm::winograd_4x4:
    case Algorithm::winograd_2x2:
      return has_winograd(s);
    case Algorithm::depthwise:
      return is_depthwise(s);
    case Algorithm::image_lanes:
      return is_planar(s) && (pass != Pass::backward_weight || s.kernel[2] <= kMostLaneTaps);
    case Algorithm::output_lanes:
      return !has_phases(s, pass) &&
             (pass != Pass::backward_weight || s.in_channels / s.groups >= kLeastTileRows);
    case Algorithm::direct_rows:
    case Algorithm::direct_long_row:
    case Algorithm::packed:
      return !has_phases(s, pass);
    case Algorithm::phases:
      return has_phases(s, pass);
  }
  return false;
}

Algorithm plan(const ConvolutionShape& s, Pass pass) {
  if (const std::optional<Algorithm> forced = forced_algorithm();
      forced && can_compute(*forced, s, pass)) {
    return *forced;
  }
  return plan(s, pass, kVectorUnit,
              !s.empty() && suits_winograd(s, kVectorUnit) && winograd_allowed());
}

Algorithm plan_without_winograd(const ConvolutionShape& s, Pass pass) {
  return plan(s, pass, kVectorUnit, false);
}

}  // namespace CREDENCE_ISA
}  // namespace credence::cpu
