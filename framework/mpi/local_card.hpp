// Which card a rank has, of those of its machine.
#pragma once

#include <filesystem>
#include <optional>
#include <sstream>
#include <string>
#include <system_error>
#include <vector>

namespace credence::mpi {

/// The value of CUDA_VISIBLE_DEVICES for the rank with this number on its machine, counted from 0:
/// one entry of the present value, or of 0, …, cards − 1 where it is not set, in turn. Nothing
/// where there is no choice: a launcher has given the rank its card, or there is one or none.
inline std::optional<std::string> card_of_rank(const std::optional<std::string>& visible, int cards,
                                               int local_rank) {
  std::vector<std::string> entries;
  if (visible) {
    std::istringstream list(*visible);
    for (std::string entry; std::getline(list, entry, ',');) entries.push_back(entry);
  } else {
    for (int card = 0; card < cards; ++card) entries.push_back(std::to_string(card));
  }
  if (entries.size() < 2) return {};
  return entries[static_cast<std::size_t>(local_rank) % entries.size()];
}

/// The number of cards that this process may open: of /dev/nvidia0, /dev/nvidia1, …
inline int cards_of_machine() {
  const std::string begin = "nvidia";
  int count = 0;
  std::error_code error;
  for (const auto& entry : std::filesystem::directory_iterator("/dev", error)) {
    const std::string name = entry.path().filename().string();
    const bool numbered = name.size() > begin.size() && name.starts_with(begin) &&
                          name.find_first_not_of("0123456789", begin.size()) == std::string::npos;
    if (numbered) ++count;
  }
  return count;
}

}  // namespace credence::mpi
