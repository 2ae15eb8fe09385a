// Tests of reading pictures: exact pixels from files made here, transparency, sizes, and damaged or
// unsupported files.
#include "data/image_file.hpp"

#include "framework/base/error.hpp"
#include "tests/data/pictures.hpp"
#include "tests/data/temporary_folder.hpp"

#include <cmath>
#include <filesystem>
#include <string>
#include <vector>

#include <boost/test/unit_test.hpp>

namespace credence::data {

BOOST_AUTO_TEST_SUITE(data_image_file)

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
            std::int64_t channels, const Colour& background = kWhite) {
  const TemporaryFolder folder;
  const Tensor image =
      read_image(folder.write("picture", bytes), height, width, channels, background);
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

BOOST_AUTO_TEST_CASE(palettes_and_other_depths) {
  const std::string palette("\x01\x02\x03\xC8\x64\x32", 6);
  BOOST_TEST((read(png_file({2, 1, PngColour::palette, std::string("\x01\x00", 2), 8, palette}), 1,
                   2, 3) == Pixels{200, 1, 100, 2, 50, 3}));
  // 16 bits: value / 257, rounded; 0x12FF / 257 = 18.92.
  BOOST_TEST(
      (read(png_file({3, 1, PngColour::grey, std::string("\x12\x34\xAB\xCD\x12\xFF", 6), 16}), 1, 3,
            1) == Pixels{0x12, 0xAB, 0x13}));
  BOOST_TEST(
      (read(png_file({4, 1, PngColour::grey, "\xA0", 1}), 1, 4, 1) == Pixels{255, 0, 255, 0}));
}

// round(αc + (1 − α)b) in exact arithmetic, c and α as shares of `full`.
int composited(int value, int alpha, int behind, int full = 255) {
  const double share = static_cast<double>(alpha) / full;
  return static_cast<int>(std::floor(share * 255 * value / full + (1 - share) * behind + 0.5));
}

std::string word(int value) {
  return {static_cast<char>(value / 256), static_cast<char>(value % 256)};
}

BOOST_AUTO_TEST_CASE(transparency_is_composited_on_the_background) {
  const Colour orange{200, 100, 7};
  const int behind[3] = {orange.red, orange.green, orange.blue};
  for (const int alpha : {0, 1, 127, 128, 254, 255}) {
    const char a = static_cast<char>(alpha);
    const std::string rgba = {10, 20, 30, a};
    Pixels on_white;
    Pixels on_orange;
    for (int c = 0; c < 3; ++c) {
      on_white.push_back(composited(10 * (c + 1), alpha, 255));
      on_orange.push_back(composited(10 * (c + 1), alpha, behind[c]));
    }
    const std::string colour = png_file({1, 1, PngColour::rgb_alpha, rgba});
    BOOST_TEST(read(colour, 1, 1, 3) == on_white, boost::test_tools::per_element());
    BOOST_TEST(read(colour, 1, 1, 3, orange) == on_orange, boost::test_tools::per_element());
    const auto luma = [](const Pixels& rgb) {
      return static_cast<int>(std::lround(0.299 * rgb[0] + 0.587 * rgb[1] + 0.114 * rgb[2]));
    };
    BOOST_TEST(read(colour, 1, 1, 1, orange) == Pixels{luma(on_orange)},
               boost::test_tools::per_element());
    // A transparent grey picture on a coloured background.
    const std::string grey = png_file({1, 1, PngColour::grey_alpha, {10, a}});
    BOOST_TEST(read(grey, 1, 1, 1) == Pixels{composited(10, alpha, 255)},
               boost::test_tools::per_element());
    const Pixels grey_on_orange{composited(10, alpha, 200), composited(10, alpha, 100),
                                composited(10, alpha, 7)};
    BOOST_TEST(read(grey, 1, 1, 3, orange) == grey_on_orange, boost::test_tools::per_element());
    BOOST_TEST(read(grey, 1, 1, 1, orange) == Pixels{luma(grey_on_orange)},
               boost::test_tools::per_element());
    // Each entry of a palette has an alpha; entries without one are opaque.
    const std::string palette = png_file({2,
                                          1,
                                          PngColour::palette,
                                          std::string("\0\1", 2),
                                          8,
                                          std::string("\x0A\x14\x1E\x28\x32\x3C", 6),
                                          {a}});
    BOOST_TEST(read(palette, 1, 2, 3, orange) ==
                   (Pixels{on_orange[0], 40, on_orange[1], 50, on_orange[2], 60}),
               boost::test_tools::per_element());
    // BMP: with masks for alpha, and without masks where the fourth byte can only be alpha.
    const std::string bgra = {30, 20, 10, a, 0, 0, 0, static_cast<char>(255)};
    for (const bool masks : {false, true}) {
      BOOST_TEST(read(test::bmp_row_of_32_bits(bgra, masks), 1, 2, 3, orange) ==
                     (Pixels{on_orange[0], 0, on_orange[1], 0, on_orange[2], 0}),
                 boost::test_tools::per_element());
    }
  }
  // An unused fourth byte.
  BOOST_TEST((read(test::bmp_row_of_32_bits(std::string("\3\2\1\0\6\5\4\0", 8), false), 1, 2, 3) ==
              Pixels{1, 4, 2, 5, 3, 6}));
}

BOOST_AUTO_TEST_CASE(sixteen_bits_are_composited_before_they_become_eight) {
  for (const int alpha : {0, 1, 300, 32767, 32768, 65000, 65535}) {
    for (const int value : {0, 129, 40000, 65535}) {
      const std::string grey =
          png_file({1, 1, PngColour::grey_alpha, word(value) + word(alpha), 16});
      BOOST_TEST(read(grey, 1, 1, 1) == Pixels{composited(value, alpha, 255, 65535)},
                 boost::test_tools::per_element());
      const std::string colour = png_file(
          {1, 1, PngColour::rgb_alpha, word(value) + word(0) + word(65535) + word(alpha), 16});
      BOOST_TEST(read(colour, 1, 1, 3, {9, 99, 199}) ==
                     (Pixels{composited(value, alpha, 9, 65535), composited(0, alpha, 99, 65535),
                             composited(65535, alpha, 199, 65535)}),
                 boost::test_tools::per_element());
    }
  }
}

BOOST_AUTO_TEST_CASE(one_colour_may_be_declared_transparent) {
  // The first pixel has the colour of tRNS, the second has not.
  const Colour orange{200, 100, 7};
  BOOST_TEST((read(png_file({2, 1, PngColour::grey, "\x05\x06", 8, "", std::string("\0\5", 2)}), 1,
                   2, 1) == Pixels{255, 6}));
  BOOST_TEST(
      (read(png_file({2, 1, PngColour::rgb, "\1\2\3\1\2\4", 8, "", std::string("\0\1\0\2\0\3", 6)}),
            1, 2, 3, orange) == Pixels{200, 1, 100, 2, 7, 4}));
  BOOST_TEST((read(png_file({2, 1, PngColour::grey, "\x12\x34\x12\x35", 16, "", "\x12\x34"}), 1, 2,
                   1) == Pixels{255, 0x12}));
  BOOST_TEST((read(png_file({8, 1, PngColour::grey, "\xF0", 1, "", std::string("\0\1", 2)}), 1, 8,
                   1, {9, 9, 9}) == Pixels{9, 9, 9, 9, 0, 0, 0, 0}));
}

BOOST_AUTO_TEST_CASE(the_size_is_changed_after_compositing) {
  // Fully transparent black beside opaque white: the edge has no dark fringe.
  const std::string row("\x00\x00\xFF\xFF", 4);
  BOOST_TEST((read(png_file({2, 1, PngColour::grey_alpha, row}), 1, 1, 1) == Pixels{255}));
}

BOOST_AUTO_TEST_CASE(interlaced_png_gives_its_very_pixels) {
  // Adam7, W3C PNG, 8.1: a picture of 3 x 2 is pass 1 with pixel (0, 0), pass 4 with (0, 2), pass 6
  // with (0, 1), and pass 7 with the second row; each row of a pass has a filter byte.
  const std::string passes("\0\x0A\0\x0C\0\x0B\0\x14\x15\x16", 10);
  const std::string file = "\x89PNG\r\n\x1A\n" +
                           png_chunk("IHDR", test::big_endian(3) + test::big_endian(2) +
                                                 std::string("\x08\0\0\0\1", 5)) +
                           png_chunk("IDAT", test::zlib_stream(passes)) + png_chunk("IEND", "");
  BOOST_TEST((read(file, 2, 3, 1) == Pixels{10, 11, 12, 20, 21, 22}));
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
  check_error("", "is empty, expected a PNG, JPEG or BMP picture");
  check_error("\1\2\3", "is no picture that is known, expected a PNG, JPEG or BMP picture");
  for (std::size_t size = 9; size < png.size(); size += 5) {
    check_error(png.substr(0, size), "byte " + std::to_string(size) + ": the PNG file ends here");
  }
  std::string damaged = png;
  damaged[png.size() - 20] = static_cast<char>(damaged[png.size() - 20] ^ 1);
  check_error(damaged, "byte 33: a PNG chunk is damaged");
  // Correct chunks around a broken deflate stream.
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
  const std::string limit = "expected at most 134217728 in all";
  check_error(png_file({110000, 100000, PngColour::grey, samples}),
              "too many pixels: 110000 x 100000 (width x height), " + limit);
  check_error(png_file({60000, 60000, PngColour::rgb, samples}), "60000 x 60000");
  check_error(png_file({20000, 20000, PngColour::grey, samples}), limit);
  check_error(png_file({0xFFFFFFFFU, 3, PngColour::grey, samples}), "4294967295 x 3");
  check_error(
      png_file({20000000, 1, PngColour::grey, samples}),
      "too many pixels: 20000000 x 1 (width x height), " + limit + " and 16777216 on a side");
  check_error(png_file({0, 3, PngColour::grey, samples}), "has 0 x 3 pixels");
  // A JPEG's extents have 16 bits: those in its frame are made larger.
  std::string jpeg = jpeg_file(3, 2, kColours);
  const std::size_t frame = jpeg.find("\xFF\xC0");
  jpeg.replace(frame + 5, 4, "\xC0\x00\x80\x00", 4);
  check_error(jpeg, "too many pixels: 32768 x 49152");
  // This many pixels are allowed, but not in so small a file.
  const std::string small = png_file({11000, 11000, PngColour::grey, ""});
  check_error(small, "11000 x 11000 pixels (width x height) in a file of " +
                         std::to_string(small.size()) + " bytes");
  jpeg.replace(frame + 5, 4, "\x04\x00\x04\x00", 4);
  check_error(jpeg, "1024 x 1024 pixels (width x height) in a file of " +
                        std::to_string(jpeg.size()) + " bytes, expected at most " +
                        std::to_string(512 * jpeg.size()));
  const std::string bmp = bmp_file(3, 2, kColours);
  check_error(bmp.substr(0, 18) + test::little_endian(0x7FFFFFFF, 4) +
                  test::little_endian(0x80000000U, 4) + bmp.substr(26),
              "the BMP file ends here");
}

BOOST_AUTO_TEST_CASE(small_pictures_that_cost_much_are_refused) {
  // One pixel, and 1.2 GB of zeros behind it.
  const std::string pixel = png_file({1, 1, PngColour::grey, "x"});
  std::string zeros(std::size_t{1} << 20, '\0');
  z_stream stream{};
  deflateInit(&stream, Z_BEST_SPEED);
  std::string packed(std::size_t{1} << 23, '\0');
  stream.next_out = reinterpret_cast<Bytef*>(packed.data());
  stream.avail_out = static_cast<uInt>(packed.size());
  for (int i = 0; i < 1200; ++i) {
    stream.next_in = reinterpret_cast<Bytef*>(zeros.data());
    stream.avail_in = static_cast<uInt>(zeros.size());
    deflate(&stream, i + 1 == 1200 ? Z_FINISH : Z_NO_FLUSH);
  }
  packed.resize(packed.size() - stream.avail_out);
  deflateEnd(&stream);
  check_error(pixel.substr(0, 33) + png_chunk("IDAT", packed.substr(0, 1000)) +
                  png_chunk("IDAT", packed.substr(1000)) + png_chunk("IEND", ""),
              "a PNG whose packed pixels unpack to more than 1107296256 bytes");
  // The same scan many times.
  const std::string jpeg = jpeg_file(3, 2, kColours);
  const std::size_t scan = jpeg.find("\xFF\xDA");
  const std::size_t end = jpeg.rfind("\xFF\xD9");
  std::string scans;
  for (int i = 0; i < 257; ++i) scans += jpeg.substr(scan, end - scan);
  check_error(jpeg.substr(0, scan) + scans + jpeg.substr(end), "a JPEG of more than 256 scans");
}

BOOST_AUTO_TEST_CASE(what_is_not_read_is_named) {
  const std::string expected = ", expected a PNG, JPEG or BMP picture";
  check_error("GIF89a", "is a GIF picture" + expected);
  check_error(std::string("RIFF\x24\0\0\0WEBPVP8 ", 16), "is a WebP picture" + expected);
  check_error(std::string("\0\0\0\x1C"
                          "ftypavif\0\0\0\0avifmif1",
                          24),
              "is an AVIF picture");
  check_error(std::string("\0\0\0\x18"
                          "ftypheic\0\0\0\0mif1heic",
                          24),
              "is a HEIC picture");
  check_error(std::string("II*\0\x08\0\0\0", 8), "is a TIFF picture");
  check_error(std::string("MM\0*\0\0\0\x08", 8), "is a TIFF picture");
  check_error("P5\n2 2\n255\n....", "is a PNM picture");
  check_error("<svg xmlns=\"http://www.w3.org/2000/svg\"/>", "is an SVG picture");
  check_error("\n <!DOCTYPE html><html>", "is an HTML page");
  check_error("%PDF-1.7\n", "is a PDF document");
  check_error("\x1F\x8B\x08", "is a gzip file");
  check_error("this is no picture", "is a text that begins with \"this is no picture\"" + expected);
  check_error("version https://git-lfs.github.com/spec/v1\noid sha256:1", "git lfs pull");
}

// A bitmap of 8 bits with a palette of grey and the given compression and pixels.
std::string packed_bmp(std::uint32_t compression, const std::string& pixels) {
  std::string palette;
  for (int i = 0; i < 256; ++i) palette += std::string(3, static_cast<char>(i)) + '\0';
  const std::uint32_t start = 54 + 1024;
  return "BM" + test::little_endian(start + static_cast<std::uint32_t>(pixels.size()), 4) +
         test::little_endian(0, 4) + test::little_endian(start, 4) + test::little_endian(40, 4) +
         test::little_endian(4, 4) + test::little_endian(2, 4) + test::little_endian(1, 2) +
         test::little_endian(8, 2) + test::little_endian(compression, 4) +
         test::little_endian(static_cast<std::uint32_t>(pixels.size()), 4) + std::string(16, '\0') +
         palette + pixels;
}

BOOST_AUTO_TEST_CASE(forms_of_bmp_that_are_not_read_are_named) {
  BOOST_TEST(
      (read(packed_bmp(0, "\5\6\7\x08\1\2\3\4"), 2, 4, 1) == Pixels{1, 2, 3, 4, 5, 6, 7, 8}));
  // Four pixels of 7, end of line, four of 9, end of the bitmap.
  const std::string runs("\x04\x07\x00\x00\x04\x09\x00\x01", 8);
  check_error(packed_bmp(1, runs),
              "byte 30: is a BMP with RLE8 (run-length coding), which is not read");
  check_error(packed_bmp(2, runs), "RLE4 (run-length coding), which is not read");
  check_error(packed_bmp(4, runs), "an embedded JPEG, which is not read");
  check_error(packed_bmp(5, runs), "an embedded PNG, which is not read");
  check_error(packed_bmp(77, runs), "an unknown compression, which is not read");
  std::string os2 = packed_bmp(0, runs);
  os2[14] = 64;
  check_error(os2, "byte 14: is a BMP with a header of 64 bytes, which is not read");
}

BOOST_AUTO_TEST_CASE(forms_of_jpeg_and_png_that_are_not_read_are_named) {
  const std::string jpeg = jpeg_file(3, 2, kColours);
  const std::size_t frame = jpeg.find("\xFF\xC0");
  const auto with = [&](std::size_t offset, char byte) {
    std::string changed = jpeg;
    changed[frame + offset] = byte;
    return changed;
  };
  const std::string at = "byte " + std::to_string(frame) + ": is a JPEG ";
  check_error(with(1, '\xC3'), at + "lossless, which is not read");
  check_error(with(1, '\xC5'), at + "hierarchical, which is not read");
  check_error(with(1, '\xC9'), at + "with arithmetic coding, which is not read");
  check_error(with(1, '\xCA'), at + "with arithmetic coding, which is not read");
  check_error(with(4, 12), at + "of 12 bits a sample, which is not read");
  check_error(with(9, 2), at + "of 2 components, which is not read");
  // Four components: the segment is three bytes longer.
  std::string cmyk = with(9, 4);
  cmyk[frame + 3] = 20;
  cmyk.insert(frame + 19, "\x04\x11\x00", 3);
  check_error(cmyk, at + "in CMYK without Adobe's marker, which is not read");
  const std::string apple = "\x89PNG\r\n\x1A\n" + png_chunk("CgBI", "1234") + png_chunk("IEND", "");
  check_error(apple, "is a PNG in Apple's own form (CgBI), which is not read");
  check_error("\x89PNG\r\n\x1A\n" + png_chunk("IEND", ""), "expected an IHDR chunk");
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
