// Command download: fetches the published files of a data set.
#pragma once

#include <filesystem>
#include <optional>
#include <string>

namespace credence::benchmarks {

/// Fetches "mnist", "fashion-mnist" or "cifar10" into `folder`/NAME, or the cache folder where none
/// is given, and says where it is. Throws Error where no address gives the files, and in builds
/// without libcurl.
void fetch_dataset(const std::string& name, const std::optional<std::filesystem::path>& folder);

}  // namespace credence::benchmarks
