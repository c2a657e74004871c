// Causes that lie in HTTP filters and their per-route configuration.
#include <fmt/format.h>

#include "base/text.h"
#include "trace/http_filters/http_filter.h"
#include "trace/http_steps.h"
#include "trace/rbac.h"
#include "trace/why_collector.h"

namespace xdscope::trace {
namespace {

class FilterWalk {
 public:
  FilterWalk(WhyCollector& out, const HttpUse& use) : out_(out), use_(use) {}

  void run() {
    for (const Extension& filter : use_.manager.http_filters) {
      if (filter.disabled) continue;
      bool is_missing = false;
      const Extension actual = delivered(filter, out_.index, is_missing);
      if (is_missing) {
        undelivered(filter);
      } else {
        one(filter, actual);
      }
    }
  }

 private:
  std::string label(const Extension& filter) const {
    return fmt::format(
        "filter {} of {} ({})", printable(filter.name), printable(use_.listener->name),
        printable(use_.filter_chain->name.empty() ? "filter chain" : use_.filter_chain->name));
  }

  void add(Cause cause, std::string object, std::string what, std::string resource,
           json::Value source, std::uint32_t code, std::string flags) {
    if (!out_.wants(code, flags)) return;
    WhyCase found;
    found.object = std::move(object);
    found.what = std::move(what);
    found.resource = std::move(resource);
    found.code = code;
    found.flags = std::move(flags);
    out_.add(cause, std::move(found), source);
  }

  void undelivered(const Extension& filter) {
    if (out_.index.snapshot().has(Section::kEcds)) {
      add(Cause::kMissingFilterConfig, label(filter), "every request gets 500", {}, filter.source,
          500, "NFCF");
    } else {
      out_.not_evaluated(
          fmt::format("{}: ECDS delivers its configuration, and the dump has none", label(filter)));
    }
  }

  void one(const Extension& filter, const Extension& actual) {
    const std::string_view type = actual.type_name();
    const json::Value config = actual.config;
    if (type == "RBAC") rbac(filter, config);
    if (type == "JwtAuthentication") jwt(filter, config);
    if (type == "ExtAuthz") {
      add(Cause::kExternalAuthorization, label(filter),
          fmt::format("the service behind {} may refuse requests",
                      printable(config["grpc_service"]["envoy_grpc"]["cluster_name"].string_or(
                          config["http_service"]["server_uri"]["cluster"].string_or("?")))),
          {}, config, 403, "UAEX");
    }
    if (type == "LocalRateLimit" && config["token_bucket"]) {
      add(Cause::kRateLimit, label(filter),
          fmt::format("at most {} requests at once, then {} per {}",
                      config["token_bucket"]["max_tokens"].integer_or(0),
                      config["token_bucket"]["tokens_per_fill"].integer_or(1),
                      printable(config["token_bucket"]["fill_interval"].text())),
          {}, config, 429, "RL");
    }
    if (type == "HTTPFault") faults(filter, config);
  }

  void rbac(const Extension& filter, json::Value config) {
    const json::Value rules = config["rules"];
    if (!rules) return;
    const bool deny = rules["action"].text() == "DENY";
    if (rules["action"].text() == "LOG") return;
    const auto policies = rules["policies"];
    if (!deny && policies.empty()) {
      add(Cause::kAuthorization, label(filter), "everything is refused: ALLOW without any policy",
          {}, rules, 403, "-");
      return;
    }
    for (const json::Member policy : policies.members()) {
      add(Cause::kAuthorization, label(filter),
          deny ? fmt::format("what the DENY policy {} matches is refused", printable(policy.key))
               : fmt::format("what no ALLOW policy matches is refused; one is {}",
                             printable(policy.key)),
          policy_resource(policy.key), policy.value, 403, "-");
    }
  }

  void jwt(const Extension& filter, json::Value config) {
    for (const json::Member provider : config["providers"].members()) {
      const std::string issuer = printable(provider.value["issuer"].text());
      add(Cause::kAuthentication, label(filter),
          fmt::format("tokens that are not good ones of {} are refused", issuer), {},
          provider.value, 401, "-");
      if (!provider.value["audiences"].empty()) {
        add(Cause::kAuthentication, label(filter),
            fmt::format("tokens of {} for other audiences are refused", issuer), {}, provider.value,
            403, "-");
      }
    }
  }

  void faults(const Extension& filter, json::Value own) {
    fault(label(filter), own, {});
    if (use_.route_config == nullptr) return;
    for (const VirtualHost& host : use_.route_config->virtual_hosts) {
      for (const Route& route : host.routes) {
        const json::Value any = route.typed_per_filter_config.at(filter.name);
        if (!any) continue;
        const Extension config = decode_any(filter.name, any);
        fault(fmt::format("{} of virtual host {} ({})", route_label(&host, route),
                          printable(host.name), printable(use_.route_config->name)),
              config.config, to_string(route.owner));
      }
    }
  }

  void fault(std::string object, json::Value config, std::string resource) {
    const json::Value abort = config["abort"];
    if (!abort || abort["header_abort"]) return;
    const auto code = static_cast<std::uint32_t>(abort["http_status"].integer_or(200));
    const double share = decode_fractional_percent(abort["percentage"]).share();
    if (share <= 0) return;
    add(Cause::kFault, std::move(object),
        fmt::format("{:.4g} % of the requests are aborted with {}", 100 * share, code),
        std::move(resource), config, code, "FI");
  }

  WhyCollector& out_;
  const HttpUse& use_;
};

}  // namespace

void collect_filters(WhyCollector& out) {
  for (const HttpUse& use : out.index.http_uses()) FilterWalk(out, use).run();
}

}  // namespace xdscope::trace
