// The innermost observer of the thread's backward passes.
#include "framework/autograd/gradient_observer.hpp"

#include <utility>

namespace credence {
namespace {

thread_local GradientObserver* observer = nullptr;

}  // namespace

GradientObserver::GradientObserver() : previous_(std::exchange(observer, this)) {}
GradientObserver::~GradientObserver() { observer = previous_; }
GradientObserver* GradientObserver::active() { return observer; }

}  // namespace credence
