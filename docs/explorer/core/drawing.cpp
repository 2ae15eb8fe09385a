// From strokes to a picture, as MNIST's digits were prepared (LeCun et al. 1998).
#include "docs/explorer/core/drawing.hpp"

#include "data/digit_strokes.hpp"
#include "data/rotation.hpp"
#include "framework/base/error.hpp"
#include "framework/core/random.hpp"

#include <algorithm>
#include <cstring>
#include <limits>

namespace credence::explorer {
namespace {

constexpr float kRadius = 1.2F;    // of the pen, in pixels
constexpr float kSoftness = 1.2F;  // of its border
constexpr float kBox = 20;         // the side of MNIST's box of ink
constexpr float kMiddle = 0.5F * static_cast<float>(kSide - 1);

// From the unit square to pixels: scale · point + offset.
struct Placement {
  float scale = static_cast<float>(kSide);
  data::Point offset{-0.5F, -0.5F};
};

void draw(data::Pen& pen, const Drawing& drawing, const Placement& placement) {
  pen.clear();
  std::vector<data::PenPoint> line;
  for (const auto& stroke : drawing.strokes) {
    line.clear();
    for (const data::Point& point : stroke) {
      line.push_back({{placement.scale * point.x + placement.offset.x,
                       placement.scale * point.y + placement.offset.y},
                      kRadius});
    }
    // A dot is a stroke of no length.
    if (line.size() == 1) line.push_back(line.front());
    if (!line.empty()) pen.draw(line, kSoftness);
  }
}

// The box of the strokes, scaled so that its longer side fills that of MNIST, in the middle.
Placement fitted(const Drawing& drawing) {
  constexpr float kFar = std::numeric_limits<float>::max();
  data::Point low{kFar, kFar}, high{-kFar, -kFar};
  for (const auto& stroke : drawing.strokes) {
    for (const data::Point& point : stroke) {
      low = {std::min(low.x, point.x), std::min(low.y, point.y)};
      high = {std::max(high.x, point.x), std::max(high.y, point.y)};
    }
  }
  const float side = std::max(high.x - low.x, high.y - low.y);
  // A dot stays one: nothing is enlarged more than threefold.
  const float scale =
      std::min((kBox - 2 * kRadius) / std::max(side, 1e-3F), 3 * static_cast<float>(kSide));
  return {scale, {kMiddle - scale * (low.x + high.x) / 2, kMiddle - scale * (low.y + high.y) / 2}};
}

void centre_mass(Placement& placement, std::span<const float> sheet) {
  double mass = 0, x = 0, y = 0;
  for (std::size_t i = 0; i < sheet.size(); ++i) {
    const double pixel = static_cast<double>(sheet[i]);
    mass += pixel;
    x += pixel * static_cast<double>(i % kSide);
    y += pixel * static_cast<double>(i / kSide);
  }
  if (mass == 0) return;
  placement.offset.x += kMiddle - static_cast<float>(x / mass);
  placement.offset.y += kMiddle - static_cast<float>(y / mass);
}

}  // namespace

Drawing read_drawing(Arguments& arguments) {
  Drawing drawing;
  drawing.degrees = arguments.number();
  drawing.right = arguments.integer(-kSide, kSide);
  drawing.down = arguments.integer(-kSide, kSide);
  drawing.noise = arguments.number();
  drawing.centred = arguments.integer(0, 1) == 1;
  const std::span<const double> points = arguments.rest();
  if (points.size() % 2 != 0) throw ValueError("[explorer] a point of a drawing has no y");
  bool begins = true;
  for (std::size_t i = 0; i < points.size(); i += 2) {
    if (points[i] < 0 && points[i + 1] < 0) {
      begins = true;
      continue;
    }
    if (begins) drawing.strokes.emplace_back();
    begins = false;
    drawing.strokes.back().push_back(
        {static_cast<float>(points[i]), static_cast<float>(points[i + 1])});
  }
  return drawing;
}

Tensor ink(const Drawing& drawing) {
  Tensor result = Tensor::zeros({1, 1, kSide, kSide});
  if (drawing.strokes.empty()) return result;
  data::Pen pen(kSide);
  Placement placement;
  if (drawing.centred) {
    placement = fitted(drawing);
    draw(pen, drawing, placement);
    centre_mass(placement, pen.sheet());
  }
  draw(pen, drawing, placement);
  std::memcpy(result.raw_data(), pen.sheet().data(), result.bytes());
  return result;
}

Tensor picture(const Drawing& drawing, const Tensor& ink, double degrees) {
  const Tensor turned = data::rotate(ink, degrees);
  Tensor result = Tensor::zeros({1, 1, kSide, kSide});
  const RandomStream noise = Generator(1).split("noise of a picture").next();
  for (std::int64_t y = 0; y < kSide; ++y) {
    for (std::int64_t x = 0; x < kSide; ++x) {
      const std::int64_t from_x = x - drawing.right, from_y = y - drawing.down;
      const bool inside = from_x >= 0 && from_x < kSide && from_y >= 0 && from_y < kSide;
      const double pixel =
          inside ? static_cast<double>(turned.data<float>()[from_y * kSide + from_x]) : 0;
      const double noisy =
          drawing.noise == 0 ? pixel : pixel + drawing.noise * noise.normal(y * kSide + x);
      result.data<float>()[y * kSide + x] = static_cast<float>(std::clamp(noisy, 0.0, 1.0));
    }
  }
  return result;
}

std::vector<double> example_strokes(int digit) {
  constexpr int kPieces = 6;        // between two control points
  constexpr float kHeight = 0.72F;  // of a digit in the unit square
  const data::Skeleton& skeleton = data::digit_skeletons(digit).front();
  std::vector<double> result;
  const auto add = [&](data::Point point) {
    result.push_back(static_cast<double>(0.5F + kHeight * skeleton.width * (point.x - 0.5F)));
    result.push_back(static_cast<double>(0.5F + kHeight * (point.y - 0.5F)));
  };
  for (const data::Stroke stroke : skeleton.strokes) {
    if (!result.empty()) result.insert(result.end(), {-1, -1});
    const auto at = [&](std::size_t i) { return data::Point{stroke[i].x, stroke[i].y}; };
    const std::size_t last = stroke.size() - 1;
    add(at(0));
    for (std::size_t i = 0; i < last; ++i) {
      const data::Point before = i == 0 || stroke[i].corner ? at(i) : at(i - 1);
      const data::Point after = i + 1 == last || stroke[i + 1].corner ? at(i + 1) : at(i + 2);
      for (int piece = 1; piece <= kPieces; ++piece) {
        const float t = static_cast<float>(piece) / static_cast<float>(kPieces);
        add(data::catmull_rom(before, at(i), at(i + 1), after, t));
      }
    }
  }
  return result;
}

}  // namespace credence::explorer
