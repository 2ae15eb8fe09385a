// Answers the requests of other projects' test suites (tests/peers/*.py).
//
// credence-peer-calls FOLDER reads requests.jsonl and requests.safetensors there. A line is
//   {"call": "operation" | "module" | "optimizer", "name": NAME, "arguments": {…},
//    "seeds": [NAME OF A TENSOR, …]}
// Where seeds are given, they are the gradients of the outputs. It prints a line of JSON for each
// request at once, {"status": …, "message": …}, and writes answers.safetensors at the end, with
// tensors named LINE.output.NUMBER, LINE.gradient.NAME and LINE.state.NAME. "constants" are the
// tensors whose gradient an operation never has. The status is
//   ok
//   no counterpart  an operation or an argument that Credence does not have
//   refused         an error of Credence
//   broken          another exception
#include "framework/base/standard_streams.hpp"
#include "framework/ops/arithmetic.hpp"
#include "framework/ops/reduce.hpp"
#include "tests/peers/call.hpp"

#include <exception>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

namespace credence::peers {
namespace {

using nlohmann::json;
namespace fs = std::filesystem;

Answer answer_of(const json& request, Call& call) {
  const auto kind = request.at("call").get<std::string>();
  const auto name = request.at("name").get<std::string>();
  if (kind == "module") return module(name, call);
  if (kind == "optimizer") return optimizer(name, call);
  return operation(name, call);
}

// Backward passes of several results would each free the graph that they share.
void run_backward(const std::vector<Variable>& outputs, const std::vector<Tensor>& seeds) {
  if (outputs.size() == 1) return outputs[0].backward(seeds[0]);
  Variable total;
  for (std::size_t i = 0; i < outputs.size(); ++i) {
    if (!outputs[i].requires_grad()) continue;
    const Variable part = sum(outputs[i] * Variable(seeds[i]));
    total = total.defined() ? total + part : part;
  }
  total.backward();
}

std::vector<Tensor> seeds_of(const json& request, const io::SafeTensors& tensors,
                             std::size_t outputs) {
  std::vector<Tensor> seeds;
  for (const json& name : request.value("seeds", json::array())) {
    seeds.push_back(*tensors.find(name.get<std::string>()));
  }
  if (!seeds.empty() && seeds.size() != outputs) {
    throw Error("there are " + std::to_string(outputs) + " outputs, expected " +
                std::to_string(seeds.size()));
  }
  return seeds;
}

json answer(const json& request, const io::SafeTensors& tensors, const std::string& line,
            std::vector<NamedTensor>& answers) {
  Call call(request.at("arguments"), tensors);
  const Answer result = answer_of(request, call);
  call.finish();
  const std::vector<Tensor> seeds = seeds_of(request, tensors, result.outputs.size());
  if (!seeds.empty() && result.outputs[0].requires_grad()) run_backward(result.outputs, seeds);
  for (std::size_t i = 0; i < result.outputs.size(); ++i) {
    answers.push_back({line + ".output." + std::to_string(i), result.outputs[i].value()});
  }
  for (const NamedTensor& item : result.state) {
    answers.push_back({line + ".state." + item.name, item.tensor});
  }
  for (const auto& [name, leaf] : call.leaves()) {
    if (leaf.grad().defined()) answers.push_back({line + ".gradient." + name, leaf.grad()});
  }
  return {{"status", "ok"}, {"constants", call.constants()}};
}

json status_of(const json& request, const io::SafeTensors& tensors, const std::string& line,
               std::vector<NamedTensor>& answers) {
  try {
    return answer(request, tensors, line, answers);
  } catch (const NoCounterpart& error) {
    return {{"status", "no counterpart"}, {"message", error.what()}};
  } catch (const Error& error) {
    return {{"status", "refused"}, {"message", error.what()}};
  } catch (const std::exception& error) {
    return {{"status", "broken"}, {"message", error.what()}};
  }
}

int run(int count, char** arguments) {
  if (count != 2) {
    write_stderr("credence-peer-calls: takes FOLDER\n");
    return 2;
  }
  const fs::path folder = arguments[1];
  const io::SafeTensors tensors = io::load_safetensors(folder / "requests.safetensors");
  std::ifstream requests(folder / "requests.jsonl");
  if (!requests) throw FileError((folder / "requests.jsonl").string(), "cannot be read");
  std::vector<NamedTensor> answers;
  std::string text;
  for (int line = 0; std::getline(requests, text); ++line) {
    const json status = status_of(json::parse(text), tensors, std::to_string(line), answers);
    write_stdout(status.dump() + "\n");
  }
  io::save_safetensors(folder / "answers.safetensors", answers);
  return 0;
}

}  // namespace
}  // namespace credence::peers

int main(int count, char** arguments) {
  return credence::run_program("credence-peer-calls",
                               [&] { return credence::peers::run(count, arguments); });
}
