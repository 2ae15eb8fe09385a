// The texts of training progress: the bar of the running epoch and the line of a finished one.
#include "framework/train/progress.hpp"

#include "framework/base/counted.hpp"
#include "framework/base/standard_streams.hpp"

#include <fmt/core.h>

namespace credence::train {

Progress::Progress(std::string label, bool enabled)
    : label_(std::move(label)), enabled_(enabled), line_(enabled) {}

std::vector<std::string> Progress::figures(const EpochReport& report) const {
  std::vector<std::string> texts{fmt::format("loss {:.4g}", report.loss)};
  for (const NamedValue& monitor : report.monitors) {
    if (monitor.display == Display::percent) {
      texts.push_back(fmt::format("{} {:.2f} %", monitor.name, 100 * monitor.value));
    } else if (monitor.display == Display::number) {
      texts.push_back(fmt::format("{} {:.4g}", monitor.name, monitor.value));
    }
  }
  texts.push_back(fmt::format("{:.0f} {}/s", report.samples_per_second, unit_));
  return texts;
}

void Progress::begin_training() {
  if (!trained_) return;
  const std::chrono::duration<double> between = std::chrono::steady_clock::now() - *trained_;
  seconds_between_ = between.count();
}

void Progress::end_training() { trained_ = std::chrono::steady_clock::now(); }

void Progress::update(const EpochReport& running, std::int64_t done, std::int64_t samples) {
  if (!due() || done < 1 || done > samples) return;
  const double share = static_cast<double>(done) / static_cast<double>(samples);
  const auto whole_epochs = static_cast<double>(running.epochs - running.epoch - 1 + later_epochs_);
  const double training_left = running.seconds / share * (whole_epochs + 1 - share);
  const double left = training_left + seconds_between_ * (whole_epochs + 1);
  std::vector<std::string> shown = figures(running);
  shown.insert(shown.begin(), format_duration(left) + " left");
  line_.show(bar_text(label_, fmt::format("epoch {}/{}", running.epoch + 1, running.epochs), share,
                      shown, line_.columns()));
}

void Progress::finish_epoch(const EpochReport& report, const std::string& note) {
  if (!enabled_) return;
  std::string text = fmt::format("{}  epoch {}/{}", label_, report.epoch + 1, report.epochs);
  for (const std::string& figure : figures(report)) text += "  " + figure;
  std::vector<NamedValue> parts = report.monitors;
  std::erase_if(parts, [](const NamedValue& value) { return value.display != Display::part; });
  // A single part is the loss itself.
  for (const NamedValue& part : parts) {
    if (parts.size() > 1) text += fmt::format("  {} {:.4g}", part.name, part.value);
  }
  if (report.dropped_steps > 0) text += "  " + counted(report.dropped_steps, "step") + " dropped";
  if (!note.empty()) text += "  " + note;
  line_.erase();
  write_stderr(fmt::format("{}  {}\n", text, format_duration(report.seconds)));
}

void Progress::say(const std::string& text) {
  if (!enabled_) return;
  line_.erase();
  write_stderr(fmt::format("{}  {}\n", label_, text));
}

}  // namespace credence::train
