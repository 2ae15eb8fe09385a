#include "framework/core/error.hpp"

namespace credence {

FileError::FileError(const std::string& path, const std::string& what)
    : Error(path + ": " + what) {}

FileError::FileError(const std::string& path, std::uint64_t byte_offset, const std::string& what)
    : Error(path + ": byte " + std::to_string(byte_offset) + ": " + what) {}

}  // namespace credence
