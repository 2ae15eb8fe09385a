// The operation of a request.
#include "tests/peers/operations.hpp"

namespace credence::peers {
namespace {

Operations all_operations() {
  Operations all = elementwise_operations();
  for (const auto& more : {shape_operations(), image_operations(), loss_operations()}) {
    all.insert(more.begin(), more.end());
  }
  return all;
}

}  // namespace

Answer operation(const std::string& name, Call& call) {
  static const Operations operations = all_operations();
  const auto found = operations.find(name);
  if (found == operations.end()) throw NoCounterpart("no operation " + name);
  return found->second(call);
}

}  // namespace credence::peers
