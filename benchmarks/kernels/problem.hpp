// Problems that a user gives: their notation, and lists of them in files.
#pragma once

#include "benchmarks/kernels/descriptor.hpp"
#include "benchmarks/kernels/rivals.hpp"
#include "framework/formulas/pointwise.hpp"

#include <filesystem>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace credence::benchmarks {

/// A function of the catalogue (framework/formulas/pointwise.hpp) on so many elements, or so many
/// standard normal numbers.
struct PointwiseWork {
  std::string function;
  std::int64_t elements = 0;
};

/// The function's name where normal numbers are drawn.
inline constexpr const char* kNormalFunction = "normal";

struct Problem {
  std::variant<ConvolutionShape, ProductShape, PoolWindows, PointwiseWork> work;
  std::string name;        ///< may be empty
  std::int64_t count = 1;  ///< how often a model has it
};

/// Kinds of problems, as options and files name them: "conv", "matmul", "pool", "pointwise".
const std::vector<std::string>& problem_kinds();

/// Reads a problem of a kind:
///   conv       benchdnn's notation (descriptor.hpp)
///   matmul     "512x256x1024:nt", C [M, N] = A [M, K] B [K, N] as M x K x N; n or t for each of A
///              and B, t where it is stored transposed; ":nn" may be left out
///   pool       benchdnn's notation, max pooling
///   pointwise  "softplus:1e6", a function and how many elements
/// Throws ValueError that names the text and the part that is wrong.
Problem parse_problem(std::string_view kind, std::string_view text);

/// The problem in this notation, as the table prints it and --filter reads it, without its name.
std::string text_of(const Problem& problem);
/// "conv", "matmul", "pool" or "pointwise".
std::string kind_of(const Problem& problem);

/// A line of a file that is no problem of ours, and why.
struct Refusal {
  int line = 0;
  std::string why;
};

struct ProblemList {
  std::vector<Problem> problems;
  std::vector<Refusal> refused;
};

/// Reads a list: one problem in each line, "[KIND] TEXT [* COUNT]", KIND being conv where there is
/// none, so that benchdnn's own lists can be read; "#" begins a comment; empty lines are skipped.
/// Problems that are well written but that no kernel computes are refused. Throws FileError with
/// the line for anything else.
ProblemList parse_problems(std::string_view text, const std::string& file);

/// The names of the lists that come with the program.
std::vector<std::string> shipped_problem_lists();

/// Reads a list from a file, or, where there is no such file, the list of this name that comes with
/// the program. Throws FileError.
ProblemList read_problems(const std::string& file_or_name);

}  // namespace credence::benchmarks
