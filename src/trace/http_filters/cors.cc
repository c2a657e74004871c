// CORS: only preflight requests are answered (envoy: source/extensions/filters/http/cors).
#include <fmt/format.h>

#include "base/text.h"
#include "trace/http_filters/fraction.h"
#include "trace/http_filters/http_filter.h"
#include "trace/matchers.h"

namespace xdscope::trace {
namespace {

// envoy.type.matcher.v3.StringMatcher entries, and the lists of plain strings and expressions that
// older releases have.
Verdict origin_allowed(json::Value policy, std::string_view origin) {
  Verdict best = Verdict::kNo;
  for (const json::Value matcher : policy["allow_origin_string_match"].elements()) {
    const StringMatcher decoded = decode_string_matcher(matcher);
    if (decoded.kind == StringMatcher::Kind::kExact && decoded.value == "*") return Verdict::kYes;
    best = std::max(best, StringCriterion(decoded).matches(origin));
  }
  for (const json::Value plain : policy["allow_origin"].elements()) {
    if (plain.text() == "*" || plain.text() == origin) return Verdict::kYes;
  }
  return best;
}

class CorsFilter final : public HttpFilter {
 public:
  explicit CorsFilter(const FilterSetup& setup)
      : name_(setup.filter.name), runtime_(setup.runtime) {}

  FilterVerdict run(FilterInput& input, bool) const override {
    FilterVerdict verdict;
    // Only a route that forwards has a policy to look at.
    if (input.request.method != "OPTIONS" || input.route.kind != RouteOutcome::Kind::kForward) {
      return verdict;
    }
    const std::string* origin = input.request.first("origin");
    const std::string* method = input.request.first("access-control-request-method");
    if (origin == nullptr || origin->empty() || method == nullptr || method->empty()) {
      return verdict;
    }
    const json::Value policy = policy_of(input);
    if (!policy) return verdict;
    verdict.evidence = policy;
    const double enabled =
        policy["filter_enabled"] ? runtime_share(policy["filter_enabled"], runtime_) : 1;
    if (enabled <= 0) return verdict;
    const Verdict allowed = origin_allowed(policy, *origin);
    const bool forward = policy["forward_not_matching_preflights"].boolean_or(true);
    if (allowed == Verdict::kNo && forward) {
      verdict.note = fmt::format(
          "preflight from {}: the origin is not allowed, and the request goes "
          "on",
          printable(*origin));
      return verdict;
    }
    FilterReply reply;
    reply.code = 200;
    reply.details = "cors_response";
    reply.certain = allowed != Verdict::kUnknown;
    reply.share = reply.certain ? enabled : enabled * 0.5;
    reply.why = allowed == Verdict::kYes ? "a preflight request from an allowed origin"
                                         : "a preflight request";
    verdict.note = reply.why;
    verdict.replies.push_back(std::move(reply));
    return verdict;
  }

 private:
  // Most specific first; then the deprecated fields of route and virtual host.
  json::Value policy_of(const FilterInput& input) const {
    if (const Extension per_route = route_config_of(name_, input); per_route.config) {
      return per_route.config;
    }
    if (input.route.route != nullptr) {
      if (const json::Value own = input.route.route->route.source["cors"]) return own;
    }
    return input.route.virtual_host == nullptr ? json::Value()
                                               : input.route.virtual_host->source["cors"];
  }

  std::string_view name_;
  const Runtime& runtime_;
};

}  // namespace

std::unique_ptr<HttpFilter> make_cors_filter(const FilterSetup& setup) {
  return std::make_unique<CorsFilter>(setup);
}

}  // namespace xdscope::trace
