// One permission or principal of an RBAC policy, with those inside it.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "trace/matchers.h"
#include "trace/rbac.h"

namespace xdscope::trace {

class RbacNode {
 public:
  enum class Kind {
    kAny,
    kAnd,
    kOr,
    kNot,
    kHeader,
    kUrlPath,
    kUriTemplate,
    kDestinationIp,
    kDestinationPort,
    kServerName,
    kMetadata,
    kAuthenticated,
    kSourceIp,
    kRemoteIp,
    kFilterState,
    kUnknown,
  };

  static std::unique_ptr<RbacNode> permission(json::Value config, Repeats repeats);
  static std::unique_ptr<RbacNode> principal(json::Value config, Repeats repeats);
  // The OR of a list of permissions or principals.
  static std::unique_ptr<RbacNode> any_of(json::Value list, bool permissions, Repeats repeats);

  // `why` (may be nullptr) is set to the first criterion that does not hold or is unknown.
  Verdict evaluate(const RbacInput& input, std::string* why) const;

 private:
  static std::unique_ptr<RbacNode> make(json::Value config, bool permission, Repeats repeats,
                                        int depth);
  void make_permission_leaf(json::Value config);
  void make_principal_leaf(json::Value config);
  Verdict leaf(const RbacInput& input, std::string* why) const;
  Verdict identity_matches(const RbacInput& input) const;
  std::string describe() const;

  Kind kind_ = Kind::kUnknown;
  std::vector<std::unique_ptr<RbacNode>> children_;
  std::optional<HeaderCriterion> header_;
  std::optional<StringCriterion> string_;
  Regex template_;
  std::optional<IpRange> range_;
  std::int64_t port_begin_ = 0;  // [begin, end)
  std::int64_t port_end_ = 0;
  json::Value config_;
  std::string_view name_;  // of what is not evaluated, or the filter state's key
};

}  // namespace xdscope::trace
