#include "framework/train/progress.hpp"

#include <algorithm>
#include <cmath>
#include <cstdio>

#include <fmt/core.h>
#include <unistd.h>

namespace credence::train {
namespace {

constexpr std::chrono::milliseconds kRedrawInterval{100};
constexpr std::size_t kBarWidth = 24;
constexpr const char* kEraseLine = "\r\x1b[K";

std::string figures(const EpochReport& report) {
  return fmt::format("loss {:.4g}  accuracy {:.2f} %  {:.0f} images/s", report.loss,
                     100 * report.accuracy, report.images_per_second);
}

}  // namespace

std::string format_duration(double seconds) {
  // The bound keeps infinity out of the conversion.
  const auto total = static_cast<std::int64_t>(std::llround(std::clamp(seconds, 0.0, 1e12)));
  if (total >= 3600) {
    return fmt::format("{}:{:02}:{:02}", total / 3600, total / 60 % 60, total % 60);
  }
  return fmt::format("{}:{:02}", total / 60, total % 60);
}

Progress::Progress(std::string label, bool enabled)
    : label_(std::move(label)), enabled_(enabled), terminal_(isatty(STDERR_FILENO) == 1) {}

Progress::~Progress() {
  if (bar_shown_) fmt::print(stderr, "{}", kEraseLine);
}

bool Progress::due() const {
  return enabled_ && terminal_ && std::chrono::steady_clock::now() - last_drawn_ >= kRedrawInterval;
}

void Progress::update(const EpochReport& running, std::int64_t done, std::int64_t samples) {
  if (!due() || done < 1 || done > samples) return;
  last_drawn_ = std::chrono::steady_clock::now();
  const double share = static_cast<double>(done) / static_cast<double>(samples);
  const auto filled = static_cast<std::size_t>(share * static_cast<double>(kBarWidth));
  const double epochs_left = static_cast<double>(running.epochs - running.epoch) - share;
  const double left = running.seconds / share * epochs_left;
  // Erases to the end of the line: the text before may have been longer.
  fmt::print(stderr, "\r{}  epoch {}/{} [{}{}]  {}  {} left\x1b[K", label_, running.epoch + 1,
             running.epochs, std::string(filled, '='), std::string(kBarWidth - filled, ' '),
             figures(running), format_duration(left));
  std::fflush(stderr);
  bar_shown_ = true;
}

void Progress::finish_epoch(const EpochReport& report) {
  if (!enabled_) return;
  std::string terms;
  for (const auto& [name, value] : report.terms) {
    if (report.terms.size() > 1) terms += fmt::format("  {} {:.4g}", name, value);
  }
  fmt::print(stderr, "{}{}  epoch {}/{}  {}{}  {}\n", terminal_ ? kEraseLine : "", label_,
             report.epoch + 1, report.epochs, figures(report), terms,
             format_duration(report.seconds));
  bar_shown_ = false;
}

}  // namespace credence::train
