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
  library.find("cudnnConvolutionBackwardData", found.convolution_backward_data);
  library.find("cudnnConvolutionBackwardFilter", found.convolution_backward_filter);
  library.find("cudnnConvolutionForward", found.convolution_forward);
  library.find("cudnnCreate", found.create);
  library.find("cudnnCreateConvolutionDescriptor", found.create_convolution_descriptor);
  library.find("cudnnCreateFilterDescriptor", found.create_filter_descriptor);
  library.find("cudnnCreateTensorDescriptor", found.create_tensor_descriptor);
  library.find("cudnnDestroyConvolutionDescriptor", found.destroy_convolution_descriptor);
  library.find("cudnnDestroyFilterDescriptor", found.destroy_filter_descriptor);
  library.find("cudnnDestroyTensorDescriptor", found.destroy_tensor_descriptor);
  library.find("cudnnGetConvolutionBackwardDataAlgorithm_v7",
               found.get_convolution_backward_data_algorithm);
  library.find("cudnnGetConvolutionBackwardFilterAlgorithm_v7",
               found.get_convolution_backward_filter_algorithm);
  library.find("cudnnGetConvolutionForwardAlgorithm_v7", found.get_convolution_forward_algorithm);
  library.find("cudnnGetErrorString", found.get_error_string);
  library.find("cudnnGetVersion", found.get_version);
  library.find("cudnnSetConvolutionGroupCount", found.set_convolution_group_count);
  library.find("cudnnSetConvolutionMathType", found.set_convolution_math_type);
  library.find("cudnnSetConvolutionNdDescriptor", found.set_convolution_nd_descriptor);
  library.find("cudnnSetFilterNdDescriptor", found.set_filter_nd_descriptor);
  library.find("cudnnSetStream", found.set_stream);
  library.find("cudnnSetTensorNdDescriptor", found.set_tensor_nd_descriptor);
  return found;
}

}  // namespace

const Cudnn& cudnn() {
  static const Cudnn library = load();
  return library;
}

}  // namespace credence::cuda
