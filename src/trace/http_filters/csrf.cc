// Cross-site request forgery (envoy: source/extensions/filters/http/csrf/csrf_filter.cc).
#include <fmt/format.h>

#include "base/text.h"
#include "trace/http_filters/fraction.h"
#include "trace/http_filters/http_filter.h"
#include "trace/matchers.h"

namespace xdscope::trace {
namespace {

// The host and port of a URL; what is no URL stands for itself.
std::string_view host_and_port(std::string_view url) {
  const auto scheme = url.find("://");
  if (scheme == url.npos) return url;
  url.remove_prefix(scheme + 3);
  return url.substr(0, url.find_first_of("/?#"));
}

class CsrfFilter final : public HttpFilter {
 public:
  explicit CsrfFilter(const FilterSetup& setup)
      : name_(setup.filter.name), own_(setup.filter.config), runtime_(setup.runtime) {}

  FilterVerdict run(FilterInput& input, bool) const override {
    const Extension per_route = route_config_of(name_, input);
    const json::Value policy = per_route.config ? per_route.config : own_;
    FilterVerdict verdict;
    const std::string& method = input.request.method;
    if (method != "POST" && method != "PUT" && method != "DELETE" && method != "PATCH") {
      return verdict;
    }
    const double enabled = runtime_share(policy["filter_enabled"], runtime_);
    if (enabled <= 0) return verdict;
    verdict.evidence = policy;
    const std::string* origin = input.request.first("origin");
    std::string_view source = origin == nullptr ? std::string_view() : host_and_port(*origin);
    if (source.empty()) {
      const std::string* referer = input.request.first("referer");
      source = referer == nullptr ? std::string_view() : host_and_port(*referer);
    }
    Verdict allowed = verdict_of(source, input.request.authority, policy);
    if (allowed == Verdict::kYes) return verdict;
    FilterReply reply;
    reply.code = 403;
    reply.details = "csrf_origin_mismatch";
    reply.certain = allowed == Verdict::kNo;
    reply.share = reply.certain ? enabled : enabled * 0.5;
    reply.why = source.empty() ? "a request that changes something, without Origin or Referer"
                               : fmt::format("its origin {} is not {}", printable(source),
                                             printable(input.request.authority));
    verdict.note = reply.why;
    verdict.replies.push_back(std::move(reply));
    return verdict;
  }

 private:
  static Verdict verdict_of(std::string_view source, std::string_view target, json::Value policy) {
    if (source.empty()) return Verdict::kNo;
    if (source == target) return Verdict::kYes;
    Verdict best = Verdict::kNo;
    for (const json::Value more : policy["additional_origins"].elements()) {
      best = std::max(best, StringCriterion(decode_string_matcher(more)).matches(source));
    }
    return best;
  }

  std::string_view name_;
  json::Value own_;
  const Runtime& runtime_;
};

}  // namespace

std::unique_ptr<HttpFilter> make_csrf_filter(const FilterSetup& setup) {
  return std::make_unique<CsrfFilter>(setup);
}

}  // namespace xdscope::trace
