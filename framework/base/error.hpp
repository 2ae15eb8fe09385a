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

  /// The message. Where the error arose in a part of a model, the path of that part stands in
  /// front: "fc1: [linear] …".
  const char* what() const noexcept override;

  /// Where in a model an error arose. Each module that the exception passes through updates it.
  struct Place {
    const void* module = nullptr;  ///< the outermost module that the error has passed through
    std::string path;  ///< the part's path from that module; empty for the module itself
  };
  /// The place so far; its module is null where the error has passed through none.
  const Place& place() const;
  /// Sets the place; what() then starts with its path.
  void set_place(Place place);

 private:
  struct Placed;
  std::shared_ptr<const Placed> placed_;  ///< null where the error has passed through no module
};

/// Shapes, element types or devices of operands do not fit the operation.
class ShapeError : public Error {
 public:
  using Error::Error;
};

/// An option or argument has a value outside its allowed range.
class ValueError : public Error {
 public:
  using Error::Error;
};

/// A file cannot be read, written or understood. The message is "PATH: byte OFFSET: what is wrong",
/// or "PATH: what is wrong" without an offset.
class FileError : public Error {
 public:
  FileError(const std::string& path, const std::string& what);
  FileError(const std::string& path, std::uint64_t byte_offset, const std::string& what);
};

}  // namespace credence
