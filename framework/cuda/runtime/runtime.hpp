// The functions of device::Backend that the runtime library defines; framework/device/backend.hpp
// describes them. Includes no CUDA header.
#pragma once

#include "framework/device/backend.hpp"

#include <cstddef>
#include <cstdint>
#include <string>

namespace credence::cuda {

using device::Availability;

const Availability& availability();
std::byte* allocate(std::size_t bytes);
void free(std::byte* block);
std::size_t free_memory();
std::string describe_memory();
void copy(std::byte* to, Device to_device, const std::byte* from, Device from_device,
          std::size_t bytes);
void fill(DType dtype, std::byte* elements, std::int64_t n, double value);
void convert(DType from, const std::byte* elements, DType to, std::byte* converted, std::int64_t n);
void synchronize();
/// stream() of context.hpp.
void* stream_of_work();
std::unique_ptr<device::Upload> make_upload(std::size_t bytes);
std::unique_ptr<device::Timer> make_timer();
std::size_t cache_bytes();

}  // namespace credence::cuda
