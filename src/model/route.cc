#include "xdscope/model/route.h"

#include "base/text.h"
#include "json/broken.h"
#include "model/number.h"
#include "model/route_match.h"

namespace xdscope {
namespace {

std::optional<RegexRewrite> decode_regex_rewrite(json::Value rewrite) {
  if (!rewrite) return std::nullopt;
  return RegexRewrite{rewrite["pattern"]["regex"].text(), rewrite["substitution"].text()};
}

void decode_target(json::Value action, RouteAction& out) {
  if (const json::Value cluster = action["cluster"]) {
    out.target = RouteAction::Target::kCluster;
    out.cluster = cluster.text();
  } else if (const json::Value header = action["cluster_header"]) {
    out.target = RouteAction::Target::kClusterHeader;
    out.cluster_header = header.text();
  } else if (const json::Value weighted = action["weighted_clusters"]) {
    out.target = RouteAction::Target::kWeighted;
    out.weight_header = weighted["header_name"].text();
    for (const json::Value entry : weighted["clusters"].elements()) {
      const json::Value per_filter = entry["typed_per_filter_config"];
      out.weighted_clusters.push_back(
          {entry["name"].text(), entry["cluster_header"].text(), decode_number(entry["weight"], 0),
           per_filter ? per_filter : entry["per_filter_config"], entry});
    }
  } else if (action["cluster_specifier_plugin"] || action["inline_cluster_specifier_plugin"]) {
    out.target = RouteAction::Target::kPlugin;
  }
}

RouteAction decode_action(json::Value action) {
  RouteAction out;
  out.source = action;
  decode_target(action, out);
  const std::string_view not_found =
      json::enum_name(action["cluster_not_found_response_code"], "SERVICE_UNAVAILABLE",
                      {"NOT_FOUND", "INTERNAL_SERVER_ERROR"});
  if (not_found == "NOT_FOUND") out.cluster_not_found_code = 404;
  if (not_found == "INTERNAL_SERVER_ERROR") out.cluster_not_found_code = 500;
  out.prefix_rewrite = action["prefix_rewrite"].text();
  out.regex_rewrite = decode_regex_rewrite(action["regex_rewrite"]);
  out.host_rewrite_literal =
      action["host_rewrite_literal"].string_or(action["host_rewrite"].text());
  out.timeout = decode_duration(action["timeout"]);
  if (const json::Value retry = action["retry_policy"]) {
    out.retry_policy = decode_retry_policy(retry);
  }
  for (const json::Value mirror : action["request_mirror_policies"].elements()) {
    out.mirror_clusters.push_back(mirror["cluster"].text());
  }
  if (const json::Value mirror = action["request_mirror_policy"]) {
    out.mirror_clusters.push_back(mirror["cluster"].text());
  }
  out.has_hash_policy = !action["hash_policy"].empty();
  out.high_priority = json::enum_name(action["priority"], "DEFAULT", {"HIGH"}) == "HIGH";
  out.metadata_match = action["metadata_match"];
  return out;
}

RedirectAction decode_redirect(json::Value redirect) {
  RedirectAction out;
  out.source = redirect;
  const std::string_view code =
      json::enum_name(redirect["response_code"], "MOVED_PERMANENTLY",
                      {"FOUND", "SEE_OTHER", "TEMPORARY_REDIRECT", "PERMANENT_REDIRECT"});
  out.code = code == "FOUND"                ? 302
             : code == "SEE_OTHER"          ? 303
             : code == "TEMPORARY_REDIRECT" ? 307
             : code == "PERMANENT_REDIRECT" ? 308
                                            : 301;
  out.https_redirect = redirect["https_redirect"].boolean_or(false);
  out.scheme_redirect = redirect["scheme_redirect"].text();
  out.host_redirect = redirect["host_redirect"].text();
  out.port_redirect = decode_number(redirect["port_redirect"], 0);
  out.path_redirect = redirect["path_redirect"].text();
  out.prefix_rewrite = redirect["prefix_rewrite"].text();
  out.regex_rewrite = decode_regex_rewrite(redirect["regex_rewrite"]);
  out.strip_query = redirect["strip_query"].boolean_or(false);
  return out;
}

json::Value per_filter_config(json::Value holder) {
  const json::Value typed = holder["typed_per_filter_config"];
  return typed ? typed : holder["per_filter_config"];
}

}  // namespace

RetryPolicy decode_retry_policy(json::Value policy) {
  RetryPolicy out;
  out.source = policy;
  const std::string_view conditions = policy["retry_on"].text();
  if (!conditions.empty()) {
    for (const std::string_view condition : split(conditions, ',')) {
      out.retry_on.push_back(trim(condition));
    }
  }
  out.num_retries = decode_number(policy["num_retries"], 1);
  for (const json::Value code : policy["retriable_status_codes"].elements()) {
    out.retriable_status_codes.push_back(decode_number(code, 0));
  }
  out.per_try_timeout = decode_duration(policy["per_try_timeout"]);
  return out;
}

Route decode_route(json::Value route) {
  Route out;
  out.source = route;
  out.name = route["name"].text();
  out.match = decode_route_match(route["match"]);
  if (const json::Value action = route["route"]) {
    out.action = Route::Action::kRoute;
    out.route = decode_action(action);
  } else if (const json::Value redirect = route["redirect"]) {
    out.action = Route::Action::kRedirect;
    out.redirect = decode_redirect(redirect);
  } else if (const json::Value direct = route["direct_response"]) {
    out.action = Route::Action::kDirectResponse;
    out.direct_response = {decode_number(direct["status"], 0), direct["body"], direct};
  } else if (route["filter_action"]) {
    out.action = Route::Action::kFilterAction;
  } else if (route["non_forwarding_action"]) {
    out.action = Route::Action::kNonForwarding;
  }
  out.typed_per_filter_config = per_filter_config(route);
  out.metadata = route["metadata"];
  out.owner = decode_owner(out.metadata);
  return out;
}

VirtualHost decode_virtual_host(json::Value virtual_host) {
  VirtualHost out;
  out.source = virtual_host;
  out.name = virtual_host["name"].text();
  for (const json::Value domain : virtual_host["domains"].elements()) {
    out.domains.push_back(domain.text());
  }
  for (const json::Value route : virtual_host["routes"].elements()) {
    out.routes.push_back(decode_route(route));
  }
  out.matcher = virtual_host["matcher"];
  const std::string_view tls =
      json::enum_name(virtual_host["require_tls"], "NONE", {"EXTERNAL_ONLY", "ALL"});
  if (tls == "ALL") out.require_tls = VirtualHost::RequireTls::kAll;
  if (tls == "EXTERNAL_ONLY") out.require_tls = VirtualHost::RequireTls::kExternalOnly;
  if (const json::Value retry = virtual_host["retry_policy"]) {
    out.retry_policy = decode_retry_policy(retry);
  }
  out.typed_per_filter_config = per_filter_config(virtual_host);
  out.metadata = virtual_host["metadata"];
  return out;
}

RouteConfig decode_route_config(json::Value route_config) {
  RouteConfig out;
  out.source = route_config;
  out.name = route_config["name"].text();
  for (const json::Value virtual_host : route_config["virtual_hosts"].elements()) {
    out.virtual_hosts.push_back(decode_virtual_host(virtual_host));
  }
  out.vhds = static_cast<bool>(route_config["vhds"]);
  out.ignore_port_in_host_matching = route_config["ignore_port_in_host_matching"].boolean_or(false);
  out.ignore_path_parameters_in_path_matching =
      route_config["ignore_path_parameters_in_path_matching"].boolean_or(false);
  out.vhost_header = route_config["vhost_header"].text();
  out.validate_clusters = route_config["validate_clusters"].boolean();
  out.typed_per_filter_config = per_filter_config(route_config);
  return out;
}

}  // namespace xdscope
