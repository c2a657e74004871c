#include "report/advice.h"

#include <fmt/format.h>

namespace xdscope::report {
namespace {

const Step* step_of(const TraceResult& result, Stage stage) {
  for (const Step& step : result.steps) {
    if (step.stage == stage) return &step;
  }
  return nullptr;
}

std::string nearest(const Step* step) {
  return step != nullptr && !step->near_misses.empty() ? " (" + step->near_misses.front() + ")"
                                                       : "";
}

std::string owner(const Step* step) {
  return step != nullptr && !step->resource.empty() ? step->resource : "";
}

std::string no_route(const TraceResult& result) {
  const Step* config = step_of(result, Stage::kRouteConfig);
  const Step* host = step_of(result, Stage::kVirtualHost);
  const Step* route = step_of(result, Stage::kRoute);
  if (config != nullptr && config->chosen.empty()) {
    return "find out why the control plane did not deliver the route configuration (istioctl "
           "proxy-status, its log)";
  }
  if (host == nullptr || host->chosen.empty()) {
    return "add the host to a VirtualService or Gateway, or correct the request's Host" +
           nearest(host);
  }
  if (host->chosen.starts_with("blackhole:")) {
    return "bind a VirtualService to this port: its gateways must name the Gateway, and its hosts "
           "fit "
           "the Gateway's";
  }
  return fmt::format("add a route for this path and method to the host's VirtualService{}",
                     nearest(route));
}

std::string reply_advice(const Outcome& outcome, const TraceResult& result) {
  const std::string route_owner = owner(step_of(result, Stage::kRoute));
  const std::string by = route_owner.empty() ? "the route" : route_owner;
  if (outcome.flags == "NR") return no_route(result);
  if (outcome.flags == "NC") {
    return fmt::format(
        "let {} name a destination that exists: a service with that port, or a subset "
        "that a DestinationRule defines{}",
        by, nearest(step_of(result, Stage::kCluster)));
  }
  if (outcome.flags == "UH") {
    return "look at the pods behind the service: none is ready, or its selector or subset labels "
           "fit "
           "none";
  }
  if (outcome.flags == "UO") return "raise the circuit breaker's limit in the DestinationRule";
  if (outcome.flags.find("FI") != std::string::npos) {
    return fmt::format("remove the fault from {}", by);
  }
  if (outcome.flags == "RL") return "raise the local rate limit's bucket (an EnvoyFilter sets it)";
  if (outcome.flags == "UAEX") return "look at the external authorization service and its policy";
  if (outcome.flags == "NFCF") return "find out why the filter's configuration was not delivered";
  if (outcome.details.starts_with("rbac_access_denied")) {
    return "change the AuthorizationPolicy: an ALLOW rule must match the request, and no DENY rule "
           "may";
  }
  if (outcome.details.starts_with("jwt_authn")) {
    return "send a token that the RequestAuthentication accepts, or change its issuer and keys";
  }
  if (outcome.details == "upgrade_failed") return "allow the upgrade in upgrade_configs";
  if (outcome.details == "direct_response" && outcome.code >= 400) {
    return outcome.virtual_host == "block_all"
               ? "register the host with a ServiceEntry, or allow unregistered ones (ALLOW_ANY)"
               : fmt::format("{} answers this itself: change it if it should not", by);
  }
  return {};
}

std::string close_advice(const Outcome& outcome, const TraceResult& result) {
  if (outcome.flags == "NR") {
    return "make the client speak what a filter chain expects (TLS, SNI, ALPN), or change the "
           "Gateway "
           "or PeerAuthentication" +
           nearest(step_of(result, Stage::kFilterChain));
  }
  if (outcome.flags == "UH" || outcome.flags == "NC") return reply_advice(outcome, result);
  if (const Step* listener = step_of(result, Stage::kListener);
      listener != nullptr && listener->chosen.empty()) {
    return "check the port, and the Gateway or Sidecar that should open it";
  }
  return {};
}

}  // namespace

std::string advice(const Outcome& outcome, const TraceResult& result) {
  if (result.steps.empty()) return {};
  switch (outcome.kind) {
    case Outcome::Kind::kForward:
      return {};
    case Outcome::Kind::kReply:
      return reply_advice(outcome, result);
    case Outcome::Kind::kClose:
      break;
  }
  return close_advice(outcome, result);
}

}  // namespace xdscope::report
