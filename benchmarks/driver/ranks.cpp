// The job of this process, and the log of a rank.
#include "benchmarks/driver/ranks.hpp"

#include "framework/core/parallel.hpp"

#include <cstdio>

#include <fmt/core.h>
#include <unistd.h>

namespace credence::benchmarks {
namespace {

class RankLog final : public train::Observer {
 public:
  RankLog(const std::filesystem::path& path, std::string label)
      : path_(path), label_(std::move(label)) {
    char host[256] = "";
    gethostname(host, sizeof(host) - 1);
    write(fmt::format("rank {} of {} on {}, process {}, threads {}: {}\n", job().rank, job().ranks,
                      host, getpid(), num_threads(), label_));
  }
  std::string name() const override { return "rank-log"; }
  void after_step(nn::Module& /*model*/, const train::TrainingPosition& /*position*/) override {}
  void report_epoch(nn::Module& /*model*/, const train::EpochReport& report) override {
    write(fmt::format("{} epoch {}/{}: loss {:.6g}, {:.3f} s of training\n", label_,
                      report.epoch + 1, report.epochs, report.loss, report.seconds));
  }
  std::vector<NamedTensor> state() const override { return {}; }
  void restore(const io::SafeTensors& /*state*/) override {}

 private:
  // A log that cannot be written ends no run.
  void write(const std::string& line) const {
    if (std::FILE* const file = std::fopen(path_.c_str(), "a")) {
      std::fputs(line.c_str(), file);
      std::fclose(file);
    }
  }

  std::filesystem::path path_;
  std::string label_;
};

}  // namespace

Job& job() {
  static Job own;
  return own;
}

void work_in(Group& group, const std::optional<std::filesystem::path>& out) {
  job().group = &group;
  job().rank = group.rank();
  job().ranks = group.size();
  job().state_folder = out;
}

std::shared_ptr<train::Observer> rank_log(const std::filesystem::path& folder,
                                          const std::string& label) {
  return std::make_shared<RankLog>(folder / fmt::format("rank-{}.log", job().rank), label);
}

}  // namespace credence::benchmarks
