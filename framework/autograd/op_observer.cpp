// The innermost observer of the thread's ops.
#include "framework/autograd/op_observer.hpp"

namespace credence {
namespace {

thread_local OpObserver* op_observer = nullptr;

}  // namespace

OpObserver::OpObserver() : previous_(std::exchange(op_observer, this)) {}
OpObserver::~OpObserver() { op_observer = previous_; }
OpObserver* OpObserver::active() { return op_observer; }

}  // namespace credence
