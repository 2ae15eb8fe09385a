// Target: NumPy's array files. An array that is written again is read as the same array.
#include "data/npy.hpp"

#include "data/npy_header.hpp"
#include "tests/data/packing.hpp"
#include "tests/fuzz/target.hpp"

namespace credence::fuzz {

Target npy() {
  const auto run = [](std::string_view bytes) {
    read_or_refuse([&] {
      const Tensor tensor = data::read_npy(file_of(bytes));
      const std::filesystem::path again = file_of({}, "again");
      data::write_npy(again, tensor);
      require(same_tensor(data::read_npy(again), tensor), "the array that was written differs");
    });
  };
  const auto seeds = [] {
    std::vector<std::string> files;
    for (const char* type : {"<f4", ">f8", "<f2", "|u1", "|b1", "<i2", ">u8"}) {
      const std::size_t size = static_cast<std::size_t>(type[2] - '0');
      files.push_back(data::npy_head(type, {2, 3}) + std::string(6 * size, '\1'));
    }
    std::string fortran = files.front();
    fortran.replace(fortran.find("False"), 5, "True ");
    files.push_back(fortran);
    files.push_back(test::gzip(fortran));
    return files;
  };
  return {"npy", run, seeds};
}

}  // namespace credence::fuzz
