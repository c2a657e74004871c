#include "trace/why.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "base/text.h"
#include "trace/why_collector.h"

namespace xdscope::trace {
namespace {

struct CauseText {
  Cause cause;
  std::string_view id;
  std::string_view title;
  std::string_view change;
};

// Worst first: what takes a whole port, then a host, then single requests.
constexpr std::array kCauses = std::to_array<CauseText>({
    {Cause::kRejectedListener, "rejected-listener", "Envoy rejected a listener",
     "mend what Envoy complains about (an EnvoyFilter, a duplicate port); until then the port is "
     "closed"},
    {Cause::kMissingRouteConfig, "missing-route-configuration",
     "A listener's route configuration was not delivered",
     "find out why the control plane does not send it: istioctl proxy-status, its log, rejected "
     "resources"},
    {Cause::kMissingSecret, "missing-secret", "A TLS secret was not delivered",
     "create the secret that the Gateway's credentialName names, in the gateway's namespace"},
    {Cause::kEmptyVirtualHost, "unbound-gateway-port", "A gateway port has no VirtualService bound",
     "bind a VirtualService: its gateways must name the Gateway and its hosts fit the Gateway's"},
    {Cause::kMissingCluster, "missing-cluster", "A route leads to a cluster that does not exist",
     "name a service and port that exist, or define the subset in a DestinationRule"},
    {Cause::kNoHealthyEndpoint, "no-healthy-endpoint",
     "A route leads to a cluster without a healthy endpoint",
     "look at the pods behind the service: selector, subset labels, readiness, outlier detection"},
    {Cause::kZeroLimit, "zero-circuit-breaker", "A circuit breaker lets nothing through",
     "raise the limit in the DestinationRule's connectionPool"},
    {Cause::kFault, "fault-injected", "A fault is put in on purpose",
     "remove the fault from the VirtualService"},
    {Cause::kAuthorization, "authorization-policy", "An authorization policy refuses requests",
     "change the AuthorizationPolicy: an ALLOW rule must match the request, and no DENY rule may"},
    {Cause::kAuthentication, "request-authentication", "Requests need a good token",
     "send a token of the issuer, or change the RequestAuthentication"},
    {Cause::kExternalAuthorization, "external-authorization",
     "An external authorization service decides", "ask the service's log why it refused"},
    {Cause::kRateLimit, "local-rate-limit", "A local rate limit refuses requests",
     "raise the token bucket"},
    {Cause::kMissingFilterConfig, "missing-filter-configuration",
     "An HTTP filter's configuration was not delivered (ECDS)",
     "find out why the control plane does not send it"},
    {Cause::kBlockAll, "unregistered-host-blocked",
     "Hosts that are not registered are refused (REGISTRY_ONLY)",
     "register the host with a ServiceEntry, or set outboundTrafficPolicy to ALLOW_ANY"},
    {Cause::kUnknownHost, "unknown-host", "Hosts that no virtual host names",
     "add the host to a VirtualService (and to the Gateway), or correct the client's Host"},
    {Cause::kPortInHost, "port-in-host", "Hosts that match only with, or only without, a port",
     "send the Host as the domain is written, or add the other form"},
    {Cause::kNoDefaultRoute, "no-default-route",
     "Virtual hosts without a route that takes every request",
     "add a route for the missing paths, methods and headers, or a last one without conditions"},
    {Cause::kDirectResponse, "direct-response", "A route answers by itself",
     "change the route if it should not"},
    {Cause::kRedirect, "redirect", "A route redirects", "change the redirect if it should not"},
    {Cause::kNoFilterChain, "no-filter-chain", "Connections that fit no filter chain are closed",
     "speak the TLS, SNI or ALPN that a filter chain expects, or add one"},
    {Cause::kAllowAny, "unregistered-host-passes",
     "Hosts that are not registered leave through PassthroughCluster: the status is theirs",
     "register the host with a ServiceEntry to route it"},
});

bool has_flag(std::string_view flags, std::string_view wanted) {
  for (const std::string_view one : split(flags, ',')) {
    if (one == wanted) return true;
  }
  return false;
}

}  // namespace

Result<StatusQuery> parse_status(std::string_view text) {
  StatusQuery query;
  long code = 0;
  if (parse_decimal(text, code)) {
    if (code >= 200 && code <= 599) {
      query.code = static_cast<std::uint32_t>(code);
      return query;
    }
  } else {
    std::string flag;
    for (const char c : text) flag += c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
    constexpr std::string_view kFlags =
        " NR NC UH UF UC UR UO URX UT LR DC DR DI FI RL RLSE UAEX SI IH DPE UPE UMSDR DT DF DO UDO "
        "OM "
        "NFCF RFCF LH ";
    if (!flag.empty() && kFlags.find(" " + flag + " ") != kFlags.npos) {
      query.flag = std::move(flag);
      return query;
    }
  }
  return fail(ErrorCode::kUsage,
              fmt::format("'{}' is neither a status code nor a response flag", printable(text)), {},
              "for example 404, 503, NR, UH or NC");
}

WhyCollector::WhyCollector(const Index& from, const StatusQuery& query)
    : index(from), query_(query) {
  int rank = 0;
  causes_.resize(static_cast<std::size_t>(Cause::kCount));
  for (const CauseText& text : kCauses) {
    causes_[static_cast<std::size_t>(text.cause)] = {text.id, text.title, text.change, rank++, {}};
  }
}

bool WhyCollector::wants(std::uint32_t code, std::string_view flag) const {
  return query_.code != 0 ? query_.code == code : has_flag(flag, query_.flag);
}

void WhyCollector::keep(Cause cause, WhyCase found, json::Value at) {
  const auto number = static_cast<std::size_t>(cause);
  places_.push_back({at, number, causes_[number].cases.size()});
  causes_[number].cases.push_back(std::move(found));
}

void WhyCollector::add(Cause cause, WhyCase found, json::Value at) {
  if (wants(found.code, found.flags)) keep(cause, std::move(found), at);
}

void WhyCollector::add_related(Cause cause, WhyCase found, json::Value at,
                               std::initializer_list<std::uint32_t> codes,
                               std::initializer_list<std::string_view> flags) {
  const bool wanted = query_.code != 0
                          ? std::find(codes.begin(), codes.end(), query_.code) != codes.end()
                          : std::find(flags.begin(), flags.end(), query_.flag) != flags.end();
  if (wanted) keep(cause, std::move(found), at);
}

void WhyCollector::not_evaluated(std::string reason) {
  if (std::find(not_evaluated_.begin(), not_evaluated_.end(), reason) == not_evaluated_.end()) {
    not_evaluated_.push_back(std::move(reason));
  }
}

// In the order of the text, in which places are found fast.
void WhyCollector::locate_all() {
  std::ranges::sort(places_, {}, [](const Place& place) {
    return std::pair(place.at.document(), place.at.offset());
  });
  for (const Place& place : places_) {
    causes_[place.cause].cases[place.index].evidence = evidence_of(place.at);
  }
}

WhyReport WhyCollector::finish() {
  locate_all();
  WhyReport report;
  for (WhyCause& cause : causes_) {
    if (!cause.cases.empty()) report.causes.push_back(std::move(cause));
  }
  std::sort(report.causes.begin(), report.causes.end(),
            [](const WhyCause& a, const WhyCause& b) { return a.rank < b.rank; });
  report.not_evaluated = std::move(not_evaluated_);
  return report;
}

WhyReport explain_status(const Index& index, const StatusQuery& query) {
  WhyCollector out(index, query);
  const Snapshot& snapshot = index.snapshot();
  for (const auto& [section, effect] :
       {std::pair{Section::kListeners, "listeners, their filters and routes"},
        std::pair{Section::kRoutes, "routes"}, std::pair{Section::kClusters, "missing clusters"}}) {
    if (!snapshot.has(section)) {
      out.not_evaluated(fmt::format("{}: the dump has no {}", effect, section_name(section)));
    }
  }
  if (!snapshot.has(Section::kEndpoints) && !snapshot.has(Section::kClusterStatuses)) {
    out.not_evaluated(
        "clusters without healthy endpoints: the dump has none (take it with "
        "?include_eds)");
  }
  if (query.code >= 500 || query.flag == "UF" || query.flag == "UC" || query.flag == "UT" ||
      query.flag == "UR" || query.flag == "URX") {
    out.not_evaluated(
        "what happens after the request has left: refused connections, resets, "
        "timeouts (flags UF, UC, UR, UT) and the upstream's own answers");
  }
  collect_listeners(out);
  collect_routes(out);
  collect_filters(out);
  return out.finish();
}

}  // namespace xdscope::trace
