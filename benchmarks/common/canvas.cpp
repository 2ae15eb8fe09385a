// Figures drawn with cairo, as PNG and as SVG.
#include "benchmarks/common/canvas.hpp"

#include "framework/base/error.hpp"
#include "framework/io/atomic_file.hpp"

#include <cmath>
#include <numbers>

#include <cairo-svg.h>
#include <cairo.h>

namespace credence::benchmarks {
namespace {

constexpr double kPixelsPerPoint = 2;  // of PNGs

struct Destroy {
  void operator()(cairo_t* context) const { cairo_destroy(context); }
  void operator()(cairo_surface_t* surface) const { cairo_surface_destroy(surface); }
};
using Context = std::unique_ptr<cairo_t, Destroy>;
using Surface = std::unique_ptr<cairo_surface_t, Destroy>;

cairo_status_t append(void* file, const unsigned char* data, unsigned int length) {
  static_cast<std::string*>(file)->append(reinterpret_cast<const char*>(data), length);
  return CAIRO_STATUS_SUCCESS;
}

void check(cairo_status_t status, const std::filesystem::path& path) {
  if (status == CAIRO_STATUS_SUCCESS) return;
  throw FileError(path.string(), std::string("cannot be drawn: ") + cairo_status_to_string(status));
}

void set_colour(cairo_t* context, const Colour& c) {
  cairo_set_source_rgba(context, c.red, c.green, c.blue, c.alpha);
}

void set_font(cairo_t* context, double size) {
  cairo_select_font_face(context, "sans-serif", CAIRO_FONT_SLANT_NORMAL, CAIRO_FONT_WEIGHT_NORMAL);
  cairo_set_font_size(context, size);
}

void trace(cairo_t* context, const std::vector<Position>& points) {
  cairo_new_path(context);
  for (const Position& p : points) cairo_line_to(context, p.x, p.y);
}

// Draws on a white page and returns the context's status.
cairo_status_t draw_page(cairo_surface_t* surface, double scale,
                         const std::function<void(const Canvas&)>& draw) {
  const Context context(cairo_create(surface));
  cairo_scale(context.get(), scale, scale);
  cairo_set_source_rgb(context.get(), 1, 1, 1);
  cairo_paint(context.get());
  draw(Canvas(context.get()));
  return cairo_status(context.get());
}

}  // namespace

void Canvas::rectangle(double x, double y, double width, double height,
                       const Colour& colour) const {
  set_colour(context_, colour);
  cairo_rectangle(context_, x, y, width, height);
  cairo_fill(context_);
}

void Canvas::line(const std::vector<Position>& points, double width, const Colour& colour,
                  double dash) const {
  set_colour(context_, colour);
  cairo_set_line_width(context_, width);
  cairo_set_line_join(context_, CAIRO_LINE_JOIN_ROUND);
  trace(context_, points);
  cairo_set_dash(context_, &dash, dash > 0 ? 1 : 0, 0);
  cairo_stroke(context_);
}

void Canvas::polygon(const std::vector<Position>& points, const Colour& colour) const {
  set_colour(context_, colour);
  trace(context_, points);
  cairo_close_path(context_);
  cairo_fill(context_);
}

void Canvas::disc(Position centre, double radius, const Colour& colour) const {
  constexpr int kCorners = 24;
  std::vector<Position> circle;
  for (int i = 0; i < kCorners; ++i) {
    const double angle = 2 * std::numbers::pi * i / kCorners;
    circle.push_back({centre.x + radius * std::cos(angle), centre.y + radius * std::sin(angle)});
  }
  polygon(circle, colour);
}

void Canvas::diamond(Position centre, double radius, const Colour& colour) const {
  const double reach = 1.25 * radius;
  polygon({{centre.x - reach, centre.y},
           {centre.x, centre.y - reach},
           {centre.x + reach, centre.y},
           {centre.x, centre.y + reach}},
          colour);
}

void Canvas::text(double x, double y, double size, const std::string& text, Align align,
                  const Colour& colour) const {
  set_colour(context_, colour);
  set_font(context_, size);
  const double width = align == Align::left ? 0 : text_width(size, text);
  cairo_move_to(context_, align == Align::centre ? x - width / 2 : x - width, y);
  cairo_show_text(context_, text.c_str());
}

double Canvas::text_width(double size, const std::string& text) const {
  set_font(context_, size);
  cairo_text_extents_t extents;
  cairo_text_extents(context_, text.c_str(), &extents);
  return extents.x_advance;
}

void Canvas::image(double x, double y, double width, double height, const Tensor& pixels) const {
  const std::int64_t channels = pixels.shape()[0];
  const std::int64_t rows = pixels.shape()[1];
  const std::int64_t columns = pixels.shape()[2];
  const Surface surface(cairo_image_surface_create(CAIRO_FORMAT_RGB24, static_cast<int>(columns),
                                                   static_cast<int>(rows)));
  cairo_surface_flush(surface.get());
  unsigned char* const data = cairo_image_surface_get_data(surface.get());
  const std::int64_t stride = cairo_image_surface_get_stride(surface.get());
  const std::uint8_t* source = pixels.data<std::uint8_t>();
  for (std::int64_t row = 0; row < rows; ++row) {
    for (std::int64_t column = 0; column < columns; ++column) {
      const auto channel = [&](std::int64_t c) {
        return std::uint32_t{source[((channels == 3 ? c : 0) * rows + row) * columns + column]};
      };
      const std::uint32_t word = channel(0) << 16 | channel(1) << 8 | channel(2);
      *reinterpret_cast<std::uint32_t*>(data + row * stride + column * 4) = word;
    }
  }
  cairo_surface_mark_dirty(surface.get());
  cairo_save(context_);
  cairo_translate(context_, x, y);
  cairo_scale(context_, width / static_cast<double>(columns), height / static_cast<double>(rows));
  cairo_set_source_surface(context_, surface.get(), 0, 0);
  cairo_pattern_set_filter(cairo_get_source(context_), CAIRO_FILTER_NEAREST);
  cairo_paint(context_);
  cairo_restore(context_);
}

void Canvas::clipped(double x, double y, double width, double height,
                     const std::function<void()>& draw) const {
  cairo_save(context_);
  cairo_rectangle(context_, x, y, width, height);
  cairo_clip(context_);
  draw();
  cairo_restore(context_);
}

void write_figure(const std::filesystem::path& stem, double width, double height,
                  const std::function<void(const Canvas&)>& draw) {
  const auto named = [&](const char* ending) {
    std::filesystem::path path = stem;
    path += ending;
    return path;
  };
  std::string png;
  {
    const Surface surface(cairo_image_surface_create(CAIRO_FORMAT_RGB24,
                                                     static_cast<int>(width * kPixelsPerPoint),
                                                     static_cast<int>(height * kPixelsPerPoint)));
    check(draw_page(surface.get(), kPixelsPerPoint, draw), named(".png"));
    check(cairo_surface_write_to_png_stream(surface.get(), &append, &png), named(".png"));
  }
  std::string svg;
  {
    const Surface surface(cairo_svg_surface_create_for_stream(&append, &svg, width, height));
    check(draw_page(surface.get(), 1, draw), named(".svg"));
    cairo_surface_finish(surface.get());
    check(cairo_surface_status(surface.get()), named(".svg"));
  }
  io::write_file_atomically(named(".png"), png);
  io::write_file_atomically(named(".svg"), svg);
}

double text_width(double size, const std::string& text) {
  const Surface surface(cairo_image_surface_create(CAIRO_FORMAT_A8, 1, 1));
  const Context context(cairo_create(surface.get()));
  cairo_scale(context.get(), kPixelsPerPoint, kPixelsPerPoint);
  return Canvas(context.get()).text_width(size, text);
}

}  // namespace credence::benchmarks
