// Target: rules that rename tensors. The lines are a regular expression, its replacement, and a
// name.
#include "framework/io/key_map.hpp"

#include "tests/fuzz/target.hpp"

namespace credence::fuzz {
namespace {

// Takes a line off the text.
std::string line_of(std::string_view& text) {
  const std::size_t end = std::min(text.find('\n'), text.size());
  const std::string line(text.substr(0, end));
  text.remove_prefix(std::min(end + 1, text.size()));
  return line;
}

}  // namespace

Target key_map() {
  const auto run = [](std::string_view bytes) {
    const std::string pattern = line_of(bytes);
    const std::string replacement = line_of(bytes);
    const std::string name(bytes);
    read_or_refuse([&] { io::KeyMap({{pattern, replacement}})(name); });
  };
  const auto seeds = [] {
    return std::vector<std::string>{"^features\\.0\\.\nconv1.\nfeatures.0.weight",
                                    "(\\w+)\\.([0-9]{1,3})$\n$2.$1$&$$\nlayer.12",
                                    "^(module\\.|_orig_mod\\.)+\n\nmodule.module.fc.bias",
                                    "[[:alpha:]a-f]*?(?=x|y)\\b\n$`$'\nabcx"};
  };
  return {"key_map", run, seeds};
}

}  // namespace credence::fuzz
