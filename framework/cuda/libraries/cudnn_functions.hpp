// cuDNN, loaded when the first convolution is made: a program with the CUDA backend starts without
// the library. Includes CUDA's headers.
#pragma once

#include <cudnn.h>

namespace credence::cuda {

/// The functions of the library that are used here, by their names without "cudnn".
struct Cudnn {
  decltype(&cudnnBackendCreateDescriptor) backend_create_descriptor;
  decltype(&cudnnBackendDestroyDescriptor) backend_destroy_descriptor;
  decltype(&cudnnBackendExecute) backend_execute;
  decltype(&cudnnBackendFinalize) backend_finalize;
  decltype(&cudnnBackendGetAttribute) backend_get_attribute;
  decltype(&cudnnBackendSetAttribute) backend_set_attribute;
  decltype(&cudnnCreate) create;
  decltype(&cudnnGetErrorString) get_error_string;
  decltype(&cudnnGetVersion) get_version;
  decltype(&cudnnSetStream) set_stream;
};

/// Throws Error where the library of the headers' version cannot be loaded.
const Cudnn& cudnn();

}  // namespace credence::cuda
