// The exceptions that Credence throws. Every message names what failed (the op or the file), what
// was found and what was expected, so that the reader can act on it.
#pragma once

#include <cstdint>
#include <memory>
#include <stdexcept>
#include <string>

namespace credence {

/// Base of every exception thrown by Credence.
class Error : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;

  /// The message, behind the path of the part of a model in which it arose, where that is known:
  /// "fc1: [linear] …".
  const char* what() const noexcept override;

  /// Where in a model an error arose, as the modules note it through which it passes.
  struct Place {
    const void* module = nullptr;  ///< the outermost that knows of it
    std::string path;              ///< from there; empty where it arose in that module itself
  };
  const Place& place() const;
  void set_place(Place place);

 private:
  struct Placed;
  std::shared_ptr<const Placed> placed_;  ///< null where no module knows of it
};

/// Operands whose shapes, types or devices do not fit the operation.
class ShapeError : public Error {
 public:
  using Error::Error;
};

/// A value outside the range that an option or an argument allows.
class ValueError : public Error {
 public:
  using Error::Error;
};

/// A file that cannot be read, written or understood: "PATH: byte OFFSET: what is wrong".
class FileError : public Error {
 public:
  FileError(const std::string& path, const std::string& what);
  FileError(const std::string& path, std::uint64_t byte_offset, const std::string& what);
};

}  // namespace credence
