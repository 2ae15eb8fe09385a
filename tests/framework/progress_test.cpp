// Tests of the display of progress, on a pseudo-terminal and elsewhere.
#include "framework/train/progress.hpp"

#include "framework/train/progress_source.hpp"
#include "tests/framework/stderr_text.hpp"
#include "tests/framework/terminal.hpp"
#include "tests/framework/training.hpp"

#include <chrono>
#include <string>
#include <thread>

#include <boost/test/unit_test.hpp>

namespace credence::train {

BOOST_AUTO_TEST_SUITE(progress)

namespace {

EpochReport report() {
  EpochReport result;
  result.epoch = 1;
  result.epochs = 12;
  result.loss = 0.123456;
  result.monitors = {{"nll", 0.1}, {"kl", 1234.5}, {"accuracy", 0.98765, Display::percent}};
  result.seconds = 75;
  result.samples_per_second = 800.4;
  return result;
}

// Writes the line of an epoch of images.
void write_line(const char* label, const EpochReport& report, const std::string& note = "") {
  Progress shown(label, true);
  shown.set_unit("images");
  shown.finish_epoch(report, note);
}

}  // namespace

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
  const std::string text = test::on_stderr([] {
    Progress shown("training", true);
    shown.set_unit("images");
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
  one.monitors.erase(one.monitors.begin() + 1);
  const std::string text = test::on_stderr([&] { write_line("test", one); });
  BOOST_TEST(text == "test  epoch 2/12  loss 0.1235  accuracy 98.77 %  800 images/s  1:15\n");
}

BOOST_AUTO_TEST_CASE(monitors_are_shown_as_they_ask_for) {
  EpochReport regression{.epoch = 0,
                         .epochs = 3,
                         .loss = 0.25,
                         .monitors = {{"rmse", 0.5, Display::number},
                                      {"coverage", 0.9, Display::percent},
                                      {"nll", 1.5}},
                         .seconds = 3,
                         .samples_per_second = 100};
  const std::string text = test::on_stderr([&] { Progress("fit", true).finish_epoch(regression); });
  BOOST_TEST(text ==
             "fit  epoch 1/3  loss 0.25  rmse 0.5  coverage 90.00 %  100 samples/s  0:03\n");
}

BOOST_AUTO_TEST_CASE(what_is_not_enabled_shows_nothing) {
  const std::string text = test::on_stderr([] {
    Progress hidden("training", false);
    hidden.update(report(), 10, 100);
    hidden.finish_epoch(report());
  });
  BOOST_TEST(text.empty());
}

BOOST_AUTO_TEST_CASE(a_note_stands_in_the_line_of_its_epoch) {
  const std::string text =
      test::on_stderr([] { write_line("a", report(), "validation accuracy 97.00 %"); });
  BOOST_TEST(text ==
             "a  epoch 2/12  loss 0.1235  accuracy 98.77 %  800 images/s  nll 0.1  kl 1234  "
             "validation accuracy 97.00 %  1:15\n");
}

BOOST_AUTO_TEST_CASE(the_bar_is_one_row_at_any_width) {
  for (unsigned short columns = 20; columns <= 200; ++columns) {
    const test::Terminal terminal(columns);
    test::Screen screen;
    Progress shown("frequentist", true);
    shown.set_unit("images");
    shown.update(report(), 30, 100);
    screen.take(terminal.output());
    BOOST_REQUIRE(screen.lines().size() == 1U);
    const std::string& bar = screen.lines().front();
    BOOST_TEST(bar.size() < columns, columns << ": " << bar);
    BOOST_TEST(bar.find("epoch 2/12") != std::string::npos, columns << ": " << bar);
    // 10.7 epochs are left, 0.3 took 75 s.
    if (columns >= 80) BOOST_TEST(bar.find("44:35 left  loss 0.1235") != std::string::npos, bar);
    if (columns >= 120) BOOST_TEST(bar.find("800 images/s") != std::string::npos, bar);
  }
}

BOOST_AUTO_TEST_CASE(the_bar_is_one_row_after_the_terminal_has_become_narrower) {
  const test::Terminal terminal(120);
  test::Screen screen;
  Progress shown("frequentist", true);
  for (const int columns : {120, 40, 20, 80}) {
    terminal.resize(static_cast<unsigned short>(columns));
    std::this_thread::sleep_for(std::chrono::milliseconds(105));
    shown.update(report(), 30, 100);
    screen.take(terminal.output());
    BOOST_TEST(screen.lines().size() == 1U);
    BOOST_TEST(screen.lines().front().size() < static_cast<std::size_t>(columns),
               screen.lines().front());
  }
  shown.finish_epoch(report());
  screen.take(terminal.output());
  BOOST_REQUIRE(screen.lines().size() == 2U);
  BOOST_TEST(screen.lines()[0].starts_with("frequentist  epoch 2/12  loss 0.1235  accuracy"));
  BOOST_TEST(screen.lines()[0].ends_with("  1:15"), screen.lines()[0]);
  BOOST_TEST(screen.lines()[1] == "");
}

BOOST_AUTO_TEST_CASE(the_bar_fits_whatever_characters_its_label_has) {
  const test::Terminal terminal(40);
  test::Screen screen;
  Progress shown("\u7db2\u7d61\n\u7db2\u7d61 A rather long name", true);
  shown.update(report(), 30, 100);
  screen.take(terminal.output());
  BOOST_TEST(screen.lines().size() == 1U);
  BOOST_TEST(screen.lines().front().size() < 40U, screen.lines().front());
}

BOOST_AUTO_TEST_CASE(a_terminal_that_wants_no_control_sequences_gets_a_line_per_epoch) {
  for (const auto& [variable, value] : {std::pair<const char*, const char*>{"TERM", "dumb"},
                                        {"TERM", nullptr},
                                        {"NO_COLOR", "1"}}) {
    const test::Terminal terminal(80);
    const test::EnvironmentVariable set(variable, value);
    Progress shown("training", true);
    shown.set_unit("images");
    shown.update(report(), 30, 100);
    shown.finish_epoch(report());
    // The terminal converts "\n" to "\r\n".
    BOOST_TEST(terminal.output() ==
               "training  epoch 2/12  loss 0.1235  accuracy 98.77 %  800 images/s  nll 0.1  "
               "kl 1234  1:15\r\n");
  }
}

BOOST_AUTO_TEST_CASE(off_a_terminal_a_text_now_and_then_is_a_line) {
  const auto shown = [](std::chrono::milliseconds between, bool enabled) {
    return test::on_stderr([=] {
      StatusLine line(enabled, between);
      std::this_thread::sleep_for(std::chrono::milliseconds(2));
      line.show("a third");
      line.erase();
    });
  };
  BOOST_TEST(shown(std::chrono::milliseconds(1), true) == "a third\n");
  BOOST_TEST(shown(std::chrono::hours(1), true) == "");
  BOOST_TEST(shown(std::chrono::milliseconds(1), false) == "");
}

BOOST_AUTO_TEST_CASE(an_empty_no_color_counts_as_none) {
  const test::Terminal terminal(80);
  const test::EnvironmentVariable set("NO_COLOR", "");
  Progress shown("training", true);
  shown.update(report(), 30, 100);
  BOOST_TEST(terminal.output().find("\r\x1b[Jtraining  epoch 2/12 [==") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(a_source_shows_how_far_the_work_on_its_batches_is) {
  const test::Terminal terminal(60);
  test::Screen screen;
  const Tensor two = Tensor::zeros({2}, DType::int64);
  FixedBatches batches({{Tensor::zeros({2, 1}), two}, {Tensor::zeros({2, 1}), two}});
  Batch batch;
  {
    ProgressSource source(batches, "Bayesian", "test images");
    source.start_epoch(0);
    BOOST_TEST(source.samples() == 4);
    BOOST_TEST(source.batches() == 2);
    BOOST_TEST(source.next(batch));
    screen.take(terminal.output());
    BOOST_TEST(screen.lines().front() == "Bayesian  test images [                        ]");
    std::this_thread::sleep_for(std::chrono::milliseconds(105));
    BOOST_TEST(source.next(batch));
    screen.take(terminal.output());
    BOOST_TEST(screen.lines().front() ==
               "Bayesian  test images [============            ]  0:00 left");
    BOOST_TEST(!source.next(batch));
  }
  screen.take(terminal.output());
  BOOST_TEST(screen.lines().front() == "");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace credence::train
