// The processes of a run that mpirun or srun has started, and how they share its work.
#pragma once

#include "framework/group/group.hpp"
#include "framework/train/fit.hpp"

#include <filesystem>
#include <memory>
#include <optional>
#include <string>

namespace credence::benchmarks {

/// What the ranks share.
enum class Spread : std::uint8_t {
  by_size,  ///< members where an ensemble has at least as many as there are ranks, else data
  data,     ///< the rows of each batch
  samples,  ///< the posterior samples of predictions, and of steps that have enough, else data
  members   ///< the members of ensembles; of all else the rows of each batch
};

/// The job of this process. There is one for the whole process, as there is one MPI.
struct Job {
  Group* group = &single_process();  ///< that shares the current work
  int rank = 0;                      ///< of this process among all
  int ranks = 1;
  Spread spread = Spread::by_size;
  bool shared_statistics = true;  ///< DataParallel::shared_statistics
  std::int64_t blocks = 0;        ///< DataParallel::blocks
  double timeout = 1800;          ///< seconds that a rank waits for the others
  /// Where the states of trials are: Options::out, which ranks above 0 do not have, so that they
  /// write nothing else.
  std::optional<std::filesystem::path> state_folder{};

  bool alone() const { return group->alone(); }
  bool is_first() const { return group->rank() == 0; }
  /// Of a run whose objective makes so many passes a step that ranks may share.
  train::DataParallel parallel(std::int64_t passes) const {
    const bool share = spread == Spread::samples && blocks == 0 && passes >= group->size();
    return {group, shared_statistics, blocks, share ? passes : 0};
  }
};
Job& job();

/// While an object is alive, this process works alone: for the members of an ensemble.
class AloneInJob {
 public:
  AloneInJob() : former_(job()) { job().group = &single_process(); }
  ~AloneInJob() { job() = former_; }
  AloneInJob(const AloneInJob&) = delete;
  AloneInJob& operator=(const AloneInJob&) = delete;

 private:
  Job former_;
};

/// Makes this process one of the job's group, which outlives the run. A trial's states are in
/// `out`.
void work_in(Group& group, const std::optional<std::filesystem::path>& out);

/// Writes OUT/rank-R.log: what this rank is, and a line for each epoch of the trial `label`.
std::shared_ptr<train::Observer> rank_log(const std::filesystem::path& folder,
                                          const std::string& label);

}  // namespace credence::benchmarks
