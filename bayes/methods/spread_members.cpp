// Members as tensors and texts of a file, sent from rank to rank.
#include "bayes/methods/spread_members.hpp"

#include "framework/group/packing.hpp"

#include <string>

namespace credence::bayes {
namespace {

void pack(const Method& method, Packer& packer) {
  io::SafeTensors file;
  MethodWriter(file).part({}, method);
  packer.number(static_cast<std::int64_t>(file.tensors.size()));
  for (const NamedTensor& stored : file.tensors) {
    packer.text(stored.name);
    packer.tensor(stored.tensor);
  }
  packer.number(static_cast<std::int64_t>(file.metadata.size()));
  for (const auto& [key, value] : file.metadata) {
    packer.text(key);
    packer.text(value);
  }
}

io::SafeTensors unpack(Unpacker& unpacker) {
  io::SafeTensors file;
  for (std::int64_t left = unpacker.number(); left > 0; --left) {
    std::string name = unpacker.text();
    file.tensors.push_back({std::move(name), unpacker.tensor()});
  }
  for (std::int64_t left = unpacker.number(); left > 0; --left) {
    std::string key = unpacker.text();
    file.metadata[std::move(key)] = unpacker.text();
  }
  return file;
}

}  // namespace

std::vector<std::unique_ptr<Method>> spread_members(
    Group& group, std::int64_t members, const MakeModel& make,
    FunctionRef<std::unique_ptr<Method>(std::int64_t member)> train,
    const std::map<std::string, ReadMethod>& own) {
  Packer packer;
  const PartRange mine = parts_of_rank(members, group.rank(), group.size());
  for (std::int64_t member = mine.begin; member < mine.end; ++member) {
    pack(*train(member), packer);
  }
  std::vector<std::unique_ptr<Method>> all;
  for (const std::string& bytes : group.all_gather(packer.bytes())) {
    for (Unpacker unpacker(bytes); !unpacker.done();) {
      const std::string name = "member " + std::to_string(all.size() + 1);
      all.push_back(load_method(name, unpack(unpacker), make, own));
    }
  }
  return all;
}

}  // namespace credence::bayes
