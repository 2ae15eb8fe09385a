// The fields of benchdnn's notation, read and written.
#include "benchmarks/kernels/descriptor.hpp"

#include "framework/base/decimal.hpp"

#include <algorithm>
#include <array>
#include <map>
#include <vector>

namespace credence::benchmarks {
namespace {

constexpr std::array<const char*, 3> kDimensions{"d", "h", "w"};
// Far above any layer, and so small that sizes of arrays can be multiplied without overflow.
constexpr std::int64_t kLargest = 1'000'000;
constexpr double kMostElements = 1e11;

std::string field_name(char kind, std::size_t dimension) {
  return std::string(1, kind) + kDimensions[dimension];
}

bool is_letter(char c) { return c >= 'a' && c <= 'z'; }
bool is_digit(char c) { return c >= '0' && c <= '9'; }

// The fields of one text.
class Fields {
 public:
  // `known` are the fields without dimension, `kinds` the first letters of those with one.
  Fields(std::string_view text, const std::vector<std::string>& known, std::string_view kinds)
      : text_(text) {
    std::size_t at = 0;
    while (at < text.size()) {
      if (text[at] == '_') {
        ++at;
        continue;
      }
      if (text[at] == 'n') {
        read_name(text.substr(at + 1));
        return;
      }
      at = read_field(at, known, kinds);
    }
  }

  const std::string& name() const { return name_; }

  [[noreturn]] void fail(const std::string& what) const {
    throw ValueError("\"" + std::string(text_) + "\": " + what);
  }

  [[noreturn]] void refuse(const std::string& what) const {
    throw UnsupportedProblem("\"" + std::string(text_) + "\": " + what + " (not supported)");
  }

  bool has(const std::string& field) const { return values_.contains(field); }

  std::int64_t at(const std::string& field, std::int64_t otherwise) const {
    const auto found = values_.find(field);
    return found == values_.end() ? otherwise : found->second;
  }

  std::int64_t required(const std::string& field) const {
    if (!has(field)) fail(field + " is missing");
    return values_.at(field);
  }

  // A field of a dimension, or that of the nearest dimension before it from `first` on.
  std::int64_t spatial(char kind, std::size_t first, std::size_t dimension,
                       std::int64_t otherwise) const {
    for (std::size_t d = dimension + 1; d-- > first;) {
      if (has(field_name(kind, d))) return values_.at(field_name(kind, d));
    }
    return otherwise;
  }

  // Whether a field of this dimension alone sets it apart from the one before, so that the output
  // of that one says nothing about its own.
  bool has_own(std::size_t dimension) const {
    const std::string_view kinds = "iksdp";
    return std::any_of(kinds.begin(), kinds.end(),
                       [&](char kind) { return has(field_name(kind, dimension)); });
  }

  // The first dimension that has an input, a kernel or an output.
  std::size_t first_dimension() const {
    for (std::size_t d = 0; d < kDimensions.size(); ++d) {
      for (const char kind : {'i', 'k', 'o'}) {
        if (has(field_name(kind, d))) return d;
      }
    }
    fail("ih is missing");
  }

 private:
  std::size_t read_field(std::size_t at, const std::vector<std::string>& known,
                         std::string_view kinds) {
    std::size_t digits = at;
    while (digits < text_.size() && is_letter(text_[digits])) ++digits;
    const std::string field(text_.substr(at, digits - at));
    const bool spatial = field.size() == 2 && kinds.find(field[0]) != std::string_view::npos &&
                         std::string_view("dhw").find(field[1]) != std::string_view::npos;
    if (field.empty()) {
      fail("a field's letters are expected before \"" + std::string(text_.substr(at)) + "\"");
    }
    if (!spatial && std::find(known.begin(), known.end(), field) == known.end()) {
      fail("\"" + field + "\" is no field");
    }
    std::size_t end = digits;
    while (end < text_.size() && is_digit(text_[end])) ++end;
    if (end == digits) fail(field + " has no number");
    const auto value = parse_decimal<std::int64_t>(text_.substr(digits, end - digits));
    const bool may_be_zero = field[0] == 'p' || (field[0] == 'd' && field.size() == 2);
    if (!value || *value > kLargest || (*value == 0 && !may_be_zero)) {
      fail(field + " has to be a whole number from " + (may_be_zero ? "0" : "1") + " to 1000000");
    }
    if (!values_.emplace(field, *value).second) fail(field + " is given twice");
    return end;
  }

  void read_name(std::string_view rest) {
    const bool quoted = rest.size() >= 2 && rest.front() == '"' && rest.back() == '"';
    name_ = quoted ? rest.substr(1, rest.size() - 2) : rest;
    if (name_.empty()) fail("the name after n is empty");
    if (name_.find('"') != std::string::npos) fail("the quotes of the name are not closed");
  }

  std::string_view text_;
  std::map<std::string, std::int64_t> values_;
  std::string name_;
};

// One dimension of a window that slides.
struct Window {
  std::int64_t input = 1;
  std::int64_t output = 1;
  std::int64_t kernel = 1;
  std::int64_t stride = 1;
  std::int64_t padding = 0;
  std::int64_t dilation = 1;  // distance between taps
};

Window window_of(const Fields& fields, std::size_t first, std::size_t d) {
  Window w;
  w.input = fields.spatial('i', first, d, 0);
  w.kernel = fields.spatial('k', first, d, 0);
  if (w.input == 0) fields.fail(field_name('i', d) + " is missing");
  if (w.kernel == 0) fields.fail(field_name('k', d) + " is missing");
  w.stride = fields.spatial('s', first, d, 1);
  w.dilation = fields.spatial('d', first, d, 0) + 1;
  const std::int64_t extent = (w.kernel - 1) * w.dilation + 1;
  const bool own = fields.has_own(d);
  const std::int64_t output = fields.spatial('o', own ? d : first, d, 0);
  w.padding = fields.spatial('p', first, d, -1);
  if (w.padding < 0) {
    w.padding =
        output == 0 ? 0 : std::max<std::int64_t>(0, (output - 1) * w.stride - w.input + extent) / 2;
  }
  const std::int64_t room = w.input + 2 * w.padding - extent;
  if (room < 0) fields.fail(field_name('k', d) + ": the kernel is larger than the padded input");
  w.output = room / w.stride + 1;
  if (fields.has(field_name('o', d)) && output != w.output) {
    fields.refuse(field_name('o', d) + ": " + std::to_string(output) +
                  " is given, but equal padding at both ends leads to " + std::to_string(w.output));
  }
  return w;
}

template <class Shape>
void set_windows(const Fields& fields, Shape& shape) {
  const std::size_t first = fields.first_dimension();
  for (std::size_t d = 0; d < kDimensions.size(); ++d) {
    if (d < first) {
      for (const char kind : {'s', 'p', 'd'}) {
        if (fields.has(field_name(kind, d))) {
          fields.fail(field_name(kind, d) + ": there is no " + field_name('i', d));
        }
      }
      continue;
    }
    const Window w = window_of(fields, first, d);
    shape.input[d] = w.input;
    shape.output[d] = w.output;
    shape.kernel[d] = w.kernel;
    shape.stride[d] = w.stride;
    shape.padding[d] = w.padding;
    if constexpr (requires { shape.dilation; }) shape.dilation[d] = w.dilation;
  }
}

double product(std::int64_t channels, const Extents3& extents) {
  double value = static_cast<double>(channels);
  for (const std::int64_t extent : extents) value *= static_cast<double>(extent);
  return value;
}

void require_size(const Fields& fields, const char* array, double elements) {
  if (elements > kMostElements) {
    fields.fail(std::string("the ") + array + " has more than 1e11 elements");
  }
}

// Appends the fields of one kind, those that repeat the one before left out. All are left out where
// each is `absent`.
void append(std::string& text, char kind, const Extents3& values, std::size_t first,
            std::int64_t absent) {
  const auto begin = values.begin() + static_cast<std::ptrdiff_t>(first);
  if (std::all_of(begin, values.end(), [&](std::int64_t value) { return value == absent; })) {
    return;
  }
  for (std::size_t d = first; d < kDimensions.size(); ++d) {
    if (d > first && values[d] == values[d - 1]) continue;
    text += field_name(kind, d) + std::to_string(values[d]);
  }
}

// 0 with a depth, 1 with a height and a width, 2 with a width alone.
template <class Shape>
std::size_t first_dimension(const Shape& s) {
  const auto used = [&](std::size_t d) {
    return s.input[d] != 1 || s.kernel[d] != 1 || s.padding[d] != 0 || s.stride[d] != 1;
  };
  if (used(0)) return 0;
  return used(1) || !used(2) ? 1 : 2;
}

}  // namespace

NamedConvolution parse_convolution(std::string_view text) {
  const Fields fields(text, {"g", "mb", "ic", "oc"}, "ioksdp");
  ConvolutionShape s;
  s.batch = fields.at("mb", 2);
  s.groups = fields.at("g", 1);
  s.in_channels = fields.required("ic");
  s.out_channels = fields.required("oc");
  for (const auto& [field, channels] :
       {std::pair{"ic", s.in_channels}, std::pair{"oc", s.out_channels}}) {
    if (channels % s.groups != 0) {
      fields.fail("g: " + std::to_string(s.groups) + " groups do not divide " + field +
                  std::to_string(channels));
    }
  }
  set_windows(fields, s);
  const auto batch = static_cast<double>(s.batch);
  require_size(fields, "input", batch * product(s.in_channels, s.input));
  require_size(fields, "output", batch * product(s.out_channels, s.output));
  require_size(fields, "weight",
               static_cast<double>(s.out_channels) * product(s.in_channels / s.groups, s.kernel));
  return {s, fields.name()};
}

NamedPool parse_pool(std::string_view text) {
  const Fields fields(text, {"mb", "ic"}, "ioksdp");
  PoolWindows windows;
  windows.batch = fields.at("mb", 2);
  windows.channels = fields.required("ic");
  windows.shape.planes = windows.batch * windows.channels;
  set_windows(fields, windows.shape);
  for (std::size_t d = 0; d < kDimensions.size(); ++d) {
    if (fields.at(field_name('d', d), 0) != 0) {
      fields.refuse(field_name('d', d) + ": windows are dilated");
    }
    if (windows.shape.padding[d] >= windows.shape.kernel[d]) {
      fields.refuse(field_name('p', d) + ": a window would see padding alone");
    }
  }
  require_size(fields, "input", product(windows.shape.planes, windows.shape.input));
  return {windows, fields.name()};
}

std::string descriptor_of(const ConvolutionShape& s) {
  const std::size_t first = first_dimension(s);
  std::string text = s.groups == 1 ? "" : "g" + std::to_string(s.groups);
  text += "mb" + std::to_string(s.batch) + "ic" + std::to_string(s.in_channels);
  append(text, 'i', s.input, first, 0);
  text += "oc" + std::to_string(s.out_channels);
  append(text, 'o', s.output, first, 0);
  append(text, 'k', s.kernel, first, 0);
  append(text, 's', s.stride, first, 1);
  append(text, 'p', s.padding, first, 0);
  Extents3 zeros = s.dilation;
  for (std::int64_t& value : zeros) --value;
  append(text, 'd', zeros, first, 0);
  return text;
}

std::string descriptor_of(const PoolWindows& w) {
  const std::size_t first = first_dimension(w.shape);
  std::string text = "mb" + std::to_string(w.batch) + "ic" + std::to_string(w.channels);
  append(text, 'i', w.shape.input, first, 0);
  append(text, 'o', w.shape.output, first, 0);
  append(text, 'k', w.shape.kernel, first, 0);
  append(text, 's', w.shape.stride, first, 1);
  append(text, 'p', w.shape.padding, first, 0);
  return text;
}

}  // namespace credence::benchmarks
