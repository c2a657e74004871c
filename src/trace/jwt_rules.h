// Which rule of a jwt_authn filter a request falls under, and the claims it leaves behind.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "trace/matchers.h"
#include "trace/path_matcher.h"
#include "trace/request.h"

namespace xdscope::trace {

// JwtAuthentication.rules: the first whose match holds. A match here is path, headers and query
// parameters only.
class JwtRules {
 public:
  JwtRules(json::Value config, Version envoy, const Runtime* runtime);

  struct Match {
    json::Value rule;      // absent: no rule, no token needed
    bool unknown = false;  // the dump cannot tell which
  };
  Match find(const HttpRequest& request) const;

 private:
  struct Rule {
    json::Value source;
    PathCriterion path;
    std::vector<HeaderCriterion> headers;
    std::vector<QueryCriterion> query;
  };
  std::vector<Rule> rules_;
};

// The payload with the claims of `normalize_payload_in_metadata.space_delimited_claims` made lists.
std::string normalized_claims(const std::string& payload, json::Value normalize);

}  // namespace xdscope::trace
