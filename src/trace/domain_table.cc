#include "trace/domain_table.h"

#include <algorithm>

#include <fmt/format.h>

#include "base/text.h"
#include "xdscope/index.h"

namespace xdscope::trace {

DomainTable::Map& DomainTable::of_length(std::vector<Wildcards>& wildcards, std::size_t length) {
  const auto at = std::ranges::find_if(
      wildcards, [&](const Wildcards& entry) { return entry.length <= length; });
  if (at != wildcards.end() && at->length == length) return at->domains;
  return wildcards.insert(at, Wildcards{length, {}})->domains;
}

DomainTable::DomainTable(const RouteConfig& config, std::vector<Problem>& problems) {
  for (std::size_t i = 0; i < config.virtual_hosts.size(); ++i) {
    const VirtualHost& host = config.virtual_hosts[i];
    for (std::size_t j = 0; j < host.domains.size(); ++j) {
      const std::string domain = to_lower(host.domains[j]);
      bool added = true;
      if (domain == "*") {
        added = default_ == nullptr;
        if (added) default_ = std::make_unique<DomainMatch>(DomainMatch{i, j});
      } else if (domain.starts_with('*')) {
        added = of_length(suffixes_, domain.size() - 1)
                    .emplace(domain.substr(1), DomainMatch{i, j})
                    .second;
      } else if (domain.ends_with('*')) {
        added = of_length(prefixes_, domain.size() - 1)
                    .emplace(domain.substr(0, domain.size() - 1), DomainMatch{i, j})
                    .second;
      } else {
        added = exact_.emplace(domain, DomainMatch{i, j}).second;
      }
      if (!added) {
        const Evidence evidence = evidence_of(host.source["domains"]);
        problems.push_back({fmt::format("domain '{}' of virtual host '{}' is there twice; Envoy "
                                        "refuses such a route configuration",
                                        domain, host.name),
                            fmt::format("{}:{}", evidence.file, evidence.line)});
      }
    }
  }
}

const DomainMatch* DomainTable::find(std::string_view host) const {
  if (const auto found = exact_.find(host); found != exact_.end()) return &found->second;
  // The part under the `*` is never empty.
  for (const Wildcards& entry : suffixes_) {
    if (entry.length >= host.size()) continue;
    const auto found = entry.domains.find(host.substr(host.size() - entry.length));
    if (found != entry.domains.end()) return &found->second;
  }
  for (const Wildcards& entry : prefixes_) {
    if (entry.length >= host.size()) continue;
    const auto found = entry.domains.find(host.substr(0, entry.length));
    if (found != entry.domains.end()) return &found->second;
  }
  return default_.get();
}

}  // namespace xdscope::trace
