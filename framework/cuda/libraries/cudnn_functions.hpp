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
  decltype(&cudnnConvolutionBackwardData) convolution_backward_data;
  decltype(&cudnnConvolutionBackwardFilter) convolution_backward_filter;
  decltype(&cudnnConvolutionForward) convolution_forward;
  decltype(&cudnnCreate) create;
  decltype(&cudnnCreateConvolutionDescriptor) create_convolution_descriptor;
  decltype(&cudnnCreateFilterDescriptor) create_filter_descriptor;
  decltype(&cudnnCreateTensorDescriptor) create_tensor_descriptor;
  decltype(&cudnnDestroyConvolutionDescriptor) destroy_convolution_descriptor;
  decltype(&cudnnDestroyFilterDescriptor) destroy_filter_descriptor;
  decltype(&cudnnDestroyTensorDescriptor) destroy_tensor_descriptor;
  decltype(&cudnnGetConvolutionBackwardDataAlgorithm_v7) get_convolution_backward_data_algorithm;
  decltype(&cudnnGetConvolutionBackwardFilterAlgorithm_v7)
      get_convolution_backward_filter_algorithm;
  decltype(&cudnnGetConvolutionForwardAlgorithm_v7) get_convolution_forward_algorithm;
  decltype(&cudnnGetErrorString) get_error_string;
  decltype(&cudnnGetVersion) get_version;
  decltype(&cudnnSetConvolutionGroupCount) set_convolution_group_count;
  decltype(&cudnnSetConvolutionMathType) set_convolution_math_type;
  decltype(&cudnnSetConvolutionNdDescriptor) set_convolution_nd_descriptor;
  decltype(&cudnnSetFilterNdDescriptor) set_filter_nd_descriptor;
  decltype(&cudnnSetStream) set_stream;
  decltype(&cudnnSetTensorNdDescriptor) set_tensor_nd_descriptor;
};

/// Throws Error where the library of the headers' version cannot be loaded.
const Cudnn& cudnn();

}  // namespace credence::cuda
