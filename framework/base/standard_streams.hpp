// A program's standard streams, any of which it may lose: closed by whoever started it, a full
// disk, a pipe without a reader, a terminal that is gone.
#pragma once

#include "framework/base/function_ref.hpp"

#include <string_view>

namespace credence {

/// Writes the text to stderr. Where that fails the text is lost, and nothing else happens: no
/// exception, and no SIGPIPE or SIGXFSZ, whatever the program does with them.
void write_stderr(std::string_view text) noexcept;

/// Writes the text to stdout, after what stdio still holds for it. Throws Error, saying why, where
/// not all of it could be written; raises no signal either.
void write_stdout(std::string_view text);

/// Fills those of the descriptors 0, 1 and 2 that are closed with one that can neither be read nor
/// written, so that no file which is opened later takes the place of a standard stream and gets
/// what is meant for that. To be called before the first file is opened.
void reserve_standard_streams() noexcept;

/// All of a program's main: reserves the standard streams, ignores SIGPIPE and SIGXFSZ, so that a
/// write that fails is an error and not the program's end, and calls `body`. Returns the exit
/// status: that of `body`, or 1 where it throws or what was printed on stdout (by stdio or
/// iostreams too) could not be written; "NAME: MESSAGE" on stderr then says why.
int run_program(const char* name, FunctionRef<int()> body);

}  // namespace credence
