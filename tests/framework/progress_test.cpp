#include "framework/train/progress.hpp"

#include "tests/data/temporary_folder.hpp"

#include <cstdio>
#include <functional>
#include <string>

#include <boost/test/unit_test.hpp>
#include <fcntl.h>
#include <unistd.h>

namespace credence::train {
namespace {

// What `function` writes on stderr, which is a file meanwhile.
std::string on_stderr(const std::function<void()>& function) {
  const test::TemporaryFolder folder;
  const std::string path = folder.path() / "stderr";
  std::fflush(stderr);
  const int old = dup(STDERR_FILENO);
  const int file = open(path.c_str(), O_CREAT | O_WRONLY, 0600);
  BOOST_REQUIRE(old >= 0 && file >= 0);
  dup2(file, STDERR_FILENO);
  function();
  std::fflush(stderr);
  dup2(old, STDERR_FILENO);
  close(file);
  close(old);
  return test::read_file(path);
}

EpochReport report() {
  EpochReport result;
  result.epoch = 1;
  result.epochs = 12;
  result.loss = 0.123456;
  result.accuracy = 0.98765;
  result.terms = {{"nll", 0.1}, {"kl", 1234.5}};
  result.seconds = 75;
  result.images_per_second = 800.4;
  return result;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(progress)

BOOST_AUTO_TEST_CASE(durations_read_as_a_clock_does) {
  BOOST_TEST(format_duration(0) == "0:00");
  BOOST_TEST(format_duration(7.2) == "0:07");
  BOOST_TEST(format_duration(59.6) == "1:00");
  BOOST_TEST(format_duration(750) == "12:30");
  BOOST_TEST(format_duration(3599.4) == "59:59");
  BOOST_TEST(format_duration(3723) == "1:02:03");
  BOOST_TEST(format_duration(360'000) == "100:00:00");
  BOOST_TEST(format_duration(-3) == "0:00");
}

BOOST_AUTO_TEST_CASE(off_a_terminal_each_epoch_is_one_line) {
  const std::string text = on_stderr([] {
    Progress shown("training", true);
    shown.update(report(), 10, 100);
    shown.update(report(), 100, 100);
    shown.finish_epoch(report());
  });
  BOOST_TEST(text ==
             "training  epoch 2/12  loss 0.1235  accuracy 98.77 %  800 images/s  nll 0.1  "
             "kl 1234  1:15\n");
}

BOOST_AUTO_TEST_CASE(a_single_term_is_the_loss_and_not_shown_twice) {
  EpochReport one = report();
  one.terms.resize(1);
  const std::string text = on_stderr([&] { Progress("test", true).finish_epoch(one); });
  BOOST_TEST(text == "test  epoch 2/12  loss 0.1235  accuracy 98.77 %  800 images/s  1:15\n");
}

BOOST_AUTO_TEST_CASE(what_is_not_enabled_shows_nothing) {
  const std::string text = on_stderr([] {
    Progress hidden("training", false);
    hidden.update(report(), 10, 100);
    hidden.finish_epoch(report());
  });
  BOOST_TEST(text.empty());
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace credence::train
