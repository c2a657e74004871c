// External authorization: what the service says is in no dump, that it cannot be asked is
// (envoy: source/extensions/filters/http/ext_authz/ext_authz.cc).
#include <fmt/format.h>

#include "base/text.h"
#include "trace/http_filters/fraction.h"
#include "trace/http_filters/http_filter.h"
#include "trace/metadata.h"

namespace xdscope::trace {
namespace {

class ExtAuthzFilter final : public HttpFilter {
 public:
  explicit ExtAuthzFilter(const FilterSetup& setup)
      : name_(setup.filter.name), config_(setup.filter.config), runtime_(setup.runtime) {
    cluster_ = config_["grpc_service"]["envoy_grpc"]["cluster_name"].text();
    if (cluster_.empty()) cluster_ = config_["http_service"]["server_uri"]["cluster"].text();
    missing_ = !cluster_.empty() && setup.index.find_cluster(cluster_) == nullptr &&
               setup.index.snapshot().has(Section::kClusters);
    allow_on_error_ = config_["failure_mode_allow"].boolean_or(false);
  }

  FilterVerdict run(FilterInput& input, bool) const override {
    FilterVerdict verdict;
    verdict.evidence = config_;
    if (route_config_of(name_, input).config["disabled"].boolean_or(false)) return verdict;
    Verdict enabled = Verdict::kYes;
    if (const json::Value metadata = config_["filter_enabled_metadata"]) {
      enabled = metadata_matches(metadata, input.stream);
    }
    const double share =
        config_["filter_enabled"] ? runtime_share(config_["filter_enabled"], runtime_) : 1;
    if (enabled == Verdict::kNo || share <= 0) {
      if (config_["deny_at_disable"]["default_value"].boolean_or(false)) {
        verdict.replies.push_back(denied(1, true, "the filter is off and deny_at_disable is set"));
      }
      return verdict;
    }
    if (missing_ && enabled == Verdict::kYes) return cannot_ask(share);
    FilterReply reply =
        denied(0.5 * share, false,
               fmt::format("external authorization by {} decides: what it answers is "
                           "not in the dump",
                           printable(cluster_.empty() ? "a service" : cluster_)));
    verdict.note = reply.why;
    verdict.replies.push_back(std::move(reply));
    return verdict;
  }

 private:
  FilterReply denied(double share, bool certain, std::string why) const {
    FilterReply reply;
    reply.code = static_cast<std::uint32_t>(config_["status_on_error"]["code"].integer_or(403));
    if (reply.code == 0) reply.code = 403;
    reply.flags = "UAEX";
    reply.details = "ext_authz_denied";
    reply.share = share;
    reply.certain = certain;
    reply.why = std::move(why);
    return reply;
  }

  FilterVerdict cannot_ask(double share) const {
    FilterVerdict verdict;
    verdict.evidence = config_;
    const std::string what = fmt::format("the authorization cluster {} does not exist", cluster_);
    if (allow_on_error_) {
      verdict.note = what + "; failure_mode_allow lets the request pass";
      return verdict;
    }
    FilterReply reply = denied(share, true, what);
    reply.details = "ext_authz_error";
    verdict.note = what + ": requests are refused";
    verdict.replies.push_back(std::move(reply));
    return verdict;
  }

  std::string_view name_;
  json::Value config_;
  const Runtime& runtime_;
  std::string_view cluster_;
  bool missing_ = false;
  bool allow_on_error_ = false;
};

}  // namespace

std::unique_ptr<HttpFilter> make_ext_authz_filter(const FilterSetup& setup) {
  return std::make_unique<ExtAuthzFilter>(setup);
}

}  // namespace xdscope::trace
