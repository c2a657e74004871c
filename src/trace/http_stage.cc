// The connection manager: normalisation, routes, HTTP filters
// (envoy: source/common/http/conn_manager_impl.cc).
#include <fmt/format.h>

#include <algorithm>

#include "base/text.h"
#include "trace/early_headers.h"
#include "trace/http_end.h"
#include "trace/http_steps.h"

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

class HttpStage {
 public:
  HttpStage(Run& run, const HttpPlan& plan) : run_(run), plan_(plan), context_{run, plan} {}

  void run(Path path) {
    doubt_dot_parameters(path);
    if (refused_early(path)) return;
    // Scopes are chosen again once the headers are as filters see them.
    Choice choice = choose_table();
    EarlyHeaders early =
        mutate_early_headers(plan_, choice.table, run_.compiled, run_.connection, run_.request);
    if (early.refused) {
      reply_early(path, *early.refused);
      return;
    }
    if (!early.doubt.empty()) path.doubt(early.doubt);
    if (plan_.scopes) choice = choose_table();
    if (!take_table(path, std::move(choice))) return;
    StreamState stream;
    // Lives as long as the run.
    stream.request = {std::shared_ptr<void>(), &run_.request};
    route(path, stream, {});
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
    auto refused = run_.connection.http2 ? pass_http2_codec(run_.request, plan_.codec)
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
    if (reply.reset) {
      add_outcome(run_, close_outcome(path, std::string(reply.flags), std::string(reply.details),
                                      reply.why));
      return;
    }
    FilterReply answer;
    answer.code = reply.code;
    answer.flags = reply.flags;
    answer.details = reply.details;
    answer.location = reply.location;
    answer.why = reply.why;
    if (reply.details != "path_normalization_failed" || plan_.routes == nullptr) {
      send_reply(context_, run_.request, RouteOutcome(), path, std::move(answer));
      return;
    }
    HttpRequest as_it_stands = run_.request;
    as_it_stands.path = reply.location ? *reply.location : unescape_slashes(run_.request.path);
    ResolveOptions options;
    options.runtime = &run_.compiled.runtime;
    for (const RouteOutcome& route : plan_.routes->resolve(as_it_stands, options).outcomes) {
      Path way = path;
      way.share *= route.share;
      send_reply(context_, run_.request, route, way, answer);
    }
  }

  // The route configuration of this request.
  struct Choice {
    const RouteTable* table = nullptr;
    std::string missing;  // why there is none
    bool known = true;    // false: the dump cannot tell
    std::string by;       // what chose it among several
  };
  Choice choose_table() const {
    Choice out{plan_.routes, plan_.missing_routes, plan_.missing_is_known, {}};
    if (!plan_.scopes) return out;
    const ScopedRoutes::Choice choice = plan_.scopes->choose(run_.request);
    out.by = choice.why;
    out.missing = choice.why;
    if (const RouteConfig* found = run_.compiled.index.find_route_config(choice.route_config);
        !choice.route_config.empty() && found != nullptr) {
      out.table = &run_.compiled.routes(*found);
    } else if (choice.inline_config) {
      out.table = &run_.compiled.inline_routes(choice.inline_config);
    } else if (!choice.route_config.empty()) {
      out.missing = fmt::format("{} names the route configuration '{}', which was not delivered",
                                choice.why, printable(choice.route_config));
      out.known = run_.compiled.index.snapshot().complete(Section::kRoutes);
    } else if (!out.known) {
      out.missing += ": the dump may not hold all scopes";
    }
    return out;
  }

  // False where the request ends here: nobody knows its routes.
  bool take_table(Path& path, Choice choice) {
    context_.table = choice.table;
    if (run_.steps_wanted) {
      run_.add(route_config_step(plan_, choice.table, choice.missing, choice.by));
    }
    if (choice.table != nullptr) {
      run_.used.push_back(choice.table->config().source);
      return true;
    }
    if (!choice.known) {
      path.doubt(choice.missing);
      add_outcome(run_, unknown_outcome(path));
      return false;
    }
    context_.missing = std::move(choice.missing);
    return true;
  }

  RouteDecision decide(const StreamState& stream) const {
    ResolveOptions options;
    options.explain = run_.steps_wanted;
    options.runtime = &run_.compiled.runtime;
    options.dynamic_metadata = stream.unknown_metadata.empty() ? &stream.metadata : nullptr;
    options.downstream_tls = run_.connection.tls;
    options.on_demand = plan_.filters.on_demand != nullptr && !plan_.filters.on_demand->disabled;
    if (!run_.connection.tls) {
      options.client_certificate_presented = false;
      options.client_certificate_validated = false;
    } else if (run_.connection.identity) {
      options.client_certificate_presented = !run_.connection.identity->empty();
      options.client_certificate_validated = !run_.connection.identity->empty();
    }
    return context_.table->resolve(*stream.request, options);
  }

  // Where the filters have got to; without a list, they have not begun.
  struct Position {
    const FilterList* list = nullptr;
    std::size_t next = 0;
  };

  // Resolves the route and runs the filters from there on, for each thing that can come of it.
  void route(const Path& path, StreamState& stream, Position from) {
    if (context_.table == nullptr) {
      // A null configuration has no route, but the filters still run.
      RouteOutcome none;
      none.code = 404;
      none.flags = "NR";
      none.details = "route_not_found";
      none.unknown_reason = context_.missing;
      filters(none, path, stream, from);
      return;
    }
    const RouteDecision decision = decide(stream);
    context_.upstream_told = false;
    if (run_.steps_wanted) add_route_steps(run_, *context_.table, *stream.request, decision);
    double total = 0;
    for (const RouteOutcome& outcome : decision.outcomes) total += outcome.share;
    for (const RouteOutcome& outcome : decision.outcomes) {
      Path way = path;
      way.share *= total > 0 ? outcome.share / total : 1.0;
      if (!outcome.certain) way.doubt(outcome.unknown_reason);
      if (decision.outcomes.size() == 1) {
        filters(outcome, way, stream, from);
      } else {
        StreamState own = stream;
        filters(outcome, way, own, from);
      }
    }
  }

  void filters(const RouteOutcome& route, Path path, StreamState& stream, Position from) {
    if (from.list == nullptr) {
      if (refused_upgrade(route, path)) return;
      from.list = &filters_for(route);
    }
    for (std::size_t i = from.next; i < from.list->filters.size(); ++i) {
      const InstalledFilter& installed = from.list->filters[i];
      if (installed.router) break;
      // Views into the request live until the filter is done.
      const std::shared_ptr<const HttpRequest> request = stream.request;
      FilterInput input{*request, run_.connection,
                        context_.table == nullptr ? nullptr : &context_.table->config(), route,
                        stream};
      if (installed.undelivered) {
        send_reply(context_, *request, route, path,
                   {500, "NFCF", "filter_config_not_found", 1, true,
                    fmt::format("the configuration of filter {} has not been delivered "
                                "(ECDS)",
                                installed.name)});
        return;
      }
      if (installed.filter == nullptr || !runs_for(installed, input)) continue;
      FilterVerdict verdict = installed.filter->run(input, run_.steps_wanted);
      if (run_.steps_wanted) add_filter_step(run_, installed, *request, verdict);
      if (!verdict.may_change.empty()) path.doubt(verdict.may_change);
      take_replies(route, *request, path, verdict);
      if (path.share <= 0) return;
      if (verdict.request) {
        // The route's cluster may be a view into a header.
        stream.owned.push_back(stream.request);
        stream.request = std::move(verdict.request);
      }
      if (verdict.reroute) {
        this->route(path, stream, {from.list, i + 1});
        return;
      }
    }
    run_router(context_, *from.list, *stream.request, route, path);
  }

  // Sends the filter's answers; what they leave of the requests stays in `path`.
  void take_replies(const RouteOutcome& route, const HttpRequest& request, Path& path,
                    FilterVerdict& verdict) {
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
      send_reply(context_, request, route, end, std::move(answer));
    }
    if (path.share < 1e-12) path.share = 0;
    if (doubtful && path.share > 0) path.doubt(doubt);
  }

  bool refused_upgrade(const RouteOutcome& route, const Path& path) {
    if (route.kind == RouteOutcome::Kind::kNoRoute) return false;
    const std::string upgrade = run_.request.upgrade();
    if (upgrade.empty() || upgrade_allowed(route, plan_.manager.source, upgrade)) return false;
    send_reply(
        context_, run_.request, route, path,
        {403, "-", "upgrade_failed", 1, true,
         fmt::format("the upgrade '{}' is not allowed (upgrade_configs)", printable(upgrade))});
    return true;
  }

  // An upgrade that is allowed may have filters of its own.
  const FilterList& filters_for(const RouteOutcome& route) const {
    const std::string upgrade = run_.request.upgrade();
    if (!upgrade.empty() && upgrade_allowed(route, plan_.manager.source, upgrade)) {
      for (const UpgradeFilters& one : plan_.upgrades) {
        if (equals_ignoring_case(one.type, upgrade)) return one.list;
      }
    }
    return plan_.filters;
  }

  Run& run_;
  const HttpPlan& plan_;
  HttpContext context_;
};

}  // namespace

void run_http(Run& run, const HttpPlan& plan, Path path) {
  HttpStage(run, plan).run(std::move(path));
}

}  // namespace xdscope::trace
