// The RBAC filters of HTTP and of connections
// (envoy: source/extensions/filters/http/rbac/rbac_filter.cc, .../network/rbac/rbac_filter.cc).
#include "trace/rbac.h"

#include <fmt/format.h>

#include <algorithm>
#include <unordered_map>

#include "base/text.h"
#include "trace/metadata.h"
#include "trace/network_filters.h"
#include "trace/path_parameters.h"

namespace xdscope::trace {
namespace {

// The enforced and the shadow engine of one configuration.
struct Engines {
  Engines(json::Value config, Repeats repeats)
      : enforced(config["rules"], config["matcher"], repeats),
        shadow(config["shadow_rules"], config["shadow_matcher"], repeats),
        shadow_prefix(config["shadow_rules_stat_prefix"].text()) {}
  RbacEngine enforced;
  RbacEngine shadow;
  std::string_view shadow_prefix;
};

// Spaces would break an access log's columns.
std::string denied_details(std::string policy) {
  std::replace_if(
      policy.begin(), policy.end(), [](char c) { return c == ' ' || c == '\t'; }, '_');
  return fmt::format("rbac_access_denied_matched_policy[{}]", policy);
}

class RbacFilter final : public HttpFilter {
 public:
  RbacFilter(const FilterSetup& setup, bool network)
      : name_(setup.filter.name),
        repeats_(rbac_header_repeats(setup.envoy, &setup.runtime)),
        by_segment_(path_parameters_by_segment(setup.envoy, &setup.runtime,
                                               "rbac_respect_ignore_path_parameters")),
        network_(network),
        own_(setup.filter.config, repeats_),
        source_(setup.filter.config) {}

  FilterVerdict run(FilterInput& input, bool explain) const override {
    const Engines& engines = network_ ? own_ : engines_for(input);
    std::string stripped;
    RbacInput rbac{input.request, input.connection, input.stream,
                   input.request.path_without_query()};
    strip_parameters(input, rbac, stripped);
    leave_shadow_metadata(engines, rbac, input.stream);
    FilterVerdict verdict;
    if (engines.enforced.empty()) return verdict;
    RbacResult result = engines.enforced.evaluate(rbac, explain);
    verdict.evidence = result.source ? result.source : source_;
    verdict.resource = policy_resource(result.policy);
    verdict.note = result.why;
    if (result.allowed == Verdict::kYes) return verdict;
    FilterReply reply;
    reply.code = 403;
    reply.details = denied_details(result.policy);
    reply.certain = result.allowed == Verdict::kNo;
    reply.share = reply.certain ? 1 : 0.5;
    reply.why = std::move(result.why);
    verdict.replies.push_back(std::move(reply));
    return verdict;
  }

 private:
  void strip_parameters(const FilterInput& input, RbacInput& rbac, std::string& stripped) const {
    if (input.route_config == nullptr || input.route.route == nullptr ||
        !input.route_config->ignore_path_parameters_in_path_matching ||
        by_segment_ == Verdict::kNo || rbac.path.find(';') == std::string_view::npos) {
      return;
    }
    stripped = without_parameters_by_segment(rbac.path);
    rbac.path = stripped;
    rbac.path_known = by_segment_ == Verdict::kYes;
  }

  // RBACPerRoute replaces the filter's own rules; an empty one turns them off.
  const Engines& engines_for(const FilterInput& input) const {
    const Extension per_route = route_config_of(name_, input);
    if (!per_route.config) return own_;
    auto& engines = per_route_[per_route.config.raw().data()];
    if (!engines) engines = std::make_unique<Engines>(per_route.config["rbac"], repeats_);
    return *engines;
  }

  // Other filters may ask what the shadow rules said: Istio's CUSTOM policies do.
  void leave_shadow_metadata(const Engines& engines, const RbacInput& input,
                             StreamState& stream) const {
    if (engines.shadow.empty()) return;
    const RbacResult result = engines.shadow.evaluate(input, false);
    const std::string_view ns = network_ ? "envoy.filters.network.rbac" : "envoy.filters.http.rbac";
    if (result.allowed == Verdict::kUnknown) {
      stream.unknown_metadata.push_back(ns);
      return;
    }
    const auto key = [&](std::string_view name) {
      return json_text(std::string(engines.shadow_prefix).append(name));
    };
    std::string said = fmt::format("{{{}:\"{}\"", key("shadow_engine_result"),
                                   result.allowed == Verdict::kYes ? "allowed" : "denied");
    // An effective policy is told only where one matched.
    if (result.policy != "none") {
      said += fmt::format(",{}:{}", key("shadow_effective_policy_id"), json_text(result.policy));
    }
    add_metadata(stream, ns, said + "}");
  }

  std::string_view name_;
  Repeats repeats_;
  Verdict by_segment_;
  bool network_;
  Engines own_;
  json::Value source_;
  mutable std::unordered_map<const char*, std::unique_ptr<Engines>> per_route_;
};

}  // namespace

std::unique_ptr<HttpFilter> make_rbac_filter(const FilterSetup& setup) {
  return std::make_unique<RbacFilter>(setup, false);
}

std::unique_ptr<HttpFilter> make_network_rbac_filter(const FilterSetup& setup) {
  return std::make_unique<RbacFilter>(setup, true);
}

}  // namespace xdscope::trace
