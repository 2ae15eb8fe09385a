// oneDNN as a rival: products, convolutions and their gradients.
#include "benchmarks/kernels/rivals.hpp"
#include "framework/kernels/shapes.hpp"

#include <array>
#include <tuple>
#include <type_traits>
#include <unordered_map>

#include <omp.h>
#include <oneapi/dnnl/dnnl.hpp>

namespace credence::benchmarks::onednn {
namespace {

using dnnl::memory;
using Arguments = std::unordered_map<int, memory>;
using Tag = memory::format_tag;

const dnnl::engine& engine() {
  static const dnnl::engine cpu(dnnl::engine::kind::cpu, 0);
  return cpu;
}

// oneDNN 2 describes an operation first by a `desc`, which 3 has done away with.
template <class Primitive, class... Hint, class... Description>
typename Primitive::primitive_desc describe(const std::tuple<Hint...>& hint,
                                            const Description&... description) {
  return std::apply(
      [&](const auto&... forward) {
        if constexpr (requires { typename Primitive::desc; }) {
          return typename Primitive::primitive_desc(typename Primitive::desc(description...),
                                                    engine(), forward...);
        } else {
          return typename Primitive::primitive_desc(engine(), description..., forward...);
        }
      },
      hint);
}

memory::desc floats(const memory::dims& extents, Tag tag) {
  return {extents, memory::data_type::f32, tag};
}

memory over(const memory::desc& description, const Tensor& tensor) {
  return {description, engine(), tensor.data<float>()};
}

// An array in the framework's layout and in the one that a primitive wants, which may be the same.
struct Operand {
  memory plain;
  memory own;

  Operand(const memory& framework, const memory::desc& wanted)
      : plain(framework),
        own(framework.get_desc() == wanted ? framework : memory(wanted, engine())) {}
};

void copy(const dnnl::stream& stream, memory from, memory to) {
  if (from.get_data_handle() != to.get_data_handle()) {
    dnnl::reorder(from, to).execute(stream, from, to);
  }
}

// The extents of a convolution and what its three passes are described by.
struct Convolution {
  memory::dims x, weight, y, stride, padding, dilation;

  dnnl::algorithm algorithm;

  Convolution(const ConvolutionShape& s, Method method)
      : x{s.batch, s.in_channels},
        weight{s.out_channels / s.groups, s.in_channels / s.groups},
        y{s.batch, s.out_channels},
        algorithm(method == Method::winograd ? dnnl::algorithm::convolution_winograd
                                             : dnnl::algorithm::convolution_direct) {
    if (s.groups > 1) weight.insert(weight.begin(), s.groups);
    const bool has_depth = s.input[0] != 1 || s.kernel[0] != 1 || s.output[0] != 1;
    for (std::size_t i = has_depth ? 0 : 1; i < 3; ++i) {
      x.push_back(s.input[i]);
      weight.push_back(s.kernel[i]);
      y.push_back(s.output[i]);
      stride.push_back(s.stride[i]);
      padding.push_back(s.padding[i]);
      dilation.push_back(s.dilation[i] - 1);
    }
  }

  dnnl::convolution_forward::primitive_desc forward(dnnl::prop_kind kind) const {
    return describe<dnnl::convolution_forward>(std::tuple(), kind, algorithm, floats(x, Tag::any),
                                               floats(weight, Tag::any), floats(y, Tag::any),
                                               stride, dilation, padding, padding);
  }
};

// The layout whose strides descend: nchw and oihw alike, with depth and groups too.
Tag plain_order(const memory::dims& extents) {
  return extents.size() == 4 ? Tag::abcd : extents.size() == 5 ? Tag::abcde : Tag::abcdef;
}

// What a pass needs: the primitive, the roles of its arrays and the layouts that it wants.
struct Plan {
  dnnl::primitive primitive;
  std::array<int, 3> roles;             // of first, second and result
  std::array<memory::dims, 3> extents;  // likewise
  std::array<memory::desc, 3> own;      // likewise
  std::string implementation;           // oneDNN's name of it
};

Plan make_plan(Pass pass, const Convolution& c) {
  const auto training = c.forward(dnnl::prop_kind::forward_training);
  switch (pass) {
    case Pass::forward: {
      const auto d = c.forward(dnnl::prop_kind::forward_inference);
      return {dnnl::convolution_forward(d),
              {DNNL_ARG_SRC, DNNL_ARG_WEIGHTS, DNNL_ARG_DST},
              {c.x, c.weight, c.y},
              {d.src_desc(), d.weights_desc(), d.dst_desc()},
              d.impl_info_str()};
    }
    case Pass::backward_data: {
      const auto d = describe<dnnl::convolution_backward_data>(
          std::tuple(training), c.algorithm, floats(c.x, Tag::any), floats(c.weight, Tag::any),
          floats(c.y, Tag::any), c.stride, c.dilation, c.padding, c.padding);
      return {dnnl::convolution_backward_data(d),
              {DNNL_ARG_DIFF_DST, DNNL_ARG_WEIGHTS, DNNL_ARG_DIFF_SRC},
              {c.y, c.weight, c.x},
              {d.diff_dst_desc(), d.weights_desc(), d.diff_src_desc()},
              d.impl_info_str()};
    }
    case Pass::backward_weight:
      break;
  }
  const auto d = describe<dnnl::convolution_backward_weights>(
      std::tuple(training), c.algorithm, floats(c.x, Tag::any), floats(c.weight, Tag::any),
      floats(c.y, Tag::any), c.stride, c.dilation, c.padding, c.padding);
  return {dnnl::convolution_backward_weights(d),
          {DNNL_ARG_SRC, DNNL_ARG_DIFF_DST, DNNL_ARG_DIFF_WEIGHTS},
          {c.x, c.y, c.weight},
          {d.src_desc(), d.diff_dst_desc(), d.diff_weights_desc()},
          d.impl_info_str()};
}

}  // namespace

std::string version() {
  const dnnl_version_t* const v = dnnl_version();
  const auto isa = static_cast<unsigned>(dnnl::get_effective_cpu_isa());
  const auto includes = [&](dnnl::cpu_isa other) {
    return (isa & static_cast<unsigned>(other)) == static_cast<unsigned>(other);
  };
  const char* const name = includes(dnnl::cpu_isa::avx512_core) ? "avx512"
                           : includes(dnnl::cpu_isa::avx2)      ? "avx2"
                                                                : "sse41";
  return joined({v->major, v->minor, v->patch}, ".") + " " + name;
}

void set_threads(int threads) { omp_set_num_threads(threads); }

Call multiply(const ProductShape& s, const Tensor& a, const Tensor& b, const Tensor& c) {
  const auto matrix = [](std::int64_t rows, std::int64_t columns, bool transposed) {
    return floats({rows, columns}, transposed ? Tag::ba : Tag::ab);
  };
  const memory::desc a_desc = matrix(s.m, s.k, s.transpose_a);
  const memory::desc b_desc = matrix(s.k, s.n, s.transpose_b);
  const memory::desc c_desc = matrix(s.m, s.n, false);
  const dnnl::matmul product(describe<dnnl::matmul>(std::tuple(), a_desc, b_desc, c_desc));
  const Arguments arguments{{DNNL_ARG_SRC, over(a_desc, a)},
                            {DNNL_ARG_WEIGHTS, over(b_desc, b)},
                            {DNNL_ARG_DST, over(c_desc, c)}};
  const dnnl::stream stream(engine());
  return {[=, operands = std::array{a, b}] { product.execute(stream, arguments); }, {c}};
}

std::string implementation(Pass pass, const ConvolutionShape& shape, Method method) {
  try {
    return make_plan(pass, Convolution(shape, method)).implementation;
  } catch (const dnnl::error&) {
    return "";
  }
}

Call convolution(Pass pass, const ConvolutionShape& shape, Method method,
                 const PassTensors& tensors) {
  const Plan plan = make_plan(pass, Convolution(shape, method));
  const auto operand = [&](std::size_t i, const Tensor& tensor) {
    return Operand(over(floats(plan.extents[i], plain_order(plan.extents[i])), tensor),
                   plan.own[i]);
  };
  const Operand first = operand(0, tensors.first);
  const Operand second = operand(1, tensors.second);
  const Operand result = operand(2, tensors.result);
  const Arguments arguments{
      {plan.roles[0], first.own}, {plan.roles[1], second.own}, {plan.roles[2], result.own}};
  const dnnl::stream stream(engine());
  const auto bring = [=] {
    copy(stream, first.plain, first.own);
    copy(stream, second.plain, second.own);
  };
  const auto fetch = [=] { copy(stream, result.own, result.plain); };
  const auto compute = [=, primitive = plan.primitive, keep = tensors] {
    primitive.execute(stream, arguments);
  };
  if (method != Method::direct_nchw) {
    bring();
    return {compute, {tensors.result}, fetch};
  }
  return {[=] {
            bring();
            compute();
            fetch();
          },
          {tensors.result}};
}

Call pointwise(Pointwise function, const Tensor& x, const Tensor& y) {
  const dnnl::algorithm algorithm = function == Pointwise::relu ? dnnl::algorithm::eltwise_relu
                                    : function == Pointwise::exp
                                        ? dnnl::algorithm::eltwise_exp
                                        : dnnl::algorithm::eltwise_soft_relu;
  const float alpha = function == Pointwise::softplus ? 1 : 0;
  const memory::desc vector = floats({x.numel()}, Tag::a);
  constexpr auto kKind = dnnl::prop_kind::forward_inference;
  // oneDNN 3 wants the output's layout too.
  const auto make = [&]<class Eltwise>(std::type_identity<Eltwise>) {
    if constexpr (requires { typename Eltwise::desc; }) {
      return describe<Eltwise>(std::tuple(), kKind, algorithm, vector, alpha, 0.0F);
    } else {
      return describe<Eltwise>(std::tuple(), kKind, algorithm, vector, vector, alpha, 0.0F);
    }
  };
  const dnnl::eltwise_forward primitive(make(std::type_identity<dnnl::eltwise_forward>{}));
  const Arguments arguments{{DNNL_ARG_SRC, over(vector, x)}, {DNNL_ARG_DST, over(vector, y)}};
  const dnnl::stream stream(engine());
  return {[=, operand = x] { primitive.execute(stream, arguments); }, {y}};
}

}  // namespace credence::benchmarks::onednn
