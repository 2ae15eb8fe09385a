// The search for free places of labels.
#include "benchmarks/kernels/label_layout.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

namespace credence::benchmarks {
namespace {

constexpr double kStep = 3;      // between the places that are tried, in points
constexpr double kMargin = 2;    // around a label
constexpr double kCrossing = 3;  // what crossing an obstacle costs, as length of the line

Position nearest_in(const Box& box, Position to) {
  return {std::clamp(to.x, box.left, box.right()), std::clamp(to.y, box.top, box.bottom())};
}

PlacedLabel at(const Box& box, const LabelRequest& request) {
  const double y = std::clamp(box.top + box.height / 2, std::min(request.top, request.bottom),
                              std::max(request.top, request.bottom));
  const Position anchor{request.x, y};
  return {box, anchor, nearest_in(box, anchor), true};
}

double length(const PlacedLabel& label) {
  return std::hypot(label.anchor.x - label.on_box.x, label.anchor.y - label.on_box.y);
}

// The line's length, the longer the more it crosses.
double cost(const PlacedLabel& label, const std::vector<Box>& obstacles) {
  double sum = length(label);
  for (const Box& obstacle : obstacles) {
    if (crosses(label.anchor, label.on_box, obstacle)) sum += kCrossing;
  }
  return sum;
}

Box widened(const Box& box, double margin) {
  return {box.left - margin, box.top - margin, box.width + 2 * margin, box.height + 2 * margin};
}

bool is_free(const PlacedLabel& label, const std::vector<PlacedLabel>& placed,
             const std::vector<Box>& obstacles) {
  const Box box = widened(label.box, kMargin);
  for (const Box& obstacle : obstacles) {
    if (overlap(box, obstacle)) return false;
  }
  for (const PlacedLabel& other : placed) {
    if (!other.found) continue;
    if (overlap(box, other.box) || crosses(other.anchor, other.on_box, box) ||
        crosses(label.anchor, label.on_box, other.box)) {
      return false;
    }
  }
  return true;
}

PlacedLabel place(const Box& area, const LabelRequest& request,
                  const std::vector<PlacedLabel>& placed, const std::vector<Box>& obstacles) {
  PlacedLabel best;
  double least = std::numeric_limits<double>::infinity();
  for (double top = area.top; top + request.height <= area.bottom(); top += kStep) {
    for (double left = area.left; left + request.width <= area.right(); left += kStep) {
      const PlacedLabel label = at({left, top, request.width, request.height}, request);
      if (length(label) >= least || !is_free(label, placed, obstacles)) continue;
      const double found = cost(label, obstacles);
      if (found >= least) continue;
      best = label;
      least = found;
    }
  }
  return best;
}

// A label without a place costs more than any line.
double cost(const std::vector<PlacedLabel>& labels, const std::vector<Box>& obstacles) {
  double sum = 0;
  for (const PlacedLabel& label : labels) sum += label.found ? cost(label, obstacles) : 1e6;
  return sum;
}

}  // namespace

bool overlap(const Box& a, const Box& b) {
  return a.left < b.right() && b.left < a.right() && a.top < b.bottom() && b.top < a.bottom();
}

bool crosses(Position a, Position b, const Box& box) {
  // Clips the line at the box's four sides (Liang and Barsky 1984).
  double begin = 0;
  double end = 1;
  const auto clip = [&](double from, double delta, double low, double high) {
    if (delta == 0) {
      if (from <= low || from >= high) end = -1;
      return;
    }
    const double first = (low - from) / delta;
    const double second = (high - from) / delta;
    begin = std::max(begin, std::min(first, second));
    end = std::min(end, std::max(first, second));
  };
  clip(a.x, b.x - a.x, box.left, box.right());
  clip(a.y, b.y - a.y, box.top, box.bottom());
  return begin < end;
}

std::vector<PlacedLabel> place_labels(const Box& area, const std::vector<LabelRequest>& requests,
                                      const std::vector<Box>& obstacles) {
  // Labels that come first choose first: of three orders the one with the shortest lines is taken.
  std::vector<std::size_t> order(requests.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::vector<PlacedLabel> best;
  const auto attempt = [&] {
    std::vector<PlacedLabel> labels(requests.size());
    for (const std::size_t i : order) labels[i] = place(area, requests[i], labels, obstacles);
    if (best.empty() || cost(labels, obstacles) < cost(best, obstacles)) best = labels;
  };
  attempt();
  std::stable_sort(order.begin(), order.end(),
                   [&](std::size_t a, std::size_t b) { return requests[a].x < requests[b].x; });
  attempt();
  std::reverse(order.begin(), order.end());
  attempt();
  return best;
}

}  // namespace credence::benchmarks
