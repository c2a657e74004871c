// Which members of an entity an expression can read: only these are made and sent.
#pragma once

#include <list>
#include <string>
#include <string_view>

namespace xdscope::rules::user {

class Needs {
 public:
  static const Needs& everything();

  void read_all() { all_ = true; }
  // A member is read; which of its own members, is said of what this returns. It stays where it is.
  Needs& member(std::string_view name);
  void add(const Needs& other);

  bool wants(std::string_view name) const { return all_ || find(name) != nullptr; }
  // What is read of a member that is wanted.
  const Needs& of(std::string_view name) const;

 private:
  struct Member;
  const Needs* find(std::string_view name) const;

  bool all_ = false;
  std::list<Member> members_;
};

struct Needs::Member {
  std::string name;
  Needs needs;
};

}  // namespace xdscope::rules::user
