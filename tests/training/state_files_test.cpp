// Tests of the files of a run's last states: which are kept, and what becomes of damaged ones.
#include "framework/train/state_files.hpp"

#include "framework/base/error.hpp"
#include "tests/data/temporary_folder.hpp"
#include "tests/framework/file_size_limit.hpp"
#include "tests/framework/support.hpp"

#include <filesystem>
#include <fstream>
#include <string>
#include <utility>
#include <vector>

#include <boost/test/unit_test.hpp>

namespace credence::train {
namespace {

namespace fs = std::filesystem;

// A state that is told by its number.
io::SafeTensors state_of(int number) {
  return {{{"weight", Tensor::from<float>({3}, {1, 2, static_cast<float>(number)})},
           {"none", Tensor::zeros({0}, DType::int64)},
           {"steps", Tensor::from<std::int64_t>({1}, {number})}},
          {{"number", std::to_string(number)}}};
}

struct Folder {
  test::TemporaryFolder folder;
  fs::path newest = folder.path() / "run.state.safetensors";

  StateFiles files(int keep = StateFiles::kKept) const { return StateFiles(newest, keep); }
  fs::path file(const std::string& name) const { return folder.path() / name; }
  void save(StateFiles files, int first, int last) const {
    for (int number = first; number <= last; ++number) files.save(state_of(number));
  }
  // The number of the state that is loaded; 0 for none.
  static int number(const std::optional<LoadedState>& loaded) {
    return loaded ? std::stoi(loaded->state.metadata.at("number")) : 0;
  }
  // The numbers of the states in the files that are there, the newest first, read as any
  // safetensors.
  std::vector<int> numbers() const {
    std::vector<int> found;
    for (const fs::path& path : files().files()) {
      found.push_back(std::stoi(io::load_safetensors(path).metadata.at("number")));
    }
    return found;
  }
  void flip(const fs::path& path, std::size_t byte, int bit) const {
    std::string bytes = test::read_file(path);
    bytes.at(byte) = static_cast<char>(bytes.at(byte) ^ (1 << bit));
    std::ofstream(path, std::ios::binary) << bytes;
  }
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(state_files, Folder)

BOOST_AUTO_TEST_CASE(a_state_is_loaded_as_it_was_saved) {
  BOOST_TEST(!files().load());
  save(files(), 7, 7);
  const std::optional<LoadedState> loaded = files().load();
  BOOST_REQUIRE(loaded.has_value());
  BOOST_TEST(loaded->file == newest);
  BOOST_TEST(loaded->damaged.empty());
  const io::SafeTensors expected = state_of(7);
  BOOST_TEST((loaded->state.metadata == expected.metadata));
  BOOST_TEST(loaded->state.tensors.size() == expected.tensors.size());
  for (const NamedTensor& tensor : expected.tensors) {
    BOOST_REQUIRE(loaded->state.find(tensor.name) != nullptr);
    BOOST_TEST(same_bits(*loaded->state.find(tensor.name), tensor.tensor), tensor.name);
  }
}

BOOST_AUTO_TEST_CASE(so_many_are_kept_as_asked_for) {
  for (const auto& [keep, kept] : {std::pair<int, std::vector<int>>{1, {5}},
                                   {2, {5, 4}},
                                   {4, {5, 4, 3, 2}},
                                   {9, {5, 4, 3, 2, 1}}}) {
    save(files(keep), 1, 5);
    BOOST_TEST(numbers() == kept, boost::test_tools::per_element());
    files().remove();
    BOOST_TEST(fs::is_empty(folder.path()));
  }
  save(files(3), 1, 3);
  BOOST_TEST(fs::exists(file("run.state.1.safetensors")));
  BOOST_TEST(fs::exists(file("run.state.2.safetensors")));
  // A run that goes on and keeps fewer.
  save(files(2), 4, 4);
  BOOST_TEST(numbers() == (std::vector<int>{4, 3}), boost::test_tools::per_element());
  BOOST_CHECK_THROW(files(0), ValueError);
  BOOST_CHECK_THROW(files(101), ValueError);
}

BOOST_AUTO_TEST_CASE(a_file_with_any_changed_bit_is_damaged) {
  save(files(), 1, 1);
  const std::string bytes = test::read_file(newest);
  for (std::size_t byte = 0; byte < bytes.size(); ++byte) {
    for (int bit = 0; bit < 8; ++bit) {
      flip(newest, byte, bit);
      bool refused = false;
      try {
        files().load();
      } catch (const FileError& error) {
        refused = std::string(error.what()).starts_with(newest.string() + ": ");
      }
      BOOST_TEST(refused, "byte " << byte << ", bit " << bit);
      std::ofstream(newest, std::ios::binary) << bytes;
    }
  }
  for (std::size_t size = 0; size < bytes.size(); ++size) {
    fs::resize_file(newest, size);
    BOOST_CHECK_THROW(files().load(), FileError);
    std::ofstream(newest, std::ios::binary) << bytes;
  }
  BOOST_TEST(number(files().load()) == 1);
}

BOOST_AUTO_TEST_CASE(the_newest_whole_state_is_loaded_and_damaged_ones_are_named) {
  save(files(4), 1, 4);
  flip(newest, test::read_file(newest).size() - 1, 0);
  fs::resize_file(file("run.state.1.safetensors"), 20);
  StateFiles resumed = files(4);
  const std::optional<LoadedState> loaded = resumed.load();
  BOOST_TEST(number(loaded) == 2);
  BOOST_TEST(loaded->file == file("run.state.2.safetensors"));
  BOOST_REQUIRE(loaded->damaged.size() == 2U);
  BOOST_TEST(loaded->damaged[0].starts_with(newest.string() + ": is damaged: its checksum is "));
  BOOST_TEST(loaded->damaged[1].starts_with(file("run.state.1.safetensors").string() + ": "));
  // The next states take the places of the damaged ones.
  save(resumed, 5, 5);
  BOOST_TEST(number(files(4).load()) == 5);
  BOOST_TEST(numbers() == (std::vector<int>{5, 2, 1}), boost::test_tools::per_element());
  save(files(4), 6, 8);
  BOOST_TEST(numbers() == (std::vector<int>{8, 7, 6, 5}), boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(without_a_whole_state_the_newest_files_fault_is_thrown) {
  save(files(), 1, 2);
  fs::resize_file(file("run.state.1.safetensors"), 3);
  flip(newest, test::read_file(newest).size() - 1, 0);
  BOOST_CHECK_EXCEPTION(files().load(), FileError, [&](const FileError& error) {
    return std::string(error.what()).starts_with(newest.string() + ": is damaged: ");
  });
}

BOOST_AUTO_TEST_CASE(a_state_without_a_checksum_is_read) {
  const io::SafeTensors old = state_of(3);
  io::save_safetensors(newest, old.tensors, old.metadata);
  StateFiles resumed = files();
  BOOST_TEST(number(resumed.load()) == 3);
  save(resumed, 4, 4);
  BOOST_TEST(numbers() == (std::vector<int>{4, 3}), boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(a_state_that_cannot_be_written_loses_none) {
  save(files(), 1, 2);
  {
    const test::FileSizeLimit limit(16);
    BOOST_CHECK_THROW(save(files(), 3, 3), FileError);
  }
  BOOST_TEST(number(files().load()) == 2);
  fs::remove(newest);
  fs::remove(file("run.state.1.safetensors"));
  // The one before the newest.
  BOOST_TEST(number(files().load()) == 1);
}

BOOST_AUTO_TEST_CASE(a_process_that_died_between_two_steps_of_a_save_loses_nothing) {
  save(files(3), 1, 3);
  // As after moving the oldest, and after giving the newest its second name.
  fs::rename(file("run.state.2.safetensors"), file("run.state.3.safetensors"));
  save(files(3), 4, 4);
  BOOST_TEST(numbers() == (std::vector<int>{4, 3, 2}), boost::test_tools::per_element());
  fs::rename(file("run.state.2.safetensors"), file("run.state.3.safetensors"));
  fs::rename(file("run.state.1.safetensors"), file("run.state.2.safetensors"));
  fs::create_hard_link(newest, file("run.state.1.safetensors"));
  save(files(3), 5, 5);
  BOOST_TEST(numbers() == (std::vector<int>{5, 4, 3}), boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(a_state_behind_a_symbolic_link_is_kept_too) {
  fs::create_directory(file("elsewhere"));
  fs::create_symlink(file("elsewhere") / "state", newest);
  save(files(), 1, 3);
  BOOST_TEST(fs::is_symlink(newest));
  BOOST_TEST(numbers() == (std::vector<int>{3, 2}), boost::test_tools::per_element());
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace credence::train
