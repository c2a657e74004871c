// The router filter: what the route says, and the cluster (envoy: source/common/router/router.cc).
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>

#include "base/text.h"
#include "trace/http_end.h"
#include "trace/http_steps.h"

namespace xdscope::trace {
namespace {

constexpr std::array kRetryOn = std::to_array<std::string_view>(
    {"5xx", "gateway-error", "connect-failure", "envoy-ratelimited", "retriable-4xx",
     "refused-stream", "retriable-status-codes", "retriable-headers", "reset",
     "reset-before-request", "http3-post-connect-failure"});
constexpr std::array kRetryGrpcOn = std::to_array<std::string_view>(
    {"cancelled", "deadline-exceeded", "resource-exhausted", "unavailable", "internal"});

template <class List>
bool all_of_list(std::string_view value, const List& list) {
  return std::ranges::all_of(split(value, ','), [&](std::string_view one) {
    return std::ranges::find(list, trim(one)) != list.end();
  });
}

bool strictly_valid(std::string_view name, std::string_view value) {
  if (name == "x-envoy-retry-on") return all_of_list(value, kRetryOn);
  if (name == "x-envoy-retry-grpc-on") return all_of_list(value, kRetryGrpcOn);
  long number = 0;
  return parse_decimal(value, number) && number >= 0;
}

class Router {
 public:
  Router(HttpContext& context, const FilterList& list, const HttpRequest& request)
      : context_(context), list_(list), request_(request) {}

  void run(const RouteOutcome& route, const Path& path) {
    if (list_.router == nullptr) {
      add_outcome(context_.run, close_outcome(path, "-", "",
                                              "the connection manager has no router filter: "
                                              "the request is never answered"));
      return;
    }
    if (route.kind != RouteOutcome::Kind::kForward) {
      FilterReply answer;
      answer.code = route.code;
      answer.flags = route.flags;
      answer.details = route.details;
      answer.location = route.location;
      if (context_.table == nullptr) answer.why = context_.missing;
      reply(route, path, std::move(answer));
      return;
    }
    if (const auto refused = refused_header()) {
      FilterReply answer;
      answer.code = 400;
      answer.flags = "IH";
      answer.details = fmt::format("request_headers_failed_strict_check{{{}}}", *refused);
      answer.why = fmt::format("the header {} has no value that Envoy takes (strict_check_headers)",
                               printable(*refused));
      reply(route, path, std::move(answer));
      return;
    }
    forward(route, path);
  }

  // envoy: FilterUtility::StrictHeaderChecker.
  std::optional<std::string> refused_header() const {
    const Extension router = decode_extension(list_.router->source);
    for (const json::Value one : router.config["strict_check_headers"].elements()) {
      std::string name = to_lower(one.text());
      const std::string* value = request_.first(name);
      if (value != nullptr && !strictly_valid(name, *value)) return name;
    }
    return std::nullopt;
  }

  void reply(const RouteOutcome& route, const Path& path, FilterReply answer) const {
    send_reply(context_, request_, route, path, std::move(answer));
  }

 private:
  // The client gets the answer of the internal listener behind the endpoint; where that closes the
  // connection, the router's own.
  void follow(const RouteOutcome& route, const Path& path, const ClusterEnd& end) {
    ForwardDetails rewritten = forward_details(*context_.table, request_, route);
    for (Outcome& inner :
         run_internal_hop(context_.run, end, std::move(rewritten.request), false)) {
      Path way = path;
      way.share *= inner.share;
      if (!inner.certain) way.doubt(inner.reason);
      if (!rewritten.unknown.empty()) {
        way.doubt(fmt::format("only the running proxy knows what it sends as {}",
                              printable(rewritten.unknown.front())));
      }
      if (inner.kind == Outcome::Kind::kClose) {
        // RBAC waits for the first bytes: the connection stands by then.
        const bool late = inner.details.starts_with("rbac_access_denied");
        reply(route, way,
              {503, late ? "UC" : "UF",
               late ? "upstream_reset_before_response_started{connection_termination}"
                    : "upstream_reset_before_response_started{remote_connection_failure}",
               1, true, inner.reason});
        continue;
      }
      inner.share = way.share;
      inner.certain = way.certain;
      if (!way.certain) inner.reason = way.reason;
      add_outcome(context_.run, std::move(inner));
    }
  }

  // Where chance decides, of each way; where it is not known what happens, of the first.
  void tell_upstream(const RouteOutcome& route, const Path& path) {
    if (!context_.run.steps_wanted) return;
    const bool by_chance = path.certain && path.share < 1 - 1e-9;
    if (std::exchange(context_.upstream_told, true) && !by_chance) return;
    note_upstream(context_.run, forward_details(*context_.table, request_, route),
                  by_chance ? path.share : 1);
  }

  // envoy.extensions.filters.http.on_demand.v3: OnDemand.odcds, PerRouteConfig.odcds.
  bool asks_for_clusters(const RouteOutcome& route) const {
    if (list_.on_demand == nullptr || context_.table == nullptr || route.cluster.empty())
      return false;
    StreamState none;
    const FilterInput input{request_, context_.run.connection, &context_.table->config(), route,
                            none};
    if (!runs_for(*list_.on_demand, input)) return false;
    const Extension per_route = route_config_of(list_.on_demand->name, input);
    const json::Value own = list_.on_demand->source["typed_config"]["odcds"];
    return static_cast<bool>(per_route.config ? per_route.config["odcds"] : own);
  }

  void forward(const RouteOutcome& route, const Path& path) {
    tell_upstream(route, path);
    const RouteAction& action = route.route->route;
    ClusterQuery query;
    query.name = route.cluster;
    query.connection = &context_.run.connection;
    query.high_priority = action.high_priority;
    query.route_metadata = action.metadata_match;
    if (route.weighted != nullptr) query.entry_metadata = route.weighted->source["metadata_match"];
    query.request = &request_;
    const ClusterResult found = context_.run.compiled.clusters.resolve(query, context_.run.steps());
    const bool fetched = found.cluster == nullptr && asks_for_clusters(route);
    for (const ClusterEnd& end : found.ends) {
      Path way = path;
      way.share *= end.share;
      if (fetched) way.doubt("the on_demand filter asks for a cluster that is not there (ODCDS)");
      if (!end.unknown.empty()) way.doubt(end.unknown);
      if (end.kind == ClusterEnd::Kind::kForward && end.internal) {
        follow(route, way, end);
        continue;
      }
      if (end.kind == ClusterEnd::Kind::kForward) {
        Outcome outcome = outcome_of(context_, route, way);
        outcome.kind = Outcome::Kind::kForward;
        outcome.endpoints = end.endpoints;
        add_outcome(context_.run, std::move(outcome));
        continue;
      }
      FilterReply answer;
      answer.code = found.cluster == nullptr ? action.cluster_not_found_code : 503;
      answer.flags = end.flags;
      answer.details = end.details;
      answer.why = fmt::format("cluster {}: {}",
                               route.cluster.empty() ? "\"\"" : printable(route.cluster), end.why);
      reply(route, way, std::move(answer));
    }
  }

  HttpContext& context_;
  const FilterList& list_;
  const HttpRequest& request_;
};

}  // namespace

void run_router(HttpContext& context, const FilterList& list, const HttpRequest& request,
                const RouteOutcome& route, const Path& path) {
  Router(context, list, request).run(route, path);
}

}  // namespace xdscope::trace
