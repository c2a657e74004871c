// External authorization: what the service says is in no dump, that it cannot be asked is
// (envoy: source/extensions/filters/http/ext_authz/ext_authz.cc).
#include <fmt/format.h>

#include "base/text.h"
#include "trace/http_filters/fraction.h"
#include "trace/http_filters/http_filter.h"
#include "trace/metadata.h"
#include "trace/status_code.h"

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
    if (enabled != Verdict::kYes || share < 1) refuse_where_off(enabled, share, verdict);
    if (enabled == Verdict::kNo || share <= 0) return verdict;
    if (missing_ && enabled == Verdict::kYes) {
      cannot_ask(share, verdict);
      return verdict;
    }
    FilterReply reply = denied(403, 0.5 * share, false,
                               fmt::format("external authorization by {} decides: what it answers "
                                           "is not in the dump",
                                           printable(cluster_.empty() ? "a service" : cluster_)));
    verdict.note = reply.why;
    verdict.replies.push_back(std::move(reply));
    return verdict;
  }

 private:
  // Requests that are not asked about are refused where deny_at_disable says so.
  void refuse_where_off(Verdict enabled, double share, FilterVerdict& verdict) const {
    const json::Value deny = config_["deny_at_disable"];
    if (!runtime_.boolean(deny["runtime_key"].text())
             .value_or(deny["default_value"].boolean_or(false))) {
      return;
    }
    const bool all = enabled == Verdict::kNo || share <= 0;
    FilterReply reply =
        denied(status_code(config_["status_on_error"], 403), all ? 1 : 1 - share,
               all || enabled == Verdict::kYes, "the filter is off and deny_at_disable is set");
    if (!reply.certain) reply.share = 0.5;
    reply.details = "ext_authz_error";
    verdict.replies.push_back(std::move(reply));
  }

  static FilterReply denied(std::uint32_t code, double share, bool certain, std::string why) {
    FilterReply reply;
    reply.code = code;
    reply.flags = "UAEX";
    reply.details = "ext_authz_denied";
    reply.share = share;
    reply.certain = certain;
    reply.why = std::move(why);
    return reply;
  }

  void cannot_ask(double share, FilterVerdict& verdict) const {
    const std::string what = fmt::format("the authorization cluster {} does not exist", cluster_);
    if (allow_on_error_) {
      verdict.note = what + "; failure_mode_allow lets the request pass";
      return;
    }
    FilterReply reply = denied(status_code(config_["status_on_error"], 403), share, true, what);
    reply.details = "ext_authz_error";
    verdict.note = what + ": requests are refused";
    verdict.replies.push_back(std::move(reply));
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
