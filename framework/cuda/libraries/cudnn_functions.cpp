// The table of cuDNN's functions, filled when the first convolution is made.
#include "framework/cuda/libraries/cudnn_functions.hpp"

#include "framework/cuda/libraries/shared_library.hpp"

#include <string>

#include <cuda_runtime.h>

namespace credence::cuda {
namespace {

Cudnn load() {
  const std::string version = std::to_string(CUDNN_MAJOR);
  const std::string cuda_version = std::to_string(CUDART_VERSION / 1000);
  const SharedLibrary library("libcudnn.so." + version, CREDENCE_CUDA_LIBRARIES,
                              "cuDNN " + version + " for CUDA " + cuda_version);
  Cudnn found{};
  library.find("cudnnBackendCreateDescriptor", found.backend_create_descriptor);
  library.find("cudnnBackendDestroyDescriptor", found.backend_destroy_descriptor);
  library.find("cudnnBackendExecute", found.backend_execute);
  library.find("cudnnBackendFinalize", found.backend_finalize);
  library.find("cudnnBackendGetAttribute", found.backend_get_attribute);
  library.find("cudnnBackendSetAttribute", found.backend_set_attribute);
  library.find("cudnnCreate", found.create);
  library.find("cudnnGetErrorString", found.get_error_string);
  library.find("cudnnGetVersion", found.get_version);
  library.find("cudnnSetStream", found.set_stream);
  return found;
}

}  // namespace

const Cudnn& cudnn() {
  static const Cudnn library = load();
  return library;
}

}  // namespace credence::cuda
