// Drawing of synthetic digits: random skeletons, slants, pens and noise.
#include "data/synthetic_digits.hpp"

#include "data/digit_strokes.hpp"
#include "data/pen.hpp"
#include "data/pixel.hpp"
#include "framework/base/error.hpp"
#include "framework/core/parallel.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <vector>

#include <fmt/format.h>

namespace credence::data {
namespace {

constexpr std::int64_t kSide = 28;
constexpr std::int64_t kPixels = kSide * kSide;
constexpr std::int64_t kClasses = 10;
constexpr float kHeight = 19.0F;     // of an average digit, in pixels
constexpr int kSegmentsPerSpan = 6;  // straight pieces between two control points

// Gives the random numbers of one image in order.
class Draws {
 public:
  explicit Draws(const RandomStream& random) : random_(random) {}

  float uniform(float low, float high) {
    return low + (high - low) * static_cast<float>(random_.uniform(taken_++));
  }
  float normal(float deviation) { return deviation * static_cast<float>(random_.normal(taken_++)); }

 private:
  RandomStream random_;
  std::int64_t taken_ = 0;
};

// How one digit is written: the linear map of its box, about the box's centre, to pixels; the pen;
// the paper.
struct Hand {
  std::array<float, 4> map;
  Point centre;
  float wobble;    // deviation of the control points, as a fraction of the height
  float radius;    // of the pen, in pixels
  float pressure;  // how much the radius changes along a stroke, as a fraction
  float softness;  // of the stroke's border, in pixels
  float ink;       // brightest grey level
  float grain;     // noise, in grey levels
};

Hand draw_hand(Draws& draws, float width) {
  const float height = kHeight * std::clamp(1.0F + draws.normal(0.1F), 0.72F, 1.22F);
  const float stretch = width * std::clamp(1.0F + draws.normal(0.16F), 0.6F, 1.4F);
  const float shear = draws.normal(0.2F) + 0.1F;  // most handwriting leans to the right
  const float angle = draws.normal(0.13F);
  const float cosine = std::cos(angle);
  const float sine = std::sin(angle);
  // Rotation · shear · scale.
  Hand hand{};
  hand.map = {height * stretch * cosine, height * (-shear * cosine - sine), height * stretch * sine,
              height * (-shear * sine + cosine)};
  constexpr float kMiddle = 0.5F * static_cast<float>(kSide - 1);
  hand.centre = {kMiddle + draws.normal(1.1F), kMiddle + draws.normal(1.1F)};
  hand.wobble = draws.uniform(0.012F, 0.062F);
  hand.radius = std::clamp(1.15F + draws.normal(0.35F), 0.55F, 2.1F);
  hand.pressure = draws.uniform(0.0F, 0.35F);
  hand.softness = draws.uniform(0.9F, 2.0F);
  hand.ink = draws.uniform(190.0F, 255.0F);
  hand.grain = draws.uniform(0.0F, 14.0F);
  return hand;
}

const Skeleton& choose_skeleton(int digit, Draws& draws) {
  const auto skeletons = digit_skeletons(digit);
  float left = draws.uniform(0.0F, 1.0F);
  for (const Skeleton& skeleton : skeletons) {
    left -= skeleton.weight;
    if (left < 0.0F) return skeleton;
  }
  return skeletons.back();
}

// Draws the images of a range one after another. Memory is reused.
class Writer {
 public:
  Writer() : pen_(kSide) {}

  void write(int digit, const RandomStream& random, std::uint8_t* image) {
    Draws draws(random);
    const Skeleton& skeleton = choose_skeleton(digit, draws);
    const Hand hand = draw_hand(draws, skeleton.width);
    pen_.clear();
    for (const Stroke stroke : skeleton.strokes) {
      place(stroke, hand, draws);
      trace(stroke, hand, draws);
      pen_.draw(line_, hand.softness);
    }
    print(hand, random, image);
  }

 private:
  // Computes the stroke's control points in pixels, displaced at random.
  void place(Stroke stroke, const Hand& hand, Draws& draws) {
    placed_.clear();
    for (const ControlPoint& point : stroke) {
      const float x = point.x - 0.5F;
      const float y = point.y - 0.5F;
      const float deviation = hand.wobble * kHeight;
      placed_.push_back(
          {hand.centre.x + hand.map[0] * x + hand.map[1] * y + draws.normal(deviation),
           hand.centre.y + hand.map[2] * x + hand.map[3] * y + draws.normal(deviation)});
    }
  }

  // Computes the centre line through the placed points, as short straight pieces.
  void trace(Stroke stroke, const Hand& hand, Draws& draws) {
    line_.clear();
    const std::size_t last = placed_.size() - 1;
    const float phase = draws.uniform(0.0F, 6.2831853F);
    const float turns = draws.uniform(1.0F, 4.0F);
    const auto radius_at = [&](float position) {
      return hand.radius * (1.0F + hand.pressure * std::sin(phase + turns * position));
    };
    line_.push_back({placed_[0], radius_at(0.0F)});
    for (std::size_t i = 0; i < last; ++i) {
      const Point before = i == 0 || stroke[i].corner ? placed_[i] : placed_[i - 1];
      const Point after = i + 1 == last || stroke[i + 1].corner ? placed_[i + 1] : placed_[i + 2];
      for (int piece = 1; piece <= kSegmentsPerSpan; ++piece) {
        const float t = static_cast<float>(piece) / static_cast<float>(kSegmentsPerSpan);
        const float position = (static_cast<float>(i) + t) / static_cast<float>(last);
        line_.push_back(
            {catmull_rom(before, placed_[i], placed_[i + 1], after, t), radius_at(position)});
      }
    }
  }

  // Converts ink to grey levels, with noise of a triangular distribution: the difference of two
  // random bytes.
  void print(const Hand& hand, const RandomStream& random, std::uint8_t* image) const {
    constexpr std::uint64_t kNoiseBlocks = std::uint64_t{1} << 32;  // beyond what Draws uses
    constexpr std::int64_t kPixelsPerBlock = 8;
    constexpr float kByteDeviation = 104.5F;  // of the difference of two uniform bytes
    const auto ink = pen_.sheet();
    const float amplitude = hand.grain / kByteDeviation;
    for (std::int64_t start = 0; start < kPixels; start += kPixelsPerBlock) {
      const auto words =
          random.block(kNoiseBlocks + static_cast<std::uint64_t>(start / kPixelsPerBlock));
      for (std::int64_t i = 0; i < kPixelsPerBlock; ++i) {
        const std::uint32_t bits = words[static_cast<std::size_t>(i / 2)] >> (i % 2 * 16);
        const auto noise =
            static_cast<float>(static_cast<int>(bits & 255U) - static_cast<int>(bits >> 8 & 255U));
        const float grey = hand.ink * ink[static_cast<std::size_t>(start + i)] + amplitude * noise;
        image[start + i] = to_byte(grey);
      }
    }
  }

  Pen pen_;
  std::vector<Point> placed_;
  std::vector<PenPoint> line_;
};
static_assert(kPixels % 8 == 0);

// The label of image i. Each ten images have a random permutation of the ten digits, so that a
// label can be computed alone.
std::int64_t label_of(std::int64_t image, const Generator& labels) {
  std::array<std::int64_t, kClasses> order{};
  for (std::int64_t i = 0; i < kClasses; ++i) order[static_cast<std::size_t>(i)] = i;
  shuffle(order, RandomStream{labels.key(), static_cast<std::uint64_t>(image / kClasses)});
  return order[static_cast<std::size_t>(image % kClasses)];
}

}  // namespace

Dataset synthetic_digits(std::int64_t count, const Generator& generator, Split split) {
  if (count < 0) {
    throw ValueError(
        fmt::format("[synthetic-digits] {} images asked for, at least 0 needed", count));
  }
  const Generator source = generator.split("synthetic-digits").split(to_string(split));
  const Generator label_source = source.split("labels");
  const Generator image_source = source.split("images");
  Dataset dataset{"synthetic-digits", Tensor::empty({count, 1, kSide, kSide}, DType::uint8),
                  Tensor::empty({count}, DType::int64), kClasses, digit_names()};
  auto* images = dataset.inputs.data<std::uint8_t>();
  auto* labels = dataset.targets.data<std::int64_t>();
  constexpr std::int64_t kImagesPerTask = 100;
  parallel_for(count, kImagesPerTask, [&](std::int64_t begin, std::int64_t end) {
    Writer writer;
    for (std::int64_t i = begin; i < end; ++i) {
      labels[i] = label_of(i, label_source);
      writer.write(static_cast<int>(labels[i]),
                   RandomStream{image_source.key(), static_cast<std::uint64_t>(i)},
                   images + i * kPixels);
    }
  });
  return dataset;
}

}  // namespace credence::data
