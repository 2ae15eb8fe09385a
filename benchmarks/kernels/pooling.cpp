// Max pooling and its gradient.
#include "benchmarks/kernels/elementwise.hpp"
#include "benchmarks/kernels/ladder.hpp"

#include <memory>

namespace credence::benchmarks {
namespace {

std::int64_t outputs_of(const PoolShape& s) {
  return s.planes * ConvolutionShape::volume(s.output);
}

Arrays arrays_of(Device device, const PoolShape& s) {
  return {device, s.planes * ConvolutionShape::volume(s.input)};
}

// For each element of x, so many bytes of x, of outputs and of their indices.
double bytes_per_element(const PoolShape& s) {
  return sizeof(float) + (sizeof(float) + sizeof(std::int32_t)) *
                             static_cast<double>(ConvolutionShape::volume(s.output)) /
                             static_cast<double>(ConvolutionShape::volume(s.input));
}

// The definition by the kernels in double precision, for all elements when the first is asked for.
template <class Compute>
std::function<double(std::size_t, std::int64_t)> from_reference(Compute compute) {
  const auto result = std::make_shared<Tensor>();
  return [=](std::size_t, std::int64_t index) {
    if (!result->defined()) *result = compute();
    return result->template data<double>()[index];
  };
}

// x, y and the index of each y, in double precision.
struct Reference {
  Tensor y;
  Tensor index;
};
Reference reference_forward(const PoolShape& s, const Tensor& x) {
  const Tensor x64 = x.to(DType::float64);
  Reference r{Tensor::empty({outputs_of(s)}, DType::float64),
              Tensor::empty({outputs_of(s)}, DType::int32)};
  kernels<double>(Device::cpu)
      .max_pool_forward(s, x64.data<double>(), r.y.data<double>(), r.index.data<std::int32_t>());
  return r;
}

bool is_plain(const PoolShape& s) {
  return s.padding == Extents3{0, 0, 0} && s.kernel[0] == 1 && s.input[0] == 1;
}

}  // namespace

void add_pool_forward(std::vector<Case>& cases, Device device, const PoolWindows& windows,
                      const ArrayNames& names) {
  const PoolShape s = windows.shape;
  const double bytes = bytes_per_element(s);
  const Arrays arrays = arrays_of(device, s);
  const auto forward = [=](auto pool) {
    return [=](const Arrays& a) -> Call {
      const Tensor x = a.normals("x");
      const Tensor y = a.empty(outputs_of(s));
      const Tensor index = a.empty(outputs_of(s), DType::int32);
      return {[=] { pool(s, at(x), at(y), index.data<std::int32_t>()); },
              {y},
              {},
              from_reference([=] { return reference_forward(s, x).y; })};
    };
  };
  const Group group(cases, arrays, "max_pool_forward", bytes, bytes, names);
  group.add(kOurs, forward(arrays.kernel(&Kernels<float>::max_pool_forward)), Group::kExact);
  if (is_plain(s)) group.add("naive", forward(ladder().max_pool_forward), Group::kExact);
}

void add_pool_backward(std::vector<Case>& cases, Device device, const PoolWindows& windows,
                       const ArrayNames& names) {
  const PoolShape s = windows.shape;
  const double bytes = bytes_per_element(s);
  Group(cases, arrays_of(device, s), "max_pool_backward", bytes, bytes, names)
      .add(kOurs, [=](const Arrays& a) -> Call {
        const Tensor x = a.normals("x");
        const Tensor y = a.empty(outputs_of(s));
        const Tensor index = a.empty(outputs_of(s), DType::int32);
        a.kernels().max_pool_forward(s, at(x), at(y), index.data<std::int32_t>());
        const Tensor grad_y = filled(a.fill, {outputs_of(s)}, "grad_y", a.device);
        const Tensor grad_x = a.empty();
        return {[=] {
                  a.kernels().max_pool_backward(s, at(grad_y), index.data<std::int32_t>(),
                                                at(grad_x));
                },
                {grad_x},
                {},
                from_reference([=] {
                  const Reference r = reference_forward(s, x);
                  const Tensor grad_y64 = grad_y.to(DType::float64);
                  const Tensor grad_x64 = Tensor::empty({a.n}, DType::float64);
                  kernels<double>(Device::cpu)
                      .max_pool_backward(s, grad_y64.data<double>(), r.index.data<std::int32_t>(),
                                         grad_x64.data<double>());
                  return grad_x64;
                })};
      });
}

}  // namespace credence::benchmarks
