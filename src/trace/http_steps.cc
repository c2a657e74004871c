#include "trace/http_steps.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/text.h"

namespace xdscope::trace {
namespace {

std::string quote(std::string_view text) { return fmt::format("'{}'", printable(text)); }

std::string describe_action(const RouteOutcome& outcome) {
  switch (outcome.kind) {
    case RouteOutcome::Kind::kForward:
      return fmt::format("forward to {}",
                         outcome.cluster.empty() ? "no cluster" : printable(outcome.cluster));
    case RouteOutcome::Kind::kRedirect:
      return fmt::format("redirect {} to {}", outcome.code,
                         printable(outcome.location.value_or("")));
    case RouteOutcome::Kind::kDirectResponse:
      return fmt::format("answer {} itself", outcome.code);
    case RouteOutcome::Kind::kNoRoute:
      break;
  }
  return "no route";
}

std::string describe_match(const Route& route) {
  const PathMatch& path = route.match.path;
  switch (path.kind) {
    case PathMatch::Kind::kPrefix:
      return "prefix " + quote(path.value);
    case PathMatch::Kind::kExact:
      return "path " + quote(path.value);
    case PathMatch::Kind::kRegex:
      return "regex " + quote(path.value);
    case PathMatch::Kind::kPathSeparatedPrefix:
      return "path_separated_prefix " + quote(path.value);
    case PathMatch::Kind::kConnect:
      return "CONNECT";
    case PathMatch::Kind::kTemplate:
      return "template " + quote(path.value);
    case PathMatch::Kind::kNone:
      break;
  }
  return "no path";
}

bool holds(const std::vector<Header>& headers, const Header& header) {
  return std::ranges::find(headers, header) != headers.end();
}

// What a filter makes of the request.
void add_change_notes(const HttpRequest& before, const HttpRequest& after, Step& step) {
  if (after.path != before.path) {
    step.notes.push_back(fmt::format("the path becomes {}", quote(after.path)));
  }
  for (const Header& header : after.headers) {
    if (holds(before.headers, header)) continue;
    step.notes.push_back(
        header.known
            ? fmt::format("the header {} becomes {}", printable(header.name), quote(header.value))
            : fmt::format("the header {} gets a value that only the running proxy knows",
                          printable(header.name)));
  }
  for (const Header& header : before.headers) {
    if (after.has(header.name)) continue;
    step.notes.push_back(fmt::format("the header {} goes", printable(header.name)));
  }
}

// How long and how often the upstream is tried.
void add_forward_notes(const RouteTable& table, const HttpRequest& request,
                       const RouteOutcome& outcome, Step& step) {
  const ForwardDetails forward = forward_details(table, request, outcome);
  // With max_stream_duration, the timeout is not used; 0 is no limit.
  const json::Value longest = outcome.route->route.source["max_stream_duration"];
  const std::optional<std::chrono::nanoseconds> limit =
      longest ? decode_duration(longest["max_stream_duration"]) : forward.timeout;
  std::string tries =
      limit.value_or(std::chrono::nanoseconds::zero()).count() == 0
          ? "no timeout"
          : fmt::format("timeout {:g} s", std::chrono::duration<double>(*limit).count());
  if (forward.retry != nullptr && forward.retry->num_retries > 0) {
    tries += fmt::format(", at most {} retries ({})", forward.retry->num_retries,
                         printable(fmt::format("{}", fmt::join(forward.retry->retry_on, ","))));
  }
  step.notes.push_back(std::move(tries));
}

Step virtual_host_step(const RouteTable& table, const RouteDecision& decision) {
  Step step;
  step.stage = Stage::kVirtualHost;
  if (decision.virtual_host != nullptr) {
    step.chosen = decision.virtual_host->name;
    step.evidence = evidence_of(decision.domain_source ? decision.domain_source
                                                       : decision.virtual_host->source);
    step.resource = to_string(decode_owner(decision.virtual_host->metadata));
  } else {
    step.evidence = evidence_of(table.config().source);
  }
  step.reason = !decision.virtual_host_reason.empty() ? decision.virtual_host_reason
                : decision.virtual_host == nullptr
                    ? fmt::format("no virtual host has a domain for {}", quote(decision.host))
                    : fmt::format("by its domain {}", quote(decision.domain));
  return step;
}

// What differs between the request as it was routed and as the upstream sees it.
std::vector<std::string> upstream_notes(const HttpRequest& before, const ForwardDetails& forward) {
  std::vector<std::string> notes;
  const HttpRequest& after = forward.request;
  if (forward.auto_host_rewrite) {
    notes.emplace_back("the upstream sees its own name as host (auto_host_rewrite)");
  }
  const auto unknown = [&](std::string_view name) {
    return std::ranges::find(forward.unknown, name) != forward.unknown.end();
  };
  const auto add = [&](std::string_view what, bool known, const std::string& value) {
    notes.push_back(known ? fmt::format("the upstream sees the {} {}", what, quote(value))
                          : fmt::format("the upstream sees another {}: which, only the "
                                        "running proxy knows",
                                        what));
  };
  if (unknown(":path") || after.path != before.path) add("path", !unknown(":path"), after.path);
  if (!forward.auto_host_rewrite &&
      (unknown(":authority") || after.authority != before.authority)) {
    add("host", !unknown(":authority"), after.authority);
  }
  for (const Header& header : after.headers) {
    if (holds(before.headers, header) || header.name.starts_with("x-envoy-original-")) continue;
    add("header " + printable(header.name), header.known, header.value);
  }
  for (const std::string& name : forward.unknown) {
    if (!name.starts_with(':')) add("header " + printable(name), false, {});
  }
  for (const Header& header : before.headers) {
    if (after.has(header.name)) continue;
    notes.push_back(fmt::format("the upstream does not see the header {}", printable(header.name)));
  }
  return notes;
}

}  // namespace

std::string route_label(const VirtualHost* virtual_host, const Route& route) {
  std::string out = "route";
  if (virtual_host != nullptr && !virtual_host->routes.empty()) {
    const auto position = &route - virtual_host->routes.data();
    if (position >= 0 && position < static_cast<std::ptrdiff_t>(virtual_host->routes.size())) {
      out += fmt::format(" {}", position);
    }
  }
  if (!route.name.empty()) out += fmt::format(" '{}'", printable(route.name));
  return out;
}

Step manager_step(const HttpPlan& plan, const HttpRequest& request, const std::string& path_before,
                  const std::string& host_before) {
  Step step;
  step.stage = Stage::kConnectionManager;
  step.chosen = plan.manager.source["stat_prefix"].text();
  step.evidence = evidence_of(plan.manager.source);
  if (path_before != request.path) {
    step.notes.push_back(
        fmt::format("path {} becomes {}", quote(path_before), quote(request.path)));
  }
  if (host_before != request.authority) {
    step.notes.push_back(
        fmt::format("host {} becomes {}", quote(host_before), quote(request.authority)));
  }
  step.reason = step.notes.empty() ? "path and host stay as they are" : "the request is normalised";
  return step;
}

Step route_config_step(const HttpPlan& plan, const RouteTable* table, const std::string& missing,
                       const std::string& by) {
  using Source = HttpConnectionManager::RouteSource;
  Step step;
  step.stage = Stage::kRouteConfig;
  if (table == nullptr) {
    step.reason = missing;
    step.evidence =
        evidence_of(plan.manager.source["rds"] ? plan.manager.source["rds"] : plan.manager.source);
    return step;
  }
  step.chosen = table->config().name.empty() ? "(inline)" : std::string(table->config().name);
  step.evidence = evidence_of(table->config().source);
  step.reason = plan.manager.route_source == Source::kInline ? "inline in the connection manager"
                : plan.manager.route_source == Source::kRds  ? "by rds.route_config_name"
                                                             : by;
  for (const Problem& problem : table->problems()) {
    step.notes.push_back(fmt::format("Envoy would refuse this: {}", problem.what));
  }
  return step;
}

void add_route_steps(Run& run, const RouteTable& table, const HttpRequest& request,
                     const RouteDecision& decision) {
  Step host = virtual_host_step(table, decision);
  Step step;
  step.stage = Stage::kRoute;
  for (const NearMiss& miss : decision.near_misses) {
    Step& owner = decision.virtual_host == nullptr ? host : step;
    owner.near_misses.push_back(miss.text);
  }
  run.add(std::move(host));
  if (decision.virtual_host == nullptr) return;
  const RouteOutcome& first = decision.outcomes.front();
  if (first.route == nullptr) {
    step.reason =
        first.kind == RouteOutcome::Kind::kRedirect ? "the virtual host requires TLS (require_tls)"
        : decision.virtual_host->routes.empty()
            ? "the virtual host has no routes"
            : fmt::format("none of its {} routes matches", decision.virtual_host->routes.size());
    step.evidence = evidence_of(decision.virtual_host->source);
  } else {
    step.chosen = route_label(decision.virtual_host, *first.route);
    step.resource = to_string(first.route->owner);
    step.reason = fmt::format("{}: {}", describe_match(*first.route), describe_action(first));
    step.evidence = evidence_of(first.route->source);
    if (first.kind == RouteOutcome::Kind::kForward) {
      add_forward_notes(table, request, first, step);
    }
    for (const RouteOutcome& other : decision.outcomes) {
      if (decision.outcomes.size() == 1) break;
      step.notes.push_back(fmt::format(
          "{}{}: {}", other.certain ? fmt::format("{:.4g} %", 100 * other.share) : "perhaps",
          other.route == nullptr || other.route == first.route
              ? ""
              : " " + route_label(decision.virtual_host, *other.route),
          describe_action(other)));
    }
  }
  for (const RouteOutcome& outcome : decision.outcomes) {
    if (!outcome.certain) step.notes.push_back("not known: " + outcome.unknown_reason);
  }
  for (const trace::PassedOver& passed : decision.passed_over) {
    step.passed_over.push_back({route_label(decision.virtual_host, *passed.route), passed.reason,
                                evidence_of(passed.source ? passed.source : passed.route->source)});
  }
  run.add(std::move(step));
}

void add_filter_step(Run& run, const InstalledFilter& filter, const HttpRequest& request,
                     const FilterVerdict& verdict) {
  if (verdict.replies.empty() && verdict.note.empty() && verdict.may_change.empty() &&
      !verdict.request) {
    return;
  }
  Step step;
  step.stage = Stage::kHttpFilter;
  step.chosen = filter.name;
  step.reason = !verdict.note.empty()         ? verdict.note
                : !verdict.may_change.empty() ? verdict.may_change
                : !verdict.replies.empty()    ? verdict.replies.front().why
                                              : "changes the request";
  if (verdict.request) add_change_notes(request, *verdict.request, step);
  step.evidence = evidence_of(verdict.evidence ? verdict.evidence : filter.source);
  step.resource = verdict.resource;
  run.add(std::move(step));
}

void note_upstream(Run& run, const ForwardDetails& forward, double share) {
  auto& steps = run.result.steps;
  const auto route = std::find_if(steps.rbegin(), steps.rend(),
                                  [](const Step& step) { return step.stage == Stage::kRoute; });
  if (route == steps.rend()) return;
  auto notes = upstream_notes(run.request, forward);
  if (share < 1) {
    for (std::string& note : notes) note = fmt::format("{:.4g} %: {}", 100 * share, note);
  }
  route->notes.insert(route->notes.begin(), notes.begin(), notes.end());
}

}  // namespace xdscope::trace
