// Health checks that Envoy answers itself
// (envoy: source/extensions/filters/http/health_check/health_check.cc).
#include <vector>

#include "trace/http_filters/http_filter.h"
#include "trace/matchers.h"

namespace xdscope::trace {
namespace {

class HealthCheckFilter final : public HttpFilter {
 public:
  explicit HealthCheckFilter(const FilterSetup& setup) : config_(setup.filter.config) {
    for (const json::Value header : config_["headers"].elements()) {
      headers_.emplace_back(decode_header_matcher(header),
                            header_repeats(setup.envoy, &setup.runtime));
    }
    // v2's `endpoint` was the path.
    endpoint_ = config_["endpoint"].text();
  }

  FilterVerdict run(FilterInput& input, bool) const override {
    FilterVerdict verdict;
    Verdict matched = Verdict::kYes;
    for (const HeaderCriterion& header : headers_) {
      matched = std::min(matched, header.matches(input.request));
    }
    if (!endpoint_.empty()) {
      matched = std::min(matched, xdscope::trace::verdict(input.request.path == endpoint_));
    }
    if (matched == Verdict::kNo || config_["pass_through_mode"].boolean_or(false)) return verdict;
    verdict.evidence = config_;
    FilterReply reply;
    reply.code = 200;
    reply.details = "health_check_ok";
    reply.certain = matched == Verdict::kYes && !config_["cluster_min_healthy_percentages"];
    reply.share = reply.certain ? 1 : 0.5;
    reply.why = "a health check, which Envoy answers itself unless it is draining";
    verdict.note = reply.why;
    verdict.replies.push_back(std::move(reply));
    return verdict;
  }

 private:
  json::Value config_;
  std::vector<HeaderCriterion> headers_;
  std::string_view endpoint_;
};

}  // namespace

std::unique_ptr<HttpFilter> make_health_check_filter(const FilterSetup& setup) {
  return std::make_unique<HealthCheckFilter>(setup);
}

}  // namespace xdscope::trace
