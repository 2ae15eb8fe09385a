// Convolutions and products from their definition, element by element.
#include "benchmarks/kernels/definition.hpp"

namespace credence::benchmarks {
namespace {

// A place in an array [batch or out channels, channels, depth, height, width].
struct Place {
  std::int64_t outer;
  std::int64_t channel;
  Extents3 at;
};

Place place_of(std::int64_t index, std::int64_t channels, const Extents3& e) {
  const std::int64_t volume = ConvolutionShape::volume(e);
  const std::int64_t within = index % volume;
  return {index / volume / channels,
          index / volume % channels,
          {within / (e[1] * e[2]), within / e[2] % e[1], within % e[2]}};
}

std::int64_t offset(std::int64_t outer, std::int64_t channels, std::int64_t channel,
                    const Extents3& e, const Extents3& at) {
  return (((outer * channels + channel) * e[0] + at[0]) * e[1] + at[1]) * e[2] + at[2];
}

template <class Function>
void for_each(const Extents3& e, Function function) {
  for (std::int64_t d = 0; d < e[0]; ++d) {
    for (std::int64_t h = 0; h < e[1]; ++h) {
      for (std::int64_t w = 0; w < e[2]; ++w) function(Extents3{d, h, w});
    }
  }
}

// The input position that tap k of output position q reads; false where that is padding.
bool input_position(const ConvolutionShape& s, const Extents3& q, const Extents3& k, Extents3& at) {
  for (std::size_t i = 0; i < 3; ++i) {
    at[i] = q[i] * s.stride[i] + k[i] * s.dilation[i] - s.padding[i];
    if (at[i] < 0 || at[i] >= s.input[i]) return false;
  }
  return true;
}

// The output position whose tap k reads input position `at`; false where there is none.
bool output_position(const ConvolutionShape& s, const Extents3& at, const Extents3& k,
                     Extents3& q) {
  for (std::size_t i = 0; i < 3; ++i) {
    const std::int64_t from = at[i] + s.padding[i] - k[i] * s.dilation[i];
    if (from < 0 || from % s.stride[i] != 0) return false;
    q[i] = from / s.stride[i];
    if (q[i] >= s.output[i]) return false;
  }
  return true;
}

double product_of(float a, float b) { return static_cast<double>(a) * b; }

double forward(const ConvolutionShape& s, const float* x, const float* weight, std::int64_t index) {
  const Place y = place_of(index, s.out_channels, s.output);
  const std::int64_t depth = s.in_channels / s.groups;
  const std::int64_t group = y.channel / (s.out_channels / s.groups);
  double sum = 0;
  for_each(s.kernel, [&](const Extents3& k) {
    Extents3 at;
    if (!input_position(s, y.at, k, at)) return;
    for (std::int64_t c = 0; c < depth; ++c) {
      sum += product_of(weight[offset(y.channel, depth, c, s.kernel, k)],
                        x[offset(y.outer, s.in_channels, group * depth + c, s.input, at)]);
    }
  });
  return sum;
}

double backward_data(const ConvolutionShape& s, const float* grad_y, const float* weight,
                     std::int64_t index) {
  const Place x = place_of(index, s.in_channels, s.input);
  const std::int64_t depth = s.in_channels / s.groups;
  const std::int64_t outputs = s.out_channels / s.groups;
  const std::int64_t group = x.channel / depth;
  double sum = 0;
  for_each(s.kernel, [&](const Extents3& k) {
    Extents3 q;
    if (!output_position(s, x.at, k, q)) return;
    for (std::int64_t o = group * outputs; o < (group + 1) * outputs; ++o) {
      sum += product_of(weight[offset(o, depth, x.channel % depth, s.kernel, k)],
                        grad_y[offset(x.outer, s.out_channels, o, s.output, q)]);
    }
  });
  return sum;
}

double backward_weight(const ConvolutionShape& s, const float* x, const float* grad_y,
                       std::int64_t index) {
  const std::int64_t depth = s.in_channels / s.groups;
  const Place w = place_of(index, depth, s.kernel);
  const std::int64_t channel = w.outer / (s.out_channels / s.groups) * depth + w.channel;
  double sum = 0;
  for_each(s.output, [&](const Extents3& q) {
    Extents3 at;
    if (!input_position(s, q, w.at, at)) return;
    for (std::int64_t n = 0; n < s.batch; ++n) {
      sum += product_of(grad_y[offset(n, s.out_channels, w.outer, s.output, q)],
                        x[offset(n, s.in_channels, channel, s.input, at)]);
    }
  });
  return sum;
}

}  // namespace

double convolution_element(Pass pass, const ConvolutionShape& s, const float* first,
                           const float* second, std::int64_t index) {
  switch (pass) {
    case Pass::forward:
      return forward(s, first, second, index);
    case Pass::backward_data:
      return backward_data(s, first, second, index);
    case Pass::backward_weight:
      break;
  }
  return backward_weight(s, first, second, index);
}

double product_element(const ProductShape& s, const float* a, const float* b, std::int64_t index) {
  const std::int64_t row = index / s.n;
  const std::int64_t column = index % s.n;
  double sum = 0;
  for (std::int64_t p = 0; p < s.k; ++p) {
    sum += product_of(a[s.transpose_a ? p * s.m + row : row * s.k + p],
                      b[s.transpose_b ? column * s.k + p : p * s.n + column]);
  }
  return sum;
}

std::int64_t convolution_depth(Pass pass, const ConvolutionShape& s) {
  const std::int64_t taps = ConvolutionShape::volume(s.kernel);
  switch (pass) {
    case Pass::forward:
      return s.in_channels / s.groups * taps;
    case Pass::backward_data:
      return s.out_channels / s.groups * taps;
    case Pass::backward_weight:
      break;
  }
  return s.batch * ConvolutionShape::volume(s.output);
}

}  // namespace credence::benchmarks
