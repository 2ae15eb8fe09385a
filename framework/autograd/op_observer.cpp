// The innermost observer of the thread's ops.
#include "framework/autograd/op_observer.hpp"

namespace credence {
namespace {

thread_local OpObserver* observer = nullptr;

}  // namespace

OpObserver::OpObserver() : previous_(std::exchange(observer, this)) {}
OpObserver::~OpObserver() { observer = previous_; }
OpObserver* OpObserver::active() { return observer; }

}  // namespace credence
