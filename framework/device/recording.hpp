// Whether the work on the device is being recorded.
#pragma once

namespace credence::device {

/// A part of the device's context: set while work is recorded (see DeviceGraph).
void set_recording(bool recording);
bool recording();

/// Throws Error, naming the operation, while work is being recorded.
void refuse_while_recording(const char* operation);

}  // namespace credence::device
