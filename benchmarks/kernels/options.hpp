// The command line of credence-kernels.
#pragma once

#include "benchmarks/common/device.hpp"
#include "benchmarks/kernels/case_families.hpp"

#include <string>
#include <vector>

namespace credence::benchmarks {

/// What the user asks for in place of the program's own list.
struct ProblemRequest {
  std::vector<Problem> problems;   ///< from --conv, --matmul, --pool, --pointwise, in this order
  std::vector<std::string> lists;  ///< from --problems: files, or names of shipped lists
  Passes passes;
  std::string ladder;  ///< from --ladder: the steps of this one alone; empty without it

  bool any() const { return !problems.empty() || !lists.empty(); }
};

/// --compare, --baseline and what they share.
struct ComparisonOptions {
  std::string old_run;  ///< files of --compare; empty without it
  std::string new_run;
  std::string baseline;       ///< another build of this program; empty without it
  int rounds = 0;             ///< processes that measure each case; 0: one, or ten with --baseline
  double margin = 0.01;       ///< relative differences up to this are not called
  double fail_if_slower = 0;  ///< exit status 1 where a case is slower by more; 0: never
};

/// How cases are timed and checked.
struct MeasuringOptions {
  double precision = 0;   ///< relative error of the mean at which to stop; 0: by time alone
  bool cold = false;      ///< also with emptied caches
  bool rotate = false;    ///< also with operands that take turns
  bool bitwise = false;   ///< also that bits repeat
  bool counters = false;  ///< also the processor's counters
  std::string algorithm;  ///< of convolutions; empty: the framework's choice
  std::string peaks_of;  ///< a JSON file to take the machine's peaks from; empty: they are measured
};

struct Options {
  MeasuringOptions measuring;
  Computing computing;
  ProblemRequest request;
  std::string filter;  ///< a regular expression, with "-" in front what it matches is left out
  bool list = false;   ///< prints the names of the cases only
  ComparisonOptions comparison;
  std::string roofline;
  std::string out;
  bool csv = false;                    ///< writes PREFIX.csv too
  bool junit = false;                  ///< writes PREFIX.xml too
  bool force = false;                  ///< replaces files that are there
  std::string command;                 ///< as it was given
  std::vector<std::string> arguments;  ///< likewise, without the program's name
  std::vector<std::string> benchmark;  ///< options for Google Benchmark
};

struct CommandLine {
  Options options;
  bool done = false;
  int exit_status = 0;
};

/// Reads the command line. Help, the version and what is wrong are printed.
CommandLine parse_command_line(int argc, const char* const* argv);

}  // namespace credence::benchmarks
