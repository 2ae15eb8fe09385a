// The texts about compiler, instruction sets and CUDA that programs print for --version.
#include "framework/dispatch/build_info.hpp"

#include "framework/device/backend.hpp"
#include "framework/dispatch/kernels.hpp"
#include "framework/version.hpp"

namespace credence {
namespace {

std::string compiler() {
#if defined(__clang__)
  return std::string("clang ") + __clang_version__;
#else
  return std::string("g++ ") + __VERSION__;
#endif
}

std::string cuda_text() {
  const device::Availability& availability = device::availability();
  return availability.built_in ? "built in (" + availability.description + ")" : "not built in";
}

std::string instruction_sets() {
  std::string text;
  for (const std::string& name : cpu_instruction_sets()) text += (text.empty() ? "" : " ") + name;
  return text;
}

}  // namespace

BuildInfo build_info() { return {kVersion, compiler(), instruction_sets(), cuda_text()}; }

std::string version_text(const std::string& program) {
  const BuildInfo info = build_info();
  return program + " " + info.version + "\ncompiler: " + info.compiler +
         "\nCPU instruction sets: " + info.instruction_sets + "\nCUDA: " + info.cuda;
}

}  // namespace credence
