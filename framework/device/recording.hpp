// Whether work on the device is being recorded at the moment.
#pragma once

namespace credence::device {

/// The flag of the device's context, set while DeviceGraph records work.
void set_recording(bool recording);
bool recording();

/// Throws Error with the name of the operation while work is being recorded.
void refuse_while_recording(const char* operation);

}  // namespace credence::device
