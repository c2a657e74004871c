// Near misses: what would have led elsewhere, had one thing been different.
#include <algorithm>

#include <fmt/format.h>

#include "base/text.h"
#include "trace/compiled_table.h"
#include "trace/host_normalization.h"

namespace xdscope::trace {
namespace {

constexpr std::size_t kMaxNearMisses = 8;
constexpr std::size_t kMaxHostLength = 255;
constexpr unsigned kTooFar = 15;

class Search {
 public:
  Search(const CompiledTable& table, const RouteDecision& decision, const MatchInput& input)
      : table_(table), decision_(decision), input_(input) {}

  std::vector<NearMiss> run() {
    other_hosts();
    // require_tls redirects before any route is looked at.
    const RouteOutcome& first = decision_.outcomes.front();
    const bool walked = first.kind == RouteOutcome::Kind::kNoRoute || first.route != nullptr;
    if (decision_.virtual_host != nullptr && walked) {
      for (const CompiledHost& host : table_.hosts) {
        if (host.host == decision_.virtual_host) routes(host);
      }
    }
    std::ranges::stable_sort(found_, std::less<>(), &NearMiss::distance);
    if (found_.size() > kMaxNearMisses) found_.resize(kMaxNearMisses);
    return std::move(found_);
  }

 private:
  // Whether the host's own domain was matched, so that other spellings would be no improvement.
  bool settled() const {
    return decision_.virtual_host != nullptr && !decision_.domain.starts_with('*') &&
           !decision_.domain.ends_with('*');
  }

  void other_hosts() {
    if (settled() || decision_.host.size() > kMaxHostLength) return;
    const std::string& host = decision_.host;
    const std::size_t port = port_start(host);
    const std::string bare = host.substr(0, port);
    if (port != std::string::npos) {
      spelling(bare, NearMiss::Kind::kHostPort, 1, "without the port in Host");
    }
    if (bare.ends_with('.')) {
      spelling(bare.substr(0, bare.size() - 1) + host.substr(bare.size()),
               NearMiss::Kind::kHostTrailingDot, 1, "without the trailing dot of the host");
    } else if (port == std::string::npos) {
      spelling(host + ".", NearMiss::Kind::kHostTrailingDot, 1, "with a trailing dot");
    }
    for (std::size_t i = 0; i < table_.hosts.size(); ++i) {
      for (const std::string_view domain : table_.config.virtual_hosts[i].domains) {
        compare_domain(i, to_lower(domain), bare, port == std::string::npos);
      }
    }
  }

  // Exact domains and wildcards that another spelling of the host reaches.
  void spelling(const std::string& host, NearMiss::Kind kind, unsigned distance,
                std::string_view change) {
    const DomainMatch* match = table_.domains.find(host);
    if (match == nullptr) return;
    const VirtualHost& other = table_.config.virtual_hosts[match->virtual_host];
    if (&other == decision_.virtual_host) return;
    const std::string_view domain = other.domains[match->domain];
    if (domain == "*") return;
    add_host(match->virtual_host, domain, kind, distance, change);
  }

  void add_host(std::size_t index, std::string_view domain, NearMiss::Kind kind, unsigned distance,
                std::string_view change) {
    const CompiledHost& host = table_.hosts[index];
    const auto outcomes = walk_routes(host, input_, nullptr);
    const bool routed = outcomes.front().kind != RouteOutcome::Kind::kNoRoute;
    std::string text =
        fmt::format("{}, the host would match domain '{}' of virtual host '{}'{}", change, domain,
                    host.host->name, routed ? "" : ", which has no route for this request either");
    text[0] = static_cast<char>(text[0] >= 'a' && text[0] <= 'z' ? text[0] - 'a' + 'A' : text[0]);
    found_.push_back({kind, std::move(text), distance + (routed ? 0U : 4U), host.host,
                      outcomes.front().route, host.host->source["domains"]});
  }

  void compare_domain(std::size_t index, const std::string& domain, const std::string& bare,
                      bool without_port) {
    if (&table_.config.virtual_hosts[index] == decision_.virtual_host || domain == "*") return;
    if (domain == "*." + bare) {
      add_host(index, domain, NearMiss::Kind::kHostApex, 2,
               "a wildcard does not match the name it stands before; with a label in front of it");
      return;
    }
    const std::size_t port = port_start(domain);
    const std::string domain_host = domain.substr(0, port);
    if (domain_host == bare && port != std::string::npos) {
      add_host(index, domain, NearMiss::Kind::kHostPort, without_port ? 1 : 2,
               without_port
                   ? fmt::format("with the port {} in Host", domain.substr(port + 1))
                   : fmt::format("with the port {} in Host, not {}", domain.substr(port + 1),
                                 decision_.host.substr(bare.size() + 1)));
      return;
    }
    if (domain.starts_with('*') || domain.ends_with('*') || bare.size() < 4) return;
    if (domain_host.size() > bare.size() + 2 || bare.size() > domain_host.size() + 2) return;
    const std::size_t edits = edit_distance(domain_host, bare);
    if (edits == 0 || edits > 2) return;
    add_host(index, domain, NearMiss::Kind::kHostSpelling, 2 + static_cast<unsigned>(edits),
             fmt::format("spelled '{}'", domain_host));
  }

  void routes(const CompiledHost& host) {
    const RouteList list = routes_to_try(host, input_.request);
    if (list.routes == nullptr) return;
    const Route* taken = decision_.outcomes.front().route;
    std::size_t taken_at = list.routes->size();
    for (std::size_t i = 0; i < list.routes->size(); ++i) {
      const RouteCriteria& criteria = (*list.routes)[i];
      if (taken != nullptr && &criteria.route() == taken) {
        taken_at = i;
      } else if (i < taken_at) {
        missed(host, criteria, i);
      } else {
        shadowed(host, criteria, i, (*list.routes)[taken_at], taken_at);
      }
    }
  }

  void missed(const CompiledHost& host, const RouteCriteria& criteria, std::size_t position) {
    const auto failures = criteria.failures(input_);
    if (failures.size() != 1 || failures[0].distance > kTooFar) return;
    found_.push_back({failures[0].kind,
                      fmt::format("{} would match but for one criterion: {}",
                                  describe_route(criteria, position), failures[0].reason),
                      failures[0].distance, host.host, &criteria.route(), failures[0].source});
  }

  void shadowed(const CompiledHost& host, const RouteCriteria& criteria, std::size_t position,
                const RouteCriteria& taken, std::size_t taken_at) {
    if (criteria.matches(input_) == Verdict::kNo) return;
    // A catch-all behind the route that was taken is as it should be.
    if (criteria.path().value().size() <= taken.path().value().size()) return;
    found_.push_back(
        {NearMiss::Kind::kShadowed,
         fmt::format("{} comes later and is narrower, but {} takes the request first",
                     describe_route(criteria, position), describe_route(taken, taken_at)),
         2, host.host, &criteria.route(), criteria.route().match.source});
  }

  const CompiledTable& table_;
  const RouteDecision& decision_;
  const MatchInput& input_;
  std::vector<NearMiss> found_;
};

}  // namespace

std::vector<NearMiss> near_misses(const CompiledTable& table, const RouteDecision& decision,
                                  const MatchInput& input) {
  return Search(table, decision, input).run();
}

}  // namespace xdscope::trace
