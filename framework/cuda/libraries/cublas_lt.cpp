// The table of cuBLASLt's functions, filled when the first product is made.
#include "framework/cuda/libraries/cublas_lt.hpp"

#include "framework/cuda/libraries/shared_library.hpp"

#include <string>

namespace credence::cuda {
namespace {

CublasLt load() {
  const std::string version = std::to_string(CUBLAS_VER_MAJOR);
  const SharedLibrary library("libcublasLt.so." + version, CREDENCE_CUDA_LIBRARIES,
                              "cuBLAS " + version);
  CublasLt found{};
  library.find("cublasLtCreate", found.create);
  library.find("cublasLtGetStatusString", found.get_status_string);
  library.find("cublasLtMatmul", found.matmul);
  library.find("cublasLtMatmulAlgoGetHeuristic", found.matmul_algo_get_heuristic);
  library.find("cublasLtMatmulDescCreate", found.matmul_desc_create);
  library.find("cublasLtMatmulDescDestroy", found.matmul_desc_destroy);
  library.find("cublasLtMatmulDescSetAttribute", found.matmul_desc_set_attribute);
  library.find("cublasLtMatmulPreferenceCreate", found.matmul_preference_create);
  library.find("cublasLtMatmulPreferenceDestroy", found.matmul_preference_destroy);
  library.find("cublasLtMatmulPreferenceSetAttribute", found.matmul_preference_set_attribute);
  library.find("cublasLtMatrixLayoutCreate", found.matrix_layout_create);
  library.find("cublasLtMatrixLayoutDestroy", found.matrix_layout_destroy);
  library.find("cublasLtMatrixLayoutSetAttribute", found.matrix_layout_set_attribute);
  return found;
}

}  // namespace

const CublasLt& cublas_lt() {
  static const CublasLt library = load();
  return library;
}

}  // namespace credence::cuda
