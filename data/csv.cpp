// Reading tables, line by line.
#include "data/csv.hpp"

#include "data/byte_reader.hpp"
#include "framework/base/counted.hpp"
#include "framework/base/decimal.hpp"
#include "framework/base/error.hpp"
#include "framework/io/nearest_names.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <optional>
#include <string_view>
#include <utility>

#include <fmt/format.h>

namespace credence::data {
namespace {

// A line of a table is shorter; one of another kind of file may have no end.
constexpr std::size_t kLongestLine = std::size_t{1} << 24;
constexpr std::string_view kBlanks = " \t";
constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";

[[noreturn]] void fail(const std::string& path, std::int64_t line, const std::string& what) {
  throw FileError(path, fmt::format("line {}: {}", line, what));
}

std::string_view trimmed(std::string_view text) {
  const std::size_t begin = text.find_first_not_of(kBlanks);
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(kBlanks) - begin + 1);
}

// The lines of a file, without their ends.
class Lines {
 public:
  Lines(const std::filesystem::path& path, std::uint64_t most_bytes)
      : reader_(path, "a table of numbers"), most_bytes_(most_bytes) {}

  const std::string& path() const { return reader_.path(); }
  std::int64_t number() const { return number_; }  // of the line that was read last, from 1
  // Nothing for a plain text, which a table is.
  std::string kind_note() {
    return reader_.kind().use == io::FileUse::text ? std::string() : reader_.kind_note();
  }

  bool next(std::string& line) {
    line.clear();
    if (!fill()) return false;
    ++number_;
    while (fill()) {
      const char* const begin = buffer_.data() + position_;
      const char* const end = buffer_.data() + filled_;
      const char* const found = std::find(begin, end, '\n');
      line.append(begin, found);
      position_ += static_cast<std::size_t>(found - begin);
      require_length(line);
      if (found == end) continue;
      ++position_;
      break;
    }
    if (!line.empty() && line.back() == '\r') line.pop_back();
    if (number_ == 1 && std::string_view(line).starts_with(kByteOrderMark)) {
      line.erase(0, kByteOrderMark.size());
    }
    return true;
  }

 private:
  // Whether there are bytes to come.
  bool fill() {
    if (position_ < filled_) return true;
    position_ = 0;
    filled_ = static_cast<std::size_t>(reader_.read(buffer_.data(), buffer_.size()));
    if (reader_.offset() > most_bytes_) {
      throw FileError(path(), fmt::format("has more than {} bytes, the most that a table may have",
                                          most_bytes_));
    }
    return filled_ > 0;
  }

  void require_length(const std::string& line) {
    if (line.size() <= kLongestLine) return;
    fail(path(), number_,
         fmt::format("goes on after {} bytes, expected a row{}", kLongestLine, kind_note()));
  }

  ByteReader reader_;
  std::uint64_t most_bytes_;
  std::array<char, 1 << 16> buffer_{};
  std::size_t position_ = 0;
  std::size_t filled_ = 0;
  std::int64_t number_ = 0;
};

// Where a field in quotes ends, behind the closing quote; npos where it does not.
std::size_t end_of_quoted(std::string_view text) {
  for (std::size_t at = 1; (at = text.find('"', at)) != std::string_view::npos; at += 2) {
    if (at + 1 == text.size() || text[at + 1] != '"') return at + 1;
  }
  return std::string_view::npos;
}

std::string without_quotes(std::string_view quoted) {
  std::string text;
  for (std::size_t i = 1; i + 1 < quoted.size(); ++i) {
    text += quoted[i];
    if (quoted[i] == '"') ++i;
  }
  return text;
}

// Takes lines apart.
class Fields {
 public:
  // By commas where the first line has one outside of quotes, else by blanks.
  explicit Fields(std::string_view first_line) {
    bool quoted = false;
    for (const char c : first_line) {
      if (c == '"') quoted = !quoted;
      if (c == ',' && !quoted) ends_ = ",";
    }
  }

  std::vector<std::string> of(std::string_view line, const Lines& lines) const {
    std::vector<std::string> fields;
    std::string_view rest = trimmed(line);
    while (true) {
      const std::size_t end = end_of_field(rest, lines);
      const std::string_view field = trimmed(rest.substr(0, end));
      fields.push_back(field.starts_with('"') ? without_quotes(field) : std::string(field));
      rest = trimmed(rest.substr(end));
      if (rest.empty()) return fields;
      if (ends_ == kBlanks) continue;
      if (rest.front() != ',') {
        fail(lines.path(), lines.number(), "text behind a quote, expected a comma");
      }
      rest = trimmed(rest.substr(1));
      if (rest.empty()) {  // the line ends with a comma, and an empty field behind it
        fields.emplace_back();
        return fields;
      }
    }
  }

 private:
  std::size_t end_of_field(std::string_view rest, const Lines& lines) const {
    if (!rest.starts_with('"')) return std::min(rest.find_first_of(ends_), rest.size());
    const std::size_t end = end_of_quoted(rest);
    if (end == std::string_view::npos) {
      fail(lines.path(), lines.number(), "a quote opens and does not close");
    }
    return end;
  }

  std::string_view ends_ = kBlanks;
};

std::optional<double> number_in(std::string_view field) {
  // As spreadsheets write them too; a sign of its own is no number.
  if (field.starts_with('+') && !field.starts_with("+-")) field.remove_prefix(1);
  return parse_decimal<double>(field);
}

bool is_number(const std::string& field) { return number_in(field).has_value(); }

// What programs write where there is no value.
bool is_missing(std::string field) {
  std::transform(field.begin(), field.end(), field.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  constexpr std::array<std::string_view, 6> kMissing{"", "na", "n/a", "nan", "null", "?"};
  return std::find(kMissing.begin(), kMissing.end(), field) != kMissing.end();
}

// Messages have one line of text, whatever is in the file.
std::string shown(std::string field) {
  constexpr std::size_t kLongest = 40;
  if (field.size() > kLongest) field = field.substr(0, kLongest) + "...";
  const auto is_control = [](unsigned char c) { return c < 0x20 || c == 0x7F; };
  std::replace_if(field.begin(), field.end(), is_control, '?');
  return field;
}

// The fields of the lines that have some: of all but empty lines and comments.
class FieldLines {
 public:
  FieldLines(const std::filesystem::path& path, std::uint64_t most_bytes)
      : lines_(path, most_bytes) {}

  Lines& lines() { return lines_; }

  std::optional<std::vector<std::string>> next() {
    while (lines_.next(line_)) {
      const std::string_view text = trimmed(line_);
      if (text.empty() || text.front() == '#') continue;
      if (!fields_) fields_.emplace(text);
      return fields_->of(text, lines_);
    }
    return {};
  }

 private:
  Lines lines_;
  std::optional<Fields> fields_{};
  std::string line_{};
};

// "a, b, c"; of many the first.
std::string list_of(const std::vector<std::string>& names) {
  constexpr std::size_t kMost = 30;
  std::string text;
  for (std::size_t i = 0; i < std::min(names.size(), kMost); ++i) {
    text += (i == 0 ? "" : ", ") + shown(names[i]);
  }
  return names.size() > kMost ? fmt::format("{} and {} others", text, names.size() - kMost) : text;
}

bool is_header(const std::vector<std::string>& fields) {
  return std::none_of(fields.begin(), fields.end(), is_number);
}

// The table while it is read.
class Rows {
 public:
  Rows(Lines& lines, std::optional<std::size_t> text_column)
      : lines_(lines), text_column_(text_column) {}

  void add(std::vector<std::string> fields) {
    if (columns_ == 0) {
      columns_ = fields.size();
      first_line_ = lines_.number();
      if (text_column_.value_or(0) >= columns_) {
        fail(lines_.path(), first_line_,
             fmt::format("{}, expected {}", counted(static_cast<std::int64_t>(columns_), "field"),
                         *text_column_ + 1));
      }
      if (is_header(fields)) {
        names_ = std::move(fields);
        return;
      }
    }
    if (fields.size() != columns_) {
      fail(lines_.path(), lines_.number(),
           fmt::format("{}, expected {} as in line {}{}",
                       counted(static_cast<std::int64_t>(fields.size()), "field"), columns_,
                       first_line_, lines_.kind_note()));
    }
    for (std::size_t column = 0; column < columns_; ++column) {
      add_field(column, std::move(fields[column]));
    }
    row_lines_.push_back(lines_.number());
  }

  Table table() {
    if (row_lines_.empty()) throw FileError(lines_.path(), "has no rows of numbers");
    const auto columns = static_cast<std::int64_t>(columns_) - (text_column_ ? 1 : 0);
    const auto rows = static_cast<std::int64_t>(row_lines_.size());
    if (text_column_ && !names_.empty()) {
      names_.erase(names_.begin() + static_cast<std::ptrdiff_t>(*text_column_));
    }
    return {Tensor::from({rows, columns}, values_), std::move(names_), std::move(texts_),
            std::move(row_lines_)};
  }

 private:
  void add_field(std::size_t column, std::string field) {
    if (column == text_column_) {
      if (is_missing(field)) refuse(column, field, "a text");
      texts_.push_back(std::move(field));
      return;
    }
    const std::optional<double> number = number_in(field);
    if (!number) refuse(column, field, "a finite number in decimal notation");
    values_.push_back(*number);
  }

  [[noreturn]] void refuse(std::size_t column, const std::string& field, const char* wanted) {
    fail(lines_.path(), lines_.number(),
         fmt::format("column {}: {}\"{}\", expected {}{}", name_of(column),
                     is_missing(field) ? "missing value " : "", shown(field), wanted,
                     lines_.kind_note()));
  }

  std::string name_of(std::size_t column) const {
    return names_.empty() ? std::to_string(column + 1)
                          : fmt::format("{} ({})", column + 1, shown(names_[column]));
  }

  Lines& lines_;
  std::optional<std::size_t> text_column_;
  std::size_t columns_ = 0;
  std::int64_t first_line_ = 0;
  std::vector<std::string> names_{};
  std::vector<double> values_{};
  std::vector<std::string> texts_{};
  std::vector<std::int64_t> row_lines_{};
};

}  // namespace

Table read_csv(const std::filesystem::path& path, const CsvOptions& options) {
  FieldLines lines(path, options.most_bytes);
  Rows rows(lines.lines(), options.text_column);
  while (auto fields = lines.next()) rows.add(std::move(*fields));
  return rows.table();
}

CsvColumns read_csv_columns(const std::filesystem::path& path, const CsvOptions& options) {
  FieldLines lines(path, options.most_bytes);
  auto fields = lines.next();
  if (!fields) throw FileError(path.string(), "has no rows of numbers");
  const std::size_t count = fields->size();
  if (!is_header(*fields)) return {{}, count};
  return {std::move(*fields), count};
}

std::size_t column_named(const std::filesystem::path& path, const CsvColumns& columns,
                         const std::string& name) {
  const std::vector<std::string>& names = columns.names;
  if (names.empty()) {
    const std::optional<std::size_t> number = parse_decimal<std::size_t>(name);
    if (number && *number >= 1 && *number <= columns.count) return *number - 1;
    throw FileError(path.string(),
                    fmt::format("has no column {}; it has no header, so that its columns are the "
                                "numbers 1 to {}",
                                io::quoted_name(name), columns.count));
  }
  const auto found = std::find(names.begin(), names.end(), name);
  if (found == names.end()) {
    const std::vector<std::size_t> nearest = io::nearest_names(name, names, 1);
    throw FileError(
        path.string(),
        fmt::format("has no column {}; {}its columns are {}", io::quoted_name(name),
                    nearest.empty() ? std::string()
                                    : fmt::format("the nearest name is {}; ",
                                                  io::quoted_name(names[nearest.front()])),
                    list_of(names)));
  }
  if (std::count(found, names.end(), name) > 1) {
    throw FileError(path.string(), "has several columns " + io::quoted_name(name));
  }
  return static_cast<std::size_t>(found - names.begin());
}

}  // namespace credence::data
