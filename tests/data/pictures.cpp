// The JPEG writer of the tests, by stb_image_write.
#include "tests/data/pictures.hpp"

#define STB_IMAGE_WRITE_IMPLEMENTATION
#define STB_IMAGE_WRITE_STATIC
#define STBI_WRITE_NO_STDIO
#include <stb/stb_image_write.h>

namespace credence::test {

std::string jpeg_file(int width, int height, const std::string& pixels, int quality) {
  std::string bytes;
  const auto append = [](void* target, void* data, int size) {
    static_cast<std::string*>(target)->append(static_cast<const char*>(data),
                                              static_cast<std::size_t>(size));
  };
  stbi_write_jpg_to_func(append, &bytes, width, height, 3, pixels.data(), quality);
  return bytes;
}

}  // namespace credence::test
