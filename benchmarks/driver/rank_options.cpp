// The options of runs in several processes.
#include "benchmarks/common/command_line.hpp"
#include "benchmarks/driver/option_groups.hpp"
#include "benchmarks/driver/ranks.hpp"

namespace credence::benchmarks {

void add_ranks(CLI::App& app) {
  add_named(
      app, "--parallel", job().spread, std::vector<std::string>{"data", "members", "samples"},
      [](const std::string& name) -> std::optional<Spread> {
        if (name == "data") return Spread::data;
        if (name == "members") return Spread::members;
        if (name == "samples") return Spread::samples;
        return {};
      },
      "What the processes that mpirun or srun has started share: data, the rows of each batch; "
      "members, those of ensembles, else data; samples, the posterior samples of predictions, and "
      "of training steps that have at least one for each process, of models without batch "
      "normalisation, else data (default: members where an ensemble has enough, else data)");
  app.add_flag_callback(
      "--rank-batch-norm", [] { job().shared_statistics = false; },
      "Batch normalisation by the rows of each process (default: of the whole batch)");
  add_number(app, "--blocks", job().blocks, Bounds<std::int64_t>{0, 65536},
             "Add gradients up in so many blocks of each batch, in one order: results have the "
             "same bits for any number of processes up to this one; not for models with batch "
             "normalisation; 0 for none")
      ->capture_default_str();
  add_number(app, "--rank-timeout", job().timeout, Bounds<double>{1, 1e6},
             "Seconds that a process waits for the others before it ends them all")
      ->type_name("SECONDS")
      ->capture_default_str();
}

}  // namespace credence::benchmarks
