// Role-based access control: the engine that the network and the HTTP filter share
// (envoy: source/extensions/filters/common/rbac). Three-valued: what the dump and the request do
// not tell, such as a client's identity, is unknown.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "trace/http_filters/http_filter.h"
#include "trace/matchers.h"

namespace xdscope::trace {

struct RbacInput {
  const HttpRequest& request;
  const Connection& connection;
  const StreamState& stream;
  std::string_view path;   // that path matchers see: no query, perhaps no path parameters
  bool path_known = true;  // false: releases differ in that
};

class RbacNode;

// What an engine says about a request.
struct RbacResult {
  Verdict allowed = Verdict::kYes;
  std::string policy = "none";  // the policy that decided
  json::Value source;           // that policy, or all of them
  std::string why;              // for people: what matched, or the first criterion that failed
};

class RbacEngine {
 public:
  // `rules` is an RBAC message, `matcher` a matching tree that is used instead where it is set;
  // both may be absent, which allows everything.
  RbacEngine(json::Value rules, json::Value matcher, Repeats repeats);
  ~RbacEngine();
  RbacEngine(RbacEngine&&) noexcept;

  bool empty() const { return !rules_ && !matcher_; }
  RbacResult evaluate(const RbacInput& input, bool explain) const;

 private:
  enum class Action { kAllow, kDeny, kLog };
  struct Policy {
    std::string_view name;
    json::Value source;
    std::unique_ptr<RbacNode> permissions;
    std::unique_ptr<RbacNode> principals;
    bool condition = false;
  };
  RbacResult evaluate_tree(const RbacInput& input) const;

  json::Value rules_;
  json::Value matcher_;
  Action action_ = Action::kAllow;
  std::vector<Policy> policies_;  // by name
};

// "AuthorizationPolicy ns/name", from Istio's name of a policy ("ns[a]-policy[b]-rule[0]"); "" for
// other names.
std::string policy_resource(std::string_view policy_name);

}  // namespace xdscope::trace
