// Tests of SHA-256 against FIPS 180-4's examples.
#include "data/sha256.hpp"

#include <algorithm>
#include <string>

#include <boost/test/unit_test.hpp>

namespace credence::data {
namespace {

std::string digest(const std::string& text, std::size_t piece = 1000) {
  Sha256 hash;
  for (std::size_t i = 0; i < text.size(); i += piece) {
    const auto* bytes = reinterpret_cast<const std::uint8_t*>(text.data()) + i;
    hash.update({bytes, std::min(piece, text.size() - i)});
  }
  return hash.digest();
}

BOOST_AUTO_TEST_SUITE(data_sha256)

BOOST_AUTO_TEST_CASE(published_digests) {
  // FIPS 180-4's examples.
  BOOST_TEST(digest("") == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  BOOST_TEST(digest("abc") == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  BOOST_TEST(digest("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq") ==
             "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
  BOOST_TEST(digest(std::string(1000000, 'a')) ==
             "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
}

BOOST_AUTO_TEST_CASE(pieces_do_not_matter) {
  // Lengths around a block, and around where the padding needs another block.
  for (const std::size_t length : {55U, 56U, 63U, 64U, 65U, 119U, 120U, 128U, 200U}) {
    const std::string text(length, 'x');
    for (const std::size_t piece : {1U, 7U, 63U, 64U, 65U}) {
      BOOST_TEST(digest(text, piece) == digest(text));
    }
  }
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace credence::data
