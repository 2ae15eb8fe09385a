#include "data/image_file.hpp"

#include "framework/core/error.hpp"
#include "tests/data/pictures.hpp"
#include "tests/data/temporary_folder.hpp"

#include <cmath>
#include <filesystem>
#include <string>
#include <vector>

#include <boost/test/unit_test.hpp>

namespace credence::data {
namespace {

using test::bmp_file;
using test::jpeg_file;
using test::png_chunk;
using test::png_file;
using test::PngColour;
using test::TemporaryFolder;
using Pixels = std::vector<int>;

// A picture of 3 x 2 pixels in RGB, and its planes.
const std::string kColours(
    "\x01\x02\x03\xFF\x00\x00\x00\xFF\x00\x00\x00\xFF\xFF\xFF\xFF\x0A\x14\x1E", 18);
const Pixels kPlanes{1, 255, 0, 0, 255, 10, 2, 0, 255, 0, 255, 20, 3, 0, 0, 255, 255, 30};

Pixels read(const std::string& bytes, std::int64_t height, std::int64_t width,
            std::int64_t channels) {
  const TemporaryFolder folder;
  const Tensor image = read_image(folder.write("picture", bytes), height, width, channels);
  BOOST_TEST((image.shape() == Shape{channels, height, width}));
  BOOST_TEST((image.dtype() == DType::uint8));
  return image.to_vector<int>();
}

void check_error(const std::string& bytes, const std::string& what) {
  const TemporaryFolder folder;
  const auto path = folder.write("picture.png", bytes);
  BOOST_CHECK_EXCEPTION(read_image(path, 2, 2, 1), FileError, [&](const FileError& error) {
    const std::string message = error.what();
    const bool fits =
        message.starts_with(path.string() + ": ") && message.find(what) != std::string::npos;
    if (!fits) BOOST_TEST_MESSAGE("unexpected message: " << message);
    return fits;
  });
}

BOOST_AUTO_TEST_SUITE(data_image_file)

BOOST_AUTO_TEST_CASE(png_and_bmp_give_their_very_pixels) {
  BOOST_TEST((read(png_file({3, 2, PngColour::rgb, kColours}), 2, 3, 3) == kPlanes));
  BOOST_TEST((read(bmp_file(3, 2, kColours), 2, 3, 3) == kPlanes));
}

BOOST_AUTO_TEST_CASE(grey_is_the_luma_of_the_colours) {
  // 0.299 R + 0.587 G + 0.114 B, rounded.
  const Pixels expected{2, 76, 150, 29, 255, 18};
  BOOST_TEST((read(png_file({3, 2, PngColour::rgb, kColours}), 2, 3, 1) == expected));
  // A grey picture in colour has the same plane three times.
  const std::string grey("\x07\x63", 2);
  BOOST_TEST((read(png_file({2, 1, PngColour::grey, grey}), 1, 2, 1) == Pixels{7, 99}));
  BOOST_TEST(
      (read(png_file({2, 1, PngColour::grey, grey}), 1, 2, 3) == Pixels{7, 99, 7, 99, 7, 99}));
}

BOOST_AUTO_TEST_CASE(palettes_alpha_and_other_depths) {
  const std::string palette("\x01\x02\x03\xC8\x64\x32", 6);
  BOOST_TEST((read(png_file({2, 1, PngColour::palette, std::string("\x01\x00", 2), 8, palette}), 1,
                   2, 3) == Pixels{200, 1, 100, 2, 50, 3}));
  BOOST_TEST((read(png_file({2, 1, PngColour::rgb_alpha,
                             std::string("\x01\x02\x03\x00\x04\x05\x06\xFF", 8)}),
                   1, 2, 3) == Pixels{1, 4, 2, 5, 3, 6}));
  BOOST_TEST((read(png_file({2, 1, PngColour::grey_alpha, std::string("\x01\x00\x04\xFF", 4)}), 1,
                   2, 1) == Pixels{1, 4}));
  BOOST_TEST((read(png_file({2, 1, PngColour::grey, std::string("\x12\x34\xAB\xCD", 4), 16}), 1, 2,
                   1) == Pixels{0x12, 0xAB}));
  BOOST_TEST(
      (read(png_file({4, 1, PngColour::grey, "\xA0", 1}), 1, 4, 1) == Pixels{255, 0, 255, 0}));
}

BOOST_AUTO_TEST_CASE(jpeg_is_close) {
  std::string pixels;
  Pixels planes(3 * 24 * 16);
  for (std::size_t i = 0; i < 24 * 16; ++i) {
    const std::size_t row = i / 16;
    const std::size_t column = i % 16;
    const std::size_t levels[3] = {row * 10, column * 15, 200 - row * 4};
    for (std::size_t channel = 0; channel < 3; ++channel) {
      pixels += static_cast<char>(levels[channel]);
      planes[channel * 24 * 16 + i] = static_cast<int>(levels[channel]);
    }
  }
  const auto found = read(jpeg_file(16, 24, pixels), 24, 16, 3);
  for (std::size_t i = 0; i < found.size(); ++i) BOOST_REQUIRE(std::abs(found[i] - planes[i]) < 12);
}

BOOST_AUTO_TEST_CASE(other_sizes_are_resized_channel_by_channel) {
  const std::string two("\x00\x64\xC8\x64\xC8\x00", 6);
  BOOST_TEST((read(png_file({2, 1, PngColour::rgb, two}), 1, 4, 3) ==
              Pixels{0, 25, 75, 100, 100, 125, 175, 200, 200, 150, 50, 0}));
  BOOST_TEST((read(png_file({2, 1, PngColour::rgb, two}), 1, 1, 3) == Pixels{50, 150, 100}));
}

BOOST_AUTO_TEST_CASE(damaged_files_are_named) {
  const std::string png = png_file({3, 2, PngColour::rgb, kColours});
  check_error("", "cannot be decoded");
  check_error("this is no picture", "expected a PNG, JPEG or BMP picture");
  check_error("GIF89a", "cannot be decoded");
  for (std::size_t size = 9; size < png.size(); size += 5) {
    check_error(png.substr(0, size), "byte " + std::to_string(size) + ": the PNG file ends here");
  }
  std::string damaged = png;
  damaged[png.size() - 20] = static_cast<char>(damaged[png.size() - 20] ^ 1);
  check_error(damaged, "byte 33: a PNG chunk is damaged");
  // Sound chunks around a broken stream.
  check_error(png.substr(0, 33) + png_chunk("IDAT", "no deflate stream") + png_chunk("IEND", ""),
              "cannot be decoded");

  const std::string jpeg = jpeg_file(3, 2, kColours);
  BOOST_TEST(read(jpeg, 2, 3, 3).size() == 18U);
  for (std::size_t size = 3; size < jpeg.size() - 1; size += 50) {
    check_error(jpeg.substr(0, size), "the JPEG file ends here");
  }
  check_error("\xFF\xD8 and no markers", "the JPEG file ends here");
  std::string nonsense = jpeg;
  nonsense[5] = '\1';  // the length of the first segment
  nonsense[4] = '\0';
  check_error(nonsense, "byte 2: the JPEG file is damaged");
  std::string table = jpeg;
  const std::size_t codes = jpeg.find("\xFF\xC4") + 5;
  table.replace(codes, 16, std::string(16, '\xFF'));
  check_error(table, "a Huffman table of 4080 codes, expected at most 256");

  const std::string bmp = bmp_file(3, 2, kColours);
  check_error(bmp.substr(0, 20), "ends in its header");
  check_error(bmp.substr(0, bmp.size() - 1), "expected 2 rows of 12 bytes from byte 54");
}

BOOST_AUTO_TEST_CASE(a_header_that_asks_for_too_much_is_refused) {
  const std::string samples(60000, 'x');
  check_error(png_file({60000, 60000, PngColour::rgb, samples}), "cannot be decoded");
  check_error(png_file({20000, 20000, PngColour::grey, samples}), "20000 x 20000 pixels");
  check_error(png_file({11000, 11000, PngColour::grey, samples}), "11000 x 11000 pixels");
  const std::string bmp = bmp_file(3, 2, kColours);
  check_error(bmp.substr(0, 18) + test::little_endian(0x7FFFFFFF, 4) +
                  test::little_endian(0x80000000U, 4) + bmp.substr(26),
              "the BMP file ends here");
}

BOOST_AUTO_TEST_CASE(wrong_paths_and_options) {
  const TemporaryFolder folder;
  BOOST_CHECK_THROW(read_image(folder.path() / "missing.png", 1, 1, 1), FileError);
  BOOST_CHECK_THROW(read_image(folder.path(), 1, 1, 1), FileError);
  const auto path = folder.write("a.png", png_file({3, 2, PngColour::rgb, kColours}));
  BOOST_CHECK_THROW(read_image(path, 0, 1, 1), ValueError);
  BOOST_CHECK_THROW(read_image(path, 1, -1, 1), ValueError);
  BOOST_CHECK_THROW(read_image(path, 1, 1, 2), ValueError);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace credence::data
