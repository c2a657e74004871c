#include "trace/rbac.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/text.h"
#include "json/broken.h"
#include "trace/rbac_node.h"
#include "trace/tree_inputs.h"

namespace xdscope::trace {
namespace {

constexpr std::size_t kPoliciesTold = 5;

}  // namespace

std::string policy_resource(std::string_view name) {
  const auto part = [&](std::string_view open) -> std::string_view {
    const auto at = name.find(open);
    if (at == name.npos) return {};
    const auto begin = at + open.size();
    return name.substr(begin, name.find(']', begin) - begin);
  };
  const std::string_view ns = part("ns[");
  const std::string_view policy = part("policy[");
  if (ns.empty() || policy.empty()) return {};
  return fmt::format("AuthorizationPolicy {}/{}", printable(ns), printable(policy));
}

RbacEngine::RbacEngine(json::Value rules, json::Value matcher, Repeats repeats)
    : rules_(rules), matcher_(matcher) {
  const std::string_view action = json::enum_name(rules["action"], "ALLOW", {"DENY", "LOG"});
  if (action == "DENY") action_ = Action::kDeny;
  if (action == "LOG") action_ = Action::kLog;
  for (const json::Member member : rules["policies"].members()) {
    Policy policy;
    policy.name = member.key;
    policy.source = member.value;
    policy.permissions = RbacNode::any_of(member.value["permissions"], true, repeats);
    policy.principals = RbacNode::any_of(member.value["principals"], false, repeats);
    policy.condition = member.value["condition"] || member.value["checked_condition"];
    policies_.push_back(std::move(policy));
  }
  std::stable_sort(policies_.begin(), policies_.end(),
                   [](const Policy& a, const Policy& b) { return a.name < b.name; });
}
RbacEngine::~RbacEngine() = default;
RbacEngine::RbacEngine(RbacEngine&&) noexcept = default;

RbacResult RbacEngine::evaluate_tree(const RbacInput& input) const {
  const TreeResult found = evaluate_matcher_tree(matcher_, [&](const Extension& wanted) {
    return http_tree_input(wanted, input.request, input.connection);
  });
  RbacResult result;
  result.source = found.source ? found.source : matcher_;
  if (found.matched == Verdict::kUnknown) {
    result.allowed = Verdict::kUnknown;
    result.why = found.unknown;
    return result;
  }
  if (found.matched == Verdict::kNo) {
    result.allowed = Verdict::kNo;
    result.why = "nothing in the matcher matches";
    return result;
  }
  const Extension action = decode_extension(found.action);
  result.policy = action.config["name"].string_or("none");
  result.allowed =
      verdict(json::enum_name(action.config["action"], "ALLOW", {"DENY", "LOG"}) != "DENY");
  result.why = fmt::format("policy {} matches", printable(result.policy));
  return result;
}

RbacResult RbacEngine::evaluate(const RbacInput& input, bool explain) const {
  if (matcher_) return evaluate_tree(input);
  RbacResult result;
  result.source = rules_;
  if (!rules_ || action_ == Action::kLog) return result;
  const Policy* unknown = nullptr;
  std::string unknown_why;
  std::string misses;
  std::size_t told = 0;
  for (const Policy& policy : policies_) {
    std::string why;
    std::string* reason = explain ? &why : nullptr;
    Verdict matched = policy.permissions->evaluate(input, reason);
    if (matched != Verdict::kNo) {
      matched = std::min(matched, policy.principals->evaluate(input, reason));
    }
    if (matched == Verdict::kYes && policy.condition) {
      matched = Verdict::kUnknown;
      why = "its condition (CEL) is not evaluated";
    }
    if (matched == Verdict::kYes) {
      result.policy = policy.name;
      result.source = policy.source;
      result.allowed = verdict(action_ == Action::kAllow);
      result.why = fmt::format("policy {} matches", printable(policy.name));
      return result;
    }
    if (matched == Verdict::kUnknown && unknown == nullptr) {
      unknown = &policy;
      unknown_why = why;
    }
    if (explain && told++ < kPoliciesTold) {
      misses += fmt::format("{}{}: {}", misses.empty() ? "" : "; ", printable(policy.name), why);
    }
  }
  if (unknown != nullptr) {
    result.allowed = Verdict::kUnknown;
    result.policy = action_ == Action::kDeny ? std::string(unknown->name) : "none";
    result.source = unknown->source;
    result.why =
        fmt::format("whether policy {} matches depends on what is not known{}{}",
                    printable(unknown->name), unknown_why.empty() ? "" : ": ", unknown_why);
    return result;
  }
  result.allowed = verdict(action_ == Action::kDeny);
  if (explain) {
    result.why = action_ == Action::kDeny ? "no DENY policy matches"
                 : policies_.empty()      ? "an ALLOW policy without rules allows nothing"
                                          : "no ALLOW policy matches";
    if (!misses.empty() && action_ == Action::kAllow) result.why += " (" + misses + ")";
  }
  return result;
}

}  // namespace xdscope::trace
