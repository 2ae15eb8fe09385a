// Parsing and writing of the dictionary in an NPY header.
#include "data/npy_header.hpp"

#include "framework/base/decimal.hpp"
#include "framework/base/error.hpp"

#include <algorithm>
#include <array>
#include <optional>
#include <span>
#include <vector>

#include <fmt/format.h>

namespace credence::data {
namespace {

constexpr std::string_view kDigits = "0123456789";

// What the letters of other types stand for.
std::string_view meaning_of(char kind) {
  switch (kind) {
    case 'O':
      return "Python objects";
    case 'c':
      return "complex numbers";
    case 'S':
    case 'a':
    case 'U':
      return "texts";
    case 'M':
      return "dates";
    case 'm':
      return "durations";
    case 'V':
      return "records";
    default:
      return "elements of an unknown kind";
  }
}

// Reads Python's literals from the text, as far as the dictionary needs them.
class Literals {
 public:
  Literals(const std::string& name, std::string_view text, std::uint64_t offset)
      : name_(name), text_(text), offset_(offset) {}

  [[noreturn]] void fail(const std::string& what, std::size_t at) const {
    throw FileError(name_, offset_ + at, "the header " + what);
  }
  [[noreturn]] void fail(const std::string& what) const { fail(what, at_); }

  std::size_t position() const { return at_; }

  // Skips spaces, then `wanted` if it is there.
  bool skip(char wanted) {
    skip_spaces();
    if (at_ == text_.size() || text_[at_] != wanted) return false;
    ++at_;
    return true;
  }
  void expect(char wanted) {
    if (!skip(wanted)) fail(fmt::format("has {}, expected '{}'", found(), wanted));
  }

  // In single or double quotes; nothing that needs a backslash.
  std::string string() {
    skip_spaces();
    const char quote = at_ < text_.size() ? text_[at_] : '\0';
    if (quote != '\'' && quote != '"') fail(fmt::format("has {}, expected a string", found()));
    const std::size_t begin = at_ + 1;
    const std::size_t end = text_.find(quote, begin);
    const std::string_view inside = text_.substr(begin, end - begin);
    if (end == std::string_view::npos || inside.find_first_of("\\\n") != std::string_view::npos) {
      fail("has a string that does not end, or one with a backslash");
    }
    at_ = end + 1;
    return std::string(inside);
  }

  bool boolean() {
    skip_spaces();
    for (const std::string_view word : {"True", "False"}) {
      if (!text_.substr(at_).starts_with(word)) continue;
      at_ += word.size();
      return word == "True";
    }
    fail(fmt::format("has {}, expected True or False", found()));
  }

  // A tuple of numbers: (), (3,), (3, 4) or (3, 4,).
  std::vector<std::int64_t> numbers() {
    expect('(');
    std::vector<std::int64_t> values;
    while (!skip(')')) {
      values.push_back(number());
      if (skip(',')) continue;
      if (values.size() == 1) fail(fmt::format("has {}, expected ',' in a tuple of one", found()));
      expect(')');
      break;
    }
    return values;
  }

  // Spaces and a line feed, and nothing more.
  void end() {
    skip_spaces();
    if (text_.substr(at_) != "\n") fail("goes on, or lacks the line feed at its end");
  }

 private:
  void skip_spaces() { at_ = std::min(text_.find_first_not_of(' ', at_), text_.size()); }

  std::string found() const {
    if (at_ == text_.size()) return "its end";
    const char c = text_[at_];
    const bool printable = c >= 0x20 && c < 0x7F;
    return printable ? fmt::format("'{}'", c)
                     : fmt::format("byte {}", static_cast<unsigned char>(c));
  }

  std::int64_t number() {
    skip_spaces();
    const std::size_t end = std::min(text_.find_first_not_of(kDigits, at_), text_.size());
    const std::string_view digits = text_.substr(at_, end - at_);
    if (digits.empty()) fail(fmt::format("has {}, expected a number of the shape", found()));
    const std::optional<std::int64_t> value = parse_decimal<std::int64_t>(digits);
    if (!value || (digits.size() > 1 && digits.front() == '0')) {
      fail(fmt::format("has {} in the shape, expected a number below 2^63", digits));
    }
    at_ = end;
    return *value;
  }

  const std::string& name_;
  std::string_view text_;
  std::uint64_t offset_;
  std::size_t at_ = 0;
};

// "<f4": byte order, kind, bytes.
NpyType type_of(const std::string& text, const Literals& literals, std::size_t at) {
  const bool ordered = !text.empty() && std::string_view("<>|=").find(text[0]) != text.npos;
  const std::string_view rest = std::string_view(text).substr(ordered ? 1 : 0);
  const char kind = rest.empty() ? '\0' : rest[0];
  const std::optional<std::uint64_t> size =
      rest.empty() ? std::nullopt : parse_decimal<std::uint64_t>(rest.substr(1));
  const auto is_one_of = [&](std::initializer_list<std::uint64_t> sizes) {
    return size && std::find(sizes.begin(), sizes.end(), *size) != sizes.end();
  };
  const bool known = (kind == 'b' && is_one_of({1})) ||
                     ((kind == 'i' || kind == 'u') && is_one_of({1, 2, 4, 8})) ||
                     (kind == 'f' && is_one_of({2, 4, 8}));
  // "=" is the order of the machine that wrote the file, which a file does not say.
  const bool order_is_known = known && ordered && text[0] != '=' && (*size == 1 || text[0] != '|');
  if (!order_is_known) {
    std::string what = known ? "numbers of an unknown byte order" : std::string(meaning_of(kind));
    if (kind == 'f' && !known) what = "floating-point numbers of another size";
    literals.fail(fmt::format("says that the elements are {} ('{}'), expected booleans, integers "
                              "of 1 to 8 bytes or floating-point numbers of 2, 4 or 8",
                              what, text),
                  at);
  }
  return {.kind = kind,
          .size = static_cast<std::size_t>(*size),
          .big_endian = text[0] == '>' && *size > 1,
          .text = text};
}

Shape shape_of(const std::vector<std::int64_t>& extents, const Literals& literals, std::size_t at) {
  if (extents.size() > Shape::kMaxRank) {
    literals.fail(
        fmt::format("has a shape of rank {}, expected at most {}", extents.size(), Shape::kMaxRank),
        at);
  }
  try {
    return Shape(std::span<const std::int64_t>(extents));
  } catch (const ShapeError&) {
    literals.fail(fmt::format("has the shape ({}), which has more elements than can be counted",
                              fmt::join(extents, ", ")),
                  at);
  }
}

}  // namespace

NpyHeader parse_npy_header(const std::string& name, std::string_view text, std::uint64_t offset) {
  Literals literals(name, text, offset);
  std::optional<NpyType> type;
  std::optional<bool> fortran_order;
  std::optional<Shape> shape;
  literals.expect('{');
  while (!literals.skip('}')) {
    const std::size_t key_at = literals.position();
    const std::string key = literals.string();
    const bool twice = (key == "descr" && type) || (key == "fortran_order" && fortran_order) ||
                       (key == "shape" && shape);
    if (twice) literals.fail(fmt::format("has '{}' twice", key), key_at);
    literals.expect(':');
    const std::size_t value_at = literals.position();
    if (key == "descr") {
      if (literals.skip('[')) {
        literals.fail("says that the elements are records, expected plain numbers", value_at);
      }
      type = type_of(literals.string(), literals, value_at);
    } else if (key == "fortran_order") {
      fortran_order = literals.boolean();
    } else if (key == "shape") {
      shape = shape_of(literals.numbers(), literals, value_at);
    } else {
      literals.fail(fmt::format("has '{}', expected descr, fortran_order and shape", key), key_at);
    }
    if (literals.skip(',')) continue;
    literals.expect('}');
    break;
  }
  literals.end();
  if (!type || !fortran_order || !shape) {
    literals.fail(fmt::format("lacks '{}'", !type            ? "descr"
                                            : !fortran_order ? "fortran_order"
                                                             : "shape"),
                  0);
  }
  return {.type = *type, .fortran_order = *fortran_order, .shape = *shape};
}

std::string npy_head(std::string_view descr, const Shape& shape) {
  constexpr std::size_t kAlignment = 64;
  std::string extents;
  for (int i = 0; i < shape.rank(); ++i) extents += fmt::format("{}{}", i ? ", " : "", shape[i]);
  if (shape.rank() == 1) extents += ",";
  std::string text =
      fmt::format("{{'descr': '{}', 'fortran_order': False, 'shape': ({}), }}", descr, extents);
  const std::size_t before = kNpyMagic.size() + 4;
  const std::size_t whole = (before + text.size() + 1 + kAlignment - 1) / kAlignment * kAlignment;
  text.resize(whole - before - 1, ' ');
  text += '\n';
  std::string head(kNpyMagic);
  head += '\1';
  head += '\0';
  head += static_cast<char>(text.size() % 256);
  head += static_cast<char>(text.size() / 256);
  return head + text;
}

}  // namespace credence::data
