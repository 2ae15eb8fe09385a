// Target: CIFAR-10's batch of test images, as a file and as an archive.
#include "data/cifar10.hpp"

#include "tests/data/packing.hpp"
#include "tests/fuzz/checksums.hpp"
#include "tests/fuzz/target.hpp"

namespace credence::fuzz {

Target cifar10() {
  const auto run = [](std::string_view bytes) {
    const std::string archive = with_tar_checksums(bytes);
    read_or_refuse([&] { data::cifar10(file_of(archive), data::Split::test); });
    read_or_refuse([&] {
      const std::filesystem::path batch = file_of(archive, "batches/test_batch.bin");
      data::cifar10(batch.parent_path(), data::Split::test);
    });
  };
  const auto seeds = [] {
    const std::string batch(std::size_t{10'000} * 3073, '\1');
    const std::string name = "cifar-10-batches-bin/test_batch.bin";
    return std::vector<std::string>{
        test::gzip(batch), test::gzip(test::tar_entry(name, batch) + test::tar_end()),
        test::tar_entry("data_batch_1.bin", "abc") + test::tar_entry(name, "def") + test::tar_end(),
        batch.substr(0, 3073)};
  };
  return {"cifar10", run, seeds};
}

}  // namespace credence::fuzz
