// Local rate limits: only an empty bucket decides by itself
// (envoy: source/extensions/filters/http/local_ratelimit/local_ratelimit.cc).
#include <fmt/format.h>

#include "trace/http_filters/fraction.h"
#include "trace/http_filters/http_filter.h"
#include "trace/status_code.h"

namespace xdscope::trace {
namespace {

class LocalRateLimitFilter final : public HttpFilter {
 public:
  explicit LocalRateLimitFilter(const FilterSetup& setup)
      : name_(setup.filter.name), own_(setup.filter.config), runtime_(setup.runtime) {}

  FilterVerdict run(FilterInput& input, bool explain) const override {
    const Extension per_route = route_config_of(name_, input);
    const json::Value config = per_route.config ? per_route.config : own_;
    FilterVerdict verdict;
    const json::Value bucket = config["token_bucket"];
    // Fractions that are not set are zero: the filter then does nothing.
    const double enforced = runtime_share(config["filter_enabled"], runtime_) *
                            runtime_share(config["filter_enforced"], runtime_);
    if (!bucket || enforced <= 0) return verdict;
    verdict.evidence = config;
    const auto tokens = bucket["max_tokens"].integer_or(0);
    if (tokens > 0) {
      if (explain) {
        verdict.note = fmt::format("at most {} requests per {}: passes while the bucket has tokens",
                                   bucket["tokens_per_fill"].integer_or(1),
                                   bucket["fill_interval"].string_or("interval"));
      }
      return verdict;
    }
    FilterReply reply;
    reply.code = status_code(config["status"], 429);
    if (reply.code < 400) reply.code = 429;
    reply.flags = "RL";
    reply.details = "local_rate_limited";
    reply.share = enforced;
    reply.why = "its bucket has no tokens (max_tokens 0)";
    verdict.replies.push_back(std::move(reply));
    return verdict;
  }

 private:
  std::string_view name_;
  json::Value own_;
  const Runtime& runtime_;
};

}  // namespace

std::unique_ptr<HttpFilter> make_local_ratelimit_filter(const FilterSetup& setup) {
  return std::make_unique<LocalRateLimitFilter>(setup);
}

}  // namespace xdscope::trace
