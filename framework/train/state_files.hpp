// The files that hold the last states of a run: how they are named, written, checked and read.
#pragma once

#include "framework/io/safetensors.hpp"

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace credence::train {

/// A state that was read.
struct LoadedState {
  io::SafeTensors state{};
  std::filesystem::path file{};        ///< that it was in
  std::vector<std::string> damaged{};  ///< what is wrong with each newer file: "PATH: REASON"
};

/// The last `keep` states of a run in one folder: the newest in DIR/NAME.EXT, the one before it in
/// DIR/NAME.1.EXT, the one before that in DIR/NAME.2.EXT, and so on. Each has a checksum (CRC-32C)
/// of its names, types, shapes, elements and metadata, so that a file with any changed bit is known
/// as damaged.
///
///   train::StateFiles states("run/state.safetensors");
///   options.save = [&](const io::SafeTensors& state) { states.save(state); };
///   if (auto last = states.load()) options.resume = std::move(last->state);
///   const auto reports = train::fit(model, source, options);
///   states.remove();
class StateFiles {
 public:
  static constexpr int kKept = 2;  ///< unless the user says otherwise
  static constexpr int kLargestKept = 100;

  /// Touches no file. Throws ValueError unless 1 ≤ keep ≤ kLargestKept.
  explicit StateFiles(std::filesystem::path newest, int keep = kKept);

  /// Saves a state, from any device, in one step (see io::write_file_atomically). At each moment,
  /// also where the process or the machine dies, the folder has the newest whole state, and `keep`
  /// of them once so many were saved. After a `load` that passed over damaged files, the new state
  /// takes their place. Throws FileError where the file cannot be written; no state is then lost.
  void save(const io::SafeTensors& state);

  /// The newest state that is whole; nothing where there is no file. One that was saved by
  /// io::save_safetensors, without a checksum, is whole where it can be read. Throws FileError of
  /// the newest file where no file holds a whole state.
  std::optional<LoadedState> load();

  /// Where the newest state is, or would be.
  const std::filesystem::path& newest() const { return newest_; }
  /// The files that are there, the newest first, whatever their number.
  std::vector<std::filesystem::path> files() const;

  /// Removes them, the oldest first. Files that cannot be removed stay.
  void remove() const;

 private:
  std::filesystem::path path(int age) const;
  void make_room();

  std::filesystem::path newest_;
  int keep_;
  int whole_ = 0;  ///< the age of the file that was loaded; those before it are damaged
};

}  // namespace credence::train
