#include "xdscope/trace.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/text.h"
#include "base/try.h"
#include "trace/doubts.h"
#include "trace/listener_filters.h"
#include "trace/run.h"

namespace xdscope {

struct Tracer::State {
  explicit State(const Index& index) : compiled(index) {}
  trace::Compiled compiled;
};

Tracer::Tracer(const Index& index) : state_(std::make_unique<State>(index)) {}
Tracer::~Tracer() = default;

std::string_view stage_name(Stage stage) {
  switch (stage) {
    case Stage::kListener:
      return "listener";
    case Stage::kListenerFilters:
      return "listener filters";
    case Stage::kFilterChain:
      return "filter chain";
    case Stage::kTls:
      return "TLS";
    case Stage::kNetworkFilter:
      return "network filter";
    case Stage::kConnectionManager:
      return "connection manager";
    case Stage::kRouteConfig:
      return "route configuration";
    case Stage::kVirtualHost:
      return "virtual host";
    case Stage::kRoute:
      return "route";
    case Stage::kHttpFilter:
      return "HTTP filter";
    case Stage::kCluster:
      return "cluster";
    case Stage::kEndpoints:
      return "endpoints";
  }
  return "";
}

namespace trace {

void add_outcome(Run& run, Outcome outcome) {
  for (Outcome& known : run.result.outcomes) {
    if (known.kind == outcome.kind && known.code == outcome.code && known.flags == outcome.flags &&
        known.details == outcome.details && known.cluster == outcome.cluster &&
        known.route == outcome.route && known.virtual_host == outcome.virtual_host &&
        known.location == outcome.location && known.endpoints == outcome.endpoints &&
        known.certain == outcome.certain && known.reason == outcome.reason) {
      known.share += outcome.share;
      return;
    }
  }
  run.result.outcomes.push_back(std::move(outcome));
}

Outcome close_outcome(const Path& path, std::string flags, std::string details,
                      const std::string& why) {
  Outcome outcome;
  outcome.kind = Outcome::Kind::kClose;
  outcome.share = path.share;
  outcome.certain = path.certain;
  outcome.flags = std::move(flags);
  outcome.details = std::move(details);
  outcome.reason = path.certain ? why : path.reason;
  return outcome;
}

Outcome unknown_outcome(const Path& path) {
  Outcome outcome;
  outcome.kind = Outcome::Kind::kForward;
  outcome.share = path.share;
  outcome.certain = false;
  outcome.reason = path.reason;
  return outcome;
}

namespace {

// Whether the connection's transport fits the chain's; an outcome is added where it does not.
bool check_tls(Run& run, const FilterChain& chain, const ChainPlan& plan, const Path& path) {
  const Connection& connection = run.connection;
  std::string trouble;
  if (plan.terminates_tls && !connection.tls) {
    trouble = "the filter chain expects TLS and the client speaks plain text: the handshake fails";
  } else if (plan.terminates_tls && !plan.missing_secret.empty()) {
    trouble = fmt::format("the secret '{}' has not been delivered: TLS connections are closed",
                          printable(plan.missing_secret));
  } else if (plan.terminates_tls && plan.requires_certificate && connection.identity &&
             connection.identity->empty()) {
    trouble = "the filter chain requires a client certificate and the client has none";
  } else if (!plan.terminates_tls && connection.tls &&
             plan.terminal == ChainPlan::Terminal::kHttp) {
    trouble = "the client speaks TLS to a filter chain of plain HTTP: the codec fails";
  }
  if (run.steps_wanted && (chain.transport_socket || connection.tls)) {
    Step step;
    step.stage = Stage::kTls;
    step.chosen =
        plan.terminates_tls ? plan.requires_certificate ? "mutual TLS" : "TLS" : "plain text";
    step.reason = !trouble.empty()      ? trouble
                  : plan.terminates_tls ? "terminated here"
                  : connection.tls      ? "TLS is passed through"
                                        : "no transport socket";
    step.evidence =
        evidence_of(chain.transport_socket ? chain.transport_socket->source : chain.source);
    run.add(std::move(step));
  }
  if (trouble.empty()) return true;
  add_outcome(run, close_outcome(path, "-", "", trouble));
  return false;
}

// Runs the filters before the last one; the share that they let through stays in `path`.
void run_network_filters(Run& run, const ChainPlan& plan, Path& path) {
  static const HttpRequest kNoRequest;
  static const RouteOutcome kNoRoute;
  StreamState stream;
  for (const NetworkFilter& filter : plan.filters) {
    if (filter.filter == nullptr) continue;
    FilterInput input{kNoRequest, run.connection, nullptr, kNoRoute, stream};
    FilterVerdict verdict = filter.filter->run(input, run.steps_wanted);
    const double arriving = path.share;
    for (FilterReply& reply : verdict.replies) {
      Path end = path;
      end.share = arriving * reply.share;
      if (!reply.certain) end.doubt(reply.why);
      path.share -= end.share;
      if (!reply.certain && path.share > 0) path.doubt(reply.why);
      add_outcome(run, close_outcome(end, reply.flags, reply.details, reply.why));
    }
    if (!verdict.may_change.empty()) path.doubt(verdict.may_change);
    if (run.steps_wanted) {
      Step step;
      step.stage = Stage::kNetworkFilter;
      step.chosen = filter.name;
      step.reason = !verdict.note.empty()         ? verdict.note
                    : !verdict.may_change.empty() ? verdict.may_change
                    : !verdict.replies.empty()    ? verdict.replies.front().why
                                                  : "lets it pass";
      step.evidence = evidence_of(verdict.evidence ? verdict.evidence : filter.source);
      step.resource = verdict.resource;
      run.add(std::move(step));
    }
    if (path.share <= 0) return;
  }
}

void run_chain(Run& run, const FilterChain& chain, Path path) {
  const ChainPlan& plan = run.compiled.chain(chain);
  if (!check_tls(run, chain, plan, path)) return;
  run.connection.tls_terminated = plan.terminates_tls;
  run.connection.remote = run.connection.source;
  run_network_filters(run, plan, path);
  if (path.share <= 0) return;
  switch (plan.terminal) {
    case ChainPlan::Terminal::kHttp:
      run_http(run, *plan.http, std::move(path));
      break;
    case ChainPlan::Terminal::kTcpProxy:
      run_tcp(run, plan, std::move(path));
      break;
    case ChainPlan::Terminal::kNone:
      add_outcome(run, close_outcome(path, "-", "no_filters", "the filter chain has no filters"));
      break;
    case ChainPlan::Terminal::kOther: {
      path.doubt(fmt::format("network filter {} ends the chain and is not evaluated", plan.other));
      add_outcome(run, unknown_outcome(path));
      break;
    }
  }
}

}  // namespace

void run_listener(Run& run, const Listener& listener, bool redirected, Path path) {
  run.used.push_back(listener.source);
  Step filters;
  const std::string_view unknown = run_listener_filters(listener, redirected, run.connection,
                                                        run.steps_wanted ? &filters : nullptr);
  if (!unknown.empty()) path.doubt(unknown);
  run.add(std::move(filters));
  Step chain_step;
  const ChainChoice chain =
      run.compiled.chains(listener).match(run.connection, run.steps_wanted ? &chain_step : nullptr);
  run.add(std::move(chain_step));
  if (!chain.unknown.empty()) path.doubt(chain.unknown);
  if (chain.chain == nullptr) {
    add_outcome(run, close_outcome(path, "NR", "filter_chain_not_found",
                                   "no filter chain matches the connection"));
    return;
  }
  run_chain(run, *chain.chain, std::move(path));
}

namespace {

void run_connection(Run& run) {
  Path path;
  Step step;
  Step* words = run.steps_wanted ? &step : nullptr;
  const ListenerChoice choice = run.compiled.listeners.choose(run.connection, words);
  run.add(std::move(step));
  // What could not be read may have been the listener that takes the connection.
  const Snapshot& snapshot = run.compiled.index.snapshot();
  if (snapshot.broken(Section::kListeners)) {
    path.doubt(not_complete(snapshot, Section::kListeners));
  }
  if (choice.listener == nullptr) {
    if (path.certain && !snapshot.complete(Section::kListeners)) {
      path.doubt(not_complete(snapshot, Section::kListeners));
    }
    add_outcome(run, close_outcome(path, "-", "", "no listener accepts the connection"));
    return;
  }
  // Until a listener filter restores the original destination, a redirected connection has the
  // address of the listener that it was redirected to.
  const Address& socket = choice.accepting->primary();
  if (const auto ip = parse_ip(socket.host); choice.redirected && !choice.tunnelled && ip) {
    run.connection.local_address = *ip;
    run.connection.local_port = socket.port;
  }
  if (choice.handed_off) {
    run.used.push_back(choice.accepting->source);
    const std::string_view unknown =
        run_listener_filters(*choice.accepting, choice.redirected, run.connection, nullptr);
    if (!unknown.empty()) path.doubt(unknown);
  }
  if (choice.tunnelled && run.connection.destination.unspecified()) {
    path.doubt("the address inside the tunnel is not given (--to IP:PORT)");
    add_outcome(run, unknown_outcome(path));
    return;
  }
  run_listener(run, *choice.listener, choice.redirected, std::move(path));
}

}  // namespace
}  // namespace trace

Result<TraceResult> Tracer::trace(const TraceRequest& request, Detail detail) {
  TraceResult result;
  trace::Run run{state_->compiled, result, {}, {}, detail == Detail::kSteps};
  XDSCOPE_TRY(trace::derive_request(request, state_->compiled, run));
  trace::run_connection(run);
  trace::doubt_broken(run);
  std::stable_sort(result.outcomes.begin(), result.outcomes.end(),
                   [](const Outcome& a, const Outcome& b) { return a.share > b.share; });
  return result;
}

}  // namespace xdscope
