// The command predict in a build without stb_image.
#include "benchmarks/driver/predict.hpp"
#include "framework/base/error.hpp"

namespace credence::benchmarks {

int predict(const StoredModelOptions&) {
  throw Error("[predict] this build cannot read pictures: stb_image was not found");
}

}  // namespace credence::benchmarks
