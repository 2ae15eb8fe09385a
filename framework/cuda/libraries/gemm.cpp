// Matrix products through cuBLASLt. Its matrices are stored by columns, so a row-major product c =
// a b is the product of the transposed matrices, c' = b' a'.
#include "framework/base/error.hpp"
#include "framework/cuda/libraries/alignment.hpp"
#include "framework/cuda/libraries/cublas_lt.hpp"
#include "framework/cuda/libraries/libraries.hpp"
#include "framework/cuda/libraries/plan_cache.hpp"
#include "framework/cuda/runtime/check.hpp"
#include "framework/cuda/runtime/context.hpp"
#include "framework/cuda/runtime/handle.hpp"
#include "framework/cuda/runtime/workspace.hpp"
#include "framework/device/precision.hpp"

#include <algorithm>
#include <initializer_list>
#include <string>
#include <tuple>
#include <type_traits>

namespace credence::cuda {
namespace {

constexpr std::size_t kWorkspaceBytes = std::size_t{32} << 20;

cublasStatus_t destroy(cublasLtMatmulDesc_t it) { return cublas_lt().matmul_desc_destroy(it); }
cublasStatus_t destroy(cublasLtMatrixLayout_t it) { return cublas_lt().matrix_layout_destroy(it); }
cublasStatus_t destroy(cublasLtMatmulPreference_t it) {
  return cublas_lt().matmul_preference_destroy(it);
}

template <class Handle>
using OwnedHandle = Owned<Handle, static_cast<cublasStatus_t (*)(Handle)>(&destroy)>;
using Description = OwnedHandle<cublasLtMatmulDesc_t>;
using Layout = OwnedHandle<cublasLtMatrixLayout_t>;
using Preference = OwnedHandle<cublasLtMatmulPreference_t>;

void check(cublasStatus_t status, const std::string& operation) {
  if (status == CUBLAS_STATUS_SUCCESS) return;
  throw Error("[" + operation + "] cuBLAS: " + cublas_lt().get_status_string(status));
}

cublasLtHandle_t make_handle() {
  stream();  // Chooses the device.
  cublasLtHandle_t handle = nullptr;
  check(cublas_lt().create(&handle), "cuda");
  return handle;
}

// It is never destroyed, because the driver may be gone before objects of static lifetime are.
cublasLtHandle_t handle() {
  static const cublasLtHandle_t handle = make_handle();
  return handle;
}

// An operand as the library sees it: the transpose of a row-major matrix.
struct Operand {
  cublasOperation_t operation;
  std::int64_t leading_dimension;

  auto key() const { return std::tuple(operation, leading_dimension); }
};

template <class T>
Operand operand(const Matrix<T>& matrix) {
  if (matrix.column == 1) return {CUBLAS_OP_N, matrix.row};
  return {CUBLAS_OP_T, matrix.column};
}

struct Sizes {
  std::int64_t m;
  std::int64_t n;
  std::int64_t k;
  bool pair;  ///< two products
};

// The elements from the first to the second matrix of a pair.
struct Steps {
  std::int64_t a;
  std::int64_t b;
  std::int64_t c;
};

struct Plan {
  Description description;
  Layout first;   ///< b'
  Layout second;  ///< a'
  Layout result;
  cublasLtMatmulAlgo_t algorithm;
  std::size_t workspace_bytes;
};

template <class T>
constexpr cudaDataType_t kDataType = sizeof(T) == sizeof(float)    ? CUDA_R_32F
                                     : sizeof(T) == sizeof(double) ? CUDA_R_64F
                                                                   : CUDA_R_16BF;

template <class T>
cublasComputeType_t compute_type() {
  if (std::is_same_v<T, double>) return CUBLAS_COMPUTE_64F;
  return std::is_same_v<T, float> && precision() == Precision::tf32 ? CUBLAS_COMPUTE_32F_FAST_TF32
                                                                    : CUBLAS_COMPUTE_32F;
}

// The leading dimension of a matrix with one column is not used, but must be at least the number of
// rows.
Layout make_layout(const std::string& op, cudaDataType_t type, std::int64_t rows,
                   std::int64_t columns, std::int64_t leading_dimension) {
  cublasLtMatrixLayout_t layout = nullptr;
  check(cublas_lt().matrix_layout_create(&layout, type, static_cast<std::uint64_t>(rows),
                                         static_cast<std::uint64_t>(columns),
                                         std::max(leading_dimension, rows)),
        op);
  return Layout(layout);
}

// The layout of an operand whose effective matrix is rows × columns.
Layout operand_layout(const std::string& op, cudaDataType_t type, const Operand& x,
                      std::int64_t rows, std::int64_t columns) {
  return x.operation == CUBLAS_OP_N ? make_layout(op, type, rows, columns, x.leading_dimension)
                                    : make_layout(op, type, columns, rows, x.leading_dimension);
}

template <class Value>
void set(const std::string& op, const Layout& layout, cublasLtMatrixLayoutAttribute_t attribute,
         const Value& value) {
  check(cublas_lt().matrix_layout_set_attribute(layout.get(), attribute, &value, sizeof(value)),
        op);
}

void set_steps(const std::string& op, const Plan& plan, const Steps& steps) {
  set(op, plan.first, CUBLASLT_MATRIX_LAYOUT_STRIDED_BATCH_OFFSET, steps.b);
  set(op, plan.second, CUBLASLT_MATRIX_LAYOUT_STRIDED_BATCH_OFFSET, steps.a);
  set(op, plan.result, CUBLASLT_MATRIX_LAYOUT_STRIDED_BATCH_OFFSET, steps.c);
}

template <class Value>
void set(const std::string& op, const Description& description,
         cublasLtMatmulDescAttributes_t attribute, const Value& value) {
  check(cublas_lt().matmul_desc_set_attribute(description.get(), attribute, &value, sizeof(value)),
        op);
}

void choose_algorithm(const std::string& op, std::uint32_t alignment, Plan& plan) {
  cublasLtMatmulPreference_t preference = nullptr;
  check(cublas_lt().matmul_preference_create(&preference), op);
  const Preference owned(preference);
  check(cublas_lt().matmul_preference_set_attribute(preference,
                                                    CUBLASLT_MATMUL_PREF_MAX_WORKSPACE_BYTES,
                                                    &kWorkspaceBytes, sizeof(kWorkspaceBytes)),
        op);
  for (const cublasLtMatmulPreferenceAttributes_t array :
       {CUBLASLT_MATMUL_PREF_MIN_ALIGNMENT_A_BYTES, CUBLASLT_MATMUL_PREF_MIN_ALIGNMENT_B_BYTES,
        CUBLASLT_MATMUL_PREF_MIN_ALIGNMENT_C_BYTES, CUBLASLT_MATMUL_PREF_MIN_ALIGNMENT_D_BYTES}) {
    check(cublas_lt().matmul_preference_set_attribute(preference, array, &alignment,
                                                      sizeof(alignment)),
          op);
  }
  cublasLtMatmulHeuristicResult_t found{};
  int count = 0;
  check(cublas_lt().matmul_algo_get_heuristic(handle(), plan.description.get(), plan.first.get(),
                                              plan.second.get(), plan.result.get(),
                                              plan.result.get(), preference, 1, &found, &count),
        op);
  if (count == 0) throw Error("[" + op + "] cuBLAS has no algorithm for this product");
  plan.algorithm = found.algo;
  plan.workspace_bytes = found.workspaceSize;
}

cublasLtEpilogue_t epilogue(bool bias, bool relu) {
  if (bias) return relu ? CUBLASLT_EPILOGUE_RELU_BIAS : CUBLASLT_EPILOGUE_BIAS;
  return relu ? CUBLASLT_EPILOGUE_RELU : CUBLASLT_EPILOGUE_DEFAULT;
}

template <class T>
Plan make_plan(const std::string& op, const Sizes& sizes, const Operand& a, const Operand& b,
               bool bias, bool relu, std::uint32_t alignment, const Steps& steps) {
  cublasLtMatmulDesc_t description = nullptr;
  check(cublas_lt().matmul_desc_create(&description, compute_type<T>(), kDataType<SumOf<T>>), op);
  Plan plan{Description(description),
            operand_layout(op, kDataType<T>, b, sizes.n, sizes.k),
            operand_layout(op, kDataType<T>, a, sizes.k, sizes.m),
            make_layout(op, kDataType<SumOf<T>>, sizes.n, sizes.m, sizes.n),
            {},
            0};
  set(op, plan.description, CUBLASLT_MATMUL_DESC_TRANSA, b.operation);
  set(op, plan.description, CUBLASLT_MATMUL_DESC_TRANSB, a.operation);
  set(op, plan.description, CUBLASLT_MATMUL_DESC_EPILOGUE, epilogue(bias, relu));
  if (bias) {
    set(op, plan.description, CUBLASLT_MATMUL_DESC_BIAS_DATA_TYPE, kDataType<SumOf<T>>);
  }
  if (sizes.pair) {
    for (const Layout* layout : {&plan.first, &plan.second, &plan.result}) {
      set(op, *layout, CUBLASLT_MATRIX_LAYOUT_BATCH_COUNT, std::int32_t{2});
    }
    set_steps(op, plan, steps);
  }
  choose_algorithm(op, alignment, plan);
  return plan;
}

// One product, or two. `alignment` is that of all arrays in bytes.
template <class T>
void multiply(const char* op, const Sizes& sizes, Matrix<T> a, Matrix<T> b, const SumOf<T>* bias,
              bool relu, SumOf<T>* c, const Steps& steps, std::uint32_t alignment) {
  const Operand left = operand(a);
  const Operand right = operand(b);
  const std::string name = std::string(op) + " " + std::to_string(sizes.m) + " x " +
                           std::to_string(sizes.k) + " x " + std::to_string(sizes.n);
  using Key = std::tuple<std::int64_t, std::int64_t, std::int64_t, bool, decltype(left.key()),
                         decltype(right.key()), bool, bool, Precision, std::uint32_t>;
  static PlanCache<Key, Plan>& plans = *new PlanCache<Key, Plan>;
  Plan& plan = plans.get({sizes.m, sizes.n, sizes.k, sizes.pair, left.key(), right.key(),
                          bias != nullptr, relu, precision(), alignment},
                         [&] {
                           return make_plan<T>(name, sizes, left, right, bias != nullptr, relu,
                                               alignment, steps);
                         });
  if (sizes.pair) set_steps(name, plan, steps);
  if (bias != nullptr) set(name, plan.description, CUBLASLT_MATMUL_DESC_BIAS_POINTER, bias);
  const Workspace<std::byte> workspace(static_cast<std::int64_t>(plan.workspace_bytes));
  const SumOf<T> one = 1;
  const SumOf<T> zero = 0;
  check(cublas_lt().matmul(handle(), plan.description.get(), &one, b.elements, plan.first.get(),
                           a.elements, plan.second.get(), &zero, c, plan.result.get(), c,
                           plan.result.get(), &plan.algorithm, workspace.data(),
                           plan.workspace_bytes, stream()),
        name);
}

std::uint32_t common_alignment(std::initializer_list<const void*> arrays) {
  // The largest one that an algorithm asks for.
  constexpr std::uintptr_t kMostAlignment = 256;
  return static_cast<std::uint32_t>(alignment_of(arrays, kMostAlignment));
}

}  // namespace

template <class T>
void gemm(const char* op, std::int64_t m, std::int64_t n, std::int64_t k, Matrix<T> a, Matrix<T> b,
          const SumOf<T>* bias, bool relu, SumOf<T>* c) {
  multiply<T>(op, {m, n, k, false}, a, b, bias, relu, c, {},
              common_alignment({a.elements, b.elements, c, bias}));
}

template <class T>
void gemm_pair(const char* op, const Product& product, const ArrayPair<const T>& a,
               const ArrayPair<const T>& b, const ArrayPair<SumOf<T>>& c) {
  check_pairs(op, a, b, c);
  multiply<T>(op, {product.m, product.n, product.k, true}, {a[0], product.a_row, product.a_column},
              {b[0], product.b_row, product.b_column}, nullptr, false, c[0],
              {a[1] - a[0], b[1] - b[0], c[1] - c[0]},
              common_alignment({a[0], a[1], b[0], b[1], c[0], c[1]}));
}

template void gemm(const char*, std::int64_t, std::int64_t, std::int64_t, Matrix<float>,
                   Matrix<float>, const float*, bool, float*);
template void gemm(const char*, std::int64_t, std::int64_t, std::int64_t, Matrix<double>,
                   Matrix<double>, const double*, bool, double*);
template void gemm(const char*, std::int64_t, std::int64_t, std::int64_t, Matrix<BFloat16>,
                   Matrix<BFloat16>, const float*, bool, float*);

template void gemm_pair(const char*, const Product&, const ArrayPair<const float>&,
                        const ArrayPair<const float>&, const ArrayPair<float>&);
template void gemm_pair(const char*, const Product&, const ArrayPair<const double>&,
                        const ArrayPair<const double>&, const ArrayPair<double>&);
template void gemm_pair(const char*, const Product&, const ArrayPair<const BFloat16>&,
                        const ArrayPair<const BFloat16>&, const ArrayPair<float>&);

}  // namespace credence::cuda
