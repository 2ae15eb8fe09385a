// The C interface that emscripten exports to the page. A call is: explorer_arguments(n), whose
// memory the page fills, explorer_call(command), and then what explorer_names and explorer_numbers
// point to.
#include "docs/explorer/core/explorer.hpp"

#include <exception>
#include <string>
#include <vector>

namespace {

struct State {
  credence::explorer::Explorer explorer;
  std::vector<double> arguments;
  std::vector<double> numbers;
  std::string names;
};
State& state() {
  static State one;
  return one;
}

// Runs function(); where it throws, the message stands in place of the names.
template <class Function>
int guarded(Function function) {
  State& s = state();
  s.names.clear();
  s.numbers.clear();
  try {
    function(s);
    return 0;
  } catch (const std::exception& error) {
    s.names = error.what();
    return 1;
  }
}

}  // namespace

extern "C" {

/// Reads the weights from a file of the page's file system. Returns 0, or 1 with the message in
/// explorer_names().
int explorer_load(const char* path) {
  return guarded([&](State& s) { s.explorer.load(path); });
}

/// Memory for the arguments of the next call.
double* explorer_arguments(int count) {
  state().arguments.resize(static_cast<std::size_t>(count));
  return state().arguments.data();
}

/// Runs a command. Returns 0, or 1 with the message in explorer_names().
int explorer_call(const char* command) {
  return guarded([&](State& s) {
    const credence::explorer::Figures figures =
        s.explorer.call(command, credence::explorer::Arguments(s.arguments));
    for (const auto& [name, values] : figures.lists()) {
      s.names += name + '\t' + std::to_string(values.size()) + '\n';
      s.numbers.insert(s.numbers.end(), values.begin(), values.end());
    }
  });
}

/// A line "name TAB count" for each list of numbers of the last call.
const char* explorer_names() { return state().names.c_str(); }

/// Their numbers, one list after the other.
const double* explorer_numbers() { return state().numbers.data(); }

}  // extern "C"
