// Headers changed on the way (envoy: source/extensions/filters/http/header_mutation).
#include "trace/header_mutation.h"

#include <algorithm>

#include "trace/http_filters/http_filter.h"

namespace xdscope::trace {
namespace {

class HeaderMutationFilter final : public HttpFilter {
 public:
  explicit HeaderMutationFilter(const FilterSetup& setup)
      : name_(setup.filter.name), own_(setup.filter.config) {}

  FilterVerdict run(FilterInput& input, bool) const override {
    FilterVerdict verdict;
    std::vector<json::Value> all{own_["mutations"]};
    if (input.route_config != nullptr && input.route.route != nullptr) {
      auto levels = per_filter_configs(*input.route_config, input.route, name_);
      // The last word is that of the least specific, unless the other way is asked for.
      if (!own_["most_specific_header_mutations_wins"].boolean_or(false)) {
        std::ranges::reverse(levels);
      }
      for (const PerFilterConfig& one : levels) all.push_back(one.value["mutations"]);
    }
    auto request = std::make_shared<HttpRequest>(input.request);
    bool changed = false;
    for (const json::Value mutations : all) {
      const json::Value headers = mutations["request_mutations"];
      changed = changed || !headers.empty();
      apply_header_mutations(headers, *request);
      if (!mutations["query_parameter_mutations"].empty()) {
        verdict.may_change = "query parameters are changed, which is not evaluated";
      }
    }
    if (changed) verdict.request = std::move(request);
    return verdict;
  }

 private:
  std::string_view name_;
  json::Value own_;
};

}  // namespace

std::unique_ptr<HttpFilter> make_header_mutation_filter(const FilterSetup& setup) {
  return std::make_unique<HeaderMutationFilter>(setup);
}

}  // namespace xdscope::trace
