// Loading of shared libraries with dlopen.
#include "framework/cuda/libraries/shared_library.hpp"

#include "framework/base/error.hpp"

#include <filesystem>
#include <system_error>

#include <dlfcn.h>

namespace credence::cuda {
namespace {

void* open_library(const std::string& file, const std::string& folder) {
  void* const library = dlopen(file.c_str(), RTLD_NOW);
  if (library != nullptr) return library;
  const std::filesystem::path elsewhere = std::filesystem::path(folder) / file;
  std::error_code ignored;
  // A file that is not there would replace the loader's own reason.
  if (!std::filesystem::exists(elsewhere, ignored)) return nullptr;
  return dlopen(elsewhere.c_str(), RTLD_NOW);
}

}  // namespace

SharedLibrary::SharedLibrary(const std::string& file, const std::string& folder,
                             const std::string& package)
    : file_(file), library_(open_library(file, folder)) {
  if (library_ != nullptr) return;
  const char* const reason = dlerror();
  throw Error("[cuda] " + file + " cannot be loaded (" + (reason == nullptr ? "" : reason) +
              "): install " + package + ", or name its folder in LD_LIBRARY_PATH");
}

void* SharedLibrary::address(const char* name) const {
  void* const found = dlsym(library_, name);
  if (found == nullptr) throw Error("[cuda] " + file_ + " has no function " + name);
  return found;
}

}  // namespace credence::cuda
