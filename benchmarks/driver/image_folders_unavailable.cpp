// The data set image-folder in a build without stb_image.
#include "benchmarks/driver/image_folders.hpp"
#include "framework/base/error.hpp"

namespace credence::benchmarks {

data::Dataset read_pictures(const std::filesystem::path&, const Shape&,
                            const std::vector<std::string>&) {
  throw Error("[image-folder] this build cannot read pictures: stb_image was not found");
}

}  // namespace credence::benchmarks
