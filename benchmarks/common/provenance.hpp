// Where results come from: the program, the command and the machine.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace credence::benchmarks {

/// An argument as it may be pasted into a shell: in quotes where it needs that.
std::string shell_quoted(std::string_view argument);

/// The command as it may be pasted into a shell: arguments quoted where it needs that.
std::string command_text(int argc, const char* const* argv);

/// "AMD EPYC 7763 64-Core Processor", as the system calls it; "unknown processor" where it does
/// not.
std::string processor();

/// What stands in JSON results under "program", in order: name, version, compiler, instruction_sets
/// and cuda as --version says them, then the command, the date (UTC, ISO 8601) and the cpu.
using Provenance = std::vector<std::pair<std::string, std::string>>;
Provenance provenance(const std::string& program, const std::string& command);

}  // namespace credence::benchmarks
