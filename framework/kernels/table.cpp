// What an empty slot of the kernel table throws.
#include "framework/kernels/table.hpp"

#include <string>

namespace credence {

void throw_no_kernel(const char* name, Device device) {
  throw Error(std::string("[") + name + "] there is no such kernel on the device " +
              to_string(device));
}

}  // namespace credence
