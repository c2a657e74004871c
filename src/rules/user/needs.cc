#include "rules/user/needs.h"

namespace xdscope::rules::user {

const Needs& Needs::everything() {
  static const Needs kEverything = [] {
    Needs needs;
    needs.read_all();
    return needs;
  }();
  return kEverything;
}

const Needs* Needs::find(std::string_view name) const {
  for (const Member& member : members_) {
    if (member.name == name) return &member.needs;
  }
  return nullptr;
}

Needs& Needs::member(std::string_view name) {
  for (Member& member : members_) {
    if (member.name == name) return member.needs;
  }
  return members_.emplace_back(Member{std::string(name), {}}).needs;
}

void Needs::add(const Needs& other) {
  all_ = all_ || other.all_;
  for (const Member& theirs : other.members_) member(theirs.name).add(theirs.needs);
}

const Needs& Needs::of(std::string_view name) const {
  const Needs* found = all_ ? nullptr : find(name);
  return found == nullptr ? everything() : *found;
}

}  // namespace xdscope::rules::user
