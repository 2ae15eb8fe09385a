// Measurements in several processes: two builds that measure case by case in turn (credence-kernels
// --baseline), or one build several times (--rounds).
#pragma once

#include "benchmarks/kernels/comparison.hpp"
#include "benchmarks/kernels/selection.hpp"

#include <functional>
#include <string>

namespace credence::benchmarks {

/// Lets the other build and this one measure each case `rounds` times, each time in a process of
/// its own, in the order old, new, new, old, …, so that what slows the machine for a while slows
/// both, and what differs from process to process, such as where arrays lie, is part of the
/// samples. Writes both runs to `old_json` and `new_json`. `say` gets a line for each case. Throws
/// Error with a program's last line where it fails.
void measure_in_turn(const Options& options, const Selection& selection,
                     const std::string& old_json, const std::string& new_json,
                     const std::function<void(const std::string&)>& say);

/// Lets this build measure all cases `rounds` times, each time in a process of its own, and writes
/// the repetitions to `json` as one run. Throws Error with the program's last line where it fails.
void measure_in_rounds(const Options& options, const std::string& json,
                       const std::function<void(const std::string&)>& say);

}  // namespace credence::benchmarks
