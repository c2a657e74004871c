// Metadata that the configuration itself holds
// (envoy: source/extensions/filters/http/set_metadata/set_metadata_filter.cc).
#include "trace/http_filters/http_filter.h"

namespace xdscope::trace {
namespace {

class SetMetadataFilter final : public HttpFilter {
 public:
  explicit SetMetadataFilter(const FilterSetup& setup)
      : name_(setup.filter.name), own_(setup.filter.config) {}

  FilterVerdict run(FilterInput& input, bool) const override {
    const Extension per_route = route_config_of(name_, input);
    const json::Value config = per_route.config ? per_route.config : own_;
    // The deprecated fields come first, and are merged into what is there.
    if (config["value"]) {
      input.stream.metadata.push_back({config["metadata_namespace"].text(), config["value"], true});
    }
    for (const json::Value one : config["metadata"].elements()) {
      // A typed_value is not seen by matchers over Structs.
      if (!one["value"]) continue;
      input.stream.metadata.push_back({one["metadata_namespace"].text(), one["value"],
                                       one["allow_overwrite"].boolean_or(false)});
    }
    return {};
  }

 private:
  std::string_view name_;
  json::Value own_;
};

}  // namespace

std::unique_ptr<HttpFilter> make_set_metadata_filter(const FilterSetup& setup) {
  return std::make_unique<SetMetadataFilter>(setup);
}

}  // namespace xdscope::trace
