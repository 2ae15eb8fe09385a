// A folder for a while.
#include "benchmarks/kernels/temporary_folder.hpp"

#include "framework/base/error.hpp"

#include <cerrno>
#include <cstdlib>
#include <system_error>

namespace credence::benchmarks {

TemporaryFolder::TemporaryFolder() {
  std::string name = (std::filesystem::temp_directory_path() / "credence-kernels-XXXXXX").string();
  if (mkdtemp(name.data()) == nullptr) {
    throw FileError(name, "cannot be made: " + std::generic_category().message(errno));
  }
  path_ = name;
}

TemporaryFolder::~TemporaryFolder() {
  std::error_code error;
  std::filesystem::remove_all(path_, error);
}

}  // namespace credence::benchmarks
