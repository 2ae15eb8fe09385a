// The data set image-folder in a build that has stb_image.
#include "benchmarks/driver/image_folders.hpp"

#include "data/image_folder.hpp"

namespace credence::benchmarks {

data::Dataset read_pictures(const std::filesystem::path& folder, const Shape& image,
                            const std::vector<std::string>& classes) {
  data::Dataset dataset = data::image_folder(
      folder, {.height = image[1], .width = image[2], .channels = image[0], .classes = classes});
  dataset.name = kImageFolder;
  return dataset;
}

}  // namespace credence::benchmarks
