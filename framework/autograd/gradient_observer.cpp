// The innermost observer of the thread's backward passes.
#include "framework/autograd/gradient_observer.hpp"

#include <utility>

namespace credence {
namespace {

thread_local GradientObserver* gradient_observer = nullptr;

}  // namespace

GradientObserver::GradientObserver() : previous_(std::exchange(gradient_observer, this)) {}
GradientObserver::~GradientObserver() { gradient_observer = previous_; }
GradientObserver* GradientObserver::active() { return gradient_observer; }

}  // namespace credence
