#include "trace/network_filters.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace xdscope::trace {
namespace {

struct KnownFilter {
  std::string_view name;  // the part of the type's package that names the filter
  FilterFactory make;     // nullptr: lets every connection pass
};
constexpr std::array kKnownFilters = std::to_array<KnownFilter>({
    {"rbac", make_network_rbac_filter},
    {"local_ratelimit", nullptr},  // a matter of load: a bucket has at least one token
    {"metadata_exchange", nullptr},
    {"metadataexchange", nullptr},
    {"stats", nullptr},
    {"istio_stats", nullptr},
    {"connection_limit", nullptr},
    {"set_filter_state", nullptr},
    {"sni_cluster", nullptr},
    {"tcp_cluster_rewrite", nullptr},
});

std::unique_ptr<HttpFilter> may_close(const Extension& filter) {
  return make_opaque_filter(
      fmt::format("network filter {} is not evaluated: it may close the connection", filter.name),
      filter.source);
}

}  // namespace

NetworkFilter install_network_filter(const Extension& configured, const Index& index,
                                     const Runtime& runtime, Version envoy) {
  NetworkFilter out;
  out.name = configured.name;
  out.source = configured.source;
  bool undelivered = false;
  out.config = delivered(configured, index, undelivered);
  const Extension& filter = out.config;
  if (undelivered) {
    out.filter = may_close(filter);
    return out;
  }
  if (is_builtin_wasm(filter)) return out;
  const auto names = [&](const KnownFilter& known) {
    if (filter.type.empty()) return filter.name.substr(filter.name.rfind('.') + 1) == known.name;
    const auto at = filter.type.find(known.name);
    return at != filter.type.npos && at > 0 && filter.type[at - 1] == '.' &&
           at + known.name.size() < filter.type.size() &&
           filter.type[at + known.name.size()] == '.';
  };
  const auto known = std::find_if(kKnownFilters.begin(), kKnownFilters.end(), names);
  if (known == kKnownFilters.end()) {
    out.filter = may_close(filter);
  } else if (known->make != nullptr) {
    out.filter = known->make({filter, index, runtime, envoy});
  }
  return out;
}

}  // namespace xdscope::trace
