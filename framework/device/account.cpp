// The account that listens. It is part of the device's context, like the stream: one for all
// threads.
#include "framework/device/account.hpp"

#include <utility>

namespace credence::device {
namespace {

const Account* listening = nullptr;

}  // namespace

Account::Account(std::function<void(const Call&)> listener)
    : listener_(std::move(listener)), outer_(std::exchange(listening, this)) {}

Account::~Account() { listening = outer_; }

bool account_listens() { return listening != nullptr; }

void tell_account(const Call& call) {
  if (listening != nullptr) listening->listener_(call);
}

}  // namespace credence::device
