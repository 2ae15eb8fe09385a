// The texts of errors: where in a model, or at which byte of a file, an error arose.
#include "framework/base/error.hpp"

#include <utility>

namespace credence {

struct Error::Placed {
  Place place;
  std::string message;
};

const char* Error::what() const noexcept {
  return placed_ ? placed_->message.c_str() : std::runtime_error::what();
}

const Error::Place& Error::place() const {
  static const Place unknown;
  return placed_ ? placed_->place : unknown;
}

void Error::set_place(Place place) {
  const std::string message = std::runtime_error::what();
  std::string placed = place.path.empty() ? message : place.path + ": " + message;
  placed_ = std::make_shared<const Placed>(Placed{std::move(place), std::move(placed)});
}

FileError::FileError(const std::string& path, const std::string& what)
    : Error(path + ": " + what) {}

FileError::FileError(const std::string& path, std::uint64_t byte_offset, const std::string& what)
    : Error(path + ": byte " + std::to_string(byte_offset) + ": " + what) {}

}  // namespace credence
