// Target: pictures. The checksums of PNG files are made right, so that changed chunks are decoded.
#include "data/image_file.hpp"
#include "tests/data/pictures.hpp"
#include "tests/fuzz/checksums.hpp"
#include "tests/fuzz/target.hpp"

namespace credence::fuzz {
namespace {

// The file as a progressive JPEG: its coded data as a scan of the mean values, then as one of the
// other coefficients of the first component. The pixels are others.
std::string progressive(std::string jpeg) {
  const auto scan = jpeg.find("\xFF\xDA");
  constexpr std::size_t kScanHeader = 14;
  const std::string data = jpeg.substr(scan + kScanHeader, jpeg.size() - scan - kScanHeader - 2);
  jpeg[jpeg.find("\xFF\xC0") + 1] = '\xC2';
  jpeg[scan + kScanHeader - 2] = '\0';  // up to coefficient 0
  return jpeg.substr(0, jpeg.size() - 2) +
         std::string("\xFF\xDA\x00\x08\x01\x01\x00\x01\x3F\x00", 10) + data + "\xFF\xD9";
}

std::vector<std::string> pictures() {
  using test::Png;
  using test::PngColour;
  const std::string samples(48, '\x5A');
  const std::vector<Png> pngs{
      {4, 4, PngColour::grey, samples.substr(0, 16)},
      {8, 2, PngColour::grey, samples.substr(0, 2), 1},
      {4, 4, PngColour::rgb, samples},
      {2, 2, PngColour::rgb, samples.substr(0, 24), 16},
      {4, 2, PngColour::palette, samples.substr(0, 4), 4, std::string(48, 'p'), "abc"},
      {2, 2, PngColour::grey_alpha, samples.substr(0, 8)},
      {3, 2, PngColour::rgb_alpha, samples.substr(0, 24)},
      {2, 1, PngColour::rgb_alpha, samples.substr(0, 16), 16}};
  std::vector<std::string> files;
  for (const Png& png : pngs) files.push_back(test::png_file(png));
  std::string gradient;
  for (int i = 0; i < 3 * 16 * 16; ++i) gradient += static_cast<char>(i);
  files.push_back(test::jpeg_file(16, 16, gradient));
  files.push_back(test::jpeg_file(9, 5, gradient, 30));
  files.push_back(progressive(files.back()));
  files.push_back(test::bmp_file(4, 4, samples));
  files.push_back(test::bmp_row_of_32_bits(samples.substr(0, 16), false));
  files.push_back(test::bmp_row_of_32_bits(samples.substr(0, 16), true));
  return files;
}

}  // namespace

Target image() {
  const auto run = [](std::string_view bytes) {
    const std::filesystem::path path = file_of(with_png_checksums(bytes));
    for (const std::int64_t channels : {1, 3}) {
      read_or_refuse([&] { data::read_image(path, 4, 5, channels); });
    }
  };
  return {"image", run, pictures};
}

}  // namespace credence::fuzz
