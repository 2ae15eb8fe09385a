// Tests of corruptions: those without random numbers against values from NumPy and SciPy, noises
// against the probabilities of each byte that their formulas give.
#include "data/corruption.hpp"

#include "data/synthetic_digits.hpp"
#include "framework/base/error.hpp"
#include "framework/core/parallel.hpp"
#include "tests/reference/reference.hpp"

#include <algorithm>
#include <cmath>
#include <functional>
#include <iterator>
#include <numbers>
#include <string>
#include <vector>

#include <boost/test/unit_test.hpp>

namespace credence::data {

BOOST_AUTO_TEST_SUITE(data_corruption)

namespace {

using Bytes = std::vector<std::uint8_t>;
using Probabilities = std::array<double, 256>;  // of each byte

const auto kEveryIsa = boost::unit_test::label("every_isa");

constexpr std::array kNoises{Corruption::gaussian_noise, Corruption::shot_noise,
                             Corruption::impulse_noise, Corruption::speckle_noise};
// The levels are those of CIFAR-10-C for three channels, of MNIST-C for one.
constexpr std::array kChannels{3, 1};

// The parameters of the noises at each level, by the number of channels: from the files
// make_cifar_c.py and corruptions.py that data/corruption/levels.hpp names.
double parameter(Corruption noise, int level, int channels) {
  using Five = std::array<double, 5>;
  const auto pick = [&](const Five& colour, const Five& grey) {
    return (channels == 1 ? grey : colour).at(static_cast<std::size_t>(level - 1));
  };
  switch (noise) {
    case Corruption::gaussian_noise:
      return pick({.04, .06, .08, .09, .10}, {.08, .12, .18, .26, .38});
    case Corruption::shot_noise:
      return pick({500, 250, 100, 75, 50}, {60, 25, 12, 5, 3});
    case Corruption::impulse_noise:
      return pick({.01, .02, .03, .05, .07}, {.03, .06, .09, .17, .27});
    default:
      return pick({.06, .1, .12, .16, .2}, {.15, .2, .35, .45, .6});
  }
}

// The byte that a value shows: clipped, and rounded to the nearest.
std::size_t shown(double value) {
  return static_cast<std::size_t>(std::floor(std::clamp(value, 0.0, 255.0) + 0.5));
}

double normal_distribution(double x) { return 0.5 * std::erfc(-x / std::numbers::sqrt2); }

Probabilities normal_bytes(double mean, double deviation) {
  Probabilities result{};
  if (deviation == 0.0) {
    result[shown(mean)] = 1.0;
    return result;
  }
  for (int byte = 0; byte < 256; ++byte) {
    const double below = byte == 0 ? 0.0 : normal_distribution((byte - 0.5 - mean) / deviation);
    const double upto = byte == 255 ? 1.0 : normal_distribution((byte + 0.5 - mean) / deviation);
    result[static_cast<std::size_t>(byte)] = upto - below;
  }
  return result;
}

Probabilities poisson_bytes(double byte, double photons) {
  Probabilities result{};
  const double mean = photons * byte / 255.0;
  for (int k = 0; k < 1000; ++k) {
    const double log_probability =
        mean == 0.0 ? (k == 0 ? 0.0 : -INFINITY) : k * std::log(mean) - mean - std::lgamma(k + 1.0);
    result[shown(255.0 * k / photons)] += std::exp(log_probability);
  }
  return result;
}

// What a noise makes of a byte, according to its formula.
Probabilities expected_bytes(Corruption noise, double parameter, int byte) {
  if (noise == Corruption::gaussian_noise) return normal_bytes(byte, 255 * parameter);
  if (noise == Corruption::speckle_noise) return normal_bytes(byte, byte * parameter);
  if (noise == Corruption::shot_noise) return poisson_bytes(byte, parameter);
  Probabilities result{};
  result[static_cast<std::size_t>(byte)] += 1.0 - parameter;
  result[0] += parameter / 2;
  result[255] += parameter / 2;
  return result;
}

double expectation(const Probabilities& probabilities, const std::function<double(double)>& of) {
  double sum = 0.0;
  for (int byte = 0; byte < 256; ++byte)
    sum += probabilities[static_cast<std::size_t>(byte)] * of(byte);
  return sum;
}

double mean_of(const Probabilities& probabilities) {
  return expectation(probabilities, [](double byte) { return byte; });
}

double central_moment(const Probabilities& probabilities, int power) {
  const double mean = mean_of(probabilities);
  return expectation(probabilities, [&](double byte) { return std::pow(byte - mean, power); });
}

// The share of each byte in a sample.
Probabilities shares(const Bytes& sample) {
  Probabilities result{};
  for (const std::uint8_t byte : sample) result[byte] += 1.0 / static_cast<double>(sample.size());
  return result;
}

// Compares a sample's mean, variance, its shares of 0 and 255 (salt and pepper, clipped values) and
// all its shares with what is expected; four standard errors are allowed.
void require_distribution(const Bytes& sample, const Probabilities& expected) {
  const Probabilities found = shares(sample);
  const auto n = static_cast<double>(sample.size());
  const double variance = central_moment(expected, 2);
  const double mean_error = std::sqrt(variance / n);
  const double variance_error = std::sqrt((central_moment(expected, 4) - variance * variance) / n);
  BOOST_TEST(std::abs(mean_of(found) - mean_of(expected)) <= 4 * mean_error + 1e-9);
  BOOST_TEST(std::abs(central_moment(found, 2) - variance) <= 4 * variance_error + 1e-9);
  for (const std::size_t end : {std::size_t{0}, std::size_t{255}}) {
    const double error = std::sqrt(expected[end] * (1 - expected[end]) / n);
    BOOST_TEST(std::abs(found[end] - expected[end]) <= 4 * error + 1 / n);
  }
  // Pearson's statistic over the bytes of which at least ten are expected: its mean is its degrees
  // of freedom f, its variance 2f.
  double statistic = 0.0;
  double freedom = -1.0;
  for (std::size_t i = 0; i < 256; ++i) {
    if (expected[i] == 0.0) BOOST_TEST(found[i] == 0.0);
    if (expected[i] * n < 10) continue;
    statistic += n * std::pow(found[i] - expected[i], 2) / expected[i];
    freedom += 1.0;
  }
  BOOST_TEST(statistic <= freedom + 5 * std::sqrt(2 * std::max(freedom, 1.0)));
}

Tensor filled(const Shape& shape, int byte) { return Tensor::full(shape, byte, DType::uint8); }

// Grey digits.
Tensor digits(std::int64_t count) {
  return synthetic_digits(count, Generator(3), Split::test).inputs;
}

// Each image of three digits, one a channel, over a coloured ramp.
Tensor colourful(std::int64_t count) {
  const Bytes ink = digits(3 * count).to_vector<std::uint8_t>();
  Bytes bytes(ink.size());
  for (std::size_t i = 0; i < ink.size(); ++i) {
    const std::size_t channel = i / 784 % 3;
    bytes[i] = static_cast<std::uint8_t>(40 + 30 * channel + i % 28 * (2 + channel) + ink[i] / 4);
  }
  return Tensor::from({count, 3, 28, 28}, bytes);
}

Bytes corrupted(const Tensor& images, Corruption corruption, int level, std::uint64_t seed = 1) {
  return corrupt(images, corruption, level, Generator(seed)).to_vector<std::uint8_t>();
}

double distance(const Bytes& a, const Bytes& b) {
  double sum = 0.0;
  for (std::size_t i = 0; i < a.size(); ++i) sum += std::pow(double{1} * a[i] - b[i], 2);
  return std::sqrt(sum / static_cast<double>(a.size()));
}

BOOST_AUTO_TEST_CASE(names_are_read_and_an_unknown_one_lists_all) {
  for (const Corruption corruption : kCorruptions) {
    BOOST_TEST((parse_corruption(to_string(corruption)) == corruption));
  }
  BOOST_TEST((parse_corruption("shot_noise") == Corruption::shot_noise));
  BOOST_TEST(to_string(Corruption::rotation) == "rotation");
  const auto lists_all = [](const ValueError& error) {
    const std::string message = error.what();
    return message.find("\"fog\"") != std::string::npos &&
           std::all_of(kCorruptions.begin(), kCorruptions.end(), [&](Corruption corruption) {
             return message.find(to_string(corruption)) != std::string::npos;
           });
  };
  BOOST_CHECK_EXCEPTION(parse_corruption("fog"), ValueError, lists_all);
  BOOST_CHECK_THROW(parse_corruption(""), ValueError);
}

BOOST_AUTO_TEST_CASE(corruptions_without_noise_agree_with_scipy) {
  for (const char* kind : {"corruptions_colour", "corruptions_grey"}) {
    const Reference& expected = reference(kind);
    const Tensor image = expected.at("image").to(DType::uint8);
    int compared = 0;
    for (const Corruption corruption : kCorruptions) {
      if (std::find(kNoises.begin(), kNoises.end(), corruption) != kNoises.end()) continue;
      for (int level = 1; level <= kCorruptionLevels; ++level) {
        const std::string key = std::string(to_string(corruption)) + "-" + std::to_string(level);
        const auto values = expected.at(key).to_vector<double>();
        const Bytes bytes = corrupted(image, corruption, level);
        double error = 0.0;
        for (std::size_t i = 0; i < values.size(); ++i) {
          error = std::max(error, std::abs(std::clamp(values[i], 0.0, 255.0) - bytes[i]));
        }
        // The values in the file are rounded at the third decimal. Pixelated ones are bytes.
        const double tolerance = corruption == Corruption::pixelate ? 0.0 : 0.502;
        BOOST_TEST(error <= tolerance, kind << ": " << key << " is off by " << error);
        ++compared;
      }
    }
    BOOST_TEST(compared == 35);
  }
}

BOOST_AUTO_TEST_CASE(noises_have_the_distribution_of_their_formula, *kEveryIsa) {
  for (const int channels : kChannels) {
    for (const Corruption noise : kNoises) {
      for (int level = 1; level <= kCorruptionLevels; ++level) {
        for (const int byte : {0, 9, 128, 250}) {
          const Bytes sample =
              corrupted(filled({6 / channels, channels, 60, 60}, byte), noise, level);
          BOOST_TEST_CONTEXT(to_string(noise) << ", level " << level << ", byte " << byte
                                              << ", channels " << channels) {
            require_distribution(sample,
                                 expected_bytes(noise, parameter(noise, level, channels), byte));
          }
        }
      }
    }
  }
}

BOOST_AUTO_TEST_CASE(noise_of_pixels_channels_and_images_is_uncorrelated, *kEveryIsa) {
  constexpr std::size_t kPixels = 40 * 40;
  for (const Corruption noise : kNoises) {
    const Bytes sample = corrupted(filled({8, 3, 40, 40}, 100), noise, 5);
    const auto moments = shares(sample);
    const double mean = mean_of(moments);
    const double variance = central_moment(moments, 2);
    for (const std::size_t lag : {std::size_t{1}, std::size_t{40}, kPixels, 3 * kPixels}) {
      const std::size_t pairs = sample.size() - lag;
      double covariance = 0.0;
      for (std::size_t i = 0; i < pairs; ++i) {
        covariance += (sample[i] - mean) * (sample[i + lag] - mean);
      }
      const double correlation = covariance / (variance * static_cast<double>(pairs));
      BOOST_TEST(std::abs(correlation) <= 4 / std::sqrt(static_cast<double>(pairs)),
                 to_string(noise) << " at lag " << lag << ": " << correlation);
    }
  }
  // Corruptions draw different numbers, and so do seeds.
  const Tensor grey = filled({1, 1, 28, 28}, 128);
  const Bytes gaussian = corrupted(grey, Corruption::gaussian_noise, 1);
  BOOST_TEST((corrupted(grey, Corruption::gaussian_noise, 1, 2) != gaussian));
  BOOST_TEST((corrupted(grey, Corruption::gaussian_noise, 1) == gaussian));
}

BOOST_AUTO_TEST_CASE(an_image_is_corrupted_alike_for_any_number_of_threads_and_of_images,
                     *kEveryIsa) {
  const int threads = num_threads();
  for (const Tensor& images : {digits(21), colourful(21)}) {
    const Bytes clean = images.to_vector<std::uint8_t>();
    const std::ptrdiff_t image = images.shape().numel_from(1);
    for (const Corruption corruption : kCorruptions) {
      const Bytes together = corrupted(images, corruption, 4);
      for (const int count : {1, 2, 3}) {
        set_num_threads(count);
        BOOST_TEST((corrupted(images, corruption, 4) == together), to_string(corruption));
      }
      set_num_threads(threads);
      const Bytes some = corrupted(images.slice(0, 11), corruption, 4);
      BOOST_TEST((some == Bytes(together.begin(), together.begin() + 11 * image)),
                 to_string(corruption));
    }
    BOOST_TEST((images.to_vector<std::uint8_t>() == clean));
  }
}

// The levels whose distance from the clean image grows. Coarse pixels of MNIST-C have two levels
// apart: their sides, 14 and 7 pixels, divide 28, so that each pixel keeps its place. A turned
// picture with a bright background is farthest at 45 degrees, where its corners are blackest.
std::vector<int> ascending_levels(Corruption corruption, bool grey) {
  if (corruption == Corruption::pixelate && grey) return {1, 3, 4};
  if (corruption == Corruption::rotation && !grey) return {1, 2, 3};
  return {1, 2, 3, 4, 5};
}

BOOST_AUTO_TEST_CASE(each_level_is_farther_from_the_clean_image, *kEveryIsa) {
  for (const bool grey : {true, false}) {
    const Tensor images = grey ? digits(40) : colourful(40);
    const Bytes clean = images.to_vector<std::uint8_t>();
    for (const Corruption corruption : kCorruptions) {
      double before = 0.0;
      for (const int level : ascending_levels(corruption, grey)) {
        const double farther = distance(corrupted(images, corruption, level), clean);
        BOOST_TEST(farther > before, to_string(corruption)
                                         << ", level " << level << ", "
                                         << images.shape().to_string() << ": distance " << farther
                                         << " after " << before);
        before = farther;
      }
    }
  }
  const Tensor grey = digits(40);
  const Bytes clean = grey.to_vector<std::uint8_t>();
  std::vector<double> coarse;
  for (int level = 1; level <= kCorruptionLevels; ++level) {
    coarse.push_back(distance(corrupted(grey, Corruption::pixelate, level), clean));
  }
  BOOST_TEST((coarse[1] < coarse[0] && coarse[4] < coarse[3] && coarse[1] < coarse[4]));
}

BOOST_AUTO_TEST_CASE(levels_share_the_random_numbers) {
  // What impulse noise replaces at one level, it replaces by the same at the next.
  const Tensor grey = filled({4, 3, 32, 32}, 128);
  for (int level = 1; level < kCorruptionLevels; ++level) {
    const Bytes weaker = corrupted(grey, Corruption::impulse_noise, level);
    const Bytes stronger = corrupted(grey, Corruption::impulse_noise, level + 1);
    for (std::size_t i = 0; i < weaker.size(); ++i) {
      BOOST_REQUIRE((weaker[i] == 128 || weaker[i] == stronger[i]));
    }
  }
}

BOOST_AUTO_TEST_CASE(a_flat_image_keeps_its_colour_where_no_noise_is_added) {
  // Weights sum up to one, up to the border of the image.
  for (const Corruption corruption :
       {Corruption::gaussian_blur, Corruption::defocus_blur, Corruption::zoom_blur,
        Corruption::contrast, Corruption::pixelate}) {
    for (const auto& [channels, height, width] :
         {std::tuple{1, 28, 28}, {3, 32, 32}, {3, 5, 17}, {1, 1, 1}, {3, 1, 4}, {2, 9, 2}}) {
      const Tensor flat = filled({2, channels, height, width}, 77);
      for (int level = 1; level <= kCorruptionLevels; ++level) {
        BOOST_TEST((corrupted(flat, corruption, level) == flat.to_vector<std::uint8_t>()),
                   to_string(corruption) << ", level " << level << ", " << height << "×" << width);
      }
    }
  }
}

BOOST_AUTO_TEST_CASE(every_corruption_takes_images_of_any_size) {
  for (const Shape& shape :
       {Shape{1, 1, 1, 1}, Shape{1, 3, 1, 9}, Shape{2, 4, 3, 2}, Shape{1, 2, 64, 40}}) {
    for (const Corruption corruption : kCorruptions) {
      for (const int level : {1, kCorruptionLevels}) {
        BOOST_TEST(corrupt(filled(shape, 200), corruption, level, Generator()).shape() == shape);
      }
    }
  }
  for (const Shape& shape :
       {Shape{0, 1, 28, 28}, Shape{0, 3, 32, 32}, Shape{2, 0, 3, 3}, Shape{2, 3, 0, 3}}) {
    for (const Corruption corruption : kCorruptions) {
      BOOST_TEST(corrupt(filled(shape, 0), corruption, 1, Generator()).shape() == shape);
    }
  }
}

BOOST_AUTO_TEST_CASE(a_data_set_keeps_its_labels_and_says_what_was_done) {
  const Dataset clean = synthetic_digits(12, Generator(5), Split::test);
  const Dataset blurred = corrupt(clean, Corruption::gaussian_blur, 2, Generator(1));
  BOOST_CHECK_NO_THROW(validate(blurred));
  BOOST_TEST(blurred.name == "synthetic-digits (gaussian-blur, level 2)");
  BOOST_TEST(blurred.classes == 10);
  BOOST_TEST((blurred.class_names == clean.class_names));
  BOOST_TEST((blurred.targets.to_vector<int>() == clean.targets.to_vector<int>()));
  BOOST_TEST((blurred.inputs.to_vector<std::uint8_t>() ==
              corrupted(clean.inputs, Corruption::gaussian_blur, 2)));
  const Dataset empty = synthetic_digits(0, Generator(5), Split::test);
  BOOST_TEST(corrupt(empty, Corruption::shot_noise, 5, Generator(1)).size() == 0);
}

BOOST_AUTO_TEST_CASE(wrong_arguments_are_refused) {
  const Tensor image = filled({1, 1, 3, 4}, 0);
  for (const Corruption corruption : kCorruptions) {
    for (const int level : {-1, 0, 6}) {
      BOOST_CHECK_EXCEPTION(corrupt(image, corruption, level, Generator()), ValueError,
                            [&](const ValueError& error) {
                              const std::string message = error.what();
                              return message.find(to_string(corruption)) != std::string::npos &&
                                     message.find("expected 1 to 5") != std::string::npos;
                            });
    }
    BOOST_CHECK_THROW(corrupt(Tensor(), corruption, 1, Generator()), ShapeError);
    BOOST_CHECK_THROW(corrupt(Tensor::zeros({1, 1, 3, 4}), corruption, 1, Generator()), ShapeError);
    BOOST_CHECK_THROW(corrupt(image.reshape({3, 4}), corruption, 1, Generator()), ShapeError);
  }
  BOOST_CHECK_THROW(corrupt(Dataset{}, Corruption::contrast, 1, Generator()), ShapeError);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace credence::data
