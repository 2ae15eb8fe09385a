// Tests of the command export of credence-bench: files for each form, what it prints, wrong usage.
#include "framework/io/checkpoint.hpp"
#include "tests/benchmarks/program.hpp"
#include "tests/framework/onnx_runtime.hpp"
#include "tests/framework/protobuf_reader.hpp"
#include "zoo/lenet5.hpp"

#include <map>

#include <boost/test/unit_test.hpp>
#include <nlohmann/json.hpp>

namespace credence::test {

BOOST_AUTO_TEST_SUITE(export_command)

namespace {

using Json = nlohmann::json;
using Arguments = std::vector<std::string>;

// LeNet5 of both families as runs leave them, untrained.
class Checkpoints {
 public:
  Checkpoints() {
    zoo::LeNet5<> frequentist({.classes = 3}, Generator(1).split("model"));
    zoo::BayesianLeNet5 bayesian({.classes = 3}, Generator(1).split("model"));
    std::map<std::string, std::string> metadata{
        {"model", "LeNet5"},    {"family", "frequentist"},
        {"activation", "relu"}, {"class_names", "cat\ndog\nhen"},
        {"mean", "0.1"},        {"std", "0.3"}};
    io::save_checkpoint(path("frequentist"), frequentist, metadata);
    metadata["family"] = "bayesian";
    metadata["activation"] = "softplus";
    io::save_checkpoint(path("bayesian"), bayesian, metadata);
  }

  std::string path(const std::string& name) const {
    return (folder.path() / (name + ".safetensors")).string();
  }
  std::string out() const { return (folder.path() / "net.onnx").string(); }

  Outcome run(const std::string& name, Arguments more) const {
    Arguments arguments{"export", "--checkpoint", path(name), "--out", out()};
    arguments.insert(arguments.end(), more.begin(), more.end());
    return run_program(CREDENCE_BENCH, arguments);
  }

  TemporaryFolder folder;
};

// The metadata of a file.
std::map<std::string, std::string> metadata_of(const std::string& bytes) {
  std::map<std::string, std::string> metadata;
  for (const std::string_view entry : fields_of(bytes).all(14)) {
    const Fields fields = fields_of(entry);
    metadata[std::string(fields.at(1))] = fields.at(2);
  }
  return metadata;
}

std::vector<std::string> outputs_of(const std::string& bytes) {
  std::vector<std::string> names;
  for (const std::string_view output : fields_of(fields_of(bytes).at(7)).all(12)) {
    names.emplace_back(fields_of(output).at(1));
  }
  return names;
}

void check_failure(const Outcome& outcome, int status, const std::string& names) {
  BOOST_TEST(outcome.status == status, outcome.err);
  BOOST_TEST(outcome.out == "");
  BOOST_TEST(line_count(outcome.err) == 1);
  BOOST_TEST(outcome.err.find(names) != std::string::npos, outcome.err);
}

}  // namespace

BOOST_AUTO_TEST_CASE(each_form_is_a_file_that_says_what_it_is) {
  const Checkpoints run;
  const Outcome plain = run.run("frequentist", {});
  BOOST_TEST_REQUIRE(plain.status == 0, plain.err);
  const std::string bytes = read_file(run.out());
  auto metadata = metadata_of(bytes);
  BOOST_TEST(metadata["class_names"] == "cat\ndog\nhen");
  BOOST_TEST(metadata["form"] == "mean");
  BOOST_TEST(metadata["family"] == "frequentist");
  BOOST_TEST(metadata["input_mean"] == "0.1");
  BOOST_TEST(metadata["input_deviation"] == "0.3");
  const std::vector<std::string> both{"logits", "probabilities"};
  BOOST_TEST(outputs_of(bytes) == both, boost::test_tools::per_element());
  for (const char* part : {"net.onnx", "form mean", "input: float32 [batch, 1, 28, 28]",
                           "logits, probabilities: float32 [batch, 3]"}) {
    BOOST_TEST(plain.out.find(part) != std::string::npos, plain.out);
  }

  const Outcome moments = run.run("bayesian", {"--form", "moments", "--samples", "2", "--seed", "5",
                                               "--pixels", "--json", "-"});
  BOOST_TEST_REQUIRE(moments.status == 0, moments.err);
  const Json json = Json::parse(moments.out);
  BOOST_TEST(json.at("form") == "moments");
  BOOST_TEST(json.at("samples") == 2);
  BOOST_TEST(json.at("input").at("type") == "uint8");
  const std::string other = read_file(run.out());
  BOOST_TEST(json.at("bytes") == other.size());
  metadata = metadata_of(other);
  BOOST_TEST(metadata["draw_seed"] == "5");
  BOOST_TEST(metadata["samples"] == "2");
  const std::vector<std::string> two{"mean", "variance"};
  BOOST_TEST(outputs_of(other) == two, boost::test_tools::per_element());

  // A sample is that of its seed.
  BOOST_TEST(run.run("bayesian", {"--form", "sample"}).status == 0);
  const std::string sample = read_file(run.out());
  BOOST_TEST(run.run("bayesian", {"--form", "sample"}).status == 0);
  BOOST_TEST((read_file(run.out()) == sample));
  BOOST_TEST(run.run("bayesian", {"--form", "sample", "--seed", "1"}).status == 0);
  BOOST_TEST((read_file(run.out()) != sample));
}

BOOST_AUTO_TEST_CASE(wrong_usage_and_failures_are_one_line) {
  const Checkpoints run;
  check_failure(run.run("frequentist", {"--form", "sample"}), 1, "no Bayesian layers");
  check_failure(run.run("missing", {}), 1, "missing.safetensors");
  check_failure(run.run("bayesian", {"--out", run.path("bayesian")}), 1, "--checkpoint");
  check_failure(run.run("bayesian", {"--out", run.path("none/net")}), 1, "folder");
  check_failure(run.run("bayesian", {"--form", "median"}), 2, "--form");
  check_failure(run.run("bayesian", {"--samples", "0"}), 2, "--samples");
  check_failure(run.run("bayesian", {"--seed", "4294967296"}), 2, "--seed");
  check_failure(run_program(CREDENCE_BENCH, {"export", "--checkpoint", "a"}), 2, "--out");
  BOOST_TEST(!std::filesystem::exists(run.out()));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace credence::test
