#include "trace/route_table.h"

#include <fmt/format.h>

#include "base/text.h"
#include "trace/compiled_table.h"
#include "trace/host_normalization.h"
#include "xdscope/index.h"

namespace xdscope::trace {
namespace {

// The action of a matcher tree: one Route, or a RouteList.
void compile_action(json::Value config, CompiledHost& host, Version envoy, const Runtime* runtime) {
  std::vector<RouteCriteria>& compiled = host.actions[config.offset()];
  const auto add = [&](json::Value route) {
    host.tree_routes.push_back(decode_route(route));
    compiled.emplace_back(host.tree_routes.back(), envoy, runtime);
  };
  if (config["routes"]) {
    for (const json::Value route : config["routes"].elements()) add(route);
  } else {
    add(config);
  }
}

// Actions stand at any depth of the tree: under `action`, with a typed_config.
void compile_actions(json::Value node, CompiledHost& host, Version envoy, const Runtime* runtime) {
  for (const auto& [key, value] : node.members()) {
    const json::Value config = key == "action" ? decode_extension(value).config : json::Value();
    if (config) {
      compile_action(config, host, envoy, runtime);
    } else {
      compile_actions(value, host, envoy, runtime);
    }
  }
  if (!node.is_array()) return;
  for (const json::Value element : node.elements()) compile_actions(element, host, envoy, runtime);
}

void add_broken(const RouteCriteria& route, const VirtualHost& host,
                std::vector<Problem>& problems) {
  for (const std::string& error : route.broken()) {
    const Evidence evidence = evidence_of(route.route().source);
    problems.push_back({fmt::format("a route of virtual host '{}': {}", host.name, error),
                        fmt::format("{}:{}", evidence.file, evidence.line)});
  }
}

}  // namespace

CompiledTable::CompiledTable(const RouteConfig& route_config, Version version,
                             const Runtime* runtime)
    : config(route_config), envoy(version), domains(route_config, problems) {
  hosts.resize(config.virtual_hosts.size());
  for (std::size_t i = 0; i < hosts.size(); ++i) {
    const VirtualHost& host = config.virtual_hosts[i];
    CompiledHost& compiled = hosts[i];
    compiled.host = &host;
    compiled.routes.reserve(host.routes.size());
    for (const Route& route : host.routes) {
      compiled.routes.emplace_back(route, envoy, runtime);
      add_broken(compiled.routes.back(), host, problems);
    }
    if (host.matcher) compile_actions(host.matcher, compiled, envoy, runtime);
    for (const auto& [offset, routes] : compiled.actions) {
      for (const RouteCriteria& route : routes) add_broken(route, host, problems);
    }
  }
}

std::optional<std::string> host_key(const RouteConfig& config, const HttpRequest& request) {
  std::string_view host = request.authority;
  if (!config.vhost_header.empty()) {
    const std::string* header = request.first(to_lower(config.vhost_header));
    if (header == nullptr) return std::nullopt;
    host = *header;
  }
  if (config.ignore_port_in_host_matching) host = host.substr(0, port_start(host));
  return to_lower(host);
}

struct RouteTable::Impl {
  Impl(const RouteConfig& config, Version envoy, const Runtime* runtime)
      : table(config, envoy, runtime) {}
  const DomainMatch* find_host(const HttpRequest& request, RouteDecision& decision) const;
  CompiledTable table;
};

const DomainMatch* RouteTable::Impl::find_host(const HttpRequest& request,
                                               RouteDecision& decision) const {
  auto key = host_key(table.config, request);
  if (key) decision.host = std::move(*key);
  if (table.domains.only_default()) return table.domains.fallback();
  return key ? table.domains.find(decision.host) : nullptr;
}

RouteTable::RouteTable(const RouteConfig& config, Version envoy, const Runtime* runtime)
    : impl_(std::make_unique<Impl>(config, envoy, runtime)) {}
RouteTable::~RouteTable() = default;
RouteTable::RouteTable(RouteTable&&) noexcept = default;
RouteTable& RouteTable::operator=(RouteTable&&) noexcept = default;

const RouteConfig& RouteTable::config() const { return impl_->table.config; }
Version RouteTable::envoy() const { return impl_->table.envoy; }
const std::vector<Problem>& RouteTable::problems() const { return impl_->table.problems; }

namespace {

RouteOutcome no_route() {
  RouteOutcome out;
  out.code = 404;
  out.flags = "NR";
  out.details = "route_not_found";
  return out;
}

// "a.test, b.test and 3 more".
std::string some_domains(const RouteConfig& config) {
  constexpr std::size_t kTold = 5;
  std::string out;
  std::size_t count = 0;
  for (const VirtualHost& host : config.virtual_hosts) {
    for (const std::string_view domain : host.domains) {
      if (count++ < kTold) out += fmt::format("{}{}", out.empty() ? "" : ", ", domain);
    }
  }
  if (count > kTold) out += fmt::format(" and {} more", count - kTold);
  return out;
}

void explain_host(const CompiledTable& table, RouteDecision& decision) {
  if (decision.virtual_host != nullptr) {
    decision.virtual_host_reason =
        table.domains.only_default()
            ? fmt::format("'*' of virtual host '{}' is the only domain: the host is not looked at",
                          decision.virtual_host->name)
            : fmt::format("host '{}' matches domain '{}' of virtual host '{}'", decision.host,
                          decision.domain, decision.virtual_host->name);
    return;
  }
  decision.virtual_host_reason =
      table.config.virtual_hosts.empty()
          ? "the route configuration has no virtual host"
          : fmt::format("no virtual host has a domain for host '{}'; there are {}", decision.host,
                        some_domains(table.config));
}

void set_host(const CompiledTable& table, const DomainMatch& match, RouteDecision& decision) {
  const VirtualHost& host = table.config.virtual_hosts[match.virtual_host];
  decision.virtual_host = &host;
  decision.domain = host.domains[match.domain];
  std::size_t i = 0;
  for (const json::Value domain : host.source["domains"].elements()) {
    if (i++ == match.domain) decision.domain_source = domain;
  }
}

bool needs_tls(const VirtualHost& host, const HttpRequest& request, std::string_view protocol) {
  if (protocol == "https" || host.require_tls == VirtualHost::RequireTls::kNone) return false;
  if (host.require_tls == VirtualHost::RequireTls::kAll) return true;
  const std::string* internal = request.first("x-envoy-internal");
  return internal == nullptr || *internal != "true";
}

}  // namespace

RouteDecision RouteTable::resolve(const HttpRequest& request, const ResolveOptions& options) const {
  const CompiledTable& table = impl_->table;
  RouteDecision decision;
  const MatchInput input = match_input(request, options, table.config, table.envoy);
  const DomainMatch* match = impl_->find_host(request, decision);
  if (match != nullptr) set_host(table, *match, decision);
  const std::string* protocol = request.first("x-forwarded-proto");
  if (match == nullptr || protocol == nullptr || protocol->empty()) {
    decision.outcomes.push_back(no_route());
    decision.outcomes.front().virtual_host = decision.virtual_host;
    if (match == nullptr && table.config.vhds && options.on_demand) {
      decision.outcomes.front().certain = false;
      decision.outcomes.front().unknown_reason =
          "virtual hosts are also delivered on demand (vhds)";
    }
  } else if (needs_tls(*decision.virtual_host, request, *protocol)) {
    RouteOutcome redirect;
    redirect.kind = RouteOutcome::Kind::kRedirect;
    redirect.virtual_host = decision.virtual_host;
    redirect.code = 301;
    redirect.details = "direct_response";
    redirect.location = fmt::format("https://{}{}", request.authority, request.path);
    decision.outcomes.push_back(std::move(redirect));
  } else {
    decision.outcomes = walk_routes(table.hosts[match->virtual_host], input,
                                    options.explain ? &decision.passed_over : nullptr);
  }
  if (!input.path_known) {
    for (RouteOutcome& outcome : decision.outcomes) {
      outcome.certain = false;
      outcome.unknown_reason =
          "releases of Envoy differ in what they take for path parameters, and which one this is "
          "is "
          "not known";
    }
  }
  if (options.explain) {
    explain_host(table, decision);
    decision.near_misses = near_misses(table, decision, input);
  }
  return decision;
}

}  // namespace xdscope::trace
