// The inputs in tests/fuzz/inputs, with which a fuzz target once failed: a folder for each target.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace credence::fuzz {

/// The paths of this folder of tests/fuzz/inputs, in the order of their names; those of all folders
/// where `target` is empty. None where there is no such folder.
std::vector<std::filesystem::path> inputs_of(const std::string& target);

}  // namespace credence::fuzz
