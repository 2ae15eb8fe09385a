// The folder of a run, --out: whether the run may begin there, goes on there, or has been there.
#pragma once

#include "benchmarks/driver/trial.hpp"
#include "framework/io/folder_lock.hpp"

#include <cstdint>
#include <optional>
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

/// Holds the folder --out for the run, and makes it where it is missing; nothing to hold without a
/// folder. To be called before beginning_of. Throws FileError, with the number of the process,
/// where another run holds it.
std::optional<io::FolderLock> lock_folder(const Options& options);

/// Checks that results can be written into the folder and to --json; then removes what a killed run
/// left: temporary files, and of a finished run its states. Where the run begins anew, removes the
/// states, the logs and the results.json of an older one. Throws FileError.
void prepare_folder(const Options& options, Beginning beginning);

}  // namespace credence::benchmarks
