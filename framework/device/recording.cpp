// The flag of the device's context that is set while work is recorded.
#include "framework/device/recording.hpp"

#include "framework/base/error.hpp"

#include <string>

namespace credence::device {
namespace {

bool is_recording = false;

}  // namespace

void set_recording(bool recording) { is_recording = recording; }
bool recording() { return is_recording; }

void refuse_while_recording(const char* operation) {
  if (!is_recording) return;
  throw Error(std::string("[") + operation +
              "] is not possible while work on the device is being recorded");
}

}  // namespace credence::device
