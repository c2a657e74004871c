#include "rules/user/entity_listeners.h"
#include "model/filter_chains.h"

#include <fmt/format.h>

#include <algorithm>

#include "rules/support/istio.h"
#include "rules/support/policies.h"
#include "rules/user/entity_parts.h"

namespace xdscope::rules::user {
namespace {

std::string_view traffic_of(const Listener& listener) {
  bool http = false;
  bool tcp = false;
  for (const FilterChain* chain : chains_of(listener)) {
    for (const Extension& filter : chain->filters) {
      http = http || is_http_connection_manager(filter);
      tcp = tcp || is_tcp_proxy(filter);
    }
  }
  if (http && tcp) return "http+tcp";
  if (http) return "http";
  return tcp ? "tcp" : "other";
}

template <class Filters>
std::vector<std::string_view> names_of(const Filters& filters) {
  std::vector<std::string_view> names;
  names.reserve(filters.size());
  for (const Extension& filter : filters) names.push_back(filter.name);
  return names;
}

std::string ranges_json(const std::vector<CidrRange>& ranges) {
  return list_text(ranges, [](const CidrRange& range) {
    return quoted(fmt::format("{}/{}", range.address, range.length));
  });
}

std::string downstream_tls_json(const FilterChain& chain) {
  const json::Value context = tls_context(chain.transport_socket);
  if (!context) return {};
  const json::Value common = context["common_tls_context"];
  const std::string_view version = common["tls_params"]["tls_minimum_protocol_version"].text();
  ObjectText out;
  out.boolean("require_client_certificate",
              context["require_client_certificate"].boolean_or(false));
  // Envoy's servers accept TLS 1.2 and later unless they are told otherwise.
  out.text("minimum_version", version.empty() || version == "TLS_AUTO" ? "TLSv1_2" : version);
  out.texts("secrets", sds_names(common));
  return std::move(out).finish();
}

std::string tcp_clusters_json(const FilterChain& chain, Targets& targets) {
  std::string out = "[";
  const auto add = [&](std::string_view cluster, std::uint32_t weight) {
    if (out.size() > 1) out += ',';
    out += targets.json(cluster, weight);
  };
  for (const Extension& filter : chain.filters) {
    if (!is_tcp_proxy(filter)) continue;
    const TcpProxy proxy = decode_tcp_proxy(filter);
    if (!proxy.cluster.empty()) add(proxy.cluster, 1);
    for (const WeightedTarget& target : proxy.weighted_clusters) {
      add(target.cluster, target.weight);
    }
  }
  return out + "]";
}

std::optional<HttpConnectionManager> manager_of(const FilterChain& chain) {
  for (const Extension& filter : chain.filters) {
    if (is_http_connection_manager(filter)) return decode_http_connection_manager(filter);
  }
  return std::nullopt;
}

void add_http(ObjectText& out, const FilterChain& chain) {
  if (!out.wants("http") && !out.wants("http_filters") && !out.wants("route_config_name")) return;
  const auto manager = manager_of(chain);
  out.boolean("http", manager.has_value());
  out.texts("http_filters",
            manager ? names_of(manager->http_filters) : std::vector<std::string_view>());
  std::string config;
  if (manager && manager->route_source == HttpConnectionManager::RouteSource::kRds) {
    config = quoted(manager->rds_name);
  } else if (manager && manager->route_source == HttpConnectionManager::RouteSource::kInline) {
    config = quoted(manager->route_config["name"].text());
  }
  out.json("route_config_name", config);
}

std::string filters_json(const FilterChain& chain, const Needs& needs) {
  return list_text(chain.filters, [&](const Extension& filter) {
    ObjectText out(needs);
    out.text("name", filter.name);
    out.text("type", filter.type_name());
    return std::move(out).finish();
  });
}

std::string chain_json(const Listener& listener, const FilterChain& chain, Targets& targets,
                       const Wanted& wanted) {
  const FilterChainMatch& match = chain.match;
  ObjectText out(wanted.needs);
  out.text("name", chain.name);
  out.boolean("default", is_default(listener, chain));
  out.number_or_null("destination_port", match.destination_port
                                             ? std::optional<double>(*match.destination_port)
                                             : std::nullopt);
  out.json("prefix_ranges", ranges_json(match.prefix_ranges));
  out.json("source_prefix_ranges", ranges_json(match.source_prefix_ranges));
  out.texts("server_names", match.server_names);
  out.text("transport_protocol", match.transport_protocol);
  out.texts("application_protocols", match.application_protocols);
  out.json("tls", [&] { return downstream_tls_json(chain); });
  out.json("filters", [&] { return filters_json(chain, out.of("filters")); });
  add_http(out, chain);
  out.json("clusters", [&] { return tcp_clusters_json(chain, targets); });
  out.json("owner", [&] { return owner_json(chain.owner); });
  out.json("listener", [&] { return listener_ref_json(listener, out.of("listener")); });
  add_raw(out, chain.source, wanted.raw);
  return std::move(out).finish();
}

std::string_view action_name(PolicyUse::Action action) {
  switch (action) {
    case PolicyUse::Action::kAllow:
      return "ALLOW";
    case PolicyUse::Action::kDeny:
      return "DENY";
    case PolicyUse::Action::kLog:
      break;
  }
  return "LOG";
}

std::string policy_json(const PolicyUse& use, const Wanted& wanted) {
  ObjectText out(wanted.needs);
  out.text("name", use.key);
  out.text("action", action_name(use.action));
  out.boolean("dry_run", use.shadow);
  out.text("filter", use.filter_name);
  out.text("protocol", use.http ? "http" : "tcp");
  out.boolean("any_principal", holds_any(use.policy["principals"]));
  out.boolean("any_permission", holds_any(use.policy["permissions"]));
  out.json("permissions", [&] { return any_json(use.policy["permissions"]); });
  out.json("principals", [&] { return any_json(use.policy["principals"]); });
  out.json("owner", [&] {
    const auto owner = resource_of(use, {});
    if (!owner) return std::string();
    ObjectText part;
    part.text("kind", owner->kind);
    part.text("namespace", owner->namespace_);
    part.text("name", owner->name);
    return std::move(part).finish();
  });
  out.json("filter_chain",
           [&] { return chain_ref_json(*use.listener, *use.chain, out.of("filter_chain")); });
  out.json("listener", [&] { return listener_ref_json(*use.listener, out.of("listener")); });
  add_raw(out, use.policy, wanted.raw);
  return std::move(out).finish();
}

EntityLabel policy_label(const PolicyUse& use) {
  const auto owner = resource_of(use, {});
  const std::string object =
      fmt::format("policy {} in {}", use.key, chain_object(*use.listener, *use.chain));
  // One AuthorizationPolicy stands in every filter chain: it is one defect.
  const std::string identity = owner
                                   ? fmt::format("policy {} {} {}", use.key,
                                                 action_name(use.action), use.http ? "http" : "tcp")
                                   : object;
  return {object, identity, owner};
}

std::string listener_json(const Listener& listener, const Wanted& wanted) {
  ObjectText out(wanted.needs);
  out.text("name", listener.name);
  out.text("direction", direction_name(listener.direction));
  out.text("type", traffic_of(listener));
  out.text("address", listener.primary().host);
  out.number("port", listener.primary().port);
  out.json("addresses", [&] {
    return list_text(listener.addresses,
                     [](const Address& address) { return quoted(to_string(address)); });
  });
  out.boolean("bind_to_port", listener.bind_to_port);
  out.boolean("use_original_dst", listener.use_original_dst);
  out.texts("listener_filters", names_of(listener.listener_filters));
  out.json("filter_chains", [&] {
    return list_text(chains_of(listener), [&](const FilterChain* chain) {
      return chain_ref_json(listener, *chain, out.of("filter_chains"));
    });
  });
  add_raw(out, listener.source, wanted.raw);
  return std::move(out).finish();
}

std::string http_filter_json(const HttpUse& use, std::size_t place,
                             std::span<const std::string_view> names, const Wanted& wanted) {
  const Extension& filter = use.manager.http_filters[place];
  ObjectText out(wanted.needs);
  out.text("name", filter.name);
  out.text("type", filter.type_name());
  out.number("order", static_cast<double>(place));
  out.texts("before", names.first(place));
  out.texts("after", names.subspan(place + 1));
  out.boolean("disabled", filter.disabled);
  out.boolean("optional", filter.is_optional);
  out.boolean("config_discovery", filter.config_discovery);
  out.json("config", [&] { return any_json(filter.config); });
  out.json("filter_chain", [&] {
    return chain_ref_json(*use.listener, *use.filter_chain, out.of("filter_chain"));
  });
  out.json("listener", [&] { return listener_ref_json(*use.listener, out.of("listener")); });
  add_raw(out, filter.source, wanted.raw);
  return std::move(out).finish();
}

}  // namespace

void each_listener(const RuleContext& context, const Wanted& wanted, const EntitySink& sink) {
  for (const Listener* listener : context.listeners()) {
    sink({listener_json(*listener, wanted), listener->source, [listener] {
            const std::string object = fmt::format("listener {}", listener->name);
            return EntityLabel{object, object, std::nullopt};
          }});
  }
}

void each_filter_chain(const RuleContext& context, const Wanted& wanted, const EntitySink& sink) {
  Targets targets(context, wanted.needs.of("clusters"));
  for (const Listener* listener : context.listeners()) {
    for (const FilterChain* chain : chains_of(*listener)) {
      sink({chain_json(*listener, *chain, targets, wanted), chain->source, [listener, chain] {
              const std::string object = chain_object(*listener, *chain);
              return EntityLabel{object, object, resource_of(chain->owner, {})};
            }});
    }
  }
}

void each_http_filter(const RuleContext& context, const Wanted& wanted, const EntitySink& sink) {
  for (const HttpUse* use : context.http_uses()) {
    const std::vector<std::string_view> names = names_of(use->manager.http_filters);
    for (std::size_t i = 0; i < names.size(); ++i) {
      const Extension& filter = use->manager.http_filters[i];
      sink({http_filter_json(*use, i, names, wanted), filter.source, [use, &filter] {
              const std::string object =
                  fmt::format("HTTP filter {} in {}", filter.name,
                              chain_object(*use->listener, *use->filter_chain));
              return EntityLabel{object, object, std::nullopt};
            }});
    }
  }
}

void each_policy(const RuleContext& context, const Wanted& wanted, const EntitySink& sink) {
  for (const PolicyUse& use : policy_uses(context)) {
    sink({policy_json(use, wanted), use.policy, [use] { return policy_label(use); }});
  }
}

}  // namespace xdscope::rules::user
