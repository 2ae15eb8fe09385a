// Target: safetensors files. What is written again is read as the same tensors.
#include "framework/io/safetensors.hpp"

#include "tests/fuzz/target.hpp"

namespace credence::fuzz {
namespace {

std::string file_with(const std::string& header, const std::string& elements) {
  std::string size(8, '\0');
  size[0] = static_cast<char>(header.size() % 256);
  size[1] = static_cast<char>(header.size() / 256);
  return size + header + elements;
}

}  // namespace

Target safetensors() {
  const auto run = [](std::string_view bytes) {
    read_or_refuse([&] {
      const io::SafeTensors file = io::load_safetensors(file_of(bytes));
      const std::filesystem::path again = file_of({}, "again");
      io::save_safetensors(again, file.tensors, file.metadata);
      const io::SafeTensors other = io::load_safetensors(again);
      require(other.metadata == file.metadata, "the metadata that were written differ");
      require(other.tensors.size() == file.tensors.size(), "another number of tensors");
      for (const NamedTensor& own : file.tensors) {
        const Tensor* const tensor = other.find(own.name);
        require(tensor != nullptr && same_tensor(*tensor, own.tensor), "another tensor");
      }
    });
  };
  const auto seeds = [] {
    return std::vector<std::string>{
        file_with(R"({"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}})", "12345678"),
        file_with(R"({"__metadata__":{"k":"v"},"h":{"dtype":"F16","shape":[1,2],"data_offsets":)"
                  R"([0,4]},"b":{"dtype":"BF16","shape":[],"data_offsets":[4,6]}}  )",
                  "123456"),
        file_with(R"({"\u00e9\"":{"dtype":"I64","shape":[0,3],"data_offsets":[0,0]},"u":{"dtype":)"
                  R"("U8","shape":[3],"data_offsets":[0,3]}})",
                  "abc"),
        file_with("{}", "")};
  };
  return {"safetensors", run, seeds};
}

}  // namespace credence::fuzz
