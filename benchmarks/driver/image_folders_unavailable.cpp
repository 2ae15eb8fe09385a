// The data set image-folder in a build without stb_image.
#include "benchmarks/driver/image_folders.hpp"
#include "framework/base/error.hpp"

namespace credence::benchmarks {

data::Dataset read_pictures(const std::filesystem::path&, const Shape&,
                            const std::vector<std::string>&) {
  throw Error("[image-folder] this build cannot read pictures: stb_image was not found");
}

data::Dataset read_image_folder(const std::filesystem::path& dir, data::Split, const Shape& image,
                                const std::vector<std::string>& classes) {
  return read_pictures(dir, image, classes);
}

}  // namespace credence::benchmarks
