// A shared library that is loaded when it is first needed, so that a program starts on machines
// that do not have it. Includes no CUDA header.
#pragma once

#include <string>

namespace credence::cuda {

class SharedLibrary {
 public:
  /// Loads `file`, such as "libcudnn.so.9": the one that the system's loader finds
  /// (LD_LIBRARY_PATH, ldconfig), else the one in `folder`. It stays loaded until the program ends.
  /// Throws Error that names the file, the loader's reason and `package`, which is what to install.
  SharedLibrary(const std::string& file, const std::string& folder, const std::string& package);

  /// Points `function` to the library's function of that name. Throws Error, naming file and
  /// function, where there is none.
  template <class Function>
  void find(const char* name, Function& function) const {
    function = reinterpret_cast<Function>(address(name));
  }

 private:
  void* address(const char* name) const;

  std::string file_;
  void* library_;
};

}  // namespace credence::cuda
