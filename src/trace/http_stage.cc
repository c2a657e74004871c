// The connection manager: normalisation, routes, HTTP filters, router
// (envoy: source/common/http/conn_manager_impl.cc, source/common/router/router.cc).
#include <fmt/format.h>

#include <algorithm>

#include "base/text.h"
#include "trace/early_headers.h"
#include "trace/http_steps.h"
#include "trace/run.h"

namespace xdscope::trace {
namespace {

// What stands in the path when escaped slashes are refused: Envoy has put in the slashes by then.
std::string unescape_slashes(const std::string& path) {
  const std::size_t end = std::min(path.find('?'), path.size());
  std::string out;
  for (std::size_t i = 0; i < path.size(); ++i) {
    const std::string_view code = std::string_view(path).substr(i, 3);
    const bool slash = i < end && equals_ignoring_case(code, "%2f");
    const bool backslash = i < end && equals_ignoring_case(code, "%5c");
    out += slash ? '/' : backslash ? '\\' : path[i];
    if (slash || backslash) i += 2;
  }
  return out;
}

void append_sentence(std::string& text, std::string_view more) {
  if (!text.empty()) text += "; ";
  text += more;
}

class HttpStage {
 public:
  HttpStage(Run& run, const HttpPlan& plan) : run_(run), plan_(plan) {}

  void run(Path path) {
    doubt_dot_parameters(path);
    if (refused_early(path)) return;
    mutate_early_headers(plan_, run_.compiled, run_.connection, run_.request);
    if (!find_table(path)) return;
    StreamState stream;
    route(path, stream, 0);
  }

 private:
  void doubt_dot_parameters(Path& path) const {
    if (run_.compiled.envoy.known() || !plan_.path.normalize_path) return;
    if (run_.request.path_without_query().find(".;") == std::string_view::npos) return;
    path.doubt(
        "releases of Envoy differ in whether dot segments with parameters are resolved, and which "
        "one this is is not known");
  }

  bool refused_early(const Path& path) {
    if (run_.connection.http1_0 && !plan_.accept_http_1_0) {
      reply_early(path, {426, "low_version", {}, "HTTP/1.0 is not accepted (accept_http_10)", {}});
      return true;
    }
    const std::string before_path = run_.steps_wanted ? run_.request.path : std::string();
    const std::string before_host = run_.steps_wanted ? run_.request.authority : std::string();
    auto refused = run_.connection.http2 ? check_host(run_.request)
                                         : pass_http1_codec(run_.request, plan_.codec);
    if (!refused) refused = normalize_path(run_.request, plan_.path);
    if (!refused) normalize_host(run_.request, plan_.host, run_.connection.local_port);
    if (run_.steps_wanted) {
      run_.add(manager_step(plan_, run_.request, before_path, before_host));
    }
    if (refused) reply_early(path, *refused);
    return refused.has_value();
  }

  // Even of an answer before routing the access log names a route: that of the request as it
  // stands, without the headers that the connection manager would have set.
  void reply_early(const Path& path, const EarlyReply& reply) {
    FilterReply answer;
    answer.code = reply.code;
    answer.flags = reply.flags;
    answer.details = reply.details;
    answer.location = reply.location;
    answer.why = reply.why;
    if (reply.details != "path_normalization_failed" || plan_.routes == nullptr) {
      this->reply(RouteOutcome(), path, std::move(answer));
      return;
    }
    HttpRequest as_it_stands = run_.request;
    as_it_stands.path = reply.location ? *reply.location : unescape_slashes(run_.request.path);
    ResolveOptions options;
    options.runtime = &run_.compiled.runtime;
    for (const RouteOutcome& route : plan_.routes->resolve(as_it_stands, options).outcomes) {
      Path way = path;
      way.share *= route.share;
      this->reply(route, way, answer);
    }
  }

  // The route configuration of this request; an outcome where there is none.
  bool find_table(Path& path) {
    table_ = plan_.routes;
    std::string missing = plan_.missing_routes;
    bool known = plan_.missing_is_known;
    std::string by;
    if (plan_.scopes) {
      const ScopedRoutes::Choice choice = plan_.scopes->choose(run_.request);
      by = choice.why;
      missing = choice.why;
      if (const RouteConfig* found = run_.compiled.index.find_route_config(choice.route_config);
          !choice.route_config.empty() && found != nullptr) {
        table_ = &run_.compiled.routes(*found);
      } else if (choice.inline_config) {
        table_ = &run_.compiled.inline_routes(choice.inline_config);
      } else if (!choice.route_config.empty()) {
        missing = fmt::format("{} names the route configuration '{}', which was not delivered",
                              choice.why, printable(choice.route_config));
        known = run_.compiled.index.snapshot().complete(Section::kRoutes);
      }
    }
    if (run_.steps_wanted) run_.add(route_config_step(plan_, table_, missing, by));
    if (table_ != nullptr) {
      run_.used.push_back(table_->config().source);
      return true;
    }
    if (!known) {
      path.doubt(missing);
      add_outcome(run_, unknown_outcome(path));
      return false;
    }
    missing_ = missing;
    return true;
  }

  RouteDecision decide(const StreamState& stream) const {
    ResolveOptions options;
    options.explain = run_.steps_wanted;
    options.runtime = &run_.compiled.runtime;
    options.dynamic_metadata = stream.unknown_metadata.empty() ? &stream.metadata : nullptr;
    options.downstream_tls = run_.connection.tls;
    options.on_demand = plan_.on_demand != nullptr && !plan_.on_demand->disabled;
    if (!run_.connection.tls) {
      options.client_certificate_presented = false;
      options.client_certificate_validated = false;
    } else if (run_.connection.identity) {
      options.client_certificate_presented = !run_.connection.identity->empty();
      options.client_certificate_validated = !run_.connection.identity->empty();
    }
    return table_->resolve(run_.request, options);
  }

  // Resolves the route and runs the filters from `first` on, for each thing that can come of it.
  void route(const Path& path, StreamState& stream, std::size_t first) {
    if (table_ == nullptr) {
      // A null configuration has no route, but the filters still run.
      RouteOutcome none;
      none.code = 404;
      none.flags = "NR";
      none.details = "route_not_found";
      none.unknown_reason = missing_;
      filters(none, path, stream, first);
      return;
    }
    const RouteDecision decision = decide(stream);
    if (run_.steps_wanted) add_route_steps(run_, *table_, decision);
    double total = 0;
    for (const RouteOutcome& outcome : decision.outcomes) total += outcome.share;
    for (const RouteOutcome& outcome : decision.outcomes) {
      Path way = path;
      way.share *= total > 0 ? outcome.share / total : 1.0;
      if (!outcome.certain) way.doubt(outcome.unknown_reason);
      if (decision.outcomes.size() == 1) {
        filters(outcome, way, stream, first);
      } else {
        StreamState own = stream;
        filters(outcome, way, own, first);
      }
    }
  }

  Outcome named(const RouteOutcome& route, const Path& path) const {
    Outcome outcome;
    outcome.share = path.share;
    outcome.certain = path.certain;
    outcome.reason = path.reason;
    if (route.virtual_host != nullptr) outcome.virtual_host = std::string(route.virtual_host->name);
    if (route.route != nullptr && !route.route->name.empty()) {
      outcome.route = std::string(route.route->name);
    }
    // The access log names the route's cluster as soon as the route is known, if it exists.
    if (route.kind == RouteOutcome::Kind::kForward &&
        run_.compiled.index.find_cluster(route.cluster) != nullptr) {
      outcome.cluster = std::string(route.cluster);
    }
    return outcome;
  }

  void reply(const RouteOutcome& route, const Path& path, FilterReply answer) {
    Outcome outcome = named(route, path);
    outcome.kind = Outcome::Kind::kReply;
    // What the codec refuses is answered without a look at the headers, and gets its flag later.
    static const HttpRequest no_headers;
    const bool by_codec = answer.flags == "DPE";
    const HttpRequest& request = by_codec ? no_headers : run_.request;
    const LocalReply::Rewritten rewritten = plan_.local_reply.rewrite(
        request, answer.code, by_codec ? std::string_view("-") : answer.flags);
    // Local replies to gRPC are HTTP 200 with a grpc-status.
    outcome.code = request.is_grpc() ? 200 : rewritten.code;
    outcome.flags = std::move(answer.flags);
    outcome.details = std::move(answer.details);
    outcome.location = std::move(answer.location);
    if (path.certain) outcome.reason = std::move(answer.why);
    if (!rewritten.why.empty()) append_sentence(outcome.reason, rewritten.why);
    if (!rewritten.unknown.empty()) {
      append_sentence(outcome.reason, rewritten.unknown);
      outcome.certain = false;
    }
    add_outcome(run_, std::move(outcome));
  }

  void filters(const RouteOutcome& route, Path path, StreamState& stream, std::size_t first) {
    if (first == 0 && refused_upgrade(route, path)) return;
    for (std::size_t i = first; i < plan_.filters.size(); ++i) {
      const InstalledFilter& installed = plan_.filters[i];
      if (installed.router) break;
      FilterInput input{run_.request, run_.connection,
                        table_ == nullptr ? nullptr : &table_->config(), route, stream};
      if (installed.undelivered) {
        reply(route, path,
              {500, "NFCF", "filter_config_not_found", 1, true,
               fmt::format("the configuration of filter {} has not been delivered "
                           "(ECDS)",
                           installed.name)});
        return;
      }
      if (installed.filter == nullptr || !runs_for(installed, input)) continue;
      FilterVerdict verdict = installed.filter->run(input, run_.steps_wanted);
      if (run_.steps_wanted) add_filter_step(run_, installed, verdict);
      if (!verdict.may_change.empty()) path.doubt(verdict.may_change);
      take_replies(route, path, verdict);
      if (path.share <= 0) return;
      if (verdict.reroute) {
        this->route(path, stream, i + 1);
        return;
      }
    }
    router(route, path);
  }

  // Sends the filter's answers; what they leave of the requests stays in `path`.
  void take_replies(const RouteOutcome& route, Path& path, FilterVerdict& verdict) {
    const double arriving = path.share;
    bool doubtful = false;
    std::string doubt;
    for (FilterReply& answer : verdict.replies) {
      Path end = path;
      end.share = arriving * answer.share;
      if (!answer.certain) {
        end.doubt(answer.why);
        doubtful = true;
        doubt = answer.why;
      }
      path.share -= end.share;
      reply(route, end, std::move(answer));
    }
    if (path.share < 1e-12) path.share = 0;
    if (doubtful && path.share > 0) path.doubt(doubt);
  }

  bool refused_upgrade(const RouteOutcome& route, const Path& path) {
    if (route.kind == RouteOutcome::Kind::kNoRoute) return false;
    const std::string upgrade = run_.request.upgrade();
    if (upgrade.empty() || upgrade_allowed(route, plan_.manager.source, upgrade)) return false;
    reply(route, path,
          {403, "-", "upgrade_failed", 1, true,
           fmt::format("the upgrade '{}' is not allowed (upgrade_configs)", printable(upgrade))});
    return true;
  }

  void router(const RouteOutcome& route, const Path& path) {
    if (!plan_.has_router) {
      add_outcome(run_, close_outcome(path, "-", "",
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
      if (table_ == nullptr) answer.why = missing_;
      reply(route, path, std::move(answer));
      return;
    }
    forward(route, path);
  }

  // The client gets the answer of the internal listener behind the endpoint; where that closes the
  // connection, the router's own.
  void follow(const RouteOutcome& route, const Path& path, const ClusterEnd& end) {
    HttpRequest request = run_.request;
    const ForwardDetails rewritten = forward_details(*table_, request, route);
    request.path = rewritten.path;
    request.authority = rewritten.host;
    for (Outcome& inner : run_internal_hop(run_, end, std::move(request), false)) {
      Path way = path;
      way.share *= inner.share;
      if (!inner.certain) way.doubt(inner.reason);
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
      add_outcome(run_, std::move(inner));
    }
  }

  // envoy.extensions.filters.http.on_demand.v3: OnDemand.odcds, PerRouteConfig.odcds.
  bool asks_for_clusters(const RouteOutcome& route) const {
    if (plan_.on_demand == nullptr || table_ == nullptr || route.cluster.empty()) return false;
    StreamState none;
    const FilterInput input{run_.request, run_.connection, &table_->config(), route, none};
    if (!runs_for(*plan_.on_demand, input)) return false;
    const Extension per_route = route_config_of(plan_.on_demand->name, input);
    const json::Value own = plan_.on_demand->source["typed_config"]["odcds"];
    return static_cast<bool>(per_route.config ? per_route.config["odcds"] : own);
  }

  void forward(const RouteOutcome& route, const Path& path) {
    const RouteAction& action = route.route->route;
    ClusterQuery query;
    query.name = route.cluster;
    query.connection = &run_.connection;
    query.high_priority = action.high_priority;
    query.route_metadata = action.metadata_match;
    if (route.weighted != nullptr) query.entry_metadata = route.weighted->source["metadata_match"];
    query.request = &run_.request;
    const ClusterResult found = run_.compiled.clusters.resolve(query, run_.steps());
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
        Outcome outcome = named(route, way);
        outcome.kind = Outcome::Kind::kForward;
        outcome.endpoints = end.endpoints;
        add_outcome(run_, std::move(outcome));
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

  Run& run_;
  const HttpPlan& plan_;
  const RouteTable* table_ = nullptr;
  std::string missing_;
};

}  // namespace

void run_http(Run& run, const HttpPlan& plan, Path path) {
  HttpStage(run, plan).run(std::move(path));
}

}  // namespace xdscope::trace
