// What a program finds by dlsym where the module of system_faults.cpp is loaded in front of the C
// library. Calls are counted that concern files in one folder.
#pragma once

#include <dlfcn.h>

namespace credence::test {

/// In place of an errno value: a read or a write handles about half of the bytes, as the system
/// may.
constexpr int kShortCount = -1;

/// What the module does from the call of arm() on.
struct FaultPlan {
  const char* folder = "";     ///< the path of the folder, absolute
  const char* calls = "";      ///< which calls count: " open read write "; with blanks around each
  long number = 0;             ///< of the call that fails, from 1; 0 for none
  int error = 0;               ///< its errno value, or kShortCount; 0 where only `before` is to run
  void (*before)() = nullptr;  ///< runs before that call
};

/// The module's functions.
struct SystemFaults {
  void (*arm)(const FaultPlan& plan) = nullptr;
  long (*calls)() = nullptr;          ///< that counted since arm()
  const char* (*failed)() = nullptr;  ///< the name of the call that failed; empty for none

  explicit operator bool() const { return arm != nullptr; }

  /// No functions where the module is not loaded.
  static SystemFaults find() {
    return {
        reinterpret_cast<void (*)(const FaultPlan&)>(dlsym(RTLD_DEFAULT, "credence_faults_arm")),
        reinterpret_cast<long (*)()>(dlsym(RTLD_DEFAULT, "credence_faults_calls")),
        reinterpret_cast<const char* (*)()>(dlsym(RTLD_DEFAULT, "credence_faults_failed"))};
  }
};

}  // namespace credence::test
