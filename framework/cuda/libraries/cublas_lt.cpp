#include "framework/cuda/libraries/cublas_lt.hpp"

#include "framework/base/error.hpp"

#include <string>

#include <dlfcn.h>

namespace credence::cuda {
namespace {

class Library {
 public:
  // Never unloaded: the handles that it makes live as long as the program.
  explicit Library(const std::string& name) : library_(dlopen(name.c_str(), RTLD_NOW)) {
    if (library_ == nullptr) fail();
  }

  template <class Function>
  void find(const char* name, Function& function) const {
    function = reinterpret_cast<Function>(dlsym(library_, name));
    if (function == nullptr) fail();
  }

 private:
  [[noreturn]] static void fail() { throw Error(std::string("[cuda] ") + dlerror()); }

  void* library_;
};

CublasLt load() {
  const Library library("libcublasLt.so." + std::to_string(CUBLAS_VER_MAJOR));
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
  return found;
}

}  // namespace

const CublasLt& cublas_lt() {
  static const CublasLt library = load();
  return library;
}

}  // namespace credence::cuda
