// A filter behind a matcher that may skip it, or that chooses it
// (envoy: source/extensions/filters/http/match_delegate, .../http/composite).
#include <fmt/format.h>

#include <unordered_map>

#include "base/text.h"
#include "trace/http_filters/fraction.h"
#include "trace/http_filters/http_filter.h"
#include "trace/tree_inputs.h"

namespace xdscope::trace {
namespace {

// The filter inside gets no per-route configuration: that is looked up by the outer one's name, and
// is the outer one's.
InstalledFilter install_inner(Extension filter, const FilterSetup& setup) {
  filter.name = {};
  return install_filter(filter, setup.index, setup.runtime, setup.envoy);
}

class MatchDelegateFilter final : public HttpFilter {
 public:
  explicit MatchDelegateFilter(const FilterSetup& setup)
      : name_(setup.filter.name),
        index_(setup.index),
        runtime_(setup.runtime),
        envoy_(setup.envoy),
        // `matcher` is the older spelling of the same tree.
        matcher_(setup.filter.config["xds_matcher"] ? setup.filter.config["xds_matcher"]
                                                    : setup.filter.config["matcher"]) {
    const Extension inner = decode_extension(setup.filter.config["extension_config"]);
    inner_type_ = inner.type_name();
    composite_ = inner_type_ == "Composite";
    inner_ = install_inner(inner, setup);
  }

  FilterVerdict run(FilterInput& input, bool explain) const override {
    const Extension per_route = route_config_of(name_, input);
    const json::Value matcher =
        per_route.config["xds_matcher"] ? per_route.config["xds_matcher"] : matcher_;
    const TreeResult found = evaluate_matcher_tree(matcher, [&](const Extension& wanted) {
      return http_tree_input(wanted, input.request, input.connection);
    });
    if (found.matched == Verdict::kUnknown) return doubtful(found, input, explain);
    const Extension action =
        found.matched == Verdict::kYes ? decode_extension(found.action) : Extension{};
    if (composite_) return execute(action, found, input, explain);
    if (action.type_name() == "SkipFilter") {
      FilterVerdict verdict;
      verdict.evidence = found.source;
      if (explain) verdict.note = fmt::format("its matcher skips {}", printable(inner_type_));
      return verdict;
    }
    return run_one(inner_, input, explain);
  }

 private:
  static FilterVerdict run_one(const InstalledFilter& filter, FilterInput& input, bool explain) {
    FilterVerdict verdict;
    if (filter.undelivered) {
      verdict.may_change = "the configuration of the filter inside has not been delivered (ECDS)";
    } else if (filter.filter != nullptr) {
      verdict = filter.filter->run(input, explain);
    }
    return verdict;
  }

  FilterVerdict doubtful(const TreeResult& found, FilterInput& input, bool explain) const {
    FilterVerdict verdict = composite_ ? FilterVerdict{} : run_one(inner_, input, explain);
    for (FilterReply& reply : verdict.replies) {
      if (reply.certain) reply.share *= 0.5;
      reply.certain = false;
      reply.why += "; whether the filter is asked is not known: " + found.unknown;
    }
    if (composite_) verdict.may_change = "the matcher chooses the filter: " + found.unknown;
    return verdict;
  }

  // envoy.extensions.filters.http.composite.v3.ExecuteFilterAction.
  FilterVerdict execute(const Extension& action, const TreeResult& found, FilterInput& input,
                        bool explain) const {
    if (action.type_name() != "ExecuteFilterAction") return {};
    if (const json::Value sample = action.config["sample_percent"]) {
      const double share = runtime_share(sample, runtime_);
      if (share <= 0) return {};
      if (share < 1) {
        FilterVerdict verdict;
        verdict.evidence = found.source;
        verdict.may_change = fmt::format(
            "{:.4g} % of the requests go through a filter that is chosen for them", 100 * share);
        return verdict;
      }
    }
    const json::Value config = action.config["typed_config"] ? action.config["typed_config"]
                                                             : action.config["dynamic_config"];
    if (!config) {
      FilterVerdict verdict;
      verdict.evidence = found.source;
      verdict.may_change = "the matcher chooses a chain of filters, which is not evaluated";
      return verdict;
    }
    auto& chosen = chosen_[config.offset()];
    if (!chosen) {
      const Extension filter = decode_extension(config);
      chosen = std::make_unique<InstalledFilter>(
          install_inner(filter, {filter, index_, runtime_, envoy_}));
    }
    return run_one(*chosen, input, explain);
  }

  std::string_view name_;
  const Index& index_;
  const Runtime& runtime_;
  Version envoy_;
  json::Value matcher_;
  InstalledFilter inner_;
  std::string_view inner_type_;
  bool composite_ = false;
  mutable std::unordered_map<std::size_t, std::unique_ptr<InstalledFilter>> chosen_;
};

}  // namespace

std::unique_ptr<HttpFilter> make_match_delegate_filter(const FilterSetup& setup) {
  return std::make_unique<MatchDelegateFilter>(setup);
}

}  // namespace xdscope::trace
