// Tests of several processes: mpirun starts credence-mpi-checks, which compares training on its
// ranks with training in one process, and credence-bench. Each rank has one thread. Without MPI the
// tests print "skipped".
#include "framework/mpi/local_card.hpp"
#include "tests/benchmarks/program.hpp"
#include "tests/benchmarks/small_mnist.hpp"

#include <chrono>
#include <regex>

#include <boost/test/unit_test.hpp>

namespace credence::test {

BOOST_AUTO_TEST_SUITE(ranks)

namespace {

bool has_mpi() {
  if (std::string(CREDENCE_MPI_CHECKS).empty() ||
      run_program("sh", {"-c", "command -v mpirun"}).status != 0) {
    BOOST_TEST_MESSAGE("skipped: there is no MPI (Debian: libopenmpi-dev openmpi-bin)");
    return false;
  }
  return true;
}

bool has_fake_nccl() {
  if (!std::string(CREDENCE_FAKE_NCCL).empty()) return true;
  BOOST_TEST_MESSAGE("skipped: there is no header of NCCL");
  return false;
}

// mpirun -n RANKS PROGRAM ARGUMENTS, as root too and with more ranks than cores.
Outcome ranks(int count, const std::string& program, const std::vector<std::string>& arguments) {
  std::vector<std::string> all{"OMP_NUM_THREADS=1",
                               "OMPI_MCA_btl_base_warn_component_unused=0",
                               "mpirun",
                               "--allow-run-as-root",
                               "--oversubscribe",
                               "--bind-to",
                               "none",
                               "-n",
                               std::to_string(count),
                               program};
  all.insert(all.end(), arguments.begin(), arguments.end());
  return run_program("env", all);
}

Outcome check(int count, const std::vector<std::string>& arguments) {
  return ranks(count, CREDENCE_MPI_CHECKS, arguments);
}

void require_ok(const Outcome& outcome) {
  BOOST_TEST(outcome.status == 0, outcome.out + outcome.err);
  BOOST_TEST(outcome.out.find("FAILED") == std::string::npos, outcome.out);
  BOOST_TEST(outcome.out.find("ok    ") != std::string::npos, outcome.out);
}

// The first number behind each `name` in a JSON text.
std::vector<double> numbers_named(const std::string& json, const std::string& name) {
  std::vector<double> numbers;
  const std::string key = '"' + name + "\": ";
  for (std::size_t at = json.find(key); at != std::string::npos; at = json.find(key, at + 1)) {
    numbers.push_back(std::stod(json.substr(at + key.size())));
  }
  return numbers;
}

}  // namespace

BOOST_AUTO_TEST_CASE(ranks_train_as_one_process_does) {
  if (!has_mpi()) return;
  for (const int count : {2, 3, 4}) require_ok(check(count, {"equal"}));
}

BOOST_AUTO_TEST_CASE(blocks_give_the_same_bits_for_any_number_of_ranks) {
  if (!has_mpi()) return;
  for (const int count : {1, 2, 3}) require_ok(check(count, {"blocks"}));
}

BOOST_AUTO_TEST_CASE(samples_of_a_step_are_shared_with_one_divergence) {
  if (!has_mpi()) return;
  for (const int count : {2, 3}) require_ok(check(count, {"samples"}));
}

BOOST_AUTO_TEST_CASE(credence_bench_shares_the_samples_of_a_step) {
  if (!has_mpi()) return;
  const TemporaryFolder data;
  write_small_mnist(data, 200, 50);
  const auto losses = [&](int count, const std::string& out) {
    const Outcome outcome =
        ranks(count, CREDENCE_BENCH,
              {"--data-dir", data.path().string(), "--model", "LeNet5", "--epochs", "1",
               "--validation", "0", "--samples", "2", "--threads", "1", "--samples-per-step", "5",
               "--parallel", "samples", "--out", (data.path() / out).string()});
    BOOST_TEST(outcome.status == 0, outcome.err);
    return numbers_named(read_text((data.path() / out / "results.json").string()), "nll");
  };
  const std::vector<double> alone = losses(1, "alone");
  const std::vector<double> shared = losses(3, "shared");
  BOOST_REQUIRE(shared.size() == alone.size());
  BOOST_TEST(shared.size() > 0U);
  for (std::size_t i = 0; i < shared.size(); ++i) {
    BOOST_TEST(shared[i] == alone[i], boost::test_tools::tolerance(1e-5));
  }
}

BOOST_AUTO_TEST_CASE(posterior_work_is_spread_and_gathered) {
  if (!has_mpi()) return;
  require_ok(check(3, {"predict"}));
}

BOOST_AUTO_TEST_CASE(cards_sum_by_nccl_or_all_ranks_know_that_they_do_not) {
  if (!has_mpi() || !has_fake_nccl()) return;
  const TemporaryFolder folder;
  const std::string log = (folder.path() / "calls").string();
  const auto sums = [&](const std::string& library, const std::string& setting) {
    return ranks(3, "env", {setting, CREDENCE_MPI_CHECKS, "nccl", library});
  };
  const Outcome outcome = sums(CREDENCE_FAKE_NCCL, "FAKE_NCCL_LOG=" + log);
  BOOST_TEST(outcome.out == "ok      on the cards\n", outcome.out + outcome.err);
  for (const std::string rank : {"0", "1", "2"}) {
    const std::string sum = " in place 1 float 1 add 1 stream 0x40\n";
    BOOST_TEST(read_text(log + '.' + rank) ==
               "init " + rank + " of 3\nsum 2500" + sum + "sum 1" + sum + "destroy\n");
  }
  const std::string begin = "sums of the ranks' cards go through the host's memory: rank ";
  const Outcome refused = sums(CREDENCE_FAKE_NCCL, "FAKE_NCCL_FAIL=1");
  BOOST_TEST(refused.out == "ok      on the host\n", refused.out + refused.err);
  BOOST_TEST(refused.err == begin + "1: [nccl] communicator: invalid usage\n");
  const Outcome absent = sums("libcredence-absent.so.2", "FAKE_NCCL_FAIL=1");
  BOOST_TEST(absent.out == "ok      on the host\n", absent.out + absent.err);
  BOOST_TEST(absent.err.starts_with(begin + "0: [cuda] libcredence-absent.so.2 cannot be loaded"),
             absent.err);
}

BOOST_AUTO_TEST_CASE(a_rank_that_does_not_join_a_sum_of_the_cards_ends_the_job) {
  if (!has_mpi() || !has_fake_nccl()) return;
  const auto begin = std::chrono::steady_clock::now();
  const Outcome outcome = ranks(
      3, "env", {"CHECK_TIMEOUT=2", CREDENCE_MPI_CHECKS, "nccl-slow", CREDENCE_FAKE_NCCL, "1"});
  const std::chrono::duration<double> taken = std::chrono::steady_clock::now() - begin;
  BOOST_TEST(outcome.status != 0);
  const std::regex said(
      "rank [02] of 3: waited 2 s for the others after a sum of NCCL: a rank hangs");
  BOOST_TEST(std::regex_search(outcome.err, said), outcome.err);
  BOOST_TEST(taken.count() < 30);
}

BOOST_AUTO_TEST_CASE(ranks_of_a_machine_take_its_cards_in_turn) {
  using mpi::card_of_rank;
  BOOST_TEST(card_of_rank({}, 4, 2).value() == "2");
  BOOST_TEST(card_of_rank({}, 2, 3).value() == "1");
  BOOST_TEST(card_of_rank("6,GPU-af,1", 8, 1).value() == "GPU-af");
  // A launcher has chosen already, or there is nothing to choose.
  BOOST_TEST(!card_of_rank("3", 8, 1));
  BOOST_TEST(!card_of_rank("", 8, 1));
  BOOST_TEST(!card_of_rank({}, 1, 1));
  BOOST_TEST(!card_of_rank({}, 0, 0));
}

BOOST_AUTO_TEST_CASE(a_run_resumes_with_another_number_of_ranks) {
  if (!has_mpi()) return;
  const TemporaryFolder folder;
  BOOST_TEST(check(2, {"resume", folder.path().string(), "3"}).status == 0);
  BOOST_TEST(check(1, {"resume", folder.path().string(), "5"}).status == 0);
  require_ok(check(3, {"resume", folder.path().string(), "0"}));
}

BOOST_AUTO_TEST_CASE(a_rank_that_hangs_ends_the_job_and_is_named) {
  if (!has_mpi()) return;
  const Outcome outcome =
      run_program("env", {"CHECK_TIMEOUT=3", "OMP_NUM_THREADS=1", "mpirun", "--allow-run-as-root",
                          "--oversubscribe", "-n", "3", CREDENCE_MPI_CHECKS, "slow", "2", "1"});
  BOOST_TEST(outcome.status != 0);
  // Either of the two that wait may be the first to say so.
  const std::regex said(
      "rank [02] of 3: waited 3 s in all_reduce for the others; no answer from rank 1\n");
  BOOST_TEST(std::regex_search(outcome.err, said), outcome.err);
}

BOOST_AUTO_TEST_CASE(a_rank_that_is_killed_ends_the_job_and_the_run_resumes) {
  if (!has_mpi()) return;
  const TemporaryFolder folder;
  const std::string out = (folder.path() / "run").string();
  const TemporaryFolder data;
  write_small_mnist(data, 300, 50);
  const std::vector<std::string> arguments{
      "--data-dir", data.path().string(), "--model", "LeNet5",    "--epochs", "2", "--validation",
      "0",          "--samples",          "2",       "--threads", "1"};
  const auto with = [&](std::vector<std::string> more) {
    more.insert(more.begin(), arguments.begin(), arguments.end());
    return more;
  };
  // The process of rank 1 ends itself by SIGKILL when the first state is there.
  const std::string script =
      "if [ \"$OMPI_COMM_WORLD_RANK\" = 1 ]; then (while kill -0 $$; do "
      "[ -e '" +
      out +
      "/frequentist.state.safetensors' ] && kill -9 $$; sleep 0.05; done) 2>/dev/null & fi; "
      "exec \"$0\" \"$@\"";
  std::vector<std::string> killed{"-c", script, CREDENCE_BENCH};
  const std::vector<std::string> options = with({"--out", out});
  killed.insert(killed.end(), options.begin(), options.end());
  const Outcome died = ranks(2, "sh", killed);
  BOOST_TEST(died.status != 0);
  BOOST_TEST(died.err.find("rank 1") != std::string::npos, died.err);
  const Outcome resumed = ranks(3, CREDENCE_BENCH, with({"--out", out, "--resume"}));
  BOOST_TEST(resumed.status == 0, resumed.err);
  const std::string alone = (folder.path() / "alone").string();
  const Outcome one = run_program(CREDENCE_BENCH, with({"--out", alone}));
  BOOST_TEST(one.status == 0, one.err);
  const std::vector<double> losses = numbers_named(read_text(out + "/results.json"), "loss");
  const std::vector<double> expected = numbers_named(read_text(alone + "/results.json"), "loss");
  BOOST_REQUIRE(losses.size() == expected.size());
  BOOST_TEST(losses.size() > 0U);
  for (std::size_t i = 0; i < losses.size(); ++i) {
    BOOST_TEST(losses[i] == expected[i], boost::test_tools::tolerance(1e-4));
  }
  // Each rank has said in its log what it is.
  for (const char* rank : {"0", "1", "2"}) {
    const std::string log = read_text(out + "/rank-" + rank + ".log");
    BOOST_TEST(log.starts_with("rank " + std::string(rank) + " of "), log);
  }
}

BOOST_AUTO_TEST_CASE(the_simulator_finds_latency_and_bandwidth_and_predicts_by_them) {
  if (run_program("python3", {"--version"}).status != 0) {
    BOOST_TEST_MESSAGE("skipped: there is no python3");
    return;
  }
  const TemporaryFolder folder;
  // Sums of two ranks with 10 us and 1 GB/s: 2 alpha + bytes / beta.
  folder.write("messages.json",
               R"({"ranks": 2, "sums": [{"bytes": 8, "median_ms": 0.020008},
                   {"bytes": 1000000, "median_ms": 1.02}, {"bytes": 64000000, "median_ms": 64.02}]})");
  // 10 ms of work, then sums of 1 MB and twice of 64 bytes: 11.06 ms.
  folder.write(
      "one.json",
      R"({"model": "LeNet5", "family": "frequentist", "batch_size": 1, "steps_ms": [10, 10],
                   "in_sums_ms": [0, 0], "messages_a_step": 0, "gradient_bytes": 1000000})");
  folder.write("two.json", R"({"ranks": 2, "median_ms": 11.06})");
  const auto file = [&](const char* name) { return (folder.path() / name).string(); };
  const std::string script = CREDENCE_SOURCE_ROOT "/benchmarks/steps/simulate_ranks.py";
  const Outcome fitted = run_program("python3", {script, "fit", file("messages.json")});
  BOOST_TEST(fitted.out == "alpha 10.0 us, beta 1.00 GB/s\n", fitted.out + fitted.err);
  const Outcome checked = run_program(
      "python3", {script, "check", file("one.json"), file("two.json"), file("messages.json")});
  BOOST_TEST(
      checked.out.find("predicted 11.06 ms, measured 11.06 ms (+0.0 %)") != std::string::npos,
      checked.out + checked.err);
  // On one core two ranks take turns.
  const Outcome turns = run_program("python3", {script, "check", file("one.json"), file("two.json"),
                                                file("messages.json"), "--cores", "1"});
  BOOST_TEST(turns.out.find("predicted 22.12 ms") != std::string::npos, turns.out + turns.err);
  const Outcome missing = run_program("python3", {script, "fit", file("none.json")});
  BOOST_TEST(missing.status == 1);
  BOOST_TEST(line_count(missing.err) == 1);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace credence::test
