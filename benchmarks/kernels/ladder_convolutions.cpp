// Convolutions of images, from their definition and one step further. The framework's own are in
// framework/cpu/convolution/convolution.cpp. Two spatial dimensions, one group.
#include "benchmarks/kernels/families.hpp"
#include "framework/kernels/shapes.hpp"

namespace credence::benchmarks {
namespace CREDENCE_ISA {
namespace {

// The numbers that every loop below needs.
struct Sizes {
  std::int64_t images, in, out, height, width, out_height, out_width, kernel_height, kernel_width;

  explicit Sizes(const ConvolutionShape& s)
      : images(s.batch),
        in(s.in_channels),
        out(s.out_channels),
        height(s.input[1]),
        width(s.input[2]),
        out_height(s.output[1]),
        out_width(s.output[2]),
        kernel_height(s.kernel[1]),
        kernel_width(s.kernel[2]) {}
};

// Calls body(output element, weight element, input element) for every product of the convolution:
// seven loops, over images, output channels, output rows and columns, input channels, kernel rows
// and columns.
template <class Body>
void for_each_product(const ConvolutionShape& shape, Body body) {
  const Sizes s(shape);
  for (std::int64_t n = 0; n < s.images; ++n) {
    for (std::int64_t o = 0; o < s.out; ++o) {
      for (std::int64_t oy = 0; oy < s.out_height; ++oy) {
        for (std::int64_t ox = 0; ox < s.out_width; ++ox) {
          const std::int64_t y_index = ((n * s.out + o) * s.out_height + oy) * s.out_width + ox;
          for (std::int64_t c = 0; c < s.in; ++c) {
            for (std::int64_t ky = 0; ky < s.kernel_height; ++ky) {
              const std::int64_t iy =
                  oy * shape.stride[1] - shape.padding[1] + ky * shape.dilation[1];
              if (iy < 0 || iy >= s.height) continue;
              for (std::int64_t kx = 0; kx < s.kernel_width; ++kx) {
                const std::int64_t ix =
                    ox * shape.stride[2] - shape.padding[2] + kx * shape.dilation[2];
                if (ix < 0 || ix >= s.width) continue;
                body(y_index, ((o * s.in + c) * s.kernel_height + ky) * s.kernel_width + kx,
                     ((n * s.in + c) * s.height + iy) * s.width + ix);
              }
            }
          }
        }
      }
    }
  }
}

void forward_naive(const ConvolutionShape& shape, const float* x, const float* weight, float* y) {
  clear(shape.output_numel(), y);
  for_each_product(shape, [&](std::int64_t out, std::int64_t w, std::int64_t in) {
    y[out] += weight[w] * x[in];
  });
}

void backward_data_naive(const ConvolutionShape& shape, const float* grad_y, const float* weight,
                         float* grad_x) {
  clear(shape.input_numel(), grad_x);
  for_each_product(shape, [&](std::int64_t out, std::int64_t w, std::int64_t in) {
    grad_x[in] += weight[w] * grad_y[out];
  });
}

void backward_weight_naive(const ConvolutionShape& shape, const float* x, const float* grad_y,
                           float* grad_weight) {
  clear(shape.weight_numel(), grad_weight);
  for_each_product(shape, [&](std::int64_t out, std::int64_t w, std::int64_t in) {
    grad_weight[w] += x[in] * grad_y[out];
  });
}

// The outputs [begin, end) of a row whose input, at kernel column kx, lies inside the image.
struct Span {
  std::int64_t begin;
  std::int64_t end;
};
Span inside(std::int64_t size, std::int64_t out_size, std::int64_t stride, std::int64_t offset) {
  Span span{0, out_size};
  while (span.begin < out_size && span.begin * stride + offset < 0) ++span.begin;
  while (span.end > span.begin && (span.end - 1) * stride + offset >= size) --span.end;
  return span;
}

// With the output column innermost, one weight meets a row of neighbouring pixels: with stride 1
// the compiler uses vectors, and the test for the image's edge leaves the innermost loop. Each
// multiply-add still loads and stores an output.
void forward_rows(const ConvolutionShape& shape, const float* x, const float* weight, float* y) {
  const Sizes s(shape);
  clear(shape.output_numel(), y);
  for (std::int64_t n = 0; n < s.images; ++n) {
    for (std::int64_t o = 0; o < s.out; ++o) {
      for (std::int64_t c = 0; c < s.in; ++c) {
        for (std::int64_t ky = 0; ky < s.kernel_height; ++ky) {
          for (std::int64_t kx = 0; kx < s.kernel_width; ++kx) {
            const float factor =
                weight[((o * s.in + c) * s.kernel_height + ky) * s.kernel_width + kx];
            const std::int64_t dy = ky * shape.dilation[1] - shape.padding[1];
            const std::int64_t dx = kx * shape.dilation[2] - shape.padding[2];
            const Span columns = inside(s.width, s.out_width, shape.stride[2], dx);
            const Span rows = inside(s.height, s.out_height, shape.stride[1], dy);
            for (std::int64_t oy = rows.begin; oy < rows.end; ++oy) {
              const std::int64_t iy = oy * shape.stride[1] + dy;
              const float* const from = x + ((n * s.in + c) * s.height + iy) * s.width + dx;
              float* const to = y + ((n * s.out + o) * s.out_height + oy) * s.out_width;
              for (std::int64_t ox = columns.begin; ox < columns.end; ++ox) {
                to[ox] += factor * from[ox * shape.stride[2]];
              }
            }
          }
        }
      }
    }
  }
}

// Writes each pixel up to KH · KW times; what is gained is that the convolution becomes one matrix
// product, with all that is known about those.
void image_to_columns(const ConvolutionShape& shape, const float* image, float* columns) {
  const Sizes s(shape);
  for (std::int64_t c = 0; c < s.in; ++c) {
    for (std::int64_t ky = 0; ky < s.kernel_height; ++ky) {
      for (std::int64_t kx = 0; kx < s.kernel_width; ++kx) {
        for (std::int64_t oy = 0; oy < s.out_height; ++oy) {
          const std::int64_t iy = oy * shape.stride[1] - shape.padding[1] + ky * shape.dilation[1];
          for (std::int64_t ox = 0; ox < s.out_width; ++ox) {
            const std::int64_t ix =
                ox * shape.stride[2] - shape.padding[2] + kx * shape.dilation[2];
            const bool outside = iy < 0 || iy >= s.height || ix < 0 || ix >= s.width;
            *columns++ = outside ? 0 : image[(c * s.height + iy) * s.width + ix];
          }
        }
      }
    }
  }
}

}  // namespace

void list_convolutions(Ladder& ladder) {
  ladder.convolution_forward_naive = &forward_naive;
  ladder.convolution_backward_data_naive = &backward_data_naive;
  ladder.convolution_backward_weight_naive = &backward_weight_naive;
  ladder.convolution_forward_rows = &forward_rows;
  ladder.image_to_columns = &image_to_columns;
}

}  // namespace CREDENCE_ISA
}  // namespace credence::benchmarks
