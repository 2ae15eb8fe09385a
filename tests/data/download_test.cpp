// Tests of downloads, against a local HTTP server: checksums, resumed transfers and several
// addresses.
#include "data/download.hpp"

#include "framework/base/error.hpp"
#include "tests/data/http_server.hpp"
#include "tests/data/temporary_folder.hpp"

#include <cstdint>
#include <fstream>
#include <string>
#include <vector>

#include <boost/test/unit_test.hpp>

namespace credence::data {

BOOST_AUTO_TEST_SUITE(data_download)

namespace {

namespace fs = std::filesystem;
using test::HttpServer;
using test::TemporaryFolder;

// Byte i is i² / 7 modulo 256; the checksums were made by md5sum and sha256sum.
const std::string& contents() {
  static const std::string bytes = [] {
    std::string made;
    for (std::uint64_t i = 0; i < 100000; ++i) made += static_cast<char>(i * i / 7 % 256);
    return made;
  }();
  return bytes;
}

RemoteFile known_file() {
  return {"numbers.bin", 100000, "bced699809a59ed85b484d088d44436f",
          "01319875d6e15a5a9e60cd5458762913889b2cd6e37a6341f2c2a39ea51b5934"};
}

DownloadOptions from(std::vector<std::string> urls) {
  return {.base_urls = std::move(urls), .connect_timeout_seconds = 2, .progress = false};
}

std::string file_url(const TemporaryFolder& folder) {
  return "file://" + folder.path().string() + "/";
}

// A loopback address without a listener: a port that was free a moment ago.
std::string unreachable_url() { return HttpServer("", {}).url(); }

std::string read_file(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

void check_fetch_fails(const RemoteFile& file, const fs::path& folder,
                       const DownloadOptions& options,
                       const std::vector<std::string>& explanations) {
  BOOST_CHECK_EXCEPTION(fetch(file, folder, options), Error, [&](const Error& error) {
    const std::string what = error.what();
    bool fits = what.find('\n') == std::string::npos;
    for (const std::string& explanation : explanations) {
      fits = fits && what.find(explanation) != std::string::npos;
    }
    if (!fits) BOOST_TEST_MESSAGE("unexpected message: " << what);
    return fits;
  });
  BOOST_TEST(!fs::exists(folder / file.name));
}

BOOST_AUTO_TEST_CASE(is_intact_checks_size_and_either_checksum) {
  const TemporaryFolder folder;
  const fs::path path = folder.write("numbers.bin", contents());
  RemoteFile file = known_file();
  BOOST_TEST(is_intact(path, file));
  file.sha256.clear();
  BOOST_TEST(is_intact(path, file));
  file.md5[0] = file.md5[0] == '0' ? '1' : '0';
  BOOST_TEST(!is_intact(path, file));
  file = known_file();
  file.sha256[63] = file.sha256[63] == '0' ? '1' : '0';
  BOOST_TEST(!is_intact(path, file));
  BOOST_TEST(!is_intact(folder.write("short", contents().substr(1)), known_file()));
  BOOST_CHECK_THROW(is_intact(folder.path() / "missing", known_file()), FileError);
}

BOOST_AUTO_TEST_CASE(fetches_a_file_once) {
  const TemporaryFolder target;
  const HttpServer server(contents(), {});
  const fs::path folder = target.path() / "new" / "folder";
  const fs::path path = fetch(known_file(), folder, from({server.url()}));
  BOOST_TEST((path == folder / "numbers.bin"));
  BOOST_TEST((read_file(path) == contents()));
  BOOST_TEST(!fs::exists(folder / "numbers.bin.part"));
  fetch(known_file(), folder, from({server.url()}));
  BOOST_TEST(server.requests() == 1);
  // A damaged file is replaced.
  std::ofstream(path, std::ios::binary) << "damaged";
  fetch(known_file(), folder, from({server.url()}));
  BOOST_TEST((read_file(path) == contents()));
}

BOOST_AUTO_TEST_CASE(goes_on_where_a_transfer_broke_off) {
  const TemporaryFolder target;
  const HttpServer server(contents(), {.break_after = 30000});
  check_fetch_fails(known_file(), target.path(), from({server.url()}), {server.url()});
  BOOST_TEST(fs::file_size(target.path() / "numbers.bin.part") == 30000U);
  const fs::path path = fetch(known_file(), target.path(), from({server.url()}));
  BOOST_TEST((read_file(path) == contents()));
  BOOST_TEST(server.sent() == 100000U);
}

BOOST_AUTO_TEST_CASE(goes_on_from_another_address_and_by_file_url) {
  const TemporaryFolder source;
  source.write("numbers.bin", contents());
  const TemporaryFolder target;
  const HttpServer server(contents(), {.break_after = 30000});
  const fs::path path = fetch(known_file(), target.path(), from({server.url(), file_url(source)}));
  BOOST_TEST((read_file(path) == contents()));
  BOOST_TEST(server.sent() == 30000U);
}

BOOST_AUTO_TEST_CASE(starts_again_where_the_server_cannot_go_on) {
  const TemporaryFolder target;
  target.write("numbers.bin.part", contents().substr(0, 500));
  const HttpServer server(contents(), {.ranges = false});
  BOOST_TEST((read_file(fetch(known_file(), target.path(), from({server.url()}))) == contents()));
}

BOOST_AUTO_TEST_CASE(starts_again_where_the_partial_file_was_wrong) {
  const TemporaryFolder source;
  source.write("numbers.bin", contents());
  const HttpServer server(contents(), {});
  for (const std::string& url : {file_url(source), server.url()}) {
    // Some wrong bytes; all wrong bytes; more bytes than expected.
    for (const std::size_t bytes : {500U, 100000U, 100001U}) {
      const TemporaryFolder target;
      target.write("numbers.bin.part", std::string(bytes, 'x'));
      BOOST_TEST((read_file(fetch(known_file(), target.path(), from({url}))) == contents()));
    }
  }
}

BOOST_AUTO_TEST_CASE(a_complete_partial_file_needs_no_address) {
  const TemporaryFolder target;
  target.write("numbers.bin.part", contents());
  const fs::path path = fetch(known_file(), target.path(), from({unreachable_url()}));
  BOOST_TEST((read_file(path) == contents()));
}

BOOST_AUTO_TEST_CASE(wrong_contents_are_refused_and_removed) {
  const TemporaryFolder source;
  const TemporaryFolder target;
  std::string wrong = contents();
  wrong[77] = static_cast<char>(wrong[77] ^ 1);
  const fs::path part = target.path() / "numbers.bin.part";
  source.write("numbers.bin", wrong);
  check_fetch_fails(known_file(), target.path(), from({file_url(source)}),
                    {"wrong SHA-256 checksum"});
  BOOST_TEST(!fs::exists(part));
  RemoteFile only_md5 = known_file();
  only_md5.sha256.clear();
  check_fetch_fails(only_md5, target.path(), from({file_url(source)}), {"wrong MD5 checksum"});
  BOOST_TEST(!fs::exists(part));
  source.write("numbers.bin", contents().substr(0, 99999));
  check_fetch_fails(known_file(), target.path(), from({file_url(source)}),
                    {"99999 bytes, expected 100000"});
  BOOST_TEST(!fs::exists(part));
  source.write("numbers.bin", contents() + "x");
  check_fetch_fails(known_file(), target.path(), from({file_url(source)}),
                    {"more than the expected 100000"});
  BOOST_TEST(!fs::exists(part));
}

BOOST_AUTO_TEST_CASE(the_next_address_is_tried_and_all_are_named) {
  const TemporaryFolder empty;
  const TemporaryFolder source;
  source.write("numbers.bin", contents());
  const TemporaryFolder target;
  const std::string nobody = unreachable_url();
  check_fetch_fails(known_file(), target.path(), from({nobody, file_url(empty)}),
                    {"numbers.bin", nobody, file_url(empty), "connect"});
  BOOST_TEST(fs::is_empty(target.path()));
  const fs::path path = fetch(known_file(), target.path(), from({nobody, file_url(source)}));
  BOOST_TEST((read_file(path) == contents()));
  check_fetch_fails(known_file(), target.path() / "other", from({}), {"no address was given"});
}

BOOST_AUTO_TEST_CASE(the_published_files) {
  for (const std::string name : {"mnist", "fashion-mnist"}) {
    BOOST_TEST(remote_files(name).size() == 4U);
    for (const RemoteFile& file : remote_files(name)) {
      BOOST_TEST(file.name.ends_with("-ubyte.gz"));
      BOOST_TEST(file.bytes > 0U);
      BOOST_TEST(file.md5.size() == 32U);
      BOOST_TEST(file.sha256.size() == 64U);
    }
  }
  for (const char* name : {"cifar10", "cifar-10"}) {
    BOOST_TEST(remote_files(name).size() == 1U);
    BOOST_TEST(remote_files(name)[0].name == "cifar-10-binary.tar.gz");
    BOOST_TEST(remote_files(name)[0].sha256.size() == 64U);
  }
  const TemporaryFolder target;
  BOOST_CHECK_THROW(remote_files("imagenet"), ValueError);
  BOOST_CHECK_THROW(download("imagenet", target.path(), {}), ValueError);
  BOOST_CHECK_THROW(download("mnist", target.path(), from({unreachable_url()})), Error);
}

BOOST_AUTO_TEST_CASE(the_addresses_are_encrypted) {
  for (const char* name : {"mnist", "fashion-mnist", "cifar10", "cifar-10"}) {
    const std::vector<std::string> urls = default_urls(name);
    BOOST_TEST(!urls.empty());
    for (const std::string& url : urls) {
      BOOST_TEST(url.starts_with("https://"), url);
      BOOST_TEST(url.ends_with("/"), url);
    }
  }
}

BOOST_AUTO_TEST_CASE(a_data_set_from_a_local_folder) {
  const char* dir = std::getenv("CREDENCE_DATA");
  if (dir == nullptr || !fs::exists(fs::path(dir) / "mnist" / "train-images-idx3-ubyte.gz")) {
    BOOST_TEST_MESSAGE("skipped: no packed MNIST in the folder that CREDENCE_DATA names");
    return;
  }
  const TemporaryFolder target;
  const std::string url = "file://" + fs::absolute(dir).string() + "/mnist/";
  const fs::path folder = download("mnist", target.path(), from({url}));
  BOOST_TEST((folder == target.path() / "mnist"));
  for (const RemoteFile& file : remote_files("mnist"))
    BOOST_TEST(is_intact(folder / file.name, file));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace credence::data
