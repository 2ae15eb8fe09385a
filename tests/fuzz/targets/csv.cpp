// Target: tables of numbers, with and without a column of texts.
#include "data/csv.hpp"

#include "tests/data/packing.hpp"
#include "tests/fuzz/target.hpp"

namespace credence::fuzz {

Target csv() {
  const auto run = [](std::string_view bytes) {
    const std::filesystem::path path = file_of(bytes);
    read_or_refuse([&] {
      const data::Table table = data::read_csv(path);
      require(table.values.shape()[0] == static_cast<std::int64_t>(table.lines.size()),
              "not a line for each row");
    });
    read_or_refuse([&] {
      const data::CsvColumns columns = data::read_csv_columns(path);
      require(columns.count > 0, "no column");
      data::read_csv(path, {.text_column = columns.count - 1});
      data::column_named(path, columns, "2");
    });
  };
  const auto seeds = [] {
    return std::vector<std::string>{"a,b\n1,2.5\n-3e2,4\n",
                                    "1 2 3\n4\t5 6\r\n",
                                    "\"x, y\",\"c\"\"d\"\n+1,\"2\"\n",
                                    "\xEF\xBB\xBF# comment\n\n1,cat\n2,dog\n",
                                    "1,,3\nNA,?,nan\n",
                                    test::gzip("p,q\n1,2\n")};
  };
  return {"csv", run, seeds};
}

}  // namespace credence::fuzz
