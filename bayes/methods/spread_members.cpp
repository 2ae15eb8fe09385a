// Members as tensors and texts of a file, sent from rank to rank.
#include "bayes/methods/spread_members.hpp"

#include <cstring>
#include <string>
#include <string_view>

namespace credence::bayes {
namespace {

// Numbers, texts and elements, one after the other.
class Packer {
 public:
  void number(std::int64_t value) {
    bytes_.append(reinterpret_cast<const char*>(&value), sizeof(value));
  }
  void text(std::string_view text) {
    number(static_cast<std::int64_t>(text.size()));
    bytes_.append(text);
  }
  void tensor(const Tensor& given) {
    const Tensor host = given.to(Device::cpu);
    number(static_cast<std::int64_t>(host.dtype()));
    number(host.shape().rank());
    for (const std::int64_t extent : host.shape()) number(extent);
    bytes_.append(reinterpret_cast<const char*>(host.raw_data()), host.bytes());
  }
  const std::string& bytes() const { return bytes_; }

 private:
  std::string bytes_;
};

class Unpacker {
 public:
  explicit Unpacker(std::string_view bytes) : rest_(bytes) {}
  bool done() const { return rest_.empty(); }
  std::int64_t number() {
    std::int64_t value = 0;
    std::memcpy(&value, take(sizeof(value)).data(), sizeof(value));
    return value;
  }
  std::string text() { return std::string(take(static_cast<std::size_t>(number()))); }
  Tensor tensor() {
    const auto dtype = static_cast<DType>(number());
    std::vector<std::int64_t> extents(static_cast<std::size_t>(number()));
    for (std::int64_t& extent : extents) extent = number();
    const Tensor result = Tensor::empty(Shape(extents), dtype);
    std::memcpy(result.raw_data(), take(result.bytes()).data(), result.bytes());
    return result;
  }

 private:
  std::string_view take(std::size_t count) {
    const std::string_view taken = rest_.substr(0, count);
    rest_.remove_prefix(count);
    return taken;
  }
  std::string_view rest_;
};

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
