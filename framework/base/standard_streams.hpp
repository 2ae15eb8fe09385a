// Output on a program's standard streams. A program may lose each of them: its starter closed it,
// the disk is full, the pipe has no reader, or the terminal is gone.
#pragma once

#include "framework/base/function_ref.hpp"

#include <string_view>

namespace credence {

/// Writes the text to stderr. A failure loses the text and has no other effect: it throws nothing
/// and raises neither SIGPIPE nor SIGXFSZ, whatever the program's handlers are.
void write_stderr(std::string_view text) noexcept;

/// Writes what stdio buffers for stdout, then the text. Throws Error with the reason where not all
/// of it could be written. Raises no signal.
void write_stdout(std::string_view text);

/// Opens each closed descriptor among 0, 1 and 2 on a folder, which can be neither read nor
/// written. A file opened later then cannot take the place of a standard stream and receive its
/// output. To be called before the program opens its first file.
void reserve_standard_streams() noexcept;

/// The body of a program's main function. It reserves the standard streams, ignores SIGPIPE and
/// SIGXFSZ, so that a failed write returns an error instead of ending the program, and calls
/// `body`. Returns the status of `body`. Returns 1 where `body` throws, or where text for stdout
/// (written by stdio or iostreams too) was lost; "NAME: MESSAGE" on stderr then gives the reason.
int run_program(const char* name, FunctionRef<int()> body);

}  // namespace credence
