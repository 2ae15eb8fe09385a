// The folder of a run, --out: whether the run may begin there, goes on there, or has been there.
#pragma once

#include "benchmarks/driver/trial.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace credence::benchmarks {

/// The names of the files that a finished run of these options leaves in its folder, results.json
/// first.
std::vector<std::string> files_of_run(const Options& options);

/// How a run begins.
enum class Beginning : std::uint8_t {
  anew,      ///< with nothing that an earlier run left
  resumed,   ///< from the saved states in the folder
  finished,  ///< not at all: its results are in the folder
};

/// What the options ask for, given what is in the folder, which stays as it is. With --resume:
/// `resumed` where there is a state, `finished` where there are results, else `anew`. Throws
/// FileError, naming the setting, where those are of a run with other settings or inputs; where the
/// run would begin over an earlier one's states or files without --force; and where it would
/// replace the model of --pretrained.
Beginning beginning_of(const Options& options, const Parts& parts);

/// Makes the folder, and checks that results can be written into it and to --json; then, where the
/// run begins anew, removes the states and the results.json of an older one. Throws FileError.
void prepare_folder(const Options& options, Beginning beginning);

}  // namespace credence::benchmarks
